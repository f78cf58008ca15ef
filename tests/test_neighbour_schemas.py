"""What real neighbours make (tests/neighbours/schemas): it survives, it is named as theirs, and the presets are like it.

About 20 seconds on one core.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from alembic_guard import ExternalTables, Guard, GuardError, TableName
from alembic_guard._catalogue import read_catalogue
from alembic_guard._neighbours import HISTORY, PERHAPS, SCHEMAS, SCHEMAS_PERHAPS, TABLES, Known, looks_like
from alembic_guard.presets import better_auth, django, drizzle, langgraph, prisma, supabase
from tests.kit import DUMPS, Chain, Database, body
from tests.neighbours.measure import dumped
from tests.neighbours.tools import BOTH, TOOLS, Tool, schemas
from tests.test_neighbours import THINGS, things, told

OURS = ("things", "things_id_seq", "alembic_version")
BY_NAME = {tool.name: tool for tool in TOOLS}
# SQLAlchemy says so of pgvector's type; Alembic reflects every table where none of ours is there yet.
pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'vector'")


def load(tool: Tool, database: Database) -> None:
    script = tool.schema(database.dialect).read_text(encoding="utf-8")
    available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
    if "EXTENSION" in script and database.rows(available) == [(0,)]:
        pytest.skip("the server has no extension vector; the wheel's has")
    database.script(script)


@pytest.mark.parametrize("dialect", BOTH)
def test_what_all_tools_make_in_one_database_survives_and_is_named_as_theirs(
    dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database: Database = request.getfixturevalue(dialect)
    made = {tool.name: tables_of(tool, database) for tool, each in schemas() if each == dialect}
    before = dumped(database, without=OURS)
    # A first upgrade into a database that others migrate is meant here.
    chain, guard = Chain(tmp_path / "chain", database), Guard(things(), rules={"AGE134": "off"})

    seen = {name for name, _ in told(chain, guard)}
    source = chain.revision(guard)
    chain.round_trip(guard)

    assert body(source) == THINGS
    assert dumped(database, without=OURS) == before
    for name, tables in made.items():
        assert len(tables) > len(BY_NAME[name].theirs)
        for table, why in tables.items():
            assert_named(table, why, BY_NAME[name], told_of=str(table) in seen, inside=database.default_schema)


def tables_of(tool: Tool, database: Database) -> dict[TableName, str | None]:
    """The tables that come with a tool's schema, and why they are nobody's candidates."""
    with database.connect() as connection:
        before = read_catalogue(connection).tables
    load(tool, database)
    with database.connect() as connection:
        return {each: why for each, why in read_catalogue(connection).tables.items() if each not in before}


def assert_named(table: TableName, why: str | None, tool: Tool, *, told_of: bool, inside: str) -> None:
    likeness = looks_like(table)
    if table.name in tool.theirs:
        assert likeness is None
    elif "partition" not in (why or ""):
        assert likeness is not None, table
        assert tool.owner in likeness.tool
    assert told_of == (why is None and table.schema == inside), table


PRESETS: dict[tuple[str, str], ExternalTables] = {
    ("django", "postgresql"): django(["shop"]),
    ("django", "sqlite"): django(["shop"]),
    ("langgraph", "postgresql"): langgraph(["checkpoints", "store", "vectors"]),
    ("langgraph", "sqlite"): langgraph(database="sqlite"),
    ("prisma", "postgresql"): prisma(["Article"]),
    ("drizzle", "postgresql"): drizzle(["invoice"]),
}
every_preset = pytest.mark.parametrize(
    ("name", "dialect"), [pytest.param(*each, id="-".join(each)) for each in PRESETS]
)


@every_preset
def test_a_preset_has_the_tables_and_columns_that_the_tool_makes(
    name: str, dialect: str, request: pytest.FixtureRequest
) -> None:
    database: Database = request.getfixturevalue(dialect)
    load(BY_NAME[name], database)
    preset = PRESETS[name, dialect]

    with database.connect() as connection:
        catalogue = read_catalogue(connection)
        named = {catalogue.real(each) for each in preset.names}
        assert {each for each in catalogue.tables if each not in named and not preset.claims(each)} == set()
        assert named <= set(catalogue.tables)
        for table in preset.metadata.tables.values():
            live = sa.Table(table.name, sa.MetaData(), schema=table.schema, autoload_with=connection)
            assert shape(table, connection) == shape(live, connection), table.name


LEFT_OUT = {"embedding"}


def shape(table: sa.Table, connection: sa.Connection) -> dict[str, Any]:
    """Of each column: its type in the database's own words, NOT NULL, primary key, the columns its keys lead to."""
    return {
        str(column.name): (
            column.type.compile(connection.dialect),
            column.nullable and not column.primary_key,  # SQLite lets a primary key be NULL
            column.primary_key,
            sorted(key.target_fullname for key in column.foreign_keys),
        )
        for column in table.columns
        if column.name not in LEFT_OUT
    }


