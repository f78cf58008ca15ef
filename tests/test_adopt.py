"""`python -m alembic_guard adopt`: models for what a hand-written chain made, after which the compare is empty."""

from __future__ import annotations

import importlib.util
import itertools
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard._adopt.command import adopt
from alembic_guard._adopt.generator import escaped
from alembic_guard._adopt.identifiers import attribute_name, class_name
from alembic_guard._adopt.tables import tables_to_adopt
from alembic_guard._catalogue import Catalogue
from alembic_guard._chain import OurChain
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims, Ownership
from alembic_guard.presets import better_auth
from tests.kit import EXAMPLES, Chain, Database, PostgreSQL, Ran, Story, alembic, run, sqlite_database

PLAIN_ENV = """from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""

_numbers = itertools.count()


@pytest.fixture
def plain(tmp_path: Path, database: Database) -> Chain:
    """A chain whose env.py knows nothing of us."""
    return Chain(tmp_path / "chain", database, PLAIN_ENV)


@pytest.fixture
def plain_pg(tmp_path: Path, postgresql: Database) -> Chain:
    return Chain(tmp_path / "chain", postgresql, PLAIN_ENV)


def printed(chain: Chain, guard: Guard | None = None) -> str:
    """What `adopt` prints."""
    config = chain.config(guard or Guard(sa.MetaData()))
    adopt(config)
    return str(config.stdout.getvalue())  # type: ignore[attr-defined]


def adopted(chain: Chain, upgrade: str) -> str:
    """The models of what a revision makes; imported, they differ from the database in nothing."""
    chain.write("0001", upgrade)
    chain.upgrade(Guard(sa.MetaData()))
    source = printed(chain)
    metadata = imported(source).Base.metadata

    names = set(re.findall(r"op\.create_table\(['\"](.+?)['\"],", upgrade))
    assert {table.name for table in metadata.tables.values()} == names, source
    # Alembic compares defaults by running them, and nextval() gives another number each time.
    guard = Guard(metadata, configure={"compare_server_default": "nextval" not in source})
    assert chain.diffs(guard) == [], source
    return source


def imported(source: str) -> Any:
    name = f"adopted_{next(_numbers)}"
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, None))  # type: ignore[arg-type]
    sys.modules[name] = module
    exec(compile(source, name, "exec"), module.__dict__)
    del sys.modules[name]
    return module


# The story: from a hand-written chain to autogenerate


ENV = """from alembic_guard import Guard, run_migrations

run_migrations(Guard("app.models:Base.metadata"))
"""


class Project:
    """The story's project as it began: one revision by hand, Alembic's own template, no models."""

    def __init__(self, folder: Path, database: Database) -> None:
        folder.mkdir()
        self.folder, self.database = folder, database
        self.ok(alembic(folder, "init", "alembic"))
        ini = (folder / "alembic.ini").read_text(encoding="utf-8")
        url = database.text.replace("%", "%%")
        ini = re.sub(r"^sqlalchemy\.url = .*$", lambda _: f"sqlalchemy.url = {url}", ini, flags=re.M)
        (folder / "alembic.ini").write_text(ini, encoding="utf-8")
        (first,) = (EXAMPLES / "better_auth_chat" / "alembic" / "versions").glob(f"{Story.FIRST}_*.py")
        shutil.copy(first, folder / "alembic" / "versions")

    def ok(self, ran: Ran) -> Ran:
        assert ran.code == 0, ran.all
        return ran

    def alembic(self, *arguments: str) -> Ran:
        return self.ok(alembic(self.folder, *arguments))

    def adopt(self, *arguments: str) -> Ran:
        return run([sys.executable, "-m", "alembic_guard", "adopt", *arguments], self.folder)

    def versions(self) -> set[str]:
        return {path.name for path in (self.folder / "alembic" / "versions").glob("*.py")}

    def grow(self, old: str, new: str) -> None:
        """Change the models."""
        models = self.folder / "app" / "models.py"
        source = models.read_text(encoding="utf-8")
        assert source.count(old) == 1, source
        models.write_text(source.replace(old, new), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    database.load(database.better_auth())
    begun = Project(tmp_path / "project", database)
    begun.alembic("upgrade", "head")
    return begun


STEPS = [
    (
        "chat sessions belong to users",
        "\n\nclass ChatMessages(Base):",
        """    user_id: Mapped[Optional[str]] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)


class ChatMessages(Base):""",
    ),
    (
        "user profiles",
        "\n\nclass ChatMessages(Base):",
        """

class UserProfile(Base):
    __tablename__ = "user_profiles"

    user_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), primary_key=True)
    preferences: Mapped[Optional[object]] = mapped_column(JSON)


class ChatMessages(Base):""",
    ),
    (
        "user background questionnaire",
        "\n\nclass ChatMessages(Base):",
        """

class UserBackgroundQuestionnaire(Base):
    __tablename__ = "user_background_questionnaire"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)


