"""`alembic_guard.testing`: a sound project passes all of it, and each test has a project on which it fails."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit import Database
from tests.suites import CHATS, CREATE_CHATS, ENV, KEPT, MODELS, OURS, THEIRS, Outcomes, Project, imported, run

GOLDEN = Path(__file__).parent / "golden" / "testing"
DROP_CHATS = 'op.drop_table("chats")'
NOT_MAPPED = """
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id = mapped_column(Integer, primary_key=True)
    __doc__ = mapped_column(Text)
"""
MESSAGES = """
op.create_table(
    "messages",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.Integer, sa.ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    sa.Column("body", sa.String(20)),
)
"""
MESSAGE_MODELS = """
Table(
    "messages", metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("body", String(20)),
)
"""
BATCH = """
with op.batch_alter_table("chats", recreate="always") as batch:
    batch.alter_column("title", {change})
"""
SOUND = Project([(CREATE_CHATS, DROP_CHATS)])


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def test_a_sound_project_passes_every_test_on_a_fresh_database(pytester: pytest.Pytester, database: Database) -> None:
    outcomes = SOUND.run(pytester, database, [*THEIRS, *OURS])

    assert outcomes.failures == {}, str(outcomes)
    assert sorted(outcomes.passed) == sorted([*THEIRS, *OURS])


# Where the run itself stops a migration that touches an owner's table, every test that upgrades says so.
UNFENCED = ENV.replace('metadata"', 'metadata", fence=False')
POINTS = ('op.add_column("user", sa.Column("points", sa.Integer))', 'op.drop_column("user", "points")')

BROKEN = {
    "column_of_an_owner_added": Project([(CREATE_CHATS, DROP_CHATS), POINTS], env=UNFENCED),
    "column_of_an_owner_refused": Project([(CREATE_CHATS, DROP_CHATS), POINTS]),
    "row_of_an_owner_changed": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            ("""op.execute('UPDATE "user" SET name = \\'nobody\\'')""", "pass"),
        ],
        env=UNFENCED,
    ),
    "column_without_a_migration": Project(
        [(CREATE_CHATS, DROP_CHATS)],
        models=MODELS + CHATS.replace("String(50)),", 'String(50)),\n    Column("pinned", Boolean),'),
    ),
    "column_relied_on_is_gone": Project(
        [(CREATE_CHATS, DROP_CHATS)],
        models=MODELS.replace("migrate=", 'relies_on={"user": ["email"]}, migrate=') + CHATS,
        more="""
            @pytest.fixture
            def external_tables(alembic_engine):
                with alembic_engine.begin() as connection:
                    connection.execute(text(\'CREATE TABLE "user" (id TEXT PRIMARY KEY)\'))
        """,
    ),
    "column_that_is_not_mapped": Project([(CREATE_CHATS, DROP_CHATS)], models=MODELS + CHATS + NOT_MAPPED),
    "key_without_on_delete": Project(
        [(CREATE_CHATS.replace(', ondelete="CASCADE"', ""), DROP_CHATS)],
        models=MODELS + CHATS.replace(', ondelete="CASCADE"', ""),
    ),
    "not_null_without_a_default": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                BATCH.format(change="existing_type=sa.String(50), nullable=False"),
                BATCH.format(change="existing_type=sa.String(50), nullable=True"),
            ),
        ],
        models=MODELS + CHATS.replace("String(50)", "String(50), nullable=False"),
    ),
    "unique_over_duplicates": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                'op.create_index("uq_chats_title", "chats", ["title"], unique=True)',
                'op.drop_index("uq_chats_title", "chats")',
            ),
        ],
        models=MODELS
        + CHATS.replace("String(50)", "String(50)")
        + 'Index("uq_chats_title", metadata.tables["chats"].c.title, unique=True)\n',
    ),
    "text_that_becomes_a_number": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                BATCH.format(change="existing_type=sa.String(50), type_=sa.Integer()"),
                BATCH.format(change="existing_type=sa.Integer(), type_=sa.String(50)"),
            ),
        ],
        models=MODELS + CHATS.replace("String(50)", "Integer"),
    ),
    "rows_that_cascade": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (MESSAGES, 'op.drop_table("messages")'),
            (
                BATCH.format(change="existing_type=sa.String(50), type_=sa.String(60)"),
                BATCH.format(change="existing_type=sa.String(60), type_=sa.String(50)"),
            ),
        ],
        models=MODELS + CHATS.replace("String(50)", "String(60)") + MESSAGE_MODELS,
        engine="""
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
        """,
    ),
    "index_left_behind": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            ('op.create_index("ix_chats_title", "chats", ["title"])', "pass"),
        ],
        models=MODELS + CHATS + 'Index("ix_chats_title", metadata.tables["chats"].c.title)\n',
    ),
    "revision_that_asks_the_database": Project(
        [(CREATE_CHATS, DROP_CHATS), ("op.get_bind().execute(sa.text('SELECT 1')).all()", "pass")]
    ),
    "script_that_does_less": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                'if not op.get_context().as_sql:\n    op.create_index("ix_chats_title", "chats", ["title"])',
                'op.drop_index("ix_chats_title", "chats")',
            ),
        ],
        models=MODELS + CHATS + 'Index("ix_chats_title", metadata.tables["chats"].c.title)\n',
    ),
}
BROKEN["revision_that_raises"] = Project(
    [
        (CREATE_CHATS, DROP_CHATS),
        (
            """
            for title in op.get_bind().execute(sa.text("SELECT title FROM chats")).scalars().all():
                title.upper()
            """,
            "pass",
        ),
    ]
)
MEET = """
import multiprocessing
import os
import pathlib
import time

if multiprocessing.parent_process() is not None:  # all four are here before one goes on
    here = pathlib.Path(__file__).with_name("here")
    here.mkdir(exist_ok=True)
    (here / str(os.getpid())).touch()
    while len(list(here.iterdir())) < 4:
        time.sleep(0.01)
"""
VERSION_TABLE = """
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
"""
WITHOUT_A_LOCK = Project(
    [(MEET + CREATE_CHATS, DROP_CHATS)], env=ENV.replace('metadata"', 'metadata", lock=False'), engine=VERSION_TABLE
)
BROKEN["runs_without_a_lock"] = WITHOUT_A_LOCK
ENUM_LEFT = Project(
    [
        (CREATE_CHATS, DROP_CHATS),
        (
            """op.create_table("tags", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("kind", sa.Enum("a", "b", name="kind")))""",
            'op.drop_table("tags")',
        ),
    ],
    models=MODELS
    + CHATS
    + 'Table("tags", metadata, Column("id", Integer, primary_key=True), Column("kind", Enum("a", "b", name="kind")))\n',
)
NARROWED = Project(
    [
        (CREATE_CHATS, DROP_CHATS),
        (
            'op.alter_column("chats", "title", existing_type=sa.String(50), type_=sa.String(20))',
            'op.alter_column("chats", "title", existing_type=sa.String(20), type_=sa.String(50))',
        ),
    ],
    models=MODELS + CHATS.replace("String(50)", "String(20)"),
)
BROKEN_ON_POSTGRESQL = {
    "column_of_an_owner_added": BROKEN["column_of_an_owner_added"],
    "type_that_narrows": NARROWED,
    "enum_left_behind": ENUM_LEFT,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_project_fails_with_the_message_in_the_golden_file(
    pytester: pytest.Pytester, sqlite: Database, name: str
) -> None:
    _golden(f"sqlite/{name}", BROKEN[name].run(pytester, sqlite, OURS))


@pytest.mark.parametrize("name", BROKEN_ON_POSTGRESQL)
def test_a_broken_project_fails_on_postgresql_too(pytester: pytest.Pytester, postgresql: Database, name: str) -> None:
    _golden(f"postgresql/{name}", BROKEN_ON_POSTGRESQL[name].run(pytester, postgresql, OURS))


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_runs_without_a_lock_meet_on_every_database(pytester: pytest.Pytester, database: Database) -> None:
    """What the ones that come late are told depends on when they come: no golden file."""
    outcomes = _concurrently(WITHOUT_A_LOCK.with_short_keys(), pytester, database)

    told = outcomes.failures["test_concurrent_upgrade"]
    assert told.startswith("upgrade heads in 4 processes at once on <database>\n")
    assert "    upgrade of 0001 (0001.py) ran in 4 processes\n" in told
    assert sum(map(int, re.findall(r"^    (\d) of the processes: ", told, re.M))) == 3


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_runs_take_turns_on_mariadb(pytester: pytest.Pytester, database: Database) -> None:
    outcomes = _concurrently(SOUND.with_short_keys(), pytester, database)

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_concurrent_upgrade"])


def test_a_process_that_dies_is_told(pytester: pytest.Pytester, sqlite: Database) -> None:
    dies = "import os\nos._exit(1)\n"

    told = _concurrently(Project([(dies, "pass")]), pytester, sqlite).failures["test_concurrent_upgrade"]

    assert "    upgrade of 0001 (0001.py) ran in 0 processes\n" in told
    assert "    4 of the processes: it died without a word" in told


def test_a_process_that_does_not_end_is_killed(
    pytester: pytest.Pytester, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alembic_guard._testing.at_once.LONGEST", 2.0)
    waits = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)\n"

    told = _concurrently(Project([(waits, "pass")]), pytester, sqlite).failures["test_concurrent_upgrade"]

    assert "    4 of the processes: it did not end within 2 s" in told
    with pytest.raises(ProcessLookupError):
        os.kill(int((pytester.path / "pid").read_text()), 0)


IN_MEMORY = """
@pytest.fixture
def alembic_engine():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    yield engine
    engine.dispose()
"""
CONNECTION = """
@pytest.fixture
def alembic_engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'database.sqlite'}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()
"""


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        (IN_MEMORY, "sqlite:// is in the memory of this process, where no other reaches it"),
        (CONNECTION, "alembic_engine is a connection, which belongs to this process"),
    ],
    ids=["in-memory", "connection"],
)
def test_what_other_processes_cannot_reach_is_skipped(
    pytester: pytest.Pytester, sqlite: Database, engine: str, why: str
) -> None:
    outcomes = _concurrently(replace(SOUND, more="from sqlalchemy.pool import StaticPool\n" + engine), pytester, sqlite)

    assert outcomes.failures == {}, str(outcomes)
    assert outcomes.skipped == {"test_concurrent_upgrade": f"Skipped: {why}"}


@pytest.mark.parametrize("downgrade", [None, "raise NotImplementedError"], ids=["absent", "not implemented"])
def test_the_way_back_ends_where_there_is_no_downgrade(
    pytester: pytest.Pytester, sqlite: Database, downgrade: str | None
) -> None:
    left = ('op.create_index("ix_chats_title", "chats", ["title"])', downgrade or "pass")
    never = ('op.add_column("chats", sa.Column("body", sa.Text))', 'op.drop_column("chats", "body")')
    last = ('op.add_column("chats", sa.Column("at", sa.Date))', 'op.drop_column("chats", "at")')
    project = Project([(CREATE_CHATS, "raise RuntimeError"), never, left, last])
    project.write(pytester, sqlite)
    if downgrade is None:
        path = pytester.path / "migrations" / "versions" / "0003.py"
        path.write_text(path.read_text().partition("def downgrade")[0], encoding="utf-8")

    outcomes = imported(pytester, ["test_external_tables_untouched", "test_downgrade_restores_schema"])

    assert (outcomes.failures, sorted(outcomes.passed)) == (
        {},
        ["test_downgrade_restores_schema", "test_external_tables_untouched"],
    )


@pytest.mark.parametrize("downgrade", [None, "raise NotImplementedError"], ids=["absent", "not implemented"])
def test_a_database_that_is_kept_and_cannot_be_taken_to_base_is_told(
    pytester: pytest.Pytester, sqlite: Database, downgrade: str | None
) -> None:
    Project([(CREATE_CHATS, downgrade or "pass")], more=KEPT).write(pytester, sqlite)
    if downgrade is None:
        path = pytester.path / "migrations" / "versions" / "0001.py"
        path.write_text(path.read_text().partition("def downgrade")[0], encoding="utf-8")

    outcomes = imported(pytester, ["test_models_match_database", "test_populated_upgrade"])

    assert outcomes.failures == {
        "test_populated_upgrade": "the test database is at 0001 and cannot be taken to base: a downgrade is not"
        " implemented\n  hint: let the fixture alembic_engine give each test a new database"
    }


LISTENS = """
event.listen(engine, "connect", lambda connection, _: connection.create_function("secret", 0, lambda: "here"))
"""


def test_the_processes_have_what_the_fixtures_say(pytester: pytest.Pytester, sqlite: Database) -> None:
    """Listeners of the engine, and a value that a test has patched."""
    create = "import models\nassert models.patched\nop.execute('SELECT secret()')\n" + CREATE_CHATS
    more = """
        @pytest.fixture(autouse=True)
        def patched(monkeypatch):
            monkeypatch.setattr("models.patched", True)
    """
    models = MODELS + CHATS + "patched = False\n"
    project = Project([(create, DROP_CHATS)], models=models, engine=LISTENS, more=more)

    outcomes = _concurrently(project, pytester, sqlite)

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_concurrent_upgrade"])


def _concurrently(project: Project, pytester: pytest.Pytester, database: Database) -> Outcomes:
    return project.run(pytester, database, ["test_concurrent_upgrade"])


def _golden(name: str, outcomes: Outcomes) -> None:
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(str(outcomes), encoding="utf-8")
    assert str(outcomes) == golden.read_text(encoding="utf-8")


ASYNC = """
from sqlalchemy.ext.asyncio import create_async_engine


@pytest.fixture
def alembic_engine(tmp_path):
    return create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'database.sqlite'}")