@every_preset
def test_a_preset_created_in_a_test_database_stands_for_the_tool(
    name: str, dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database: Database = request.getfixturevalue(dialect)
    preset = PRESETS[name, dialect]
    if name == "drizzle":
        database.execute("CREATE SCHEMA drizzle")

    with database.connect() as connection:
        preset.create_all(connection)

    guard = Guard(things(), external=[preset], undeclared="fail")
    chain = Chain(tmp_path / "chain", database)
    assert body(chain.revision(guard)) == THINGS


def test_no_column_of_a_preset_hides_an_attribute_of_a_mapped_class() -> None:
    class Base(DeclarativeBase):
        pass

    for preset in [*PRESETS.values(), supabase()]:
        for table in preset.metadata.tables.values():
            assert [c.key for c in table.columns if hasattr(Base, c.key) or hasattr(type(table.c), c.key)] == []


# Keys to several owners


def models() -> sa.MetaData:
    """One table of ours with a key to each owner's."""
    metadata = sa.MetaData()
    articles = sa.Table("Article", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    owned = {
        "author_id": better_auth()["user"].c.id,
        "editor_id": django(["shop"])["auth_user"].c.id,
        "article_id": prisma([articles])["Article"].c.id,
        "account_id": supabase()["users"].c.id,
    }
    sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.ForeignKey(target, ondelete="CASCADE"), index=True) for name, target in owned.items()),
    )
    return metadata


NOTES = """\
op.require_table('Article', sa.Column('id', sa.Integer()), owner='prisma')
op.require_table('auth_user', sa.Column('id', sa.Integer()), owner='django')
op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')
op.require_table('users', sa.Column('id', sa.Uuid()), owner='supabase', schema='auth')
# AGL101 SHARE ROW EXCLUSIVE on auth.users (supabase), public.Article (prisma), public.auth_user
# (django), public.user (better-auth) until this migration commits: their writes wait; an instant, as
# the new table is empty
op.create_table('notes',
sa.Column('id', sa.Integer(), nullable=False),
sa.Column('author_id', sa.Text(), nullable=True),
sa.Column('editor_id', sa.Integer(), nullable=True),
sa.Column('article_id', sa.Integer(), nullable=True),
sa.Column('account_id', sa.Uuid(), nullable=True),
sa.ForeignKeyConstraint(['account_id'], ['auth.users.id'], ondelete='CASCADE'),
sa.ForeignKeyConstraint(['article_id'], ['Article.id'], ondelete='CASCADE'),
sa.ForeignKeyConstraint(['author_id'], ['user.id'], ondelete='CASCADE'),
sa.ForeignKeyConstraint(['editor_id'], ['auth_user.id'], ondelete='CASCADE'),
sa.PrimaryKeyConstraint('id')
)
op.create_index(op.f('ix_notes_account_id'), 'notes', ['account_id'], unique=False)
op.create_index(op.f('ix_notes_article_id'), 'notes', ['article_id'], unique=False)
op.create_index(op.f('ix_notes_author_id'), 'notes', ['author_id'], unique=False)
op.create_index(op.f('ix_notes_editor_id'), 'notes', ['editor_id'], unique=False)"""


def test_keys_to_four_owners_have_each_owners_type(tmp_path: Path, postgresql: Database) -> None:
    for name in ("django", "prisma", "drizzle"):
        load(BY_NAME[name], postgresql)
    postgresql.load(DUMPS / "ba1.7.25_core.pg.sql")
    postgresql.execute("CREATE SCHEMA auth", "CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255))")
    before = dumped(postgresql, without=("notes", "notes_id_seq", "alembic_version"))
    chain = Chain(tmp_path / "chain", postgresql)
    guard = Guard(models(), external=[drizzle(["invoice"])], undeclared="fail")

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert body(source) == NOTES
    assert dumped(postgresql, without=("notes", "notes_id_seq", "alembic_version")) == before


