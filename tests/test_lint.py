"""`lint`: what a hand-written migration or model does to others' tables, found in its file before it runs.

Costs 15 s on two cores, most of it real migrations that the fence stops.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from jsonschema import Draft202012Validator
from sqlalchemy.exc import DBAPIError

from alembic_guard import Diagnostic, ExternalTables, Guard, GuardError, lint_models
from alembic_guard._report import SCHEMA, as_github, as_json, as_text
from alembic_guard.cli import main
from alembic_guard.presets import better_auth
from tests.kit import ROOT, Chain, Database

GOLDEN = ROOT / "tests" / "golden" / "lint"

ENV = """
from alembic_guard import Allow, Guard, run_migrations

run_migrations(Guard("app.models:Base.metadata", url="postgresql://db/app"))
"""
MODELS = """
from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from alembic_guard.presets import better_auth

auth = better_auth(plugins=["organization"])


class Base(DeclarativeBase):
    pass


class Profile(Base):
    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Uuid,
        ForeignKey(auth["user"].c.id),
    )
    team_id: Mapped[str] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    first_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)
    last_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"))


Index("ix_profiles_last_id", Profile.last_id)
"""
HEAD = """
import sqlalchemy as sa
from alembic import op

revision = "{}"
down_revision = None
"""
REVISION = (
    HEAD.format("0001")
    + """
THEIRS = "user"


def upgrade():
    op.add_column(THEIRS, sa.Column("nickname", sa.Text()))
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Uuid()),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
    )
    op.create_foreign_key(
        "fk_chats_user", "chats", "user", ["user_id"], ["id"], ondelete="CASCADE"
    )
    op.execute(
        '''
        ALTER TABLE chats ADD CONSTRAINT fk_chats_editor
        FOREIGN KEY (editor_id) REFERENCES "user" (id) ON DELETE NO ACTION
        '''
    )


def downgrade():
    op.drop_column(THEIRS, "nickname")
