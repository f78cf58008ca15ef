"""explain_errors: an unknown column or table carries a note that says why, on every driver, and nothing else changes."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from alembic_guard import explain_errors
from alembic_guard._drift import explain
from alembic_guard._drift.note import Explanation, add_note
from alembic_guard._drift.unknown import is_unknown_name
from tests.kit import Database, statements
from tests.test_drift import models
from tests.test_drift_causes import ENV, Project

SYNC = {"sqlite": ["sqlite"], "postgresql": ["postgresql+psycopg"], "mariadb": ["mysql+pymysql"]}
ASYNC = {
    "sqlite": ["sqlite+aiosqlite"],
    "postgresql": ["postgresql+asyncpg", "postgresql+psycopg_async"],
    "mariadb": ["mysql+aiomysql"],
}
ALONE = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 5}
"""A pool with one connection, which the failing statement holds."""


@pytest.fixture
def project(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path / "project", database, monkeypatch)


def notes(error: BaseException) -> str:
    """The notes; on Python 3.10 what the error's chain ends with."""
    if sys.version_info >= (3, 11):
        return "\n".join(getattr(error, "__notes__", []))
    found, seen = "", error
    while seen.__cause__ is not None:
        seen = seen.__cause__
        found = str(seen) if isinstance(seen, Explanation) else found
    return found


def query(project: Project, column: str = "status") -> Any:
    return sa.select(project.metadata.tables["runs"].c[column])


def failing(engine: sa.Engine, statement: Any) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(statement)
    return caught.value


async def failing_async(engine: AsyncEngine, statement: Any) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        async with engine.connect() as connection:
            await connection.execute(statement)
    return caught.value


def test_an_unknown_column_says_why_and_what_to_do(project: Project) -> None:
    project.upgrade("0001")

    for driver in SYNC[project.database.dialect]:
        engine = sa.create_engine(project.database.url.set(drivername=driver), **ALONE)
        explain_errors(engine, project.metadata, config=project.config)
        told = notes(failing(engine, query(project)))
        engine.dispose()

        assert told.startswith(f"alembic_guard: AGD102 {project.database.default_schema}.runs.status"), told
        assert "cause: revision 0002" in told
        assert "adds runs.status and has not run here" in told
        assert "next step: " in told
        assert "upgrade head" in told
        assert "\ndatabase: " in told


def test_an_unknown_column_of_an_asynchronous_engine_says_why_too(project: Project) -> None:
    project.upgrade("0001")

    async def main(driver: str) -> str:
        engine = create_async_engine(project.database.url.set(drivername=driver), **ALONE)
        explain_errors(engine, project.metadata, config=project.config)
        error = await failing_async(engine, query(project))
        async with engine.connect() as connection:  # the pool is as it was
            assert await connection.scalar(sa.text("SELECT 1")) == 1
        await engine.dispose()
        return notes(error)

    for driver in ASYNC[project.database.dialect]:
        told = asyncio.run(main(driver))

        assert told.startswith(f"alembic_guard: AGD102 {project.database.default_schema}.runs.status"), told
        assert "adds runs.status and has not run here" in told


def test_an_unknown_table_says_why(project: Project) -> None:
    with project.database.engine() as engine:
        explain_errors(engine, project.metadata, config=project.config)
        told = notes(failing(engine, query(project)))
        insert = notes(failing(engine, project.metadata.tables["projects"].insert().values(id=1)))

    assert told.startswith(f"alembic_guard: AGD101 {project.database.default_schema}.runs ("), told
    assert "cause: revision 0001" in told
    assert insert.startswith(f"alembic_guard: AGD101 {project.database.default_schema}.projects ("), insert


def test_a_statement_about_what_no_model_has_says_that(project: Project) -> None:
    project.upgrade()
    with project.database.engine() as engine:
        explain_errors(engine, project.metadata, config=project.config)

        told = notes(failing(engine, sa.text("SELECT none_such FROM runs")))
        project.database.execute("ALTER TABLE runs DROP COLUMN status")
        beside = notes(failing(engine, sa.text("SELECT substatus FROM runs")))

    assert "has every table and column of the models now; the statement names something that is in no model" in told
    assert f"that the statement names; they lack AGD102 {project.database.default_schema}.runs.status" in beside


def test_other_errors_and_statements_that_work_are_left_alone(project: Project) -> None:
    project.upgrade()
    with project.database.engine() as engine:
        explain_errors(engine, project.metadata, config=project.config)
        with statements(engine) as seen:
            with engine.begin() as connection:
                connection.execute(query(project)).all()
                connection.execute(sa.text("INSERT INTO projects VALUES (1)"))
            duplicate = failing(engine, sa.text("INSERT INTO projects VALUES (1)"))
            syntax = failing(engine, sa.text("SELEKT"))

    assert len(seen) == 4
    assert (notes(duplicate), notes(syntax)) == ("", "")


