"""Suites and chains that are odd and right pass `alembic_guard.testing`; what each test looks at is looked at in full."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, create_engine

from alembic_guard._names import TableName
from alembic_guard._testing.schema import SchemaReader, differences, rows_of
from tests.kit import Database
from tests.suites import CHATS, CREATE_CHATS, KEPT, MODELS, OURS, THEIRS, Project, imported, run

DROP_CHATS = 'op.drop_table("chats")'
SOUND = Project([(CREATE_CHATS, DROP_CHATS)])
ALL_MODELS = "from sqlalchemy import *\n" + MODELS


# --- being installed, and fixtures of one's own

NOT_OURS = """
import os

from alembic import context

os.environ["SET_BY_THE_TEST"]
with context.config.attributes["connection"].connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
THEIR_TEST = """
def test_upgrade_of_a_project_that_does_not_use_us(alembic_runner, monkeypatch):
    monkeypatch.setenv("SET_BY_THE_TEST", "yes")
    alembic_runner.migrate_up_to("heads")


def test_an_engine_alone(alembic_engine):
    assert alembic_engine.dialect.name == "sqlite"
"""


def test_being_installed_changes_nothing_for_a_project_that_does_not_use_us(
    pytester: pytest.Pytester, sqlite: Database
) -> None:
    Project([("op.execute('CREATE TABLE t (id int)')", "op.drop_table('t')")], env=NOT_OURS).write(pytester, sqlite)
    (pytester.path / "test_theirs.py").write_text(THEIR_TEST, encoding="utf-8")

    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-o", "pytest_alembic_tests_path=none")

    result.assert_outcomes(passed=2)


def test_an_engine_of_another_suite_is_left_alone(pytester: pytest.Pytester) -> None:
    """Without alembic.ini, and without a fixture of pytest-alembic's but in name."""
    pytester.makeconftest(
        "import pytest\n\n\n@pytest.fixture\ndef alembic_engine():\n    return 1\n\n\n"
        "@pytest.fixture\ndef alembic_runner():\n    return 2\n"
    )
    pytester.makepyfile(
        "def test_own(alembic_engine, alembic_runner):\n    assert (alembic_engine, alembic_runner) == (1, 2)\n"
    )

    assert run(pytester).passed == ["test_own"]


def test_owners_tables_are_made_for_a_runner_that_is_overridden(pytester: pytest.Pytester, sqlite: Database) -> None:
    """Where the fixture ``alembic_config`` names no environment at all."""
    SOUND.write(pytester, sqlite)
    elsewhere = (pytester.path / "migrations").rename(pytester.path / "elsewhere")
    conftest = pytester.path / "conftest.py"
    told = conftest.read_text(encoding="utf-8")
    config, engine = (
        told.index("@pytest.fixture\ndef alembic_config"),
        told.index("@pytest.fixture\ndef alembic_engine"),
    )
    runner = (
        "from pytest_alembic import create_alembic_fixture\n"
        f"alembic_runner = create_alembic_fixture({{'script_location': {str(elsewhere)!r}}})\n\n"
    )
    conftest.write_text(told[:config] + runner + told[engine:], encoding="utf-8")

    outcomes = imported(pytester, ["test_external_tables_untouched", "test_upgrade"])

    assert (outcomes.failures, len(outcomes.passed)) == ({}, 2)


CONNECTION = """
@pytest.fixture
def alembic_engine(tmp_path):
    engine = create_engine(f"sqlite:///{{tmp_path / 'database.sqlite'}}")
    with engine.{call}() as connection:
        yield connection
    engine.dispose()
"""


@pytest.mark.parametrize("call", ["connect", "begin"])
def test_a_connection_as_alembic_engine_keeps_its_transaction(
    pytester: pytest.Pytester, sqlite: Database, call: str
) -> None:
    project = replace(SOUND, more=CONNECTION.format(call=call))

    outcomes = project.run(pytester, sqlite, [*OURS, *THEIRS])

    assert outcomes.failures == {}, str(outcomes)
    assert sorted(outcomes.skipped) == ["test_concurrent_upgrade", "test_offline_sql_renders"]