"""
)


def project(folder: Path, files: Mapping[str, str]) -> Config:
    """A project in a folder, and its configuration."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    ini = "[alembic]\nscript_location = alembic\nprepend_sys_path = .\npath_separator = os\n"
    (folder / "alembic.ini").write_text(ini, encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", str(folder / "alembic"))
    return config


WHOLE = {
    "alembic/env.py": ENV,
    "alembic/versions/0001_notes.py": REVISION,
    "app/__init__.py": "",
    "app/models.py": MODELS,
}


def linted(folder: Path, files: Mapping[str, str], **given: object) -> list[Diagnostic]:
    """The findings of a whole project."""
    config = project(folder, files)
    return lint_models([folder], config=config, **given)  # type: ignore[arg-type]


def where(found: list[Diagnostic]) -> list[tuple[str, str, int | None]]:
    """Code, file and line."""
    return [(each.code, Path(str(each.location.path)).name, each.location.line) for each in found]


# The whole project, in each format


@pytest.mark.parametrize("format", ["text", "json", "github"])
def test_a_project_by_hand_in_each_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    found = linted(tmp_path, WHOLE)

    shown = {"text": as_text, "json": as_json, "github": as_github}[format](found) + "\n"
    golden = GOLDEN / f"project.{format}.txt"
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


def test_each_annotation_stands_at_the_line_that_its_finding_is_about(tmp_path: Path) -> None:
    found = linted(tmp_path, WHOLE)

    lines = {name: text.lstrip("\n").splitlines() for name, text in WHOLE.items()}
    at = {
        (each.code, str(each.location.object)): lines[str(Path(str(each.location.path)).relative_to(tmp_path))][
            (each.location.line or 0) - 1
        ].strip()
        for each in found
    }
    assert at == {
        ("AGR101", "profiles.user_id"): 'ForeignKey(auth["user"].c.id),',
        ("AGR110", "profiles.user_id"): 'ForeignKey(auth["user"].c.id),',
        ("AGR112", "profiles.user_id"): 'ForeignKey(auth["user"].c.id),',
        ("AGR112", "profiles.team_id"): lines["app/models.py"][19].strip(),
        ("AGO120", "user"): 'op.drop_column(THEIRS, "nickname")',
        ("AGR101", "notes.user_id"): 'sa.ForeignKeyConstraint(["user_id"], ["user.id"]),',
        ("AGR110", "notes.user_id"): 'sa.ForeignKeyConstraint(["user_id"], ["user.id"]),',
        ("AGR112", "notes.user_id"): 'sa.ForeignKeyConstraint(["user_id"], ["user.id"]),',
        ("AGL101", "user"): "op.execute(",
        ("AGR110", "chats.editor_id"): "op.execute(",
    }
    assert lines["app/models.py"][19].strip().startswith("team_id:")


def test_paths_of_annotations_begin_at_the_checkout_wherever_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend").mkdir()
    monkeypatch.chdir(tmp_path / "backend")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    source = HEAD.format("0001") + "def upgrade():\n    op.drop_table('session')\n"

    (found,) = linted(
        tmp_path / "backend", {**WHOLE, "alembic/versions/0001_notes.py": source, "app/models.py": MODELS[:300]}
    )

    assert as_github([found]).startswith("::error file=backend/alembic/versions/0001_notes.py,line=7,title=AGO120 ")


def test_what_github_would_take_for_its_own_is_escaped() -> None:
    from alembic_guard import Location, Severity

    each = Diagnostic("AGN101", Severity.WARNING, Location("a,b", "x:y,z.py", 3), "100 %\nmore", "do: it", "slug")

    assert as_github([each]) == (
        "::warning file=x%3Ay%2Cz.py,line=3,title=AGN101 slug::a,b: 100 %25%0Amore%0Ahint: do: it"
    )


def test_json_is_as_its_published_schema_says(tmp_path: Path) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    Draft202012Validator.check_schema(validator.schema)

    report = json.loads(as_json(linted(tmp_path, WHOLE)))

    assert list(validator.iter_errors(report)) == []
    assert report["version"] == validator.schema["properties"]["version"]["const"]
    described = validator.schema["$defs"]["diagnostic"]["properties"]
    assert {name for each in report["diagnostics"] for name in each} == set(described)
    for spoil in (
        lambda each: each.pop("line"),
        lambda each: each.update(severity="bad"),
        lambda each: each.update(line=0),
    ):
        broken = json.loads(json.dumps(report))
        spoil(broken["diagnostics"][0])
        assert list(validator.iter_errors(broken)) != []


# What the fence stops, lint finds

STOPPED = {
    "an operation": "op.add_column('user', sa.Column('a', sa.Integer()))",
    "a name in a constant": "name = 'us' + 'er'\nop.drop_column(name, 'name')",
    "a batch": "with op.batch_alter_table('session') as batch:\n    batch.add_column(sa.Column('a', sa.Integer()))",
    "a loop": "for name in ('account', 'verification'):\n    op.execute(f'DROP TABLE {name}')",
    "a helper": "def rename(old, new):\n    op.rename_table(old, new)\nrename('account', 'accounts')",
    "an index": "op.create_index('ix', 'user', ['name'])",
    "raw SQL": "op.execute('ALTER TABLE \"session\" ADD COLUMN a INTEGER')",
    "a text": "op.get_bind().execute(sa.text('DELETE FROM verification'))",
    "rows": "op.execute('UPDATE session SET token = 1')",
    "an expression": "op.execute(sa.table('account', sa.column('scope')).update().values(scope='a'))",
    "a bulk insert": "op.bulk_insert(sa.table('verification', sa.column('id')), [{'id': 'a'}])",
    "two statements": "op.execute('CREATE TABLE a (id INTEGER)')\nop.execute('DROP TABLE verification')",
}
LET_THROUGH = {
    "a table of ours": "op.create_table('user_notes', sa.Column('user', sa.Integer()))",
    "a key with all it needs": (
        "op.create_table('notes', sa.Column('user_id', sa.String(36), sa.ForeignKey('user.id', ondelete='CASCADE'), index=True))"
    ),
    "what is only read": "op.get_bind().execute(sa.text('SELECT * FROM \"user\"')).all()",
    "a word in a text": "op.create_table('words', sa.Column('id', sa.Integer(), comment='user and session'))",
    "rows of ours from theirs": (
        "op.create_table('ids', sa.Column('id', sa.String(36)))\nop.execute('INSERT INTO ids SELECT id FROM verification')"
    ),
}


def by_hand(chain: Chain, upgrade: str) -> list[Diagnostic]:
    """A revision's findings, found in its file."""
    chain.write("0001", upgrade)
    return lint_models([chain.versions], dialect=chain.database.dialect, external=[better_auth()])


@pytest.mark.parametrize("upgrade", STOPPED.values(), ids=list(STOPPED))
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_what_the_fence_stops_is_found_before_it_runs(chain: Chain, database: Database, upgrade: str) -> None:
    database.load(database.better_auth())

    found = by_hand(chain, upgrade)

    assert {each.code for each in found} == {"AGO120"}
    with pytest.raises(GuardError, match=r"^AGO12[01] "):
        chain.upgrade(Guard(sa.MetaData(), external=[better_auth()]))


@pytest.mark.parametrize("upgrade", LET_THROUGH.values(), ids=list(LET_THROUGH))
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_what_the_fence_lets_through_is_no_finding(chain: Chain, database: Database, upgrade: str) -> None:
    database.load(database.better_auth())

    found = by_hand(chain, upgrade)

    assert [each.code for each in found if each.code != "AGN107"] == []
    chain.upgrade(Guard(sa.MetaData(), external=[better_auth()]))


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("type_", ["sa.Uuid()", "sa.Integer()", "sa.String(36)", "sa.Text()", "sa.CHAR(36)"])
def test_a_key_has_a_wrong_type_exactly_where_the_database_refuses_it(
    chain: Chain, database: Database, type_: str
) -> None:
    database.load(database.better_auth())
    key = "sa.ForeignKeyConstraint(['user_id'], ['user.id'], ondelete='CASCADE')"
    table = f"op.create_table('notes', sa.Column('user_id', {type_}, primary_key=True), {key})"

    found = [each.code for each in by_hand(chain, table) if each.code.startswith("AGR")]

    refused = False
    try:
        chain.upgrade(Guard(sa.MetaData(), external=[better_auth()]))
    except (DBAPIError, GuardError):
        refused = True
    if database.dialect == "mariadb" and type_ == "sa.Text()":
        assert refused  # MariaDB wants a length for a key of TEXT before it looks at what it refers to
    assert found == (["AGR101"] if refused else [])


# Keys in raw SQL

SQL_KEYS = {
    'CREATE TABLE n (id int PRIMARY KEY, u text REFERENCES "user" (id) ON DELETE SET NULL)': ["AGR112"],
    'CREATE TABLE n (u text PRIMARY KEY REFERENCES "user" ON DELETE CASCADE)': [],
    'CREATE TABLE n (u text, FOREIGN KEY (u) REFERENCES "user" (id), UNIQUE (u))': ["AGR110"],
    'CREATE TABLE n (u uuid NOT NULL UNIQUE REFERENCES public."user" (id) ON DELETE CASCADE)': ["AGR101"],
    'CREATE TABLE n (u character varying(36) UNIQUE REFERENCES "user" ON DELETE CASCADE, n numeric(8, 2) DEFAULT (1 + 2))': [],
    'ALTER TABLE n ADD COLUMN u text REFERENCES "user" (id) ON DELETE CASCADE': ["AGR112"],
    'ALTER TABLE n ADD u text REFERENCES "user" ON DELETE CASCADE; CREATE INDEX i ON n USING btree (u DESC)': [],
    'ALTER TABLE n ADD CONSTRAINT c FOREIGN KEY (u) REFERENCES "user" (id) ON DELETE CASCADE': ["AGL101"],
    'ALTER TABLE n ADD CONSTRAINT c FOREIGN KEY (u) REFERENCES "user" (id) ON DELETE CASCADE NOT VALID': [],
    'ALTER TABLE ONLY n ADD FOREIGN KEY (u) REFERENCES "user" (id) ON DELETE RESTRICT NOT VALID': ["AGR110"],
    "CREATE TABLE n (u text REFERENCES others (id))": [],
}


@pytest.mark.parametrize("sql", SQL_KEYS, ids=range(len(SQL_KEYS)))
def test_keys_in_raw_sql(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "0001.py"
    path.write_text(HEAD.format("0001") + f"def upgrade():\n    op.execute({sql!r})\n", encoding="utf-8")

    found = lint_models([path], dialect="postgresql", external=[better_auth()])

    assert [each.code for each in found] == SQL_KEYS[sql]


def test_an_index_that_another_line_of_the_revision_makes_is_seen_and_one_of_another_file_is_not_missed(
    tmp_path: Path,
) -> None:
    key = "op.create_foreign_key('k', 'notes', 'user', ['user_id'], ['id'], ondelete='CASCADE', postgresql_not_valid=True)"
    column = "op.add_column('notes', sa.Column('user_id', sa.Text()))"
    index = "op.create_index('i', 'notes', ['user_id', 'id'])"
    partial = "op.create_index('i', 'notes', ['user_id'], postgresql_where=sa.text('user_id > 5'))"

    def codes(*lines: str) -> list[str]:
        path = tmp_path / "0001.py"
        path.write_text(HEAD.format("0001") + "def upgrade():\n" + "".join(f"    {line}\n" for line in lines))
        return [each.code for each in lint_models([path], dialect="postgresql", external=[better_auth()])]

    assert codes(column, key, index) == []
    assert codes(column, key) == ["AGR112"]
    assert codes(column, key, partial) == ["AGR112"]
    assert codes(key) == []


# Names


def test_names_that_a_migration_gives_are_held_against_the_database(tmp_path: Path) -> None:
    long = "n" * 64
    body = f"""
        def upgrade():
            op.create_table("order", sa.Column("id", sa.Integer()), sa.UniqueConstraint("id", name="{long}"))
            op.create_index(op.f("ix_{long}"), "orders", ["id"])
            op.rename_table("orders", "{long}")
            with op.batch_alter_table("orders") as batch_op:
                batch_op.alter_column("a", new_column_name="{long}")
                batch_op.create_foreign_key("{long}", "others", ["a"], ["id"])
            op.drop_index("ix_{long}", "orders")
        """
    (tmp_path / "0001.py").write_text(HEAD.format("0001") + textwrap.dedent(body), encoding="utf-8")

    found = where(lint_models([tmp_path], dialect="postgresql"))

    assert found == [
        ("AGN101", "0001.py", 9),
        ("AGN107", "0001.py", 9),
        ("AGN101", "0001.py", 10),
        ("AGN101", "0001.py", 11),
        ("AGN101", "0001.py", 13),
        ("AGN101", "0001.py", 14),
    ]


# Models


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("mapped_column(ForeignKey('user.id', ondelete='CASCADE'), index=True)", []),
        ("mapped_column(ForeignKey('user.id', ondelete='CASCADE'), primary_key=True)", []),
        ("mapped_column(ForeignKey('user.id'), unique=True)", ["AGR110"]),
        ("mapped_column(ForeignKey('user.id', ondelete='restrict'), index=True)", ["AGR110"]),
        ("mapped_column(ForeignKey('user.id', ondelete=action()), index=True)", []),
        ("mapped_column(Integer, ForeignKey('user.id', ondelete='CASCADE'), index=True)", ["AGR101"]),
        ("mapped_column(String(36), ForeignKey('user.id', ondelete='CASCADE'), index=True)", []),
        ("mapped_column('u', ForeignKey(auth['user'].c['id'], ondelete='CASCADE'))", ["AGR112"]),
        ("mapped_column(FK)\n    __table_args__ = (Index('ix', key.desc()),)", []),
        ("mapped_column(FK)\n    __table_args__ = (Index('ix', text('key DESC NULLS LAST')),)", []),
        ("mapped_column(FK)\n    __table_args__ = (Index('ix', text('lower(key)')),)", ["AGR112"]),
        ("Column(ForeignKey(AUTH_USER, ondelete='CASCADE'))", ["AGR112"]),
        ("mapped_column(ForeignKey('others.id'))", []),
        ("mapped_column(ForeignKey(of_settings()))", []),
    ],
)
@pytest.mark.parametrize("everything", [False, True], ids=["import names", "import *"])
def test_keys_of_a_model(tmp_path: Path, column: str, expected: list[str], everything: bool) -> None:
    source = """
        from sqlalchemy import Column, ForeignKey, Index, Integer, String, text
        from sqlalchemy.orm import DeclarativeBase, mapped_column
        from alembic_guard.presets import better_auth
        auth = better_auth()
        AUTH_USER = "user" + ".id"
        FK = ForeignKey("user.id", ondelete="CASCADE")
        class Base(DeclarativeBase): ...
        class Note(Base):
            __tablename__ = "notes"
            id = mapped_column(Integer, primary_key=True)
        """
    written = textwrap.dedent(source) + f"    key = {column}\n"
    if everything:
        written = re.sub(r"from (sqlalchemy[.\w]*) import .*", r"from \1 import *", written)
    (tmp_path / "models.py").write_text(written, encoding="utf-8")

    found = lint_models([tmp_path], dialect="postgresql", external=[better_auth()])

    assert [each.code for each in found] == expected
    assert {each.location.line for each in found} <= {7, 12}