"""


def test_an_asynchronous_engine_is_as_good(pytester: pytest.Pytester, sqlite: Database) -> None:
    project = Project(SOUND.revisions, more=ASYNC)

    outcomes = project.run(pytester, sqlite, OURS)

    assert outcomes.failures == {}, str(outcomes)
    assert sorted(outcomes.passed) == sorted(OURS)


def test_four_processes_with_asynchronous_engines_on_postgresql(
    pytester: pytest.Pytester, postgresql: Database
) -> None:
    engine = ASYNC.replace("f\"sqlite+aiosqlite:///{tmp_path / 'database.sqlite'}\"", repr(postgresql.text))

    outcomes = _concurrently(replace(SOUND, more=engine), pytester, postgresql)

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_concurrent_upgrade"])


def test_in_a_running_loop_too(pytester: pytest.Pytester, sqlite: Database) -> None:
    Project(SOUND.revisions, more=ASYNC).write(pytester, sqlite)
    (pytester.path / "test_loop.py").write_text(
        "import asyncio\n"
        "from alembic_guard import testing\n\n\n"
        "def test_in_a_loop(alembic_runner):\n"
        "    async def main():\n"
        "        testing.test_external_tables_untouched(alembic_runner)\n"
        "        testing.test_populated_upgrade(alembic_runner, {})\n\n"
        "    asyncio.run(main())\n",
        encoding="utf-8",
    )

    outcomes = run(pytester)

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_in_a_loop"])


def test_a_second_environment_is_tested_with_a_runner_of_its_own(pytester: pytest.Pytester, sqlite: Database) -> None:
    replace(SOUND, env=UNFENCED).write(pytester, sqlite)
    touching = BROKEN["row_of_an_owner_changed"].revisions[1][0]
    second = pytester.mkdir("second")
    shutil.copytree(pytester.path / "migrations", second, dirs_exist_ok=True)
    path = second / "versions" / "0001.py"
    path.write_text(path.read_text().replace("def upgrade():", f"def upgrade():\n    {touching}"), encoding="utf-8")
    (pytester.path / "test_both.py").write_text(
        "from pytest_alembic import create_alembic_fixture\n"
        "from alembic_guard import testing\n\n"
        f"second = create_alembic_fixture({{'script_location': {str(second)!r}}})\n\n\n"
        "def test_first(alembic_runner):\n    testing.test_external_tables_untouched(alembic_runner)\n\n\n"
        "def test_second(second):\n"
        "    testing.create_external_tables(second)\n"
        "    testing.test_external_tables_untouched(second)\n",
        encoding="utf-8",
    )

    outcomes = run(pytester)

    assert outcomes.passed == ["test_first"]
    assert "upgrade of 0001 (0001.py) changed main.user" in outcomes.failures["test_second"]


def test_an_environment_without_a_guard_is_told_so(pytester: pytest.Pytester, sqlite: Database) -> None:
    env = """
