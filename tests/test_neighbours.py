"""Neighbours that nobody declared: their real tables survive, and each is told of once."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alembic_guard import ExternalTables, Guard, GuardError, Severity
from alembic_guard._compare.comparison import Comparison
from tests.kit import Chain, Database, body, run

THINGS = "op.create_table('things',\nsa.Column('id', sa.Integer(), nullable=False),\nsa.PrimaryKeyConstraint('id')\n)"


def things(name: str = "things") -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def told(chain: Chain, guard: Guard) -> list[tuple[str, str]]:
    """The diagnostics of a compare, object and code; one that comes twice is there twice."""
    found: list[Comparison] = []

    def keep(context: Any, revision: Any, directives: Any) -> None:
        found.append(context.opts["alembic_guard"])
        directives[0].upgrade_ops.ops[:] = []

    chain.revision(Guard(guard.metadata, external=guard.external, rewriters=[keep]), rev_id="told")
    for path in chain.versions.glob("told_*.py"):
        path.unlink()
    return sorted((str(each.location.object), each.code) for each in found[0].diagnostics)


def once(schema: str, *tables: str) -> list[tuple[str, str]]:
    """One AGO103 for each table."""
    return sorted((f"{schema}.{table}", "AGO103") for table in tables)


def survive(chain: Chain, database: Database, *, silent: tuple[str, ...] = ()) -> None:
    """Autogenerate, upgrade, check, downgrade beside what is there: nothing of it changes, each table is told of once."""
    theirs = sorted(database.tables())
    before = database.snapshot(*theirs)
    # A first upgrade into a database that others migrate is meant here.
    guard = Guard(things(), rules={"AGE134": "off"})

    diagnostics = told(chain, guard)
    source = chain.revision(guard)

    assert body(source) == THINGS
    assert diagnostics == once(database.default_schema, *(name for name in theirs if name not in silent))
    for step in (chain.upgrade, chain.check, chain.downgrade, chain.upgrade, chain.check):
        step(guard)
        assert database.snapshot(*theirs) == before


def python(script: str, folder: Path, database: Database) -> None:
    """Run a tool as itself, in a process of its own."""
    plain = re.sub(r"\+\w+", "", database.text, count=1)
    ran = run(
        [sys.executable, "-c", script], folder, {"URL": database.text, "PLAIN_URL": plain, "PYTHONWARNINGS": "ignore"}
    )
    assert ran.code == 0, ran.all


DJANGO = """
import os
from urllib.parse import parse_qs, urlsplit
import django
from django.conf import settings
from django.core.management import call_command
url = urlsplit(os.environ["PLAIN_URL"])
if url.scheme == "sqlite":
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path[1:]}
elif url.scheme == "mysql":
    import pymysql
    pymysql.version_info = (2, 2, 8, "final", 0)  # as mysqlclient, which Django asks for
    pymysql.install_as_MySQLdb()
    database = {"ENGINE": "django.db.backends.mysql", "NAME": url.path[1:], "USER": url.username, "HOST": url.hostname,
                "PASSWORD": url.password or "", "PORT": url.port or ""}
else:
    host = parse_qs(url.query).get("host", [url.hostname])[0]
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username, "HOST": host,
                "PASSWORD": url.password or "", "PORT": url.port or ""}
apps = ["admin", "auth", "contenttypes", "messages", "sessions"]
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=[f"django.contrib.{app}" for app in apps], USE_TZ=True)
django.setup()
call_command("migrate", verbosity=0)
"""

CELERY = """
import os
from celery import Celery
app = Celery(broker="memory://", backend="db+" + os.environ["URL"])
app.conf.database_create_tables_at_setup = True
session = app.backend.ResultSession()
session.close()
"""

LANGGRAPH = """
import os
url = os.environ["PLAIN_URL"]
if url.startswith("sqlite"):
    from langgraph.checkpoint.sqlite import SqliteSaver
    with SqliteSaver.from_conn_string(url.removeprefix("sqlite:///")) as saver:
        saver.setup()
else:
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.store.postgres import PostgresStore
    with PostgresSaver.from_conn_string(url) as saver:
        saver.setup()
    with PostgresStore.from_conn_string(url) as store:
        store.setup()
