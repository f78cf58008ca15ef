"""Real neighbours, run as themselves in an environment of their own: `make neighbours`.

The environment takes about a minute and a half, the tests two on two cores.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alembic_guard import Guard
from alembic_guard._protect import protect
from alembic_guard.presets import better_auth, django, drizzle, langgraph, prisma
from tests.kit import ROOT, Chain, Database, body
from tests.neighbours.environment import install, tool, work_folder
from tests.neighbours.measure import dumped, made_by
from tests.neighbours.tools import Tool, schemas

pytestmark = [
    pytest.mark.neighbours,
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="needs Node.js and npm"),
]


@pytest.fixture(autouse=True)
def _installed() -> None:
    install()


@pytest.mark.parametrize(
    ("each", "dialect"), [pytest.param(*each, id=f"{each[0].name}-{each[1]}") for each in schemas()]
)
def test_a_tool_makes_what_its_schema_says(
    each: Tool, dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database: Database = request.getfixturevalue(dialect)

    assert made_by(each, tmp_path / "work", database) == each.schema(dialect).read_text(encoding="utf-8")


PAGE = ROOT / "docs" / "how-to" / "neighbours.md"


class Neighbours:
    """Better Auth, Django, Prisma, Drizzle and LangGraph as themselves, in one database."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = work_folder(folder), database

    def run(self, script: str, *arguments: str, **environment: str) -> str:
        ran = tool(script, self.folder, self.database, *arguments, **environment)
        assert ran.code == 0, ran.all
        return ran.out

    def better_auth(self, number: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = json.loads(self.run("better_auth.mjs", number))
        return found

    def migrate(self, number: str) -> None:
        """Each migrates its own, as in round 1 or 2 of its project.

        Prisma comes first: where it has not been yet it wants an empty database (P3005), or a baseline.
        """
        self.run("prisma_project.mjs", number, "migrate")
        self.better_auth(number)
        self.run("django_project.py", number, "makemigrations", "shop")
        self.run("django_project.py", number, "migrate")
        self.run("drizzle_project.mjs", number, "generate")
        self.run("drizzle_project.mjs", number, "migrate")
        self.run("langgraph_setup.py", number)

    def assert_nothing_to_do(self, number: str) -> None:
        """Each says so itself; LangGraph by leaving the database as it was."""
        before = dumped(self.database)
        assert self.better_auth(number) == {"created": [], "altered": []}
        self.run("django_project.py", number, "migrate", "--check")
        assert "No changes detected" in self.run("django_project.py", number, "makemigrations", "--check")
        assert "Database schema is up to date!" in self.run("prisma_project.mjs", number, "status")
        assert "nothing to migrate" in self.run("drizzle_project.mjs", number, "generate")
        self.run("drizzle_project.mjs", number, "migrate")
        self.run("langgraph_setup.py", number)
        assert dumped(self.database) == before


def notes(*more: sa.Column[Any]) -> sa.MetaData:
    """Our table, with keys to two owners: user.id is text, auth_user.id an integer."""
    metadata = sa.MetaData(
        naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
    )
    sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), index=True),
        sa.Column("editor_id", sa.ForeignKey(SHOP["auth_user"].c.id, ondelete="SET NULL"), index=True),
        *more,
    )
    return metadata