TARGETS = """
from sqlalchemy import ForeignKey, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from alembic_guard import external
from alembic_guard.presets import better_auth
auth = better_auth()
class Base(DeclarativeBase):
    metadata = MetaData({schema})
class Theirs(Base):
    __table__ = auth["user"]
class Marked(Base):
    __tablename__ = "{marked}"
    __table_args__ = {{"info": external("better-auth")}}
    id: Mapped[str] = mapped_column(primary_key=True)
class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    key = mapped_column({key}, index=True)
"""


@pytest.mark.parametrize(
    ("key", "schema", "expected"),
    [
        ("ForeignKey(Theirs.id)", "", ["AGR110"]),
        ("Integer, ForeignKey(Theirs.id, ondelete='CASCADE')", "", ["AGR101"]),
        ("ForeignKey(Marked.id)", "", ["AGR110"]),
        ("ForeignKey('user.id')", "", ["AGR110"]),
        ("ForeignKey('user.id')", "schema='crm'", []),
        ("ForeignKey(auth['user'].c.id)", "schema='crm'", ["AGR110"]),
        ("ForeignKey('public.user.id')", "schema='crm'", ["AGR110"]),
        ("ForeignKey(Note.id)", "", []),
    ],
)
def test_targets_of_keys_by_class_and_in_the_schema_of_a_metadata(
    tmp_path: Path, key: str, schema: str, expected: list[str]
) -> None:
    text = TARGETS.format(key=key, schema=schema, marked="session")
    (tmp_path / "models.py").write_text(text, encoding="utf-8")

    found = lint_models([tmp_path], dialect="postgresql", external=[better_auth()])

    assert [each.code for each in found if each.code.startswith("AGR")] == expected