class ChatMessages(Base):""",
    ),
]


@pytest.mark.project
def test_a_hand_written_chain_is_adopted_and_autogenerate_goes_on_from_there(project: Project) -> None:
    ours = {"chat_sessions", "chat_messages", "api_metrics"}
    before = project.database.snapshot(*Story.THEIRS)
    kept = project.database.snapshot(*ours)
    revisions = project.versions()

    said = project.ok(project.adopt("--output", "app/models.py"))
    (project.folder / "alembic" / "env.py").write_text(ENV, encoding="utf-8")
    checked = project.alembic("check")

    schema = project.database.default_schema
    names = ", ".join(f"{schema}.{name}" for name in sorted(ours))
    assert said.out == f"app/models.py: models of {names}\n"
    assert "No new upgrade operations detected." in checked.out
    assert project.versions() == revisions
    assert project.database.snapshot(*ours) == kept

    project.grow("class Base(", "auth = better_auth()\n\n\nclass Base(")
    project.grow("from sqlalchemy.orm", "from alembic_guard.presets import better_auth\nfrom sqlalchemy.orm")
    for message, old, new in STEPS:
        project.grow(old, new)
        project.alembic("revision", "--autogenerate", "-m", message)
        project.alembic("upgrade", "head")
        assert "No new upgrade operations detected." in project.alembic("check").out

    written = "".join(
        path.read_text(encoding="utf-8")
        for path in (project.folder / "alembic" / "versions").glob("*.py")
        if path.name not in revisions
    )
    upgrades = "".join(re.findall(r"def upgrade\(\).*?(?=def downgrade)", written, re.S))
    assert "drop_" not in upgrades
    assert "alter_column" not in upgrades
    assert set(re.findall(r"create_table\('(\w+)'", upgrades)) == {"user_profiles", "user_background_questionnaire"}
    assert project.database.tables() == {
        *ours,
        *Story.THEIRS,
        "user_profiles",
        "user_background_questionnaire",
        "alembic_version",
    }
    assert project.database.snapshot(*Story.THEIRS) == before


@pytest.mark.project
def test_without_output_the_models_are_printed_and_nothing_else(project: Project) -> None:
    ran = project.ok(project.adopt())

    assert ran.out.startswith('"""Models of tables that migrations written by hand had made.\n')
    assert set(imported(ran.out).Base.metadata.tables) == {"chat_sessions", "chat_messages", "api_metrics"}
    assert not (project.folder / "app").exists()


@pytest.mark.project
def test_a_file_that_exists_is_refused_and_left_as_it_was(project: Project) -> None:
    (project.folder / "app").mkdir()
    models = project.folder / "app" / "models.py"
    models.write_text("# mine\n", encoding="utf-8")

    ran = project.adopt("--output", "app/models.py")

    assert ran.code != 0
    assert "FAILED: AGE110 app/models.py: expected a new file, found one; it is unchanged" in ran.all
    assert "Traceback" not in ran.all
    assert models.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.project
def test_without_the_extra_one_line_says_how_to_install_it(project: Project) -> None:
    (project.folder / "sqlacodegen.py").write_text("raise ModuleNotFoundError(name='sqlacodegen')\n", encoding="utf-8")

    ran = project.adopt()

    assert ran.code != 0
    assert "FAILED: AGE109 adopt: expected the extra 'adopt', found no module 'sqlacodegen'" in ran.all
    assert "pip install 'alembic-guard-hooks[adopt]'" in " ".join(ran.all.split())
    assert "Traceback" not in ran.all


@pytest.mark.project
def test_no_password_is_told(tmp_path: Path, postgresql: Database) -> None:
    role = f"migrator_{postgresql.url.database}"
    postgresql.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'", f"GRANT CREATE ON SCHEMA public TO {role}")
    migrator = Database(postgresql.url.set(username=role, password="hunter2"))
    project = Project(tmp_path / "project", migrator)
    project.alembic("upgrade", "head")

    told = [project.adopt(), project.adopt("--output", "models.py"), project.adopt("--output", "models.py")]

    assert "hunter2" not in "".join(ran.all for ran in told)
    assert "hunter2" not in (project.folder / "models.py").read_text(encoding="utf-8")
    postgresql.execute(f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")


# Nothing to adopt


def test_a_database_at_no_revision_has_nothing_to_adopt(plain: Chain) -> None:
    plain.write("0001", "op.create_table('things', sa.Column('id', sa.Integer, primary_key=True))")

    assert printed(plain) == "Nothing to adopt: this database is at no revision. Run `alembic upgrade head` first.\n"
    assert plain.database.tables() == set()


def test_where_every_table_has_a_model_one_line_says_so(chain: Chain) -> None:
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))
    guard = Guard(metadata)
    chain.revision(guard)
    chain.upgrade(guard)

    assert printed(chain, guard) == "Nothing to adopt: every table that your migrations created has a model.\n"


def test_an_env_py_that_runs_for_two_databases_is_asked_for_one(tmp_path: Path, sqlite: Database) -> None:
    body = PLAIN_ENV.replace("with engine", "for _ in range(2):\n  with engine").replace("\n    ", "\n      ")
    chain = Chain(tmp_path / "chain", sqlite, body)

    with pytest.raises(GuardError, match=r"^AGE108 adopt: env.py: expected one database, found '2 calls of"):
        printed(chain)


# Which tables, without a database

CATALOGUE = Catalogue(
    "db",
    "postgresql",
    "public",
    {
        name: "a partition of another table" if name.name == "part" else None
        for name in (TableName.parse(text) for text in ("public.ours", "public.user", "public.done", "s.x", "s.part"))
    },
    {name: TableName("public", name) for name in ("ours", "user", "done")},
)