NO_ENGINE = """
@pytest.fixture
def alembic_engine(tmp_path, alembic_config):
    alembic_config.set_main_option("sqlalchemy.url", f"sqlite:///{tmp_path / 'own.sqlite'}")
"""


def test_an_env_py_that_makes_its_own_engine(pytester: pytest.Pytester, sqlite: Database) -> None:
    outcomes = replace(SOUND, more=NO_ENGINE).run(pytester, sqlite, OURS)

    assert (outcomes.failures, sorted(outcomes.passed)) == ({}, sorted(OURS))


# --- chains


def branches(pytester: pytest.Pytester) -> None:
    """Two bases; one branches, depends on the other in the middle, and merges; the other depends on the merge."""
    chain: list[tuple[str, str | tuple[str, ...] | None, str | None, str]] = [
        ("zz_a1", None, None, ""),
        ("b2", "zz_a1", None, ""),
        ("c2", "zz_a1", "d1", "sa.ForeignKey('d1.id'), "),
        ("m3", ("b2", "c2"), None, ""),
        ("d1", None, None, ""),
        ("d2", "d1", "m3", ""),
    ]
    for name, before, depends_on, key in chain:
        table = f"op.create_table('{name}', sa.Column('id', sa.Integer, {key}primary_key=True))"
        (pytester.path / "migrations" / "versions" / f"{name}.py").write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {name!r}\ndown_revision = {before!r}\n"
            f"depends_on = {depends_on!r}\n\n\ndef upgrade():\n    {table}\n\n\ndef downgrade():\n    op.drop_table('{name}')\n",
            encoding="utf-8",
        )


BRANCH_MODELS = ALL_MODELS + "".join(
    f'Table("{name}", metadata, Column("id", Integer, {key}primary_key=True))\n'
    for name, key in (("zz_a1", ""), ("b2", ""), ("c2", "ForeignKey('d1.id'), "), ("m3", ""), ("d1", ""), ("d2", ""))
)


def test_branches_merges_and_dependencies(pytester: pytest.Pytester, sqlite: Database) -> None:
    Project([], models=BRANCH_MODELS).write(pytester, sqlite)
    branches(pytester)

    outcomes = imported(pytester, OURS)

    assert (outcomes.failures, sorted(outcomes.passed)) == ({}, sorted(OURS))


def with_options(pytester: pytest.Pytester, *, skipped: list[str], lowest: str | None) -> None:
    conftest = pytester.path / "conftest.py"
    told = conftest.read_text(encoding="utf-8")
    said = f"Options(alembic_config=config, skip_revisions={skipped}, minimum_downgrade_revision={lowest!r})"
    told = told.replace(
        "    return config\n", f"    from pytest_alembic.config import Config as Options\n    return {said}\n"
    )
    conftest.write_text(told, encoding="utf-8")


def test_a_skipped_revision_runs_neither_on_the_way_back_nor_in_the_script(
    pytester: pytest.Pytester, sqlite: Database
) -> None:
    slow = "raise RuntimeError('slow')"
    Project([(CREATE_CHATS, DROP_CHATS), (slow, slow)], more=KEPT).write(pytester, sqlite)
    with_options(pytester, skipped=["0002"], lowest=None)

    outcomes = imported(pytester, [*OURS, *THEIRS])

    assert (outcomes.failures, len(outcomes.passed)) == ({}, len([*OURS, *THEIRS]))


def test_a_kept_database_that_a_downgrade_does_not_take_to_base_is_told_in_words(
    pytester: pytest.Pytester, sqlite: Database
) -> None:
    Project([(CREATE_CHATS, "raise RuntimeError('never')"), ("pass", "pass")], more=KEPT).write(pytester, sqlite)
    with_options(pytester, skipped=[], lowest="0001")

    outcomes = imported(pytester, ["test_downgrade_restores_schema", "test_external_tables_untouched"])

    assert outcomes.failures == {
        "test_external_tables_untouched": "the test database is at 0001 and cannot be taken to base (minimum_downgrade_revision"
        " is 0001)\ndowngrade of 0001 (0001.py) on sqlite:///<folder>/kept.sqlite\n"
        "  expected: it runs; found: RuntimeError: never\n"
        "  line 20 of <folder>/migrations/versions/0001.py: raise RuntimeError('never')\n"
        "  hint: let the fixture alembic_engine give each test a new database"
    }