def test_table_arguments_tables_sqlmodel_and_flask_are_read(tmp_path: Path) -> None:
    files = {
        "args.py": """
            from sqlalchemy import Column, ForeignKeyConstraint, Index, Text
            from sqlalchemy.orm import DeclarativeBase
            class Base(DeclarativeBase): ...
            class Note(Base):
                __tablename__ = "notes"
                id = Column(Text, primary_key=True)
                user_id = Column(Text)
                __table_args__ = (
                    ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
                    Index("ix", "user_id"),
                )
            """,
        "flask.py": """
            from flask_sqlalchemy import SQLAlchemy
            db = SQLAlchemy()
            class Post(db.Model):
                id = db.Column(db.Integer, primary_key=True)
                user_id = db.Column(db.Integer, db.ForeignKey("user.id", ondelete="CASCADE"), index=True)
            """,
        "models.py": """
            from sqlmodel import Field, SQLModel
            class Card(SQLModel, table=True):
                id: int = Field(primary_key=True)
                user_id: str = Field(foreign_key="user.id", ondelete="CASCADE")
            """,
        "tables.py": """
            from sqlalchemy import Column, ForeignKey, MetaData, Table, Text
            links = Table("links", MetaData(), Column("user_id", Text, ForeignKey("user.id"), primary_key=True))
            """,
    }
    project(tmp_path, files)

    found = lint_models([tmp_path], dialect="postgresql", external=[better_auth()])

    assert where(found) == [("AGR101", "flask.py", 5), ("AGR112", "models.py", 4), ("AGR110", "tables.py", 2)]