"""


def test_djangos_tables_survive(tmp_path: Path, chain: Chain, database: Database) -> None:
    python(DJANGO, tmp_path, database)
    assert {"auth_user", "django_session", "django_migrations"} <= database.tables()

    survive(chain, database, silent=("django_migrations",))


def test_celerys_result_tables_survive(tmp_path: Path, chain: Chain, database: Database) -> None:
    python(CELERY, tmp_path, database)
    assert {"celery_taskmeta", "celery_tasksetmeta"} <= database.tables()

    survive(chain, database)


# It has no saver for MariaDB.
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_langgraphs_checkpoints_survive(tmp_path: Path, chain: Chain, database: Database) -> None:
    python(LANGGRAPH, tmp_path, database)
    assert "checkpoints" in database.tables()

    survive(chain, database, silent=("checkpoint_migrations", "store_migrations"))


def test_a_neighbours_name_is_in_the_message(chain: Chain, database: Database) -> None:
    database.execute("CREATE TABLE celery_taskmeta (id INTEGER)")

    with pytest.raises(GuardError) as caught:
        chain.check(Guard(things(), undeclared="fail"))

    (found,) = caught.value.diagnostics
    assert found.message.startswith("in the database and in no model, its name is one of Celery's; ")


def test_another_alembic_chains_version_table_is_nobodys_candidate(chain: Chain, database: Database) -> None:
    database.execute("CREATE TABLE their_versions (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    guard = Guard(things(), undeclared="drop")

    assert told(chain, Guard(things())) == []
    assert body(chain.revision(guard)) == THINGS


BARE_ENV = """from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, version_table="my_versions")
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""


def test_another_alembic_chain_in_the_database_goes_on(tmp_path: Path, chain: Chain, database: Database) -> None:
    guard = Guard(things())
    theirs = Chain(tmp_path / "theirs", database, env=BARE_ENV)
    theirs.write("t1", "op.create_table('their_things', sa.Column('id', sa.Integer))", "op.drop_table('their_things')")
    theirs.upgrade(guard)

    survive(chain, database, silent=("my_versions",))

    assert database.rows("SELECT version_num FROM my_versions") == [("t1",)]
    theirs.downgrade(guard)
    assert database.tables() == {"alembic_version", "my_versions", "things"}


@pytest.fixture
def two_chains(tmp_path: Path, database: Database) -> tuple[Chain, Chain]:
    """Two guarded chains in one database, each with its own version table and a table that its models no longer declare."""
    chains = Chain(tmp_path / "shop", database), Chain(tmp_path / "stats", database)
    for chain in chains:
        name = chain.folder.name
        chain.write(
            "0001",
            f"for name in ('{name}_things', '{name}_more', '{name}_old'):\n"
            "    op.create_table(name, sa.Column('id', sa.Integer, primary_key=True))",
        )
        chain.upgrade(side(chain))
    return chains