WIDENED = 'op.alter_column("chats", "title", existing_type=sa.String(50), type_=sa.String({}))'


def test_a_kept_database_keeps_no_row_that_a_narrowing_downgrade_would_meet(
    pytester: pytest.Pytester, postgresql: Database
) -> None:
    """The rows of test_populated_upgrade are as long as columns allow."""
    kept = KEPT.replace('"sqlite:///kept.sqlite"', repr(postgresql.text))
    project = Project(
        [(CREATE_CHATS, DROP_CHATS), (WIDENED.format(60), WIDENED.format(50)), ("pass", "pass")],
        models=MODELS + CHATS.replace("String(50)", "String(60)"),
        more=kept,
    )

    outcomes = project.run(pytester, postgresql, ["test_populated_upgrade", "test_references_match_external"])

    assert (outcomes.failures, len(outcomes.passed)) == ({}, 2)


# --- the script of --sql

BESIDE_TABLES = [
    "CREATE SCHEMA app",
    "CREATE DOMAIN app.mail AS text CHECK (VALUE LIKE '%@%')",
    "CREATE TYPE pair AS (a int, b int)",
    "CREATE FUNCTION touch(p pair) RETURNS int LANGUAGE sql AS $$ SELECT 1;\n\n SELECT 2; $$",
    "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    NEW.title := 'x';\n\n    RETURN NEW;\nEND;\n\n$$",
    "CREATE PROCEDURE \"Do\"(a int, b text) LANGUAGE sql AS 'SELECT 1'",
    "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
    "CREATE SEQUENCE numbers",
    "CREATE MATERIALIZED VIEW counts AS SELECT 1 AS n",
    "CREATE UNIQUE INDEX ix_counts ON counts (n)",
    "CREATE VIEW titles AS SELECT id, title FROM chats",
    "CREATE TRIGGER instead INSTEAD OF INSERT ON titles FOR EACH ROW EXECUTE FUNCTION fire()",
    "CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at)",
    "CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
]
BESIDE_TABLES_ON_MARIADB = [
    "CREATE VIEW titles AS SELECT id, title FROM chats",
    "CREATE TRIGGER fire BEFORE INSERT ON chats FOR EACH ROW BEGIN\n SET NEW.title = 'a';\n\n SET NEW.title = 'b';\nEND",
    "CREATE FUNCTION one() RETURNS INT DETERMINISTIC RETURN 1",
    "CREATE PROCEDURE two() BEGIN SELECT 1; END",
    "CREATE SEQUENCE numbers",
]
BESIDE_TABLES_ON_SQLITE = [
    "CREATE VIEW titles AS SELECT id, title FROM chats",
    "CREATE TRIGGER instead INSTEAD OF INSERT ON titles BEGIN SELECT 1; END",
    "CREATE TRIGGER fire AFTER INSERT ON chats BEGIN SELECT 1; END",
]
BESIDE = {"postgresql": BESIDE_TABLES, "mariadb": BESIDE_TABLES_ON_MARIADB, "sqlite": BESIDE_TABLES_ON_SQLITE}


def executed(statements: list[str]) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


def test_a_script_makes_what_is_beside_tables_a_second_time(pytester: pytest.Pytester, database: Database) -> None:
    project = Project([(CREATE_CHATS, "raise NotImplementedError"), (executed(BESIDE[database.dialect]), "pass")])
    if database.dialect == "mariadb":
        project = project.with_short_keys()

    outcomes = project.run(pytester, database, ["test_offline_sql_renders"])

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_offline_sql_renders"])


FIRST = '\nTable("first", metadata, Column("id", Integer, primary_key=True), Column("body", Text))\n'
MAKE_FIRST = (
    'with engine.begin() as connection:\n    connection.execute(text("CREATE TABLE first (id INTEGER PRIMARY KEY)"))'
)