from alembic import context
from models import metadata

with context.config.attributes["connection"].connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
    outcomes = Project(SOUND.revisions, env=env).run(pytester, sqlite, ["test_external_tables_untouched"])

    (told,) = outcomes.failures.values()
    assert "env.py has no Guard, which says who owns which table" in told
    assert "hint: run_migrations(Guard(...))" in told


def test_a_walk_is_one_run_of_env_py(pytester: pytest.Pytester, sqlite: Database) -> None:
    env = ENV + 'with open("runs", "a") as file:\n    file.write("run\\n")\n'
    steps = [
        (f'op.add_column("chats", sa.Column("c{n}", sa.Integer))', f'op.drop_column("chats", "c{n}")') for n in range(5)
    ]
    project = Project([(CREATE_CHATS, DROP_CHATS), *steps], env=env)

    outcomes = project.run(pytester, sqlite, ["test_external_tables_untouched"])

    assert outcomes.failures == {}, str(outcomes)
    # One asks whose the tables are, one whether the database is at base, one walks.
    assert len((pytester.path / "runs").read_text().splitlines()) == 3


@pytest.mark.soak  # a figure, for a machine that does nothing else
def test_the_walk_costs_at_most_a_third_of_pytest_alembics(pytester: pytest.Pytester, sqlite: Database) -> None:
    """In seconds of the processor, so that the disk does not count, and the best of three of ours, whose short time other work
    on the machine blurs; theirs cannot be repeated, for it ends at the heads, from where it is another walk."""
    count = 200
    steps = [
        (f'op.add_column("chats", sa.Column("c{n}", sa.Integer))', f'op.drop_column("chats", "c{n}")')
        for n in range(count - 1)
    ]
    Project([(CREATE_CHATS, DROP_CHATS), *steps]).write(pytester, sqlite)
    (pytester.path / "test_cost.py").write_text(COST, encoding="utf-8")

    outcomes = run(pytester)

    assert outcomes.failures == {}, str(outcomes)
    theirs, ours = (float((pytester.path / name).read_text()) for name in ("theirs", "ours"))
    print(f"{count} revisions: test_up_down_consistency {theirs:.2f} s, test_external_tables_untouched {ours:.2f} s")
    assert ours * 3 <= theirs


COST = """
import time
from pathlib import Path

import pytest_alembic.tests

import alembic_guard.testing


def seconds(function, alembic_runner, name, times):
    found = []
    for _ in range(times):
        began = time.process_time()
        function(alembic_runner)
        found.append(time.process_time() - began)
    Path(__file__).with_name(name).write_text(str(min(found)))


def test_theirs(alembic_runner):
    seconds(pytest_alembic.tests.test_up_down_consistency, alembic_runner, "theirs", 1)


def test_ours(alembic_runner):
    seconds(alembic_guard.testing.test_external_tables_untouched, alembic_runner, "ours", 3)
"""