# Who owns what


def drops(table: str, name: str = "0001") -> str:
    return HEAD.format(name) + f"def upgrade():\n    op.drop_table({table!r})\n"


GUARDS = {
    "a preset": ("Guard('m:x', external=[better_auth()])", "user"),
    "a preset with a plugin": ("Guard('m:x', external=[better_auth(plugins=PLUGINS)])", "passkey"),
    "names": ("Guard('m:x', external=[ExternalTables('queue', ['jobs'])])", "jobs"),
    "a pattern": ("Guard('m:x', external=[ExternalTables('queue', patterns=['q_*'])])", "q_jobs"),
    "a table": ("Guard('m:x', external=[ExternalTables('q', [Table('t', MetaData(), Column('id', Text))])])", "t"),
    "a schema": ("Guard('m:x', external=[ExternalTables('q', [TableName('public', 'jobs')])])", "jobs"),
    "a contract file": ("Guard('m:x', external=[ExternalTables.load('contracts/queue.json')])", "jobs"),
    "a module beside it": ("Guard('m:x', external=OTHERS)", "jobs"),
    "Django's": ("Guard('m:x', external=[presets.django(['shop'])])", "shop_order"),
}


@pytest.mark.parametrize(("guard", "theirs"), GUARDS.values(), ids=list(GUARDS))
def test_owners_are_read_in_env_py_which_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guard: str, theirs: str
) -> None:
    env = """
        from alembic import context
        from sqlalchemy import Column, MetaData, Table, Text
        from alembic_guard import ExternalTables, Guard, TableName, configure_options, presets
        from alembic_guard.presets import better_auth
        from owners import OTHERS
        PLUGINS = ["passkey"]
        open("/nonexistent")  # it would fail if it ran
        """
    run = f"""
        def run_migrations_online():
            context.configure(**configure_options({guard}, connection=None))
        run_migrations_online()
        """
    (tmp_path / "contracts").mkdir()
    ExternalTables("queue", ["jobs"]).save(tmp_path / "contracts" / "queue.json")
    monkeypatch.chdir(tmp_path)
    files = {
        "alembic/env.py": textwrap.dedent(env) + textwrap.dedent(run),
        "alembic/owners.py": "from alembic_guard import ExternalTables\nOTHERS = [ExternalTables('queue', ['jobs'])]\n",
        "alembic/versions/0001.py": drops(theirs),
        "alembic/versions/0002.py": drops("ours", "0002"),
    }

    found = linted(tmp_path, files)

    assert where(found) == [("AGO120", "0001.py", 7)]


