"""`python -m alembic_guard protect --grants`: a role that may refer and read, and nothing more. Costs 5 s on two cores."""

from __future__ import annotations

import ast
import io
import json
import logging
import secrets
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard._names import TableName
from alembic_guard._protect import protect
from alembic_guard._protect.settings import SETTINGS, settings
from alembic_guard._protect.tables import Tables
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database

KEY = "op.create_table('profiles', sa.Column('user_id', sa.{}, sa.ForeignKey('user.id', ondelete='CASCADE')))"


def guard(database: Database | None = None, **given: object) -> Guard:
    return Guard(sa.MetaData(), external=[better_auth()], fence=False, url=database and database.url, **given)  # type: ignore[arg-type]


def printed(chain: Chain, role: str | None) -> str:
    config = chain.config(guard())
    protect(config, grants=True, role=role)
    assert isinstance(config.stdout, io.StringIO)
    return config.stdout.getvalue()


@pytest.fixture
def migrator(database: Database) -> Iterator[tuple[str, Database]]:
    """A role that may create tables, and the database as it connects."""
    name = f"migrator_{secrets.token_hex(4)}"
    if database.dialect == "postgresql":
        database.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'", f"GRANT CREATE ON SCHEMA public TO {name}")
    else:
        database.execute(
            f"CREATE USER '{name}'@'%' IDENTIFIED BY 'x'", f"GRANT ALL ON `{database.url.database}`.* TO '{name}'@'%'"
        )
    yield name, Database(database.url.set(username=name, password="x"))
    if database.dialect == "postgresql":
        database.execute(f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")
    else:
        database.execute(f"DROP USER '{name}'@'%'")


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_with_what_it_prints_a_key_can_be_made_and_their_tables_cannot_be_changed(
    chain: Chain, database: Database, migrator: tuple[str, Database]
) -> None:
    database.load(database.better_auth())
    role, as_migrator = migrator
    lines = printed(chain, f"{role}@%" if database.dialect == "mariadb" else role).splitlines()
    statements = [line.partition(";")[0] for line in lines if line[:2] != "--"]
    if database.dialect == "mariadb":  # what it says of tables of ours is for those that are there
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    database.execute(*statements)
    chain.write("0001", KEY.format("String(36)" if database.dialect == "mariadb" else "Text"))
    chain.write("0002", "op.add_column('user', sa.Column('a', sa.Integer))", down_revision="0001")

    chain.upgrade(guard(as_migrator), "0001")
    with pytest.raises(DBAPIError, match=r"must be owner of table user|ALTER command denied"):
        chain.upgrade(guard(as_migrator), "0002")
    with pytest.raises(DBAPIError, match=r"permission denied|DELETE command denied"):
        as_migrator.execute("DELETE FROM session")

    assert as_migrator.rows('SELECT count(*) FROM "user"') == [(0,)]
    assert "profiles" in database.tables()


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_odd_names_of_roles_owners_and_tables_are_written_so_that_the_database_reads_them(
    chain: Chain, database: Database
) -> None:
    on_postgresql = database.dialect == "postgresql"
    mark, role = (
        ('"', f"it's \"{secrets.token_hex(4)}") if on_postgresql else ("`", f"it's\\{secrets.token_hex(4)}@host")
    )
    odd = ["a b", "User", f"q{mark}x", "per%cent"]
    quoted = (
        '"' + role.replace('"', '""') + '"'
        if on_postgresql
        else "'" + role.replace("'", "''").replace("\\", "\\\\") + "'@'%'"
    )
    with database.connect() as connection:
        raw = connection.connection.cursor()
        for name in odd:
            raw.execute(f"CREATE TABLE {mark}{name.replace(mark, mark * 2)}{mark} (id int PRIMARY KEY)")
        raw.execute(f"CREATE {'ROLE' if on_postgresql else 'USER'} {quoted}")
        connection.connection.commit()
        config = chain.config(Guard(sa.MetaData(), external=[ExternalTables("its\nowner", odd)], fence=False))
        try:
            protect(config, grants=True, role=role if on_postgresql else f"{role}@%")
            assert isinstance(config.stdout, io.StringIO)
            lines = config.stdout.getvalue().splitlines()
            for line in lines:
                if not line.startswith(("--", "REVOKE ALL PRIVILEGES")):
                    _ = raw.execute(line.partition(";")[0]) if "alembic_version" not in line else None
            if not on_postgresql:
                raw.execute(f"SHOW GRANTS FOR {quoted}")
                rights = " ".join(row[0] for row in raw.fetchall())
        finally:
            raw.execute(f"DROP OWNED BY {quoted}" if on_postgresql else "SELECT 1")
            raw.execute(f"DROP {'ROLE' if on_postgresql else 'USER'} {quoted}")

    assert sum(line.startswith("GRANT SELECT, REFERENCES ON ") for line in lines) == len(odd)
    if not on_postgresql:  # of a database's name an _ is a wildcard
        assert f"GRANT CREATE ON `{database.url.database}`.*".replace("_", "\\_") in rights


def test_what_is_printed_on_postgresql(tmp_path: Path, postgresql: Database) -> None:
    postgresql.execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    chain = Chain(tmp_path / "chain", postgresql)

    lines = printed(chain, "the migrator").splitlines()

    assert lines[0].endswith("; as the owner of the tables")
    assert lines[1:] == [
        'GRANT USAGE ON SCHEMA public TO "the migrator";',
        'REVOKE ALL ON TABLE public."user" FROM "the migrator";',
        'GRANT SELECT, REFERENCES ON TABLE public."user" TO "the migrator";  -- better-auth\'s',
    ]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_role_that_owns_their_tables_is_warned_of_when_it_prints_and_when_it_runs(
    chain: Chain, database: Database, migrator: tuple[str, Database], caplog: pytest.LogCaptureFixture
) -> None:
    role, as_migrator = migrator
    database.execute('CREATE TABLE "user" (id text PRIMARY KEY)', f'ALTER TABLE "user" OWNER TO {role}')
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer))")

    text = printed(chain, role)
    with caplog.at_level(logging.WARNING, logger="alembic.guard"):
        chain.upgrade(Guard(sa.MetaData(), external=[better_auth()], url=as_migrator.url))

    assert f"-- {role} may alter public.user all the same" in text
    assert '-- ALTER TABLE public."user" OWNER TO ...;' in text
    (said,) = [each.getMessage() for each in caplog.records if each.getMessage().startswith("AGO124")]
    assert f"role {role} owns tables of others in " in said