def test_what_is_ours_is_adopted_unless_it_is_gone_modelled_external_or_a_systems() -> None:
    done = sa.Table("done", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    named = [TableName.parse(text) for text in ("ours", "done", "gone", "s.x", "s.part")]
    claims = Claims(ours={TableName(None, "done"): done}, external={TableName(None, "user"): "better-auth"})

    def adopted(*names: TableName) -> list[TableName]:
        return tables_to_adopt(Ownership(claims, CATALOGUE, OurChain(None, CATALOGUE, names)))

    assert adopted(*named) == [TableName("public", "ours"), TableName("s", "x")]
    assert adopted() == []


def test_what_a_helper_creates_is_adopted_and_what_cannot_be_read_is_told(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.write(
        "0001",
        "import os\nfor name in ('a', 'b'):\n    op.create_table(name, sa.Column('id', sa.Integer, primary_key=True))\n"
        "op.create_table('x' + str(os.getpid()), sa.Column('id', sa.Integer, primary_key=True))\n"
        "op.execute('ALTER TABLE old ADD COLUMN a INTEGER')",
    )
    chain.database.execute("CREATE TABLE old (id INTEGER PRIMARY KEY)")
    guard = Guard(sa.MetaData(), external=[ExternalTables("other", patterns=["other_*"])])
    (chain.folder / "env.py").write_text(PLAIN_ENV, encoding="utf-8")
    chain.upgrade(guard)

    source = printed(chain)

    assert [name for name in ("A", "B", "Old", "X") if f"class {name}(" in source] == ["A", "B"]
    told = capsys.readouterr().err
    assert "AGO109 warning" in told
    assert "AGO110 info" in told
    assert "Guard(..., ours=[" in told


# Names in Python


@pytest.mark.parametrize(
    ("column", "attribute"),
    [
        ("user_id", "user_id"),
        ("id", "id"),
        ("type", "type"),
        ("metadata", "metadata_"),
        ("registry", "registry_"),
        ("class", "class_"),
        ("None", "None_"),
        ("two words", "two_words"),
        ("2nd", "_2nd"),
        ("__doc__", "doc_"),
        ("_sa_registry", "sa_registry_"),
        ("_private", "_private"),
        ("---", "column_"),
        ("", "_"),
        ("größe", "größe"),
    ],
)
def test_an_attribute_is_called_as_its_column_where_it_may_be(column: str, attribute: str) -> None:
    assert attribute_name(column) == attribute
    assert attribute.isidentifier()


def test_a_class_is_called_as_its_table() -> None:
    assert [class_name(each) for each in ("chat_sessions", "Mixed Case", "1st", "!!", "user")] == [
        "ChatSessions",
        "MixedCase",
        "_1st",
        "Unnamed",
        "User",
    ]


def test_a_colon_in_sql_is_no_parameter() -> None:
    given = "x <> ':a' AND y::text <> '12:30'"

    assert escaped(given) == r"x <> '\:a' AND y::text <> '12:30'"
    assert str(sa.text(escaped(given))) == given


# Shapes, on every database

SHAPES = {
    "a key to our own table, indexes, a unique and a check constraint, defaults": """
op.create_table("authors",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(200), nullable=False),
    sa.Column("age", sa.Integer, server_default="18"),
    sa.Column("active", sa.Boolean, server_default=sa.true(), nullable=False),
    sa.Column("born", sa.Date),
    sa.Column("score", sa.Numeric(10, 2), server_default="0.5"),
    sa.Column("note", sa.Text, server_default="it's 12:30 :x %"),
    sa.UniqueConstraint("email", name="one_email"),
    sa.CheckConstraint("age > 0", name="grown"),
)
op.create_table("books",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("author_id", sa.Integer, sa.ForeignKey("authors.id", ondelete="SET NULL", name="by")),
    sa.Column("title", sa.String(100), index=True),
    sa.UniqueConstraint("author_id", "title", name="one_title"),
)
op.create_index("by_title_and_author", "books", ["title", "author_id"], unique=True)
""",
    "a composite key, and a key to it": """
op.create_table("orders", sa.Column("shop", sa.Integer, primary_key=True), sa.Column("number", sa.Integer, primary_key=True))
op.create_table("lines",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("shop", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["shop", "number"], ["orders.shop", "orders.number"], name="of_order", ondelete="CASCADE"),
)
""",
    "a self reference": """
op.create_table("employees",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("boss_id", sa.Integer, sa.ForeignKey("employees.id", name="boss")),
)
""",
    "two keys of one table to another, one a primary key": """
op.create_table("people", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("friends",
    sa.Column("one", sa.Integer, sa.ForeignKey("people.id", name="f1"), primary_key=True),
    sa.Column("two", sa.Integer, sa.ForeignKey("people.id", name="f2"), primary_key=True),
)
op.create_table("details", sa.Column("id", sa.Integer, sa.ForeignKey("people.id", name="d1"), primary_key=True))
""",
    "a table without a primary key": """
op.create_table("logs", sa.Column("at", sa.DateTime), sa.Column("metadata", sa.Text, server_default="x"))
op.create_index("logs_at", "logs", ["at"])
""",
    "odd names": """
op.create_table("Mixed Case", sa.Column("The Id", sa.Integer, primary_key=True), sa.Column("it's", sa.Text))
op.create_table("class", sa.Column("class", sa.Integer, primary_key=True), sa.Column("def", sa.Text))
op.create_table("None", sa.Column("None", sa.Integer, primary_key=True))
op.create_table("true", sa.Column("True", sa.Integer, primary_key=True))
op.create_table("1st", sa.Column("2nd", sa.Integer, primary_key=True), sa.Column("_x", sa.Text), sa.Column("---", sa.Text))
op.create_table("text", sa.Column("text", sa.String(20), primary_key=True), sa.Column("Mapped", sa.Text), sa.Column("t", sa.Text))
op.create_table("base", sa.Column("id", sa.Integer, sa.ForeignKey("1st.2nd", name="odd"), primary_key=True))
op.create_table("mapped", sa.Column("mapped_column", sa.Integer, primary_key=True), sa.Column("x", sa.Integer))
op.create_table("Column", sa.Column("datetime", sa.DateTime, primary_key=True), sa.Column("x", sa.DateTime))
op.create_table("größe", sa.Column("ﬁrst", sa.Integer, primary_key=True), sa.Column("first", sa.Integer), sa.Column("²", sa.Integer))
op.create_table("!!!", sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("-" if op.get_bind().dialect.name == "mysql" else " ", sa.Integer), sa.Column("100%", sa.Integer))
op.create_index("ix it's 100%", "Mixed Case", ["it's"])
""",
    "names that SQLAlchemy keeps for itself": """
op.create_table("runs",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("metadata", sa.JSON),
    sa.Column("metadata_", sa.Text),
    sa.Column("registry", sa.Text),
    sa.Column("query", sa.Text),
    sa.Column("__doc__", sa.Text),
    sa.Column("__tablename__", sa.Text),
    sa.Column("_sa_registry", sa.Text),
    sa.Column("__mine", sa.Text),
    sa.Column("str", sa.Text),
    sa.Column("int", sa.Integer),
    sa.Column("another", sa.Integer),
    sa.Column("Optional", sa.Text),
    sa.Column("last", sa.Text),
)
""",
    "an index by an order": """
op.create_table("posts", sa.Column("id", sa.Integer, primary_key=True), sa.Column("At", sa.DateTime))
op.create_index("newest", "posts", [sa.text("`At` DESC" if op.get_bind().dialect.name == "mysql" else '"At" DESC')])
""",
    "unnamed constraints, and two rules for one column": """
op.create_table("parents", sa.Column("id", sa.String(20), primary_key=True, nullable=True))
op.create_table("members",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(50), unique=True),
    sa.Column("a", sa.Integer),
    sa.Column("b", sa.Integer),
    sa.Column("kind", sa.String(5)),
    sa.Column("parent", sa.String(20), sa.ForeignKey("parents.id")),
    sa.Column("flag", sa.Integer),
    sa.UniqueConstraint("a", "b"),
    sa.CheckConstraint("a > 0"),
    sa.CheckConstraint("kind IN ('x', 'y')"),
    sa.CheckConstraint("flag IN (0, 1)"),
    sa.CheckConstraint("kind NOT LIKE 'a\\\\:b%'", name="not like"),
)
op.create_index("ix_members_email", "members", ["email"])
""",
    "a number that is kept in a computed column": """
op.create_table("squares",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("n", sa.Integer),
    sa.Column("square", sa.Integer, sa.Computed("n * n", persisted=True)),
)
""",
}


@pytest.mark.parametrize("upgrade", SHAPES.values(), ids=SHAPES)
def test_after_adoption_the_compare_is_empty(plain: Chain, upgrade: str) -> None:
    adopted(plain, upgrade)


def test_sqlite_says_what_a_key_in_its_columns_definition_does_on_delete(tmp_path: Path, sqlite: Database) -> None:
    source = adopted(
        Chain(tmp_path / "chain", sqlite, PLAIN_ENV),
        """op.create_table("users", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("posts", sa.Column("id", sa.Integer, primary_key=True))
op.drop_table("posts")
op.execute("CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER REFERENCES users ON DELETE SET NULL)")
""",
    )

    assert "ForeignKey('users.id', ondelete='SET NULL')" in source


def test_sqlite_finds_a_keys_table_however_the_key_spells_it(tmp_path: Path, sqlite: Database) -> None:
    source = adopted(
        Chain(tmp_path / "chain", sqlite, PLAIN_ENV),
        """op.create_table("Users", sa.Column("Id", sa.Integer, primary_key=True))
op.create_table("posts",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("by_", sa.Integer, sa.ForeignKey("USERS.ID", ondelete="CASCADE")),
    sa.Column("two", sa.Integer, sa.ForeignKey("users.Id")),
)
""",
    )

    assert "ForeignKey('Users.Id', ondelete='CASCADE')" in source
    assert "two: Mapped[Optional[int]] = mapped_column(Integer, ForeignKey('Users.Id'))" in source


POSTGRESQL = {
    "its types": """
from sqlalchemy.dialects import postgresql as pg
op.create_table("things",
    sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("data", pg.JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column("json", sa.JSON),
    sa.Column("tags", pg.ARRAY(sa.Text), server_default="{}"),
    sa.Column("grid", pg.ARRAY(sa.Integer, dimensions=2)),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.Column("naive", pg.TIMESTAMP(precision=3)),
    sa.Column("price", sa.Numeric(12, 4)),
    sa.Column("any", sa.Numeric),
    sa.Column("exact", sa.Double),
    sa.Column("real", sa.REAL),
    sa.Column("small", sa.SmallInteger),
    sa.Column("big", sa.BigInteger),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("for_", sa.Interval),
    sa.Column("ip", pg.INET),
    sa.Column("during", pg.TSTZRANGE),
    sa.Column("words", pg.TSVECTOR),
    sa.Column("code", sa.CHAR(3)),
    sa.Column("bits", pg.BIT(3)),
    sa.Column("price_of", pg.MONEY),
    sa.Column("time", sa.Time(timezone=True)),
    sa.Column("name", sa.String(collation="C")),
)
op.create_index("by_data", "things", ["data"], postgresql_using="gin")
op.create_index("by_path", "things", ["data"], postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"})
op.create_index("dear", "things", ["price"], unique=True, postgresql_where=sa.text("price > 100 AND code <> 'a\\\\:b%'"))
op.create_index("lower_code", "things", [sa.text("lower(code)"), sa.text("big DESC NULLS LAST")], postgresql_include=["small"])
op.create_index("filled", "things", ["small"], postgresql_with={"fillfactor": 50})
""",
    "enums, named, shared, in an array, in another schema": """
from sqlalchemy.dialects import postgresql as pg
mood = pg.ENUM("sad", "it's ok", "a-b", "a_b", "A_b", name="mood")
op.execute("CREATE SCHEMA other")
op.create_table("days",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mood", mood, server_default="sad"),
    sa.Column("moods", pg.ARRAY(pg.ENUM(name="mood", create_type=False))),
)
op.create_table("nights",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mood", pg.ENUM(name="mood", create_type=False), nullable=False),
    sa.Column("kind", pg.ENUM("x", "y", name="Kind", schema="other")),
)
""",
    "serial, identity, sequences": """
op.execute("CREATE SEQUENCE tickets")
op.create_table("a",
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("n", sa.Integer, server_default=sa.text("nextval('tickets')")),
)
op.create_table("b", sa.Column("id", sa.Integer, sa.Identity(always=True, start=10), primary_key=True))
op.create_table("c", sa.Column("one", sa.Integer, primary_key=True, autoincrement=True), sa.Column("two", sa.Integer, primary_key=True))
op.create_table("d", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
op.create_table("e", sa.Column("id", sa.SmallInteger, primary_key=True))
op.execute("ALTER TABLE d ADD COLUMN n BIGSERIAL")
op.execute("ALTER SEQUENCE a_id_seq RENAME TO numbers_of_a")
""",
    "a cycle of keys": """
op.create_table("hens", sa.Column("id", sa.Integer, primary_key=True), sa.Column("egg_id", sa.Integer))
op.create_table("eggs",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hen_id", sa.Integer, sa.ForeignKey("hens.id", name="layer")),
)
op.create_foreign_key("hatched", "hens", "eggs", ["egg_id"], ["id"], onupdate="CASCADE", deferrable=True, initially="DEFERRED")
""",
    "schemas, and keys between them": """
op.execute("CREATE SCHEMA billing")
op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("invoices",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id", ondelete="CASCADE")),
    schema="billing",
)
op.create_table("payments",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invoice_id", sa.Integer, sa.ForeignKey("billing.invoices.id")),
    schema="billing",
)
op.create_table("reminders",
    sa.Column("id", sa.Integer, sa.ForeignKey("billing.invoices.id"), primary_key=True),
)
""",
    "a table that inherits another": """
op.create_table("animals", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("birds", sa.Column("wings", sa.Integer), postgresql_inherits="animals")
op.create_table("fishes", sa.Column("number", sa.Integer, primary_key=True), postgresql_inherits="animals")
""",
    "comments, and a view beside": """
op.create_table("notes",
    sa.Column("id", sa.Integer, primary_key=True, comment="it's the key"),
    sa.Column("text", sa.Text, comment='says "hi" 100%'),
    comment="what people wrote: " + "long " * 30,
)
op.create_table("bare", sa.Column("x", sa.Integer, comment="c"), comment="without a key")
op.execute("CREATE VIEW all_notes AS SELECT * FROM notes")
op.execute("CREATE MATERIALIZED VIEW kept_notes AS SELECT * FROM notes")
""",
    "a partitioned table, a domain, an exclusion, nulls not distinct": """
op.execute("CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100)")
op.execute("CREATE DOMAIN mail AS text CHECK (VALUE LIKE '_%@_%')")
op.execute('CREATE DOMAIN word AS text COLLATE "C" DEFAULT NULL')
op.create_table("events",
    sa.Column("at", sa.DateTime, primary_key=True),
    sa.Column("n", sa.Integer),
    postgresql_partition_by="RANGE (at)",
)
op.execute("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
op.create_table("rooms", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer), sa.Column("y", sa.Integer))
op.execute("ALTER TABLE rooms ADD COLUMN share percent DEFAULT 5")
op.execute("ALTER TABLE rooms ADD COLUMN mail mail, ADD COLUMN word word, ADD COLUMN mails mail[]")
op.execute("ALTER TABLE rooms ADD CONSTRAINT one_x UNIQUE NULLS NOT DISTINCT (x)")
op.execute("ALTER TABLE rooms ADD CONSTRAINT late UNIQUE (y) DEFERRABLE INITIALLY DEFERRED")
op.execute("ALTER TABLE rooms ADD CONSTRAINT apart EXCLUDE USING btree (x WITH =)")
""",
}


# Keys to other owners' tables


@pytest.mark.parametrize(
    ("dump", "call", "column"),
    [
        ("core", "better_auth()", "sa.Text"),
        ("opt_id_uuid", "better_auth(id_type='uuid')", "sa.Uuid"),
        ("opt_id_serial", "better_auth(id_type='serial')", "sa.Integer"),
    ],
)
def test_a_key_to_better_auth_goes_through_the_preset_with_the_live_id_type(
    plain: Chain, dump: str, call: str, column: str
) -> None:
    dialect = plain.database.dialect
    if "uuid" in dump and dialect != "postgresql":
        call, column = "better_auth()", "sa.Text"  # on SQLite its uuids are text, on MariaDB varchar(36)
    maria = dialect == "mariadb"
    column, email = (
        ("sa.String(36)" if maria and column == "sa.Text" else column),
        "sa.String(255)" if maria else "sa.Text",
    )
    plain.database.load(plain.database.better_auth(dump))

    source = adopted(
        plain,
        f"""op.create_table("profiles",
    sa.Column("user_id", {column}, sa.ForeignKey("user.id", ondelete="CASCADE", name="whose"), primary_key=True),
    sa.Column("session_id", {column}, sa.ForeignKey("session.id", name="from")),
    sa.Column("auth", sa.Text),
    sa.Column("by_email", {email}, sa.ForeignKey("user.email", name="mail")),
)
""",
    )

    assert f"\nauth = {call}\n" in source
    assert "mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE', name='whose'), primary_key=True)" in source
    assert "mapped_column(ForeignKey(auth['session'].c.id, name='from'))" in source
    assert "ForeignKey(auth['user'].c.email, name='mail')" in source
    assert "auth_: Mapped[Optional[str]] = mapped_column('auth', Text)" in source
    assert "class User(" not in source


def test_a_key_to_a_table_of_nobody_is_written_out_with_a_request_to_name_its_owner(plain: Chain) -> None:
    plain.database.execute(
        "CREATE TABLE customers (shop INTEGER, number INTEGER, name VARCHAR(20), PRIMARY KEY (shop, number))",
        'CREATE TABLE "user" (id INTEGER PRIMARY KEY, login VARCHAR(20))',
    )

    source = adopted(
        plain,
        """op.create_table("orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("shop", sa.Integer), sa.Column("number", sa.Integer),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id", name="by")),
    sa.ForeignKeyConstraint(["shop", "number"], ["customers.shop", "customers.number"], name="bought"),
)
""",
    )

    assert (
        "# Whose tables are these? Write the owner's name, so that diagnostics can say it.\n"
        "unknown_owner = ExternalTables(\n"
        "    'unknown-owner',\n"
        "    {\n"
        "        'customers': Table('customers', MetaData(), Column('shop', Integer, primary_key=True), "
        "Column('number', Integer, primary_key=True)),\n"
        "        'user': Table('user', MetaData(), Column('id', Integer, primary_key=True)),\n"
        "    },\n"
        ")\n"
    ) in source
    assert "ForeignKey(unknown_owner['user'].c.id, name='by')" in source
    assert "[unknown_owner['customers'].c.shop, unknown_owner['customers'].c.number], name='bought')" in source


def test_keys_to_other_schemas(plain_pg: Chain) -> None:
    plain_pg.database.execute(
        "CREATE SCHEMA auth", "CREATE SCHEMA shop", "CREATE TABLE shop.wares (code TEXT UNIQUE, keys INTEGER UNIQUE)"
    )
    with plain_pg.database.connect() as connection:
        better_auth(schema="auth").create_all(connection)

    source = adopted(
        plain_pg,
        """op.create_table("profiles",
    sa.Column("user_id", sa.Text, sa.ForeignKey("auth.user.id"), primary_key=True),
    sa.Column("ware", sa.Text, sa.ForeignKey("shop.wares.code")),
    sa.Column("key", sa.Integer, sa.ForeignKey("shop.wares.keys")),
)
""",
    )

    assert "auth = better_auth(schema='auth')\n" in source
    assert (
        "'shop.wares': Table('wares', MetaData(), Column('code', Text), Column('keys', Integer), schema='shop')"
        in source
    )
    assert "unknown_owner['shop.wares'].c['keys']" in source


# An env.py that has a Guard


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a module that a Guard can name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source: str) -> str:
        name = f"models_{next(_numbers)}"
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return name

    return write


MODELS = """import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    })
    helper = 1

class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
GROWN = """
op.create_table("authors", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("books",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("author_id", sa.Integer, sa.ForeignKey("authors.id", name="by")),
    sa.Column("helper", sa.Integer),
    sa.Column("isbn", sa.String(20)),
    sa.CheckConstraint("helper > 0", name="positive"),
    sa.UniqueConstraint("isbn", name="one_isbn"),
)
op.create_index("by_isbn", "books", ["isbn"])
"""


def test_only_what_has_no_model_is_written_on_the_base_that_the_guard_names(chain: Chain, app: Any) -> None:
    name = app(MODELS)
    guard = Guard(f"{name}:Base.metadata")
    chain.write("0001", GROWN)
    chain.upgrade(guard)

    source = printed(chain, guard)
    metadata = imported(source).Base.metadata

    assert f"from {name} import Base\n" in source
    assert set(metadata.tables) == {"authors", "books"}
    assert "class Books(Base):" in source
    assert "class Author" not in source
    assert "helper_: Mapped[Optional[int]] = mapped_column('helper', Integer)" in source
    assert chain.diffs(guard) == []
    books = metadata.tables["books"]
    # A unique constraint is a unique index to MariaDB.
    named = {str(each.name) for each in (*books.constraints, *books.indexes)}
    assert named >= {"ck_books_positive", "one_isbn", "by"}


def test_a_core_metadata_gets_a_base_of_its_own(chain: Chain, app: Any) -> None:
    name = app(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\nsa.Table('authors', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    guard = Guard(f"{name}:metadata")
    chain.write("0001", GROWN)
    chain.upgrade(guard)

    source = printed(chain, guard)

    assert f"from {name} import metadata\n" in source
    assert "class Base(DeclarativeBase):\n    metadata = metadata\n" in source
    assert set(imported(source).Base.metadata.tables) == {"authors", "books"}
    assert chain.diffs(guard) == []


def test_a_base_with_a_schema_gets_models_that_name_theirs(tmp_path: Path, postgresql: Database, app: Any) -> None:
    postgresql.execute("CREATE SCHEMA app")
    name = app(MODELS.replace("sa.MetaData(", "sa.MetaData(schema='app', "))
    guard = Guard(f"{name}:Base.metadata")
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write(
        "0001",
        """op.create_table("authors", sa.Column("id", sa.Integer, primary_key=True), schema="app")
op.create_table("in_app", sa.Column("id", sa.Integer, sa.ForeignKey("app.authors.id"), primary_key=True), schema="app")
op.create_table("in_public", sa.Column("id", sa.Integer, sa.ForeignKey("app.in_app.id"), primary_key=True))
op.create_table("too", sa.Column("id", sa.Integer, sa.ForeignKey("in_public.id"), primary_key=True))
""",
    )
    chain.upgrade(guard)

    metadata = imported(printed(chain, guard)).Base.metadata

    assert set(metadata.tables) == {"app.authors", "app.in_app", "public.in_public", "public.too"}
    assert chain.diffs(guard) == []


def test_models_without_an_import_string_cannot_be_added_to(chain: Chain) -> None:
    metadata = sa.MetaData()
    sa.Table("authors", metadata, sa.Column("id", sa.Integer, primary_key=True))
    chain.write("0001", GROWN)
    chain.upgrade(Guard(metadata))

    with pytest.raises(GuardError, match=r"^AGE108 adopt: expected a MetaData|^AGE108 adopt"):
        printed(chain, Guard(metadata))


def test_an_owner_that_the_guard_declares_is_named(chain: Chain, app: Any) -> None:
    name = app(MODELS.replace("class Author", "class Unused"))
    auth = better_auth(names={"user": "people"})
    with chain.database.connect() as connection:
        auth.create_all(connection)
        connection.execute(sa.text("CREATE TABLE django_site (id INTEGER PRIMARY KEY)"))
    guard = Guard(f"{name}:Base.metadata", external=[auth, ExternalTables("django", patterns=["django_*"])])
    type_ = "sa.String(36)" if chain.database.dialect == "mariadb" else "sa.Text"
    chain.write(
        "0001",
        f"""op.create_table("authors", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("books",
    sa.Column("id", sa.Integer, sa.ForeignKey("django_site.id", name="at"), primary_key=True),
    sa.Column("reader", {type_}, sa.ForeignKey("people.id", name="by")),
)
""",
    )
    chain.upgrade(guard)

    source = printed(chain, guard)
    imported(source)

    assert "auth = better_auth(names={'user': 'people'})\n" in source
    assert "ForeignKey(auth['user'].c.id, name='by')" in source
    assert "django = ExternalTables(\n    'django',\n" in source
    assert "# Whose" not in source
    assert chain.diffs(guard) == []


@pytest.mark.parametrize("upgrade", POSTGRESQL.values(), ids=POSTGRESQL)
def test_after_adoption_the_compare_is_empty_on_postgresql(plain_pg: Chain, server: PostgreSQL, upgrade: str) -> None:
    source = adopted(plain_pg, upgrade)

    # create_all() makes the same again: what the models say is all of it.
    assert "view" not in source
    with server.database() as empty, empty.connect() as connection:
        for schema in re.findall("CREATE SCHEMA (\\w+)", upgrade):
            connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
        if "DOMAIN" not in upgrade:
            imported(source).Base.metadata.create_all(connection)


@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_a_column_of_a_type_that_sqlalchemy_does_not_know_is_kept(plain_pg: Chain) -> None:
    source = adopted(
        plain_pg,
        """op.create_table("pages", sa.Column("id", sa.Integer, primary_key=True))
op.execute("ALTER TABLE pages ADD COLUMN body xml NOT NULL")
""",
    )

    assert "    body = Column('body', NullType, nullable=False)\n" in source


@pytest.mark.filterwarnings("ignore:Can't validate argument 'dialect_options'")  # SQLAlchemy, when it reflects one
def test_a_check_that_is_not_inherited_or_not_valid_is_written_as_sqlalchemy_takes_it(plain_pg: Chain) -> None:
    source = adopted(
        plain_pg,
        """op.create_table("pages", sa.Column("id", sa.Integer, primary_key=True))
op.execute("ALTER TABLE pages ADD CONSTRAINT own CHECK (id > 0) NO INHERIT")
op.execute("ALTER TABLE pages ADD CONSTRAINT new CHECK (id > 1) NOT VALID")
""",
    )

    assert "CheckConstraint('id > 0', name='own')" in source
    assert "CheckConstraint('id > 1', name='new')" in source


# The law: whatever our chain made, the compare after adoption is empty

TYPES: list[sa.types.TypeEngine[Any]] = [
    sa.Integer(),
    sa.BigInteger(),
    sa.String(20),
    sa.Text(),
    sa.Boolean(),
    sa.Date(),
    sa.DateTime(timezone=True),
    sa.Float(),
    sa.Numeric(8, 3),
    sa.JSON(),
    sa.LargeBinary(),
    sa.Uuid(),
    sa.Enum("x", "y", "it's", name="kind"),
]
odd = st.one_of(
    st.sampled_from(
        ["metadata", "registry", "class", "uuid", "datetime", "Base", "auth", "str", "__doc__", "text", "Text"]
    ),
    st.text("ab_ C'%2é", min_size=1, max_size=8),
)
column = st.fixed_dictionaries(
    {
        "type": st.sampled_from(TYPES),
        "nullable": st.booleans(),
        "index": st.booleans(),
        "unique": st.booleans(),
        "primary_key": st.sampled_from([False, False, False, True]),
        "key": st.sampled_from([None, None, None, "ours", "theirs"]),
        "ondelete": st.sampled_from([None, "CASCADE", "SET NULL", "NO ACTION"]),
        "default": st.sampled_from([None, None, "a", "it's 10% :x"]),
    }
)
Shape = dict[str, dict[str, dict[str, Any]]]


def folded(shapes: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Names that SQLite tells apart: it does not see the case of letters."""
    return shapes.map(lambda each: {name: each[name] for name in {name.lower(): name for name in each}.values()})


columns = folded(st.dictionaries(odd.filter(lambda name: name.lower() != "id"), column, max_size=5))
# Alembic asks PostgreSQL for a sequence by a name that is quoted twice, and fails, where a table's name holds a quote.
tables = odd.filter(lambda name: name.lower() not in Story.THEIRS and "'" not in name)
shapes = folded(st.dictionaries(tables, columns, min_size=1, max_size=3))


def built(shape: Shape, user_id: sa.Column[Any]) -> sa.MetaData:
    metadata = sa.MetaData(
        naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
    )
    for name, described in shape.items():
        table = sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        first = metadata.tables[next(iter(shape))]
        for number, (column_name, each) in enumerate(described.items()):
            text = isinstance(each["type"], (sa.String, sa.Text)) and not isinstance(each["type"], sa.Enum)
            arguments: list[Any] = [each["type"]]
            if each["key"] == "ours":
                arguments = [sa.Integer(), sa.ForeignKey(first.c.id, ondelete=each["ondelete"])]
            elif each["key"] == "theirs":
                arguments = [sa.ForeignKey(user_id, ondelete=each["ondelete"])]
            made = sa.Column(
                column_name,
                *arguments,
                nullable=each["nullable"] and not each["primary_key"],
                primary_key=each["primary_key"] and not isinstance(each["type"], sa.JSON) and table is not first,
                server_default=each["default"] if text and not each["key"] else None,
            )
            table.append_column(made)
            if not isinstance(each["type"], sa.JSON):
                if each["index"]:
                    sa.Index(f"ix{number}_{name}", made)
                if each["unique"]:
                    table.append_constraint(sa.UniqueConstraint(made))
    return metadata


def adopt_all(folder: Path, database: Database, shape: Shape) -> None:
    auth = better_auth()
    with database.connect() as connection:
        auth.create_all(connection)
    chain = Chain(folder / "chain", database)
    # What was made by hand before anybody judged its keys.
    unjudged = dict.fromkeys(["AGR108", "AGR110", "AGR111", "AGR112", "AGR113", "AGR114"], "off")
    guard = Guard(built(shape, auth["user"].c.id), rules=unjudged)  # type: ignore[arg-type]
    chain.revision(guard)
    chain.upgrade(guard)

    source = printed(chain)

    metadata = imported(source).Base.metadata
    assert {table.name for table in metadata.tables.values()} == set(shape), source
    assert chain.diffs(Guard(metadata, configure={"compare_server_default": True})) == [], source


@given(shape=shapes)
def test_whatever_was_made_is_adopted_without_a_difference_on_sqlite(shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        adopt_all(Path(folder), sqlite_database(Path(folder) / "law.db"), shape)


@settings(max_examples=max(8, settings.default.max_examples // 3))
@given(shape=shapes)
def test_whatever_was_made_is_adopted_without_a_difference_on_postgresql(server: PostgreSQL, shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder, server.database() as database:
        adopt_all(Path(folder), database, shape)