def test_owners_stand_beside_the_models_that_the_guard_names(tmp_path: Path) -> None:
    files = {
        "alembic/env.py": ENV,
        "app/__init__.py": "",
        "app/auth.py": "from alembic_guard.presets import better_auth\nauth = better_auth()\n",
        "app/models/__init__.py": "",
        "app/models/theirs.py": """
            from alembic_guard import external
            from app.base import Base
            class Job(Base):
                __tablename__ = "jobs"
                __table_args__ = {"info": external("queue")}
            """,
        "alembic/versions/0001.py": drops("user"),
        "alembic/versions/0002.py": drops("jobs", "0002"),
    }

    found = linted(tmp_path, {**files, "app/models.py": ""})
    alone = lint_models([tmp_path / "alembic" / "versions" / "0002.py"], config=project(tmp_path, files))

    assert where(found) == [("AGO120", "0001.py", 7), ("AGO120", "0002.py", 7)]
    assert where(alone) == [("AGO120", "0002.py", 7)]


@pytest.mark.parametrize(
    "external", ["of_settings()", "[ExternalTables('q', names())]", "[ExternalTables.reflect(c, 'q', ['t'])]"]
)
def test_owners_that_cannot_be_read_are_told_and_left_alone(tmp_path: Path, external: str) -> None:
    env = f"""
        from alembic_guard import ExternalTables, Guard, run_migrations
        from app.settings import of_settings, names
        run_migrations(Guard("app.models:Base.metadata", external={external}))
        """

    found = linted(tmp_path, {"alembic/env.py": env, "alembic/versions/0001.py": drops("jobs")})
    named = linted(tmp_path, {}, external=[ExternalTables("queue", ["jobs"])])

    assert {each.code for each in found} == {"AGO130"}
    assert [each.code for each in named if each.code != "AGO130"] == ["AGO120"]


def test_of_several_guards_with_other_owners_none_is_taken_for_the_others(tmp_path: Path) -> None:
    env = """
        from alembic_guard import Guard, run_migrations
        from alembic_guard.presets import better_auth, django
        run_migrations({"one": Guard("a:x", external=[better_auth()]), "two": Guard("b:x", external=[django()])})
        """

    found = linted(tmp_path, {"alembic/env.py": env, "alembic/versions/0001.py": drops("user")})

    assert where(found) == [("AGO130", "env.py", 3)]
    assert "several Guards with different owners" in found[0].message


def test_what_the_guard_allows_weighs_and_creates_is_respected(tmp_path: Path) -> None:
    env = """
        from alembic_guard import Allow, Guard, run_migrations
        from alembic_guard.presets import better_auth
        run_migrations(Guard(
            "app.models:Base.metadata",
            external=[better_auth(created_by="alembic")],
            allow=[Allow("0001", "user", reason="agreed")],
            rules={"AGR110": "off"},
        ))
        """
    files = {
        "alembic/env.py": env,
        "alembic/versions/0001.py": drops("user"),
        "alembic/versions/0002.py": drops("user", "0002"),
        "alembic/versions/0003.py": HEAD.format("0003") + "def upgrade():\n    op.create_table('session')\n",
        "alembic/versions/0004.py": HEAD.format("0004")
        + "def upgrade():\n    op.create_table('n', sa.Column('u', sa.Text(), sa.ForeignKey('user.id')))\n",
    }

    found = linted(tmp_path, files)

    assert where(found) == [("AGO120", "0002.py", 7)]


def test_a_line_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    source = HEAD.format("0001") + "def upgrade():\n    op.execute(open('x.sql').read())\n"

    found = linted(tmp_path, {**WHOLE, "app/models.py": MODELS[:300], "alembic/versions/0001_notes.py": source})

    assert where(found) == [("AGO110", "0001_notes.py", 7)]