SHOP = django(["shop"])
ARTICLES = sa.Table("Article", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
OTHERS = [SHOP, prisma([ARTICLES, "Remark"]), drizzle(["invoice", "receipt"]), langgraph()]


def stats(*names: str) -> Guard:
    """The second chain's."""
    metadata = sa.MetaData()
    for name in names:
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    return Guard(metadata, external=OTHERS, configure={"version_table": "stats_version"})


FIRST = """\
op.require_table('auth_user', sa.Column('id', sa.Integer()), owner='django')
op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')
# AGL101 SHARE ROW EXCLUSIVE on public.auth_user (django), public.user (better-auth) until this
# migration commits: their writes wait; an instant, as the new table is empty
op.create_table('notes',
sa.Column('id', sa.Integer(), nullable=False),
sa.Column('user_id', sa.Text(), nullable=True),
sa.Column('editor_id', sa.Integer(), nullable=True),
sa.ForeignKeyConstraint(['editor_id'], ['auth_user.id'], name=op.f('fk_notes_editor_id'), ondelete='SET NULL'),
sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_notes_user_id'), ondelete='CASCADE'),
sa.PrimaryKeyConstraint('id')
)
op.create_index(op.f('ix_notes_editor_id'), 'notes', ['editor_id'], unique=False)
op.create_index(op.f('ix_notes_user_id'), 'notes', ['user_id'], unique=False)"""
SECOND = """\
op.require_table('Article', sa.Column('id', sa.Integer()), owner='prisma')
op.add_column('notes', sa.Column('article_id', sa.Integer(), nullable=True))
op.create_index(op.f('ix_notes_article_id'), 'notes', ['article_id'], unique=False)
# AGL101 SHARE ROW EXCLUSIVE on public.Article (prisma) until this migration commits: its writes wait
# while every row of notes is looked up
op.create_foreign_key(op.f('fk_notes_article_id'), 'notes', 'Article', ['article_id'], ['id'], ondelete='CASCADE')"""


def test_six_owners_migrate_in_turn_twice_and_all_end_clean(tmp_path: Path, postgresql: Database) -> None:
    others = Neighbours(tmp_path / "others", postgresql)
    ours, second = Chain(tmp_path / "ours", postgresql), Chain(tmp_path / "stats", postgresql)
    external = [*OTHERS, better_auth()]
    guards = [Guard(notes(), external=external)]
    theirs = [stats("stats_days")]

    others.migrate("1")
    untouched(postgresql, "stats", lambda: grow(second, theirs[0], "s1"))
    written = untouched(postgresql, "notes", lambda: grow(ours, guards[0], "0001"))
    assert body(written) == FIRST

    others.migrate("2")
    theirs.append(stats("stats_days", "stats_hours"))
    article = sa.Column("article_id", sa.ForeignKey(OTHERS[1]["Article"].c.id, ondelete="CASCADE"), index=True)
    guards.append(Guard(notes(article), external=external))
    untouched(postgresql, "stats", lambda: grow(second, theirs[1], "s2"))
    written = untouched(postgresql, "notes", lambda: grow(ours, guards[1], "0002"))
    assert body(written) == SECOND

    others.assert_nothing_to_do("2")
    second.check(theirs[1])
    ours.check(guards[1])
    untouched(postgresql, "notes", lambda: ours.downgrade(guards[1]))
    others.assert_nothing_to_do("2")


def grow(chain: Chain, guard: Guard, rev_id: str) -> str:
    """Autogenerate and upgrade."""
    source = chain.revision(guard, rev_id)
    chain.upgrade(guard)
    return source


def untouched(database: Database, ours: str, step: Callable[[], Any]) -> Any:
    """Take a step of one chain; what is not of that chain is afterwards as it was, and so are all migrators' records."""
    owned = {
        "notes": ("notes", "notes_id_seq", "alembic_version"),
        "stats": ("stats_days", "stats_days_id_seq", "stats_hours", "stats_hours_id_seq", "stats_version"),
    }[ours]
    before = dumped(database, without=owned), records(database)
    result = step()
    assert (dumped(database, without=owned), records(database)) == before
    return result


def records(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    histories = ("django_migrations", "_prisma_migrations", "drizzle.__drizzle_migrations", "checkpoint_migrations")
    return {table: sorted(database.rows(f"SELECT * FROM {table}"), key=repr) for table in histories}


# The other side can destroy ours


@pytest.fixture
def beside_drizzle(tmp_path: Path, postgresql: Database) -> Neighbours:
    """Our tables, made by our chain, beside those of a Drizzle project."""
    others = Neighbours(tmp_path / "others", postgresql)
    others.run("drizzle_project.mjs", "1", "push", "--force")
    metadata = sa.MetaData()
    sa.Table("documents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    grow(Chain(tmp_path / "ours", postgresql), Guard(metadata), "0001")
    return others


def test_drizzle_kits_push_drops_our_tables_when_nothing_prevents_it(
    beside_drizzle: Neighbours, postgresql: Database
) -> None:
    beside_drizzle.run("drizzle_project.mjs", "1", "push", "--force")

    assert postgresql.tables() == {"invoice"}


@pytest.mark.parametrize("tables_filter", [["!alembic_version", "!documents"], ["invoice", "receipt"]])
def test_tables_filter_keeps_drizzle_kits_push_to_its_own_tables(
    beside_drizzle: Neighbours, postgresql: Database, tables_filter: list[str]
) -> None:
    assert f"tablesFilter: {json.dumps(tables_filter)}" in PAGE.read_text(encoding="utf-8")
    before = postgresql.snapshot("alembic_version", "documents")

    settings = f"tablesFilter: {json.dumps(tables_filter)},"
    for number in ("1", "2"):
        beside_drizzle.run("drizzle_project.mjs", number, "push", "--force", SETTINGS=settings)

    assert postgresql.snapshot("alembic_version", "documents") == before
    assert postgresql.tables() == {"alembic_version", "documents", "invoice", "receipt"}


# What `protect` prints


def printed(chain: Chain, guard: Guard) -> str:
    config = chain.config(guard)
    protect(config, tools=["drizzle"])
    assert isinstance(config.stdout, io.StringIO)
    return config.stdout.getvalue()


def relations(database: Database) -> set[tuple[str, str]]:
    """Everything that has a name in the database, and its kind."""
    rows = database.rows(
        "SELECT n.nspname || '.' || c.relname, CAST(c.relkind AS text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('public', 'ours') UNION ALL SELECT typname, 'enum' FROM pg_type WHERE typtype = 'e'"
    )
    return {(name, kind) for name, kind in rows}


def test_with_what_protect_prints_drizzle_kits_push_drops_nothing_and_without_it_our_tables(
    beside_drizzle: Neighbours, postgresql: Database, tmp_path: Path
) -> None:
    metadata = sa.MetaData()
    sa.Table("documents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    settings = printed(Chain(tmp_path / "again", postgresql), Guard(metadata, external=[drizzle(["invoice"])]))
    before = relations(postgresql)

    beside_drizzle.run("drizzle_project.mjs", "2", "push", "--force", SETTINGS=settings)
    with_it = relations(postgresql)
    beside_drizzle.run("drizzle_project.mjs", "2", "push", "--force")

    assert before - with_it == set()
    assert with_it - before == {
        ("public.receipt", "r"),
        ("public.receipt_pkey", "i"),
        ("public.receipt_id_seq", "S"),
    }
    assert {("public.documents", "r"), ("public.alembic_version", "r")} <= before - relations(postgresql)


def test_what_no_filter_hides_is_said_and_a_schema_of_our_own_hides_all_of_it(
    beside_drizzle: Neighbours, postgresql: Database, tmp_path: Path
) -> None:
    postgresql.execute(
        "CREATE SCHEMA ours",
        "CREATE TABLE ours.facts (id serial PRIMARY KEY)",
        *(f"CREATE SEQUENCE {schema}.numbers" for schema in ("public", "ours")),
        "CREATE TYPE public.mood AS ENUM ('a')",
        "CREATE TYPE ours.weather AS ENUM ('a')",
    )
    metadata = sa.MetaData()
    sa.Table("documents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    settings = printed(Chain(tmp_path / "again", postgresql), Guard(metadata, external=[drizzle(["invoice"])]))
    before = relations(postgresql)

    beside_drizzle.run("drizzle_project.mjs", "1", "push", "--force", SETTINGS=settings)

    assert "// No filter hides sequences and enumerated types in these schemas" in settings
    gone = before - relations(postgresql)
    assert gone <= {("public.numbers", "S"), ("mood", "enum")}
    assert gone