def test_the_event_loop_runs_on_while_the_cause_is_looked_for(project: Project) -> None:
    project.upgrade("0001")
    gate = "assert context.config.attributes['gate'].wait(30), 'the loop stood still'"
    project.env(f"from alembic import context\n{gate}\n" + ENV.format(module=project.module))
    config = project.config
    config.attributes["gate"] = gate_itself = threading.Event()

    async def main() -> str:
        engine = create_async_engine(project.database.url.set(drivername=ASYNC[project.database.dialect][0]))
        explain_errors(engine, project.metadata, config=config)
        error = asyncio.create_task(failing_async(engine, query(project)))
        # Only a loop that runs opens the gate, behind which env.py waits.
        asyncio.get_running_loop().call_later(0.05, gate_itself.set)
        told = notes(await error)
        await engine.dispose()
        return told

    assert "adds runs.status and has not run here" in asyncio.run(main())


def test_a_synchronous_engine_in_a_running_loop_does_not_wait_and_logs(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.upgrade("0001")
    gate = "assert context.config.attributes['gate'].wait(30)"
    project.env(f"from alembic import context\n{gate}\n" + ENV.format(module=project.module))
    config = project.config
    config.attributes["gate"] = opened = threading.Event()
    logged = threading.Event()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "AGD102" in record.getMessage():
                logged.set()

    async def main(engine: sa.Engine) -> str:
        told = notes(failing(engine, query(project)))
        opened.set()
        return told

    handler = Handler()
    explain.log.addHandler(handler)
    with project.database.engine() as engine:
        explain_errors(engine, project.metadata, config=config)
        assert asyncio.run(main(engine)) == ""
        assert logged.wait(30)
    explain.log.removeHandler(handler)


@pytest.fixture
def counted(project: Project) -> tuple[Project, list[int]]:
    """A project that counts how often its env.py runs."""
    project.upgrade("0001")
    project.env(
        "from alembic import context\ncontext.config.attributes['runs'].append(1)\n" + ENV.format(module=project.module)
    )
    return project, []


def test_an_error_is_looked_into_once_a_minute_and_another_error_by_itself(
    counted: tuple[Project, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, runs = counted
    config = project.config
    config.attributes["runs"] = runs
    with project.database.engine() as engine:
        explain_errors(engine, project.metadata, config=config)
        explain_errors(engine, project.metadata, config=config)  # again: replaces
        first, second = (notes(failing(engine, query(project))) for _ in range(2))
        assert len(runs) == 1
        other = notes(failing(engine, query(project, "chat_session_id")))
        assert len(runs) == 2
        monkeypatch.setattr(explain, "EVERY", 0.0)
        failing(engine, query(project))

    assert first == second != other
    assert first.count("alembic_guard: ") == 1
    assert len(runs) == 3


def test_whatever_fails_while_looking_the_error_stays_what_it_was(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.upgrade("0001")
    with project.database.engine() as engine:
        plain = failing(engine, query(project))
        explain_errors(engine, project.metadata, config=object())  # type: ignore[arg-type]
        unasked = failing(engine, query(project))
        monkeypatch.setattr(explain, "inspect_schema", lambda *_: 1 / 0)
        broken = failing(engine, query(project, "chat_session_id"))

    assert type(unasked) is type(broken) is type(plain)
    assert str(unasked) == str(plain)
    assert "Alembic was not asked (config is object, no path and no Config)" in notes(unasked)
    assert notes(broken) == ""


def test_a_server_that_takes_no_second_connection_leaves_the_error_alone(project: Project) -> None:
    project.upgrade("0001")
    made: list[int] = []
    url = project.database.url

    def creator() -> Any:
        if made:
            raise OSError("no more connections")
        made.append(1)
        arguments, keywords = dialect.create_connect_args(url)
        return dialect.loaded_dbapi.connect(*arguments, **keywords)

    plain = sa.create_engine(url)
    dialect = plain.dialect
    engine = sa.create_engine(url, creator=creator, poolclass=sa.QueuePool)
    explain_errors(engine, project.metadata)

    error = failing(engine, query(project))
    engine.dispose()

    assert notes(error) == ""
    assert "status" in str(error)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_engine_with_options_keeps_its_pool_and_the_options_count(database: Database) -> None:
    database.execute("CREATE SCHEMA acme", "CREATE TABLE acme.projects (id INTEGER PRIMARY KEY)")
    metadata = models()
    metadata.remove(metadata.tables["runs"])
    options = {"schema_translate_map": {None: "acme"}}
    statement = sa.select(metadata.tables["projects"])

    async def main() -> str:
        engine = create_async_engine(database.url.set(drivername="postgresql+asyncpg"), **ALONE)
        explain_errors(engine, metadata)
        pool = engine.pool
        error = await failing_async(engine.execution_options(**options), statement)
        assert engine.pool is pool
        await engine.dispose()
        return notes(error)

    engine = sa.create_engine(database.url, **ALONE)
    explain_errors(engine, metadata)
    pool = engine.pool
    told = notes(failing(engine.execution_options(**options), statement))
    assert engine.pool is pool
    engine.dispose()

    for each in (told, asyncio.run(main())):
        assert each.startswith("alembic_guard: AGD102 acme.projects.slug: "), each


@pytest.mark.parametrize("pool", [sa.StaticPool, None])
def test_a_database_in_memory_is_asked_through_the_failing_connection(pool: Any) -> None:
    given = {"poolclass": pool, "connect_args": {"check_same_thread": False}} if pool else {}
    engine = sa.create_engine("sqlite://", **given)
    metadata = models()
    with engine.begin() as connection:
        metadata.create_all(connection)
    metadata.tables["runs"].append_column(sa.Column("kind", sa.Text))
    explain_errors(engine, metadata)

    told = notes(failing(engine, sa.select(metadata.tables["runs"])))
    engine.dispose()

    assert told.startswith("alembic_guard: AGD102 main.runs.kind: "), told
    assert "found id, project_id, title, code" in told


def test_an_asynchronous_database_in_memory_too() -> None:
    metadata = models()

    async def main() -> str:
        engine = create_async_engine("sqlite+aiosqlite://", poolclass=sa.StaticPool)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        metadata.tables["runs"].append_column(sa.Column("kind", sa.Text))
        explain_errors(engine, metadata)
        error = await failing_async(engine, sa.select(metadata.tables["runs"]))
        await engine.dispose()
        return notes(error)

    told = asyncio.run(main())

    assert told.startswith("alembic_guard: AGD102 main.runs.kind: "), told


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_cached_plan_says_that_it_is_one(database: Database) -> None:
    database.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, title VARCHAR(10))")
    statement = sa.text("SELECT id, title FROM runs")

    async def main() -> DBAPIError:
        engine = create_async_engine(database.url.set(drivername="postgresql+asyncpg"), **ALONE)
        explain_errors(engine, sa.MetaData())
        async with engine.connect() as connection:
            await connection.execute(statement)
        database.execute("ALTER TABLE runs ALTER title TYPE TEXT")
        error = await failing_async(engine, statement)
        await engine.dispose()
        return error

    assert "stale process: a table changed after this connection had prepared the statement" in notes(
        asyncio.run(main())
    )


def test_a_note_on_a_python_without_notes_ends_the_exceptions_chain() -> None:
    class Old(Exception):
        add_note = None  # as on Python 3.10
        orig: BaseException | None = None

    error, orig, driver = Old("wrapped"), Old("orig"), Old("driver")
    error.orig, orig.__cause__ = orig, driver

    add_note(error, "why")

    assert isinstance(driver.__cause__, Explanation)
    assert str(driver.__cause__) == "why"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_cached_plan_of_a_synchronous_driver_too(database: Database) -> None:
    database.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, title VARCHAR(10))")
    statement = sa.text("SELECT id, title FROM runs")
    engine = sa.create_engine(database.url, connect_args={"prepare_threshold": 0}, **ALONE)
    explain_errors(engine, sa.MetaData())
    with engine.begin() as connection:  # psycopg forgets what it prepared with a rollback
        connection.execute(statement)
    database.execute("ALTER TABLE runs ALTER title TYPE TEXT")

    error = failing(engine, statement)
    engine.dispose()

    assert "stale process: " in notes(error)


def test_drivers_tell_an_unknown_name_in_their_own_ways() -> None:
    class Error(Exception):
        pgcode = "42P01"

    assert is_unknown_name(Error(), "postgresql")
    assert is_unknown_name(Exception({"C": "42703", "M": "column"}), "postgresql")
    assert not is_unknown_name(Exception({"C": "23505"}), "postgresql")
    assert is_unknown_name(Exception(1054, "Unknown column"), "mariadb")
    assert not is_unknown_name(Exception(1062, "Duplicate"), "mysql")
    assert is_unknown_name(Exception("table runs has no column named kind"), "sqlite")
    assert not is_unknown_name(None, "sqlite")


def test_of_two_tables_that_lack_one_column_the_one_of_the_statement_is_told(database: Database) -> None:
    metadata = sa.MetaData()
    for name in ("jobs", "runs"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("status", sa.Text))
        database.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)")
    told: list[str] = []
    with database.engine() as engine:
        explain_errors(engine, metadata)
        for table in metadata.tables.values():
            other = next(each for each in metadata.tables.values() if each is not table)
            alias = table.alias("j")
            for statement in (
                sa.select(table),
                sa.select(alias.c.status).where(alias.c.id == other.c.id),
                table.insert().values(id=1, status="x"),
                table.update().values(status="x"),
            ):
                told.append(notes(failing(engine, statement)).split(":")[1].split(".")[1])

    assert told == ["jobs"] * 4 + ["runs"] * 4


def test_an_env_py_that_exits_does_not_end_the_application(project: Project) -> None:
    project.upgrade("0001")
    project.env("import sys\nsys.exit('no URL')")

    async def main() -> DBAPIError:
        engine = create_async_engine(project.database.url.set(drivername=ASYNC[project.database.dialect][0]))
        explain_errors(engine, project.metadata, config=project.config)
        error = await failing_async(engine, query(project))
        await engine.dispose()
        return error

    told = [notes(asyncio.run(main()))]
    with project.database.engine() as engine:
        explain_errors(engine, project.metadata, config=project.config)
        told.append(notes(failing(engine, query(project))))

    for each in told:
        assert "Alembic was not asked (env.py raised SystemExit" in each


def test_many_distinct_errors_at_once_are_one_look_and_ten_a_minute(counted: tuple[Project, list[int]]) -> None:
    project, runs = counted
    config = project.config
    config.attributes["runs"] = runs
    gate, asked = config.attributes["gate"], config.attributes["asked"] = threading.Event(), threading.Event()
    wait = "context.config.attributes['asked'].set()\nassert context.config.attributes['gate'].wait(30)\n"
    count = "context.config.attributes['runs'].append(1)\n"
    project.env(f"from alembic import context\n{wait}{count}" + ENV.format(module=project.module))
    engine = sa.create_engine(project.database.url)
    explain_errors(engine, project.metadata, config=config)
    first = threading.Thread(target=failing, args=(engine, query(project)))
    first.start()
    assert asked.wait(30)
    beside = notes(failing(engine, query(project, "chat_session_id")))
    gate.set()
    first.join()
    after = [notes(failing(engine, sa.text(f"SELECT c{at} FROM runs"))) for at in range(15)]
    engine.dispose()

    assert beside == ""
    assert len(runs) == explain.AT_MOST
    assert [bool(each) for each in after] == [True] * 9 + [False] * 6


def test_a_file_that_was_deleted_while_it_was_open_is_told(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)

    def made_again() -> None:
        Path(str(sqlite.url.database)).unlink()
        project.upgrade()

    async def main() -> str:
        engine = create_async_engine(sqlite.url.set(drivername="sqlite+aiosqlite"))
        explain_errors(engine, project.metadata, config=project.config)
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1 FROM runs"))
        await asyncio.to_thread(made_again)
        error = await failing_async(engine, query(project))
        await engine.dispose()
        return notes(error)

    project.upgrade("0001")
    engine = sa.create_engine(sqlite.url)
    explain_errors(engine, project.metadata, config=project.config)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1 FROM runs"))
    made_again()
    told = [notes(failing(engine, query(project)))]
    engine.dispose()
    Path(str(sqlite.url.database)).unlink()
    project.upgrade("0001")
    told.append(asyncio.run(main()))

    for each in told:
        assert each.startswith("alembic_guard: stale process: this connection has a file open that was deleted"), each
    with engine.connect() as connection:
        connection.execute(query(project))
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_search_path_of_the_session_alone_is_not_taken_for_a_missing_table(
    project: Project, database: Database
) -> None:
    database.execute("CREATE SCHEMA tenant", "CREATE TABLE tenant.runs (id INTEGER)")
    engine = sa.create_engine(database.url)
    explain_errors(engine, project.metadata, config=project.config)
    with engine.connect() as connection:
        connection.execute(sa.text("SET search_path TO tenant"))
        with pytest.raises(DBAPIError) as caught:
            connection.execute(query(project))
    engine.dispose()

    told = notes(caught.value)
    assert told.startswith("alembic_guard: the connection that failed has a table runs, and a new one to postgresql")
    assert told.endswith("its session was told another schema or search_path")


def test_a_relative_configuration_is_found_from_another_working_folder(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.upgrade("0001")
    monkeypatch.chdir(project.folder)
    with sqlite.engine() as engine:
        explain_errors(engine, project.metadata, config="alembic.ini")
        monkeypatch.chdir(tmp_path)
        told = notes(failing(engine, query(project)))

    assert "adds runs.status and has not run here" in told