@pytest.mark.parametrize(
    ("name", "head", "code"),
    [
        ("0001.py", HEAD.format("0001") + "def upgrade():\n    for a in range(1000):\n        ", "AGO110"),
        ("models.py", "from sqlalchemy import Column, ForeignKey\nfor a in range(1000):\n    ", "AGN115"),
    ],
)
def test_a_file_that_takes_too_many_steps_is_told(tmp_path: Path, name: str, head: str, code: str) -> None:
    source = f"{head}for b in range(1000): x = str(a) + str(b) + 'user'\n"
    (tmp_path / name).write_text(source, encoding="utf-8")

    found = lint_models([tmp_path], external=[better_auth()])

    assert [each.code for each in found] == [code]
    assert "too many steps" in found[0].message


# Suppressions


def suppressed(folder: Path, line: str, **given: object) -> list[tuple[str, str, int | None]]:
    source = HEAD.format("0001") + f"def upgrade():\n    {line}\n"
    return where(
        linted(folder, {**WHOLE, "app/models.py": MODELS[:300], "alembic/versions/0001_notes.py": source}, **given)
    )


def test_a_suppression_with_a_reason_silences_and_one_that_does_nothing_is_told(tmp_path: Path) -> None:
    drop = "op.drop_table('user')"

    assert suppressed(tmp_path, f"{drop}  # guard: ignore[AGO120] agreed with the auth team") == []
    assert suppressed(tmp_path, f"{drop}  # guard: ignore[AGO120]") == [
        ("AGO120", "0001_notes.py", 7),
        ("AGS101", "0001_notes.py", 7),
    ]
    assert suppressed(tmp_path, "op.drop_table('ours')  # guard: ignore[AGO120] was theirs") == [
        ("AGS102", "0001_notes.py", 7)
    ]
    assert suppressed(tmp_path, "op.drop_table('ours')  # guard: ignore[AGX999] misspelt") == [
        ("AGS102", "0001_notes.py", 7)
    ]
    assert suppressed(tmp_path, "# guard: ignore[AGO120] was theirs\n\n    op.drop_table('ours')") == [
        ("AGS102", "0001_notes.py", 7)
    ]


def test_a_suppression_of_what_only_the_compare_finds_is_not_called_unused(tmp_path: Path) -> None:
    models = MODELS.replace(
        "id: Mapped[int]", "# guard: ignore[AGR105, AGR107, AGR112] the key moves\n    id: Mapped[int]"
    )

    found = linted(tmp_path, {**WHOLE, "app/models.py": models, "alembic/versions/0001_notes.py": drops("ours")})

    assert "AGS102" not in {each.code for each in found}


