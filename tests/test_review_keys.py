"""The keys of a review: what revisions leave and models declare, however they write it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql

from alembic_guard._names import TableName
from alembic_guard._review.keys import InDatabase, Keys, read_keys
from alembic_guard._types import written

HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {0!r}\n\n\n"


def read(folder: Path, *revisions: str, models: str = "", engine: str | None = None) -> Keys:
    """Keys of revisions, each the body of its upgrade() with what stands above it, and of a file of models."""
    files = []
    for number, text in enumerate(revisions, 1):
        path = folder / f"{number:04}.py"
        body = textwrap.dedent(text)
        written_out = body if "def upgrade" in body else "def upgrade():\n" + textwrap.indent(body, "    ")
        path.write_text(HEAD.format(path.stem) + written_out, encoding="utf-8")
        files.append(str(path))
    (folder / "models.py").write_text(textwrap.dedent(models), encoding="utf-8")
    return read_keys(
        files,
        [str(folder / "models.py")] if models else [],
        "postgresql",
        lambda name: name.without_default("postgresql"),
        InDatabase(engine, frozenset()) if engine else None,
    )


def told(keys: Keys) -> list[str]:
    return sorted(
        f"{each.table}.{each.column} {_type(each.type, takes=each.takes_type)} -> {each.target}.{each.target_column} {each.on_delete}"
        for each in keys.foreign
    )


def _type(type_: object, *, takes: bool = False) -> str:
    if type_ is None:
        return "its target's" if takes else "?"
    return type_ if isinstance(type_, str) else written(type_, postgresql.dialect())  # type: ignore[arg-type]


CHATS = 'op.create_table("chats", sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("user_id", sa.Uuid()))\n'
KEY = 'op.create_foreign_key("fk", "chats", "user", ["user_id"], ["id"], ondelete="CASCADE")\n'


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        ([CHATS + KEY], ["chats.user_id UUID -> user.id CASCADE"]),
        # The column is of an older revision, and so is its type.
        ([CHATS, KEY], ["chats.user_id UUID -> user.id CASCADE"]),
        (
            [CHATS, 'op.alter_column("chats", "user_id", type_=sa.Text())', KEY],
            ["chats.user_id TEXT -> user.id CASCADE"],
        ),
        # What is computed, and read all the same.
        (
            [
                """
                OWNER = "user"

                def keyed(name):
                    op.create_table(name, sa.Column("user_id", sa.Text, sa.ForeignKey(f"{OWNER}.id")))

                def upgrade():
                    for each in ("chats", "notes"):
                        keyed(each)
                """
            ],
            ["chats.user_id TEXT -> user.id ", "notes.user_id TEXT -> user.id "],
        ),
        (
            ["op.execute('CREATE TABLE chats (user_id uuid REFERENCES \"user\" ON DELETE SET NULL)')"],
            ["chats.user_id UUID -> user. SET NULL"],
        ),
        (['op.create_table("chats", sa.Column("a", mine.Own(), sa.ForeignKey("user.id")))'], ["chats.a ? -> user.id "]),
        (
            ['op.create_table("chats", sa.Column("a", sa.ForeignKey("user.id", ondelete=RULE)))'],
            ["chats.a its target's -> user.id None"],
        ),
        # Names.
        ([CHATS + KEY, 'op.rename_table("chats", "talks")'], ["talks.user_id UUID -> user.id CASCADE"]),
        (
            [CHATS + KEY, 'op.alter_column("chats", "user_id", new_column_name="owner_id")'],
            ["chats.owner_id UUID -> user.id CASCADE"],
        ),
        (
            ['op.create_table("chats", sa.Column("a", sa.Text, sa.ForeignKey("public.user.id")), schema="public")'],
            ["chats.a TEXT -> user.id "],
        ),
        # What is gone.
        ([CHATS + KEY, 'op.drop_constraint("fk", "chats")'], []),
        ([CHATS + KEY, 'with op.batch_alter_table("chats") as batch:\n    batch.drop_constraint("fk")'], []),
        ([CHATS + KEY, 'op.execute("ALTER TABLE chats DROP CONSTRAINT IF EXISTS fk")'], []),
        ([CHATS + KEY, 'op.execute("ALTER TABLE chats DROP COLUMN user_id")'], []),
        ([CHATS + KEY, 'op.drop_column("chats", "user_id")'], []),
        ([CHATS + KEY, 'op.drop_table("chats")'], []),
        ([CHATS + KEY, 'op.execute("DROP TABLE chats")'], []),
        ([CHATS + KEY, 'op.drop_table("user")'], []),
        (['op.execute("CREATE TABLE a (b text REFERENCES c (d))")', 'op.drop_constraint("a_b_fkey", "a")'], []),
        # What is gone and came again.
        ([CHATS + KEY, 'op.drop_constraint("fk", "chats")', KEY], ["chats.user_id UUID -> user.id CASCADE"]),
        ([CHATS + KEY, 'op.drop_constraint("other", "chats")'], ["chats.user_id UUID -> user.id CASCADE"]),
    ],
)
def test_keys_that_the_revisions_leave(tmp_path: Path, revisions: list[str], expected: list[str]) -> None:
    assert told(read(tmp_path, *revisions)) == expected


MODELS = """
import uuid
from fastapi_users_db_sqlalchemy.generics import GUID
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, MetaData, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlmodel import Field, SQLModel