@pytest.mark.parametrize("downgrade", ['op.drop_column("first", "body")', "raise NotImplementedError"])
def test_a_script_for_a_table_that_was_there_before_the_chain(
    pytester: pytest.Pytester, sqlite: Database, downgrade: str
) -> None:
    add = 'op.add_column("first", sa.Column("body", sa.Text))'
    project = Project([(add, downgrade)], models=MODELS + FIRST, engine=MAKE_FIRST)

    outcomes = project.run(pytester, sqlite, ["test_offline_sql_renders"])

    assert outcomes.failures == {}, str(outcomes)
    assert (list(outcomes.skipped) == []) is downgrade.startswith("op.")


# --- what is read of a database

CHANGES_OF_A_TABLE = {
    'ALTER TABLE "user" ENABLE ROW LEVEL SECURITY': "+ ROW LEVEL SECURITY enabled",
    'ALTER TABLE "user" FORCE ROW LEVEL SECURITY': "+ ROW LEVEL SECURITY forced",
    'CREATE POLICY p ON "user" USING (true)': "+ policy p FOR * TO public USING true",
    'CREATE RULE r AS ON DELETE TO "user" DO INSTEAD NOTHING': '+ CREATE RULE r AS ON DELETE TO public."user" DO INSTEAD NOTHING;',
    """COMMENT ON TABLE "user" IS 'ours'""": "+ comment ours",
    """COMMENT ON COLUMN "user".name IS 'ours'""": "+ comment on name ours",
    'ALTER TABLE "user" SET UNLOGGED': "+ UNLOGGED",
    'ALTER TABLE "user" SET (fillfactor = 70)': "+ WITH (fillfactor=70)",
    'ALTER TABLE "user" REPLICA IDENTITY FULL': "+ REPLICA IDENTITY f",
    'ALTER TABLE "user" DISABLE TRIGGER t': "DISABLED",
}
CHANGES_OF_RIGHTS = {
    'GRANT SELECT ON "user" TO public': "+ privilege SELECT of public",
    'GRANT SELECT (name) ON "user" TO public': "+ privilege SELECT on name of public",
    'ALTER TABLE "user" OWNER TO pg_monitor': "+ owner pg_monitor",
    "ALTER TYPE mood ADD VALUE 'new'": "+ enum mood: old, new",
}
USER = """
CREATE TYPE mood AS ENUM ('old');
CREATE TABLE "user" (id text PRIMARY KEY, name text, mood mood);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON "user" FOR EACH ROW EXECUTE FUNCTION f();
"""


def changed_by(connection: Connection, statement: str, name: TableName, *, as_written: bool) -> str:
    reader = SchemaReader()
    before = reader.read(connection, as_written=as_written)
    connection.exec_driver_sql(statement)
    after = reader.read(connection, as_written=as_written)
    return "\n".join(differences(before.get(name, frozenset()), after.get(name, frozenset())))


def in_transactions(database: Database, prepare: str, work: Callable[[Connection], None]) -> None:
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.exec_driver_sql(prepare)
    with engine.connect() as connection:
        work(connection)
    engine.dispose()


def test_every_change_of_a_table_of_an_owner_is_seen_on_postgresql(postgresql: Database) -> None:
    user = TableName("public", "user")

    def work(connection: Connection) -> None:
        for statement, told in {**CHANGES_OF_A_TABLE, **CHANGES_OF_RIGHTS}.items():
            assert told in changed_by(connection, statement, user, as_written=True), statement
            connection.rollback()

    in_transactions(postgresql, USER, work)


def test_a_downgrade_that_leaves_a_change_of_a_table_is_seen_on_postgresql(postgresql: Database) -> None:
    user = TableName("public", "user")

    def work(connection: Connection) -> None:
        for statement, told in CHANGES_OF_A_TABLE.items():
            assert told in changed_by(connection, statement, user, as_written=False), statement
            connection.rollback()
        # A right that was given and taken back is the same as one that was never given.
        reader = SchemaReader()
        before = reader.read(connection, as_written=True)
        connection.exec_driver_sql('GRANT SELECT ON "user" TO public; REVOKE SELECT ON "user" FROM public')
        assert reader.read(connection, as_written=True) == before

    in_transactions(postgresql, USER, work)