def test_a_superuser_is_not_warned_of(tmp_path: Path, postgresql: Database, caplog: pytest.LogCaptureFixture) -> None:
    postgresql.execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", "pass")

    with caplog.at_level(logging.WARNING, logger="alembic.guard"):
        chain.upgrade(Guard(sa.MetaData(), external=[better_auth()]))

    assert [each for each in caplog.records if "AGO124" in each.getMessage()] == []


def test_sqlite_has_no_roles_and_without_grants_there_is_nothing_to_print(tmp_path: Path, sqlite: Database) -> None:
    sqlite.execute('CREATE TABLE "user" (id TEXT PRIMARY KEY)')
    chain = Chain(tmp_path / "chain", sqlite)

    with pytest.raises(GuardError, match="sqlite, which has no roles"):
        protect(chain.config(guard()), grants=True)
    with pytest.raises(GuardError, match="--grants"):
        protect(chain.config(guard()))


# What the other side is told

TOLD = {
    "drizzle": """\
// drizzle.config.ts: what `drizzle-kit push` does not see, it does not drop. \
Print it again when a table of ours is added: python -m alembic_guard protect --for drizzle
tablesFilter: ["!alembic_version", "!chain's", "!chat\\\\[s\\\\]"],
schemaFilter: ["auth", "public"],
// No filter hides sequences and enumerated types in these schemas, nor views that tablesFilter does not name: push drops
// those that no column needs, and stops at PostgreSQL's error for the others (serial, identity). Tables of ours in a schema
// of their own hide all of it; `drizzle-kit generate` and `drizzle-kit migrate` drop nothing of ours anywhere.
""",
    "prisma": """\
// prisma.config.ts, from Prisma 6.13 on. \
Print it again when a table of ours is added: python -m alembic_guard protect --for prisma
experimental: { externalTables: true },
tables: { external: ["public.alembic_version", "public.chain's", "public.chat[s]", "reporting.facts"] },
enums: { external: ["public.mood"] },
""",
    "django": """\
# models.py, for those of our tables that Django reads: it neither creates, alters nor drops what is not managed.
# Their fields: python manage.py inspectdb 'chain'"'"'s' 'chat[s]' facts


class ChainS(models.Model):
    class Meta:
        managed = False
        db_table = "chain's"


class ChatS(models.Model):
    class Meta:
        managed = False
        db_table = 'chat[s]'


class Facts(models.Model):
    class Meta:
        managed = False
        db_table = '"reporting"."facts"'
""",
    "sqldef": """\
# sqldef.yml, for --config; each line is a regular expression. \
Print it again when a table of ours is added: python -m alembic_guard protect --for sqldef
skip_tables: |
  public\\.alembic_version
  public\\.chain's
  public\\.chat\\[s\\]
  reporting\\.facts
""",
    "atlas": """\
# atlas.hcl, in each env. Print it again when a table of ours is added: python -m alembic_guard protect --for atlas
# Where the url names one schema (search_path), the names go without it.
exclude = [
  "public.alembic_version",
  "public.chain's",
  "public.chat[[]s]",
  "reporting.facts",
]
""",
}