def side(chain: Chain, *more: str) -> Guard:
    """The Guard of one of the two chains."""
    metadata = sa.MetaData()
    for table in ("things", "more", *more):
        sa.Table(f"{chain.folder.name}_{table}", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return Guard(metadata, configure={"version_table": f"{chain.folder.name}_version"})


@pytest.mark.parametrize("first", [0, 1])
def test_each_of_two_guarded_chains_leaves_the_others_tables_alone(
    two_chains: tuple[Chain, Chain], database: Database, first: int
) -> None:
    ours, theirs = two_chains[first], two_chains[1 - first]
    their_tables = [f"{theirs.folder.name}_{table}" for table in ("things", "more", "old", "version")]
    before = database.snapshot(*their_tables)

    with pytest.raises(GuardError) as caught:
        ours.check(side(ours))
    source = ours.revision(side(ours), "0002", x=["drop=*"])
    ours.upgrade(side(ours))
    ours.check(side(ours))

    asked = [each for each in caught.value.diagnostics if each.code == "AGO104"]
    assert [each.location.object for each in asked] == [f"{database.default_schema}.{ours.folder.name}_old"]
    assert body(source) == f"op.drop_table('{ours.folder.name}_old')"
    assert database.snapshot(*their_tables) == before
    ours.downgrade(side(ours))
    assert database.snapshot(*their_tables) == before


@pytest.mark.parametrize("first", [0, 1])
def test_neither_of_two_guarded_chains_can_be_told_to_drop_the_others_tables(
    two_chains: tuple[Chain, Chain], first: int
) -> None:
    ours, theirs = two_chains[first], two_chains[1 - first]

    with pytest.raises(GuardError, match=rf"^AGE108 .*{theirs.folder.name}_old \(undeclared\)"):
        ours.revision(side(ours, "old"), "0002", x=[f"drop={theirs.folder.name}_old"])


@pytest.mark.parametrize(
    "columns",
    [
        "version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num)",
        "version_num VARCHAR(32) NOT NULL, constraint my_pkc primary key (version_num)",
        '"version_num" VARCHAR(32) NOT NULL',
    ],
)
def test_a_version_table_is_known_by_its_only_column_however_it_is_written(
    chain: Chain, database: Database, columns: str
) -> None:
    database.execute(f"CREATE TABLE my_versions ({columns})")

    assert told(chain, Guard(things())) == []
    assert body(chain.revision(Guard(things(), undeclared="drop"))) == THINGS


@pytest.mark.parametrize(
    "columns",
    [
        "id INTEGER PRIMARY KEY, version_num INTEGER",
        "version_num INTEGER NOT NULL, title TEXT, CONSTRAINT given UNIQUE (version_num)",
        "version_number INTEGER",
    ],
)
def test_a_table_with_other_columns_than_version_num_is_an_ordinary_one(
    chain: Chain, database: Database, columns: str
) -> None:
    database.execute(f"CREATE TABLE documents ({columns})")

    assert told(chain, Guard(things())) == once(database.default_schema, "documents")


# PostgreSQL's own kinds


@pytest.fixture
def pg(tmp_path: Path, postgresql: Database) -> Chain:
    return Chain(tmp_path / "pg", postgresql)


TIGER = ("state", "county", "place", "addr")


def put_tiger(database: Database, schema: str = "tiger") -> None:
    database.execute(
        f"CREATE SCHEMA {schema}",
        *(f"CREATE TABLE {schema}.{table} (gid serial PRIMARY KEY, name text)" for table in TIGER),
        f"INSERT INTO {schema}.place (name) VALUES ('Ghent')",
        f'ALTER DATABASE "{database.url.database}" SET search_path = public, {schema}',
    )


def test_postgis_tables_on_the_search_path_survive(pg: Chain, postgresql: Database) -> None:
    put_tiger(postgresql)
    guard = Guard(things())

    before = postgresql.snapshot(*TIGER)

    assert told(pg, guard) == once("tiger", *TIGER)
    assert body(pg.revision(guard)) == THINGS
    pg.round_trip(guard)
    assert postgresql.snapshot(*TIGER) == before


def test_dropping_what_is_undeclared_never_reaches_another_schema_on_the_search_path(
    pg: Chain, postgresql: Database
) -> None:
    put_tiger(postgresql)

    assert body(pg.revision(Guard(things(), undeclared="drop"))) == THINGS


def test_our_table_of_the_same_name_is_made_in_our_schema(pg: Chain, postgresql: Database) -> None:
    put_tiger(postgresql)
    guard = Guard(things("place"))

    source = pg.revision(guard)
    pg.round_trip(guard)

    assert "op.create_table('place'" in source
    assert "AGO105 public.place: search_path also shows tiger.place of PostGIS" in " ".join(
        line.removeprefix("# ") for line in body(source).splitlines()
    )
    assert [column for (column,) in postgresql.rows(_columns("tiger", "place"))] == ["gid", "name"]
    assert postgresql.rows("SELECT name FROM tiger.place") == [("Ghent",)]
    assert [column for (column,) in postgresql.rows(_columns("public", "place"))] == ["id"]
    assert pg.diffs(guard) == []


def test_a_table_of_the_same_name_in_a_schema_nobody_knows_stops_the_command(pg: Chain, postgresql: Database) -> None:
    put_tiger(postgresql, schema="elsewhere")

    with pytest.raises(GuardError) as caught:
        pg.revision(Guard(things("place")))

    (found,) = caught.value.diagnostics
    assert (found.code, found.location.object) == ("AGO105", "public.place")
    assert (
        found.message
        == "the model has no schema; expected the table in public, found elsewhere.place through search_path"
    )
    assert not list(pg.versions.glob("*.py"))


def test_declaring_that_table_external_lets_the_command_go_on(pg: Chain, postgresql: Database) -> None:
    put_tiger(postgresql, schema="elsewhere")
    guard = Guard(things("place"), external=[ExternalTables("maps", patterns=["elsewhere.*"])])

    pg.revision(guard)
    pg.round_trip(guard)

    assert [column for (column,) in postgresql.rows(_columns("elsewhere", "place"))] == ["gid", "name"]


def _columns(schema: str, table: str) -> str:
    return (
        "SELECT column_name FROM information_schema.columns "
        f"WHERE table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position"
    )


def test_partitions_go_with_their_parent(pg: Chain, postgresql: Database) -> None:
    postgresql.execute(
        "CREATE TABLE events (id int, at date) PARTITION BY RANGE (at)",
        "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    )
    metadata = sa.MetaData()
    sa.Table("events", metadata, sa.Column("id", sa.Integer), sa.Column("at", sa.Date))

    assert pg.diffs(Guard(metadata)) == []
    assert told(pg, Guard(metadata)) == []
    pg.check(Guard(metadata, undeclared="drop"))


def test_partitions_and_their_parent_survive_and_the_parent_is_told_of(pg: Chain, postgresql: Database) -> None:
    put_partitions(postgresql)

    survive(pg, postgresql, silent=PARTITIONS)


PARTITIONS = ("events_2026", "events_2026_a")


def put_partitions(database: Database) -> None:
    """A parent, a partition that is itself partitioned, and a partition of that one; a row in it."""
    database.execute(
        "CREATE TABLE events (id int, at date) PARTITION BY RANGE (at)",
        "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (id)",
        "CREATE TABLE events_2026_a PARTITION OF events_2026 FOR VALUES IN (1)",
        "INSERT INTO events VALUES (1, '2026-11-23')",
    )


def test_an_extensions_tables_are_nobodys_candidates(pg: Chain, postgresql: Database) -> None:
    postgresql.execute("CREATE TABLE its_settings (id int)", "ALTER EXTENSION plpgsql ADD TABLE its_settings")

    survive(pg, postgresql, silent=("its_settings",))


def test_inheritance_children_are_left_alone(pg: Chain, postgresql: Database) -> None:
    postgresql.execute("CREATE TABLE parents (id int)", "CREATE TABLE children () INHERITS (parents)")

    survive(pg, postgresql)


def test_dropping_what_is_undeclared_drops_ordinary_tables_and_no_other_kind(pg: Chain, postgresql: Database) -> None:
    put_partitions(postgresql)
    postgresql.execute(
        "CREATE TABLE old (id int)",
        "CREATE TABLE my_versions (version_num text)",
        "CREATE TABLE flyway_schema_history (installed_rank int)",
        "CREATE TABLE its_settings (id int)",
        "ALTER EXTENSION plpgsql ADD TABLE its_settings",
        "CREATE TABLE crm_deals (id int)",
    )
    guard = Guard(things(), undeclared="drop", external=[ExternalTables("crm", patterns=["crm_*"])])

    source = pg.revision(guard)
    pg.upgrade(guard)
    pg.check(guard)

    assert sorted(re.findall(r"op\.drop_table\('(\w+)'\)", body(source))) == ["events", "old"]
    assert postgresql.tables() == {
        "alembic_version", "things", "my_versions", "flyway_schema_history", "its_settings", "crm_deals"
    }  # fmt: skip


# SQLite's own kinds


def test_virtual_tables_and_their_shadows_survive(tmp_path: Path, sqlite: Database) -> None:
    sqlite.execute(
        "CREATE VIRTUAL TABLE notes USING fts5(body)",
        "CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1)",
        "INSERT INTO notes VALUES ('hello')",
    )
    chain = Chain(tmp_path / "chain", sqlite)
    guard = Guard(things())

    assert told(chain, guard) == once("main", "notes", "boxes")
    chain.revision(guard)
    chain.round_trip(guard)
    assert sqlite.rows("SELECT body FROM notes WHERE notes MATCH 'hello'") == [("hello",)]


def test_shadow_tables_are_known_when_one_virtual_tables_name_begins_anothers(tmp_path: Path, sqlite: Database) -> None:
    sqlite.execute("CREATE VIRTUAL TABLE docs USING fts5(body)", "CREATE VIRTUAL TABLE docs_titles USING fts5(title)")
    chain = Chain(tmp_path / "chain", sqlite)

    assert told(chain, Guard(things())) == once("main", "docs", "docs_titles")
    dropped = re.findall(r"op\.drop_table\('(\w+)'\)", body(chain.revision(Guard(things(), undeclared="drop"))))
    assert set(dropped) <= {"docs", "docs_titles"}


def test_a_virtual_table_of_a_module_that_is_not_loaded_is_told_of(tmp_path: Path, sqlite: Database) -> None:
    # With no table of ours there yet Alembic reflects every table, filtered or not, and SQLite refuses this one.
    sqlite.execute(
        "CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY)",
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_master VALUES ('table', 'vectors', 'vectors', 0, 'CREATE VIRTUAL TABLE vectors USING vec0(e)')",
    )

    assert told(Chain(tmp_path / "chain", sqlite), Guard(things())) == once("main", "vectors")


def test_dropping_what_is_undeclared_never_reaches_shadow_tables(tmp_path: Path, sqlite: Database) -> None:
    sqlite.execute("CREATE VIRTUAL TABLE notes USING fts5(body)", "CREATE TABLE old (id INTEGER)")
    chain = Chain(tmp_path / "chain", sqlite)

    source = chain.revision(Guard(things(), undeclared="drop"))

    assert "op.drop_table('old')" in source
    assert "notes_" not in source


# What the Guard says about them


def test_undeclared_fail_names_each_table_and_writes_no_file(chain: Chain, database: Database) -> None:
    database.execute(
        "CREATE TABLE one (id INTEGER)",
        "CREATE TABLE two (id INTEGER)",
        "CREATE TABLE django_migrations (id INTEGER)",
        "CREATE TABLE my_versions (version_num TEXT)",
    )

    with pytest.raises(GuardError) as caught:
        chain.revision(Guard(things(), undeclared="fail"))

    assert [(each.code, each.severity) for each in caught.value.diagnostics] == [("AGO103", Severity.ERROR)] * 2
    assert [each.location.object for each in caught.value.diagnostics] == [
        f"{database.default_schema}.one",
        f"{database.default_schema}.two",
    ]
    assert not list(chain.versions.glob("*.py"))


def test_undeclared_drop_is_alembics_own_behaviour_for_them(chain: Chain, database: Database) -> None:
    database.execute(
        "CREATE TABLE old (id INTEGER)",
        "CREATE TABLE django_migrations (id INTEGER)",
        "CREATE TABLE crm_a (id INTEGER)",
    )
    guard = Guard(things(), undeclared="drop", external=[ExternalTables("crm", patterns=["crm_*"])])

    source = chain.revision(guard)
    chain.upgrade(guard)
    chain.check(guard)

    assert "op.drop_table('old')" in body(source)
    assert database.tables() == {"alembic_version", "things", "django_migrations", "crm_a"}
    chain.downgrade(guard)
    assert "old" in database.tables()


def test_a_pattern_declares_an_owner(chain: Chain, database: Database) -> None:
    database.execute("CREATE TABLE crm_accounts (id INTEGER)", "CREATE TABLE crm_deals (id INTEGER)")

    guard = Guard(things(), external=[ExternalTables("crm", patterns=["crm_*"])], undeclared="fail")

    assert told(chain, guard) == []
    assert body(chain.revision(guard)) == THINGS
    chain.round_trip(guard)
    assert {"crm_accounts", "crm_deals"} <= database.tables()


def test_a_rule_that_is_off_says_nothing(chain: Chain, database: Database) -> None:
    database.execute("CREATE TABLE one (id INTEGER)")

    with pytest.raises(GuardError):
        chain.check(Guard(things(), rules={"AGO103": "error"}))
    chain.revision(Guard(things(), rules={"AGO103": "off"}))