# Only what differs from a ref; exit codes


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A git checkout with the project, committed; `git(...)` runs there."""
    project(tmp_path, {**WHOLE, "app/models.py": MODELS[:300]})
    monkeypatch.chdir(tmp_path)

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.co", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout

    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "a")
    git("checkout", "-q", "-b", "branch")
    return git


def ran(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        main(["lint", *arguments])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, capfd.readouterr().out


def test_only_files_that_differ_from_where_the_branch_left_the_ref(
    checkout: Callable[..., str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "def upgrade():\n    op.create_table('n', sa.Column('u', sa.Text(), sa.ForeignKey('user.id'), primary_key=True))\n"
    versions = tmp_path / "alembic" / "versions"

    assert ran(capfd, "--diff-base", "main") == (0, "No findings.\n")
    (versions / "0002.py").write_text(HEAD.format("0002") + key)  # not even added
    untracked = ran(capfd, "--diff-base", "main")
    checkout("add", "-A")
    checkout("commit", "-q", "-m", "b")
    committed = ran(capfd, "--diff-base", "main", "--format", "json")
    checkout("rm", "-q", "alembic/versions/0001_notes.py")
    removed = ran(capfd, "--diff-base", "main")

    assert untracked[0] == committed[0] == removed[0] == 4
    assert untracked[1].startswith("AGR110 error  n.u (alembic/versions/0002.py:8)\n")
    assert [each["path"] for each in json.loads(committed[1])["diagnostics"]] == ["alembic/versions/0002.py"]
    assert removed == untracked


def test_a_file_that_was_only_moved_is_the_same_and_one_of_any_name_is_found(
    checkout: Callable[..., str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    versions = tmp_path / "alembic" / "versions"
    checkout("mv", "alembic/versions/0001_notes.py", "alembic/versions/0001_moved.py")
    moved = ran(capfd, "--diff-base", "main")
    (versions / "0002 ü\n%,.py").write_text(drops("user", "0002"))
    (versions / os.fsdecode(b"0003\xff.py")).write_text(drops("user", "0003"))

    code, out = ran(capfd, "--diff-base", "main", "--format", "github")

    assert moved == (0, "No findings.\n")
    assert code == 4
    assert [line.partition(",line=")[0] for line in out.splitlines()] == [
        "::error file=alembic/versions/0002 ü%0A%25%2C.py",
        "::error file=alembic/versions/0003?.py",
    ]


def test_changed_files_are_those_of_the_paths_wherever_the_command_runs_and_whatever_leads_there(
    checkout: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "alembic" / "versions" / "0002.py").write_text(drops("user", "0002"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    link = tmp_path.parent / "link"
    link.symlink_to(tmp_path)
    (tmp_path / "docs").mkdir()
    given = ["--diff-base", "main", "--format", "github", "--external", "better-auth"]

    for folder, path in (("docs", ".."), ("docs", "../alembic"), ("docs", str(link)), ("..", str(tmp_path))):
        monkeypatch.chdir(tmp_path / folder)

        code, out = ran(capfd, path, *given)

        assert code == 4
        assert out.startswith("::error file=alembic/versions/0002.py,line=8,title=AGO120 ")
    assert ran(capfd, str(tmp_path / "app"), *given)[0] == 0


def test_a_clone_without_its_history_is_told_what_to_fetch(
    checkout: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    checkout("commit", "-q", "--allow-empty", "-m", "b")
    checkout("clone", "-q", "--depth", "1", "--origin", "up", "--no-single-branch", tmp_path.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")

    code, out = ran(capfd, "--diff-base", "up/main")

    assert code == 2
    assert "found 'up/main (no commit that both come from: the clone is shallow)'" in out
    assert "hint: git fetch up main  # " in out


def test_without_a_configuration_no_finding_is_no_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "0001.py").write_text(drops("user") + "    op.add_column('ours', sa.Column('a', sa.Text()))\n")
    monkeypatch.chdir(tmp_path)

    code, out = ran(capfd)

    assert code == 0
    assert out.startswith("AGO130 warning  0001.py\n  no configuration of Alembic here says where env.py is")


def test_a_key_of_an_old_revision_warns_and_one_of_a_new_revision_is_an_error(
    checkout: Callable[..., str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "def upgrade():\n    op.create_table('n', sa.Column('u', sa.Text(), sa.ForeignKey('user.id'), primary_key=True))\n"
    (tmp_path / "alembic" / "versions" / "0001_notes.py").write_text(HEAD.format("0001") + key)

    assert ran(capfd)[0] == 0
    assert ran(capfd, "--fail-on", "warning")[0] == 4
    assert ran(capfd, "--diff-base", "main")[0] == 4
    assert ran(capfd, "--diff-base", "main", "--fail-on", "never")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--diff-base", "nowhere"], "git fetch origin nowhere"),
        (["--external", "nobody"], "better-auth, django, drizzle, langgraph, prisma, supabase, a contract file"),
        (["nothing.py"], "a file or a folder that exists"),
        (["--diff-base", "origin/"], "git does not know it"),
        (["--diff-base", ""], "the name of a commit or branch"),
    ],
)
def test_what_could_not_be_looked_at_has_an_exit_code_of_its_own(
    checkout: Callable[..., str], capfd: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, out = ran(capfd, *arguments)

    assert code == 2
    assert out.startswith("AGE108 error  ")
    assert says in out


def test_outside_of_a_checkout_there_is_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    code, out = ran(capfd, "--diff-base", "main")

    assert code == 2
    assert "not a git repository" in out


def test_owners_given_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for n, table in enumerate(("user", "jobs", "q_jobs", "store"), 1):
        (tmp_path / f"{n}.py").write_text(drops(table, str(n)))
    ExternalTables("langgraph", ["store"]).save(tmp_path / "store.json")

    code, out = ran(
        capfd,
        "--external",
        "better-auth",
        "--external",
        "queue=jobs,q_*",
        "--external",
        "store.json",
        "--format",
        "json",
    )

    assert code == 4
    assert {(each["path"], each["object"]) for each in json.loads(out)["diagnostics"]} == {
        ("1.py", "user"),
        ("2.py", "jobs"),
        ("3.py", "q_jobs"),
        ("4.py", "store"),
    }