LEFT = {
    "postgresql": {
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'": "public.(routine): + one(): CREATE OR REPLACE FUNCTION",
        "CREATE OR REPLACE VIEW titles AS SELECT id FROM chats WHERE id > 5": "public.(view): - titles: SELECT id FROM chats;",
        "CREATE DOMAIN number AS int": "public.(domain): + number: integer",
        "CREATE TYPE pair AS (a int, b text)": "public.(type): + pair: a integer, b text",
    },
    "mariadb": {
        "CREATE TRIGGER t BEFORE INSERT ON chats FOR EACH ROW SET NEW.title = 1": ".chats: + trigger t BEFORE INSERT SET NEW",
        "CREATE OR REPLACE VIEW titles AS SELECT 1 AS n": ".(view): + titles: select 1 AS `n`",
    },
    "sqlite": {
        "CREATE TRIGGER t AFTER INSERT ON chats BEGIN SELECT 1; END": "main.chats: + trigger t: CREATE TRIGGER t",
        "CREATE VIEW v AS SELECT 1 AS n": "main.(view): + v: CREATE VIEW v AS SELECT 1 AS n",
    },
}


def test_what_a_downgrade_leaves_beside_tables_is_told(pytester: pytest.Pytester, database: Database) -> None:
    """All of it in one revision."""
    view = "op.execute('CREATE VIEW titles AS SELECT id FROM chats')"
    drop_view = "op.execute('DROP VIEW titles')"
    project = Project(
        [(f"{CREATE_CHATS}\n{view}", f"{drop_view}\n{DROP_CHATS}"), (executed(list(LEFT[database.dialect])), "pass")]
    )
    if database.dialect == "mariadb":
        project = project.with_short_keys()

    told = project.run(pytester, database, ["test_downgrade_restores_schema"]).failures[
        "test_downgrade_restores_schema"
    ]

    assert [each for each in LEFT[database.dialect].values() if each not in told] == [], told


def test_a_careful_downgrade_may_leave_a_schema(pytester: pytest.Pytester, postgresql: Database) -> None:
    project = Project([(CREATE_CHATS, DROP_CHATS), ("op.execute('CREATE SCHEMA IF NOT EXISTS app')", "pass")])

    outcomes = project.run(pytester, postgresql, ["test_downgrade_restores_schema"])

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_downgrade_restores_schema"])


ROWS_OF_AN_OWNER = """
@pytest.fixture
def external_tables(alembic_engine):
    with alembic_engine.begin() as connection:
        connection.execute(text('CREATE TABLE "user" (id TEXT PRIMARY KEY, email TEXT UNIQUE, name TEXT, score FLOAT8)'))
        connection.execute(text("INSERT INTO \\"user\\" VALUES ('a', 'b', 'c', 'NaN'), ('x', 'y', 'z', 'NaN')"))
"""


def test_a_value_that_is_not_a_number_is_no_change(pytester: pytest.Pytester, postgresql: Database) -> None:
    outcomes = replace(SOUND, more=ROWS_OF_AN_OWNER).run(pytester, postgresql, ["test_external_tables_untouched"])

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_external_tables_untouched"])