class Base(DeclarativeBase):
    pass

class Chat(Base):
    __tablename__ = "chats"
    __table_args__ = {"schema": "app"}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    other: Mapped[str] = mapped_column(GUID, ForeignKey("user.id"))

class Part(Base):
    __tablename__ = "parts"
    __table_args__ = (ForeignKeyConstraint(["one", "two"], ["wholes.a", "wholes.b"], ondelete="CASCADE"),)
    one: Mapped[int] = mapped_column(primary_key=True)
    two: Mapped[str | None] = mapped_column()

class Mixin:
    owner: Mapped[str] = mapped_column(ForeignKey("nowhere.id"))

class Hero(SQLModel, table=True):
    id: uuid.UUID | None = Field(default=None, primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE")

Table("visits", MetaData(), Column("user_id", Text, ForeignKey("user.id")))
"""


def test_keys_and_primary_keys_that_models_declare(tmp_path: Path) -> None:
    found = read(tmp_path, models=MODELS)

    assert told(found) == [
        "app.chats.other UUID -> user.id ",
        "app.chats.user_id its target's -> user.id ",
        "hero.user_id UUID -> user.id CASCADE",
        "parts.one INTEGER -> wholes.a CASCADE",
        "parts.two VARCHAR -> wholes.b CASCADE",
        "visits.user_id TEXT -> user.id ",
    ]
    assert {str(table): {name: _type(each) for name, each in key.items()} for table, key in found.primary.items()} == {
        "app.chats": {"id": "UUID"},
        "hero": {"id": "UUID"},
        "parts": {"one": "INTEGER"},
    }


def test_primary_keys_that_revisions_make(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        CHATS,
        'op.create_table("a", sa.Column("b", sa.Integer), sa.Column("c", sa.Text), sa.PrimaryKeyConstraint("b", "c"))',
        'op.execute("CREATE TABLE d (e bigint PRIMARY KEY); CREATE TABLE f (g int, PRIMARY KEY (g))")',
        'op.drop_table("a")',
    )

    assert {table: {name: _type(each) for name, each in key.items()} for table, key in found.primary.items()} == {
        TableName(None, "chats"): {"id": "UUID"},
        TableName(None, "d"): {"e": "BIGINT"},
        TableName(None, "f"): {"g": "INT"},
    }


def test_of_one_of_several_databases_only_its_own_function_is_read(tmp_path: Path) -> None:
    both = """
        def upgrade(engine_name):
            globals()["upgrade_%s" % engine_name]()

        def upgrade_shop():
            op.create_table("chats", sa.Column("user_id", sa.Text, sa.ForeignKey("user.id")))

        def upgrade_stats():
            op.create_table("visits", sa.Column("user_id", sa.Text, sa.ForeignKey("account.id")))
        """

    assert told(read(tmp_path, both, engine="shop")) == ["chats.user_id TEXT -> user.id "]
    assert told(read(tmp_path, both, engine="stats")) == ["visits.user_id TEXT -> account.id "]