def test_before_an_owner_has_migrated_the_hint_is_its_own_command(chain: Chain, database: Database) -> None:
    metadata = sa.MetaData()
    user_id = sa.Column("user_id", sa.ForeignKey(django()["auth_user"].c.id, ondelete="CASCADE"), primary_key=True)
    sa.Table("notes", metadata, user_id)

    with pytest.raises(GuardError) as caught:
        chain.check(Guard(metadata))

    (found,) = [each for each in caught.value.diagnostics if each.code == "AGC102"]
    assert "python manage.py migrate" in str(found.hint)


# What a preset is given


def test_a_user_model_of_ones_own_must_say_its_id_type() -> None:
    with pytest.raises(GuardError, match=r"^AGE108 django\(id_type=...\): expected .*'bigint'.* found None"):
        django(user_model="accounts_user")


def test_a_user_model_of_ones_own() -> None:
    own = django(["accounts", "shop"], user_model="accounts_user", id_type="uuid")

    assert isinstance(own["accounts_user"].c.id.type, sa.Uuid)
    assert [key.target_fullname for key in own["django_admin_log"].c.user_id.foreign_keys] == ["accounts_user.id"]
    assert "auth_user" not in own
    assert TableName(None, "accounts_user_groups") in own.names
    assert own.claims(TableName("public", "shop_product"))
    assert not own.claims(TableName("public", "shopping_carts"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: django("shop"), r"django\(apps=\.\.\.\)"),
        (lambda: django(id_type="text"), r"django\(id_type=\.\.\.\)"),
        (lambda: langgraph("store"), r"langgraph\(parts=\.\.\.\)"),
        (lambda: langgraph(["memory"]), r"langgraph\(parts=\.\.\.\)"),
        (lambda: langgraph(database="mysql"), r"langgraph\(database=\.\.\.\)"),
    ],
)
def test_a_value_no_preset_knows_is_refused(call: Any, message: str) -> None:
    with pytest.raises(GuardError, match=f"^AGE108 {message}"):
        call()


# Known names


ORDINARY = """
    users user_profiles auth_users auth_tokens auth_user_profiles auth_groups auth_sessions auth_permissions accounts sessions
    orders order_items products product_images carts customers invoices payments subscriptions plans coupons stores shops
    chat_sessions chat_messages api_metrics messages conversations threads documents embeddings chunks files uploads
    jobs job_runs tasks task_results queue queues workers events event_log audit_log logs metrics settings config
    organizations organization_members members memberships teams team_members invitations invites roles permissions
    user_roles groups tags posts comments likes categories articles pages media books authors addresses countries
    states counties places migration_jobs schema_versions versions store_items store_orders stores_products writes_log
    verification_codes verifications passkeys api_keys rate_limits wallets clients tokens refresh_tokens locks
    kysely knex drizzle prisma django celery procrastinate pgboss langchain checkpoint checkpoint_files alembic
    part_configs spatial_refs session_data session_events user_sessions typeorm yoyo flyway scim jwk keys
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", ORDINARY)
def test_an_applications_ordinary_name_is_nobodys(name: str) -> None:
    assert looks_like(TableName("public", name)) is None


@pytest.mark.parametrize("name", ["user", "account", "member", "store", "checkpoints", "subscription", "migrations"])
def test_a_name_that_a_tool_shares_with_applications_is_only_perhaps_the_tools(name: str) -> None:
    likeness = looks_like(TableName("public", name))

    assert likeness is not None
    assert str(likeness).startswith("its name may be one of ")


def test_every_table_of_better_auth_is_known() -> None:
    created = {
        name
        for dump in DUMPS.glob("ba1.7.25_*.sqlite.sql")
        if not re.search("drizzle|plural|rename|camelcase|snake", dump.name)  # under names of the project's own
        for name in re.findall(r'^create table ["`](\w+)["`]', dump.read_text(encoding="utf-8"), re.I | re.M)
    }

    assert {"user", "session"} <= created
    assert [name for name in sorted(created) if str(looks_like(TableName(None, name))) != _BETTER_AUTHS] == []


_BETTER_AUTHS = "its name may be one of Better Auth's"


def test_every_entry_has_a_source_and_every_pattern_begins_with_the_tools_own_word() -> None:
    entries: list[Known] = [*HISTORY, *TABLES, *PERHAPS, *SCHEMAS, *SCHEMAS_PERHAPS]

    assert [each for each in entries if not each.source.startswith(("ran ", "read "))] == []
    patterns = [TableName.parse(name) for known in [*HISTORY, *TABLES, *PERHAPS] for name in known.names]
    wide = {str(each) for each in patterns if "*" in each.name}
    assert wide == {"alembic_version*", "django_*", "procrastinate_*", "pgqueuer_*"}