def test_rows_with_views_of_bytes_are_equal_where_the_bytes_are(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """psycopg2 gives such; each says where it is, and rows are sorted and compared by what they say."""
    monkeypatch.setitem(sqlite3.converters, "BYTEA", memoryview)
    engine = create_engine(f"{sqlite.url}?detect_types=1")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (b bytea)")
        connection.exec_driver_sql("INSERT INTO t VALUES (x'00'), (x'01')")
        assert isinstance(connection.exec_driver_sql("SELECT b FROM t").scalar(), memoryview)

        assert rows_of(connection, TableName("main", "t")) == [{"b": b"\x00"}, {"b": b"\x01"}]
    engine.dispose()


# --- what revisions may do to rows

TABLES = """
op.execute("CREATE TABLE parents (id serial PRIMARY KEY, code char(3) UNIQUE, title varchar(20))")
op.execute('''CREATE TABLE children (
    id serial PRIMARY KEY, parent_id int REFERENCES parents ON UPDATE CASCADE ON DELETE SET NULL,
    wide int NOT NULL, area int GENERATED ALWAYS AS (wide * 2) STORED, title varchar(20),
    place int NOT NULL CONSTRAINT uq_place UNIQUE DEFERRABLE INITIALLY DEFERRED
)''')
op.execute("CREATE FUNCTION fix() RETURNS void LANGUAGE sql AS $$ UPDATE children SET wide = 7 $$")
op.execute('''CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE children SET wide = 8; RETURN NEW; END $$''')
"""
SWAP = """
bind = op.get_bind()
places = bind.execute(sa.text("SELECT place FROM children ORDER BY place")).scalars().all()
for one, other in zip(places, places[1:] + places[:1]):
    found = sa.text("UPDATE children SET place = :other WHERE id = (SELECT min(id) FROM children WHERE place = :one)")
    bind.execute(found, {"one": one, "other": other})
"""
HARMLESS = [
    "op.execute(\"INSERT INTO parents (code) VALUES ('new')\")",  # the sequence gives an id that no row has
    'op.execute("UPDATE parents SET id = id + 1000")',  # ON UPDATE CASCADE
    'op.execute("DELETE FROM parents WHERE id < 1003")',  # ON DELETE SET NULL
    'op.execute("ALTER TABLE children DROP COLUMN area, ADD COLUMN area int GENERATED ALWAYS AS (wide * 3) STORED")',
    'op.execute("ALTER TABLE children ALTER title TYPE char(30)")',  # spaces at the end
    SWAP,  # what a deferred constraint is for
    'op.execute("SELECT fix()")',
    """op.execute("CREATE TRIGGER t AFTER UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION fire()")""",
    """op.execute("UPDATE parents SET title = 'x'")""",
    """op.execute("INSERT INTO parents (id, title) SELECT id, 'y' FROM parents ON CONFLICT (id) DO UPDATE SET title = 'y'")""",
]


def test_what_the_database_itself_does_to_rows_is_no_loss(pytester: pytest.Pytester, postgresql: Database) -> None:
    project = Project([(TABLES, "pass"), *((each, "pass") for each in HARMLESS)], models=MODELS)

    outcomes = project.run(pytester, postgresql, ["test_populated_upgrade"])

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_populated_upgrade"])


def test_a_trigger_that_no_statement_fires_excuses_nothing(pytester: pytest.Pytester, postgresql: Database) -> None:
    fire = """op.execute("CREATE TRIGGER t AFTER UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION fire()")"""
    change = 'op.execute("ALTER TABLE children DROP COLUMN title, ADD COLUMN title varchar(20)")'
    project = Project([(TABLES, "pass"), (fire, "pass"), (change, "pass")], models=MODELS)

    outcomes = project.run(pytester, postgresql, ["test_populated_upgrade"])

    assert "changed a value of public.children.title" in outcomes.failures["test_populated_upgrade"]


def test_a_table_made_anew_says_what_to_do_on_this_database(pytester: pytest.Pytester, postgresql: Database) -> None:
    anew = f"{DROP_CHATS}\n{CREATE_CHATS}"

    outcomes = Project([(CREATE_CHATS, DROP_CHATS), (anew, "pass")]).run(
        pytester, postgresql, ["test_populated_upgrade"]
    )

    told = outcomes.failures["test_populated_upgrade"]
    assert "lost rows of public.chats" in told
    assert told.endswith("hint: move the rows first, or say that they may go: op.execute('DELETE FROM chats')")


def test_a_delete_by_a_join_is_a_delete_on_mariadb(pytester: pytest.Pytester, mariadb: Database) -> None:
    create = 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.String(20)))'
    join = 'op.execute("DELETE a FROM t a JOIN t b ON a.n = b.n AND a.id > b.id")'

    outcomes = (
        Project([(create, "pass"), (join, "pass")]).with_short_keys().run(pytester, mariadb, ["test_populated_upgrade"])
    )

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_populated_upgrade"])


NOTHING_GIVEN = """
@pytest.fixture
def row_values():
    return {"chats.title": None}
"""


def test_nothing_may_be_given_as_a_value(pytester: pytest.Pytester, sqlite: Database) -> None:
    asks = "assert set(op.get_bind().execute(sa.text('SELECT title FROM chats')).scalars()) == {None}"
    project = Project([(CREATE_CHATS, DROP_CHATS), (asks, "pass")], more=NOTHING_GIVEN)

    outcomes = project.run(pytester, sqlite, ["test_populated_upgrade"])

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_populated_upgrade"])