@pytest.fixture
def told(tmp_path: Path, postgresql: Database) -> str:
    """What all tools are told of three tables of ours: a model's, one in another schema, one that only the chain made."""
    postgresql.execute("CREATE SCHEMA reporting", "CREATE SCHEMA auth", "CREATE TABLE auth.users (id uuid)")
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", 'op.create_table("chain\'s", sa.Column("id", sa.Integer))')
    metadata = sa.MetaData()
    sa.Table("chat[s]", metadata, sa.Column("mood", sa.Enum("a", name="mood")))
    sa.Table("facts", metadata, sa.Column("id", sa.Integer), schema="reporting")
    whole = Guard(metadata, external=[ExternalTables("supabase", ["auth.users"])])
    chain.upgrade(whole, x=["allow=other-tool"])
    config = chain.config(whole)

    protect(config, tools=list(TOLD))

    assert isinstance(config.stdout, io.StringIO)
    return config.stdout.getvalue()


def test_each_tool_is_told_of_all_our_tables_in_its_own_words(told: str) -> None:
    assert told == "\n".join(TOLD.values())


USER = TableName("public", "user")


def tables(*ours: TableName, theirs: TableName = USER) -> Tables:
    return Tables("postgresql", "public", (), ours, ours, {theirs: "better-auth"}, ())


ODD = ["a.b", "!b", "c[1]", "]d", "e{1,2}", "f\\g", 'h"i', "${j}", "new\nline", "#k", "+(l)", "ü 😀"]


def test_odd_names_stand_for_themselves_in_each_tools_patterns() -> None:
    ours = tables(*(TableName("public", name) for name in ODD))

    told = {tool: settings(tool, ours) for tool in SETTINGS}

    (filters,) = [line for line in told["drizzle"].splitlines() if line.startswith("tablesFilter: ")]
    assert json.loads(filters.removeprefix("tablesFilter: ").removesuffix(",")) == [
        "!a.b",
        r"!\!b",
        r"!c\[1\]",
        r"!\]d",
        r"!e\{1\,2\}",
        r"!f\\g",
        '!h"i',
        r"!$\{j\}",
        "!new\nline",
        r"!\#k",
        r"!\+\(l\)",
        "!ü 😀",
    ]
    assert told["sqldef"].splitlines()[2:] == [
        rf"  public\.{each}"
        for each in (
            *(r"a\.b", "!b", r"c\[1\]", r"\]d", r"e\{1,2\}", r"f\\g", 'h"i', r"\$\{j\}", r"new\nline"),
            *(r"\#k", r"\+\(l\)", r"ü\ 😀"),
        )
    ]
    assert told["atlas"].splitlines()[3:-1] == [
        r"""  "public.\"a.b\"",""",
        r"""  "public.!b",""",
        r"""  "public.c[[]1]",""",
        r"""  "public.]d",""",
        r"""  "public.e{1,2}",""",
        r"""  "public.f\\\\g",""",
        r"""  "public.\"h\"\"i\"",""",
        r"""  "public.$${j}",""",
        r"""  "public.\"new\nline\"",""",
        r"""  "public.#k",""",
        r"""  "public.+(l)",""",
        r"""  "public.ü 😀",""",
    ]
    assert all(line.startswith("#") for line in told["django"].splitlines()[:2])


def test_each_of_djangos_models_has_a_name_of_its_own_that_python_allows() -> None:
    """Django's registry knows models without their case (django/apps/registry.py, ``register_model``)."""
    names = ["ab", "AB", "a_b", "none", "123", "!", "", "class"]
    text = settings("django", tables(TableName("crm", "ab"), *(TableName("public", name) for name in names)))

    found = {each.name.lower(): each for each in ast.parse(text).body if isinstance(each, ast.ClassDef)}

    assert len(found) == len(names) + 1
    assert not any(iskeyword(each.name) for each in found.values())


def test_drizzle_hides_only_what_its_schemas_show_and_says_where_it_hides_theirs_too() -> None:
    elsewhere = settings("drizzle", tables(TableName("crm", "user"), TableName("public", "notes")))
    beside = settings("drizzle", tables(TableName("public", "users"), theirs=TableName("auth", "users")))

    assert 'tablesFilter: ["!notes"],' in elsewhere
    assert "users is a table of ours in one and of theirs in another" in beside


def test_where_a_database_has_no_schemas_names_stand_alone(tmp_path: Path, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    metadata = sa.MetaData()
    sa.Table("chats", metadata, sa.Column("id", sa.Integer))
    config = chain.config(Guard(metadata))

    protect(config, tools=["drizzle", "sqldef"])

    assert isinstance(config.stdout, io.StringIO)
    lines = [line for line in config.stdout.getvalue().splitlines() if not line.startswith(("#", "//"))]
    assert lines == [
        'tablesFilter: ["!alembic_version", "!chats"],',
        "",
        "skip_tables: |",
        "  alembic_version",
        "  chats",
    ]
