"""Keys across the border: AGR101, AGR107 to AGR114, through real Alembic on every database. About 25 seconds."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, NewType

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlmodel import Field, SQLModel

from alembic_guard import Diagnostic, ExternalTables, Guard, GuardError, Severity
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, Chain, Database, body, statements

NAMES = {"fk": "fk_%(table_name)s_%(column_0_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
TEXT = sa.Text().with_variant(sa.String(36), "mysql", "mariadb")
auth = better_auth()


@pytest.fixture(autouse=True)
def better_auths_tables(request: pytest.FixtureRequest) -> None:
    if "database" in request.fixturenames:
        database: Database = request.getfixturevalue("database")
        database.load(core(database))


def core(database: Database) -> Path:
    return DUMPS / f"ba1.7.25_core.{ {'postgresql': 'pg', 'mariadb': 'maria'}.get(database.dialect, 'sqlite') }.sql"


def base() -> sa.MetaData:
    return sa.MetaData(naming_convention=NAMES)


def notes(key: Any, *more: Any, **options: Any) -> Guard:
    """A model with one key, `notes.user_id`."""
    metadata = base()
    sa.Table(
        "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("user_id", key, **options), *more
    )
    return Guard(metadata)


def to_user(**options: Any) -> sa.ForeignKey:
    return sa.ForeignKey(auth["user"].c.id, **options)


def found(chain: Chain, guard: Guard) -> list[Diagnostic]:
    """What `alembic revision --autogenerate` finds, errors and warnings; AGL101 is another file's."""
    told: list[Diagnostic] = []

    def listen(context: Any, revision: Any, directives: Any) -> None:
        told.extend(context.opts["alembic_guard"].diagnostics)

    try:
        chain.revision(Guard(guard.metadata, rules=guard.rules, rewriters=[listen]))
    except GuardError as error:
        assert list(chain.versions.glob("*.py")) == []
        told.extend(error.diagnostics)
    return [each for each in told if each.code[:3] == "AGR"]


def weighed(diagnostics: list[Diagnostic]) -> list[tuple[str, str, str | None]]:
    return [(each.code, each.severity.value, each.location.object) for each in diagnostics]


def error(chain: Chain, guard: Guard, code: str) -> Diagnostic:
    """The one error, which stops the command before a file is written."""
    (only,) = [each for each in found(chain, guard) if each.severity is Severity.ERROR]
    assert only.code == code, only
    return only


# Nothing to say


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_imported_classes_are_looked_through_as_often_for_many_keys_as_for_one(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of which there are ten thousand, and which are asked for where a finding names a model's line."""
    looks: list[int] = []

    class Looked(ModuleType):
        @property
        def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
            looks.append(1)
            return {}

    def looks_for(keys: int) -> int:
        metadata = base()
        for number in range(keys):
            column = sa.Column("user_id", to_user(ondelete="CASCADE"), nullable=False, index=True)
            sa.Table(f"notes{number}", metadata, sa.Column("id", sa.Integer, primary_key=True), column)
        looks.clear()
        assert len(chain.diffs(Guard(metadata))) == 2 * keys
        return len(looks)

    monkeypatch.setitem(sys.modules, "looked", Looked("looked"))

    assert looks_for(1) == looks_for(10) > 0


def test_a_key_that_says_all_is_not_spoken_of(chain: Chain) -> None:
    assert found(chain, notes(to_user(ondelete="CASCADE"), index=True)) == []
    chain.round_trip(notes(to_user(ondelete="CASCADE"), index=True))


# AGR110: what happens when the owner's row is deleted


def test_a_new_key_without_on_delete_is_an_error_and_the_hint_holds_both_lines(
    chain: Chain, database: Database
) -> None:
    only = error(chain, notes(to_user(), index=True), "AGR110")

    assert only.location.object == "notes.user_id"
    assert only.message == (
        "the key has no ON DELETE, so better-auth cannot delete a row of "
        f"{database.default_schema}.user.id that one of ours refers to"
    )
    assert only.hint == (
        'Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)  # our rows go with theirs\n'
        'or Column("user_id", ForeignKey(auth["user"].c.id, ondelete="SET NULL"), index=True)'
        "  # our rows stay, and refer to nobody"
    )


def test_a_primary_key_cannot_be_emptied_so_the_hint_does_not_offer_it(chain: Chain) -> None:
    metadata = base()
    sa.Table("notes", metadata, sa.Column("user_id", to_user(), primary_key=True))

    only = error(chain, Guard(metadata), "AGR110")

    assert "SET NULL" not in only.hint
    assert 'ondelete="CASCADE"), primary_key=True' in only.hint


@pytest.mark.parametrize("action", ["RESTRICT", "NO ACTION", "no action"])
def test_an_on_delete_that_refuses_and_was_written_by_hand_warns(chain: Chain, action: str) -> None:
    told = found(chain, notes(to_user(ondelete=action), index=True))

    assert weighed(told) == [("AGR110", "warning", "notes.user_id")]
    assert f"the key says ON DELETE {action.upper()}, so better-auth cannot delete a row" in told[0].message
    assert body(chain.read("0001")).splitlines()[1].startswith("# AGR110 notes.user_id: the key says ON DELETE")


def test_a_key_without_on_delete_that_stands_warns_and_is_no_note_in_the_next_migration(chain: Chain) -> None:
    chain.revision(Guard(notes(to_user(), index=True).metadata, rules={"AGR110": "off"}))
    guard = notes(to_user(), sa.Column("text", sa.Text), index=True)
    chain.upgrade(guard)

    source = chain.revision(guard, "0002")

    assert "AGR110" not in source
    assert "add_column" in source
    chain.upgrade(guard)
    with pytest.raises(GuardError, match=r"^AGR110 notes\.user_id"):
        chain.check(Guard(guard.metadata, rules={"AGR110": "error"}))
    chain.check(guard)


@pytest.mark.parametrize("altered", [{"nullable": False}, {"type_": sa.String(50)}], ids=["not null", "another type"])
def test_a_key_that_stands_is_no_new_one_when_its_column_is_altered(chain: Chain, altered: dict[str, Any]) -> None:
    def unnamed_key(*, type_: Any = TEXT, nullable: bool = True) -> sa.MetaData:
        metadata = sa.MetaData()
        key = sa.Column("user_id", type_, to_user(), nullable=nullable)
        sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), key)
        return metadata

    old = Guard(unnamed_key(), rules={"AGR110": "off", "AGR112": "off"})
    chain.revision(old)
    chain.upgrade(old)

    assert "alter_column" in chain.revision(Guard(unnamed_key(**altered)), "0002")


def test_a_second_key_of_a_column_leaves_the_first_as_it_stands(chain: Chain) -> None:
    old = notes(to_user(), index=True)
    chain.revision(Guard(old.metadata, rules={"AGR110": "off"}))
    chain.upgrade(old)
    second = sa.ForeignKeyConstraint(["user_id"], [auth["account"].c.id], name="second", ondelete="CASCADE")

    source = chain.revision(notes(to_user(), second, index=True), "0002")

    assert "AGR" not in source
    assert "'second'" in source


def test_the_owner_deletes_a_row_as_the_lines_promise(chain: Chain, database: Database) -> None:
    metadata = base()
    for table, action in (("gone", "CASCADE"), ("kept", "SET NULL")):
        sa.Table(
            table, metadata, sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("user_id", to_user(ondelete=action), index=True),
        )  # fmt: skip
    chain.revision(Guard(metadata))
    chain.upgrade(Guard(metadata))
    insert_user(database, "a")
    database.execute("INSERT INTO gone VALUES (1, 'a')", "INSERT INTO kept VALUES (1, 'a')")

    delete_user(database)

    assert database.rows("SELECT * FROM gone") == []
    assert database.rows("SELECT * FROM kept") == [(1, None)]


def insert_user(database: Database, id_: str) -> None:
    yes, now = (
        {"sqlite": "1", "mariadb": "1"}.get(database.dialect, "true"),
        "'2026-11-22 01:54:42'".replace(":", "\\:"),
    )
    database.execute(
        'INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") '
        f"VALUES ('{id_}', 'Ada', '{id_}@example.org', {yes}, {now}, {now})"
    )


def delete_user(database: Database, where: str = "1 = 1") -> None:
    on = ["PRAGMA foreign_keys = ON"] if database.dialect == "sqlite" else []
    database.execute(*on, f'DELETE FROM "user" WHERE {where}')


# AGR111: ... followed through our own tables


def chats(
    between: str | None, *, messages: str | None = None, parent: str | None = "CASCADE", nullable: bool = True
) -> Guard:
    """user -> chats (CASCADE) -> messages (as given), and messages -> messages."""
    metadata = base()
    sa.Table(
        "chats", metadata, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", to_user(ondelete="CASCADE"), index=True),
    )  # fmt: skip
    own = [sa.Column("user_id", to_user(ondelete=messages), index=True)] if messages else []
    sa.Table(
        "messages", metadata, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.ForeignKey("chats.id", ondelete=between), index=True, nullable=nullable),
        sa.Column("parent_id", sa.ForeignKey("messages.id", ondelete=parent), index=True), *own,
    )  # fmt: skip
    return Guard(metadata)


@pytest.mark.parametrize(
    ("guard", "last"),
    [
        (chats(None), "NO ACTION"),
        (chats("RESTRICT"), "RESTRICT"),
        (chats("SET NULL", nullable=False), "SET NULL on NOT NULL"),
    ],
    ids=["nothing", "restrict", "set null"],
)
def test_a_delete_that_is_refused_further_on_is_an_error_that_names_the_way(
    chain: Chain, database: Database, guard: Guard, last: str
) -> None:
    only = error(chain, guard, "AGR111")

    assert only.location.object == "messages.chat_id"
    assert only.message == (
        f"{database.default_schema}.user -> chats (CASCADE) -> messages ({last}): "
        "this key refuses when better-auth deletes the row at the path's beginning"
    )
    nullable = "" if "NOT NULL" not in last else ", nullable=False"
    assert only.hint == f'Column("chat_id", ForeignKey("chats.id", ondelete="CASCADE"), index=True{nullable})'
    # And it is true.
    chain.revision(Guard(guard.metadata, rules={"AGR111": "off"}))
    if database.dialect == "mariadb" and nullable:  # which refuses such a key at once
        with pytest.raises(sa.exc.OperationalError, match="errno: 150"):
            chain.upgrade(guard)
        return
    chain.upgrade(guard)
    insert_user(database, "a")
    database.execute("INSERT INTO chats VALUES (1, 'a')", "INSERT INTO messages VALUES (1, 1, NULL)")
    with pytest.raises(sa.exc.IntegrityError):
        delete_user(database)


@pytest.mark.parametrize(
    "guard", [chats("CASCADE"), chats("SET NULL"), chats("CASCADE", parent="SET NULL")], ids=["cascade", "null", "both"]
)
def test_a_delete_that_goes_through_is_not_spoken_of(chain: Chain, database: Database, guard: Guard) -> None:
    assert found(chain, guard) == []

    chain.upgrade(guard)
    insert_user(database, "a")
    database.execute("INSERT INTO chats VALUES (1, 'a')", "INSERT INTO messages VALUES (1, 1, NULL), (2, 1, 1)")
    delete_user(database)
    assert database.rows("SELECT * FROM chats") == []


BETWEEN_ALL_THAT_GO = pytest.mark.parametrize(
    "guard", [chats(None, messages="CASCADE"), chats("CASCADE", parent=None)], ids=["diamond", "self"]
)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@BETWEEN_ALL_THAT_GO
def test_a_key_between_rows_that_all_go_warns_for_it_refuses_only_across_users(
    chain: Chain, database: Database, guard: Guard
) -> None:
    told = found(chain, guard)

    assert [(each.code, each.severity) for each in told] == [("AGR111", Severity.WARNING)]
    assert "this key can refuse (where the rows belong to different ones)" in told[0].message
    chain.upgrade(guard)
    fill(database, guard)
    delete_user(database, "id = 'a'")  # all of a's rows belong to a
    assert database.rows("SELECT id FROM chats") == [(2,)]


@BETWEEN_ALL_THAT_GO
def test_on_mariadb_a_key_between_rows_that_all_go_refuses(tmp_path: Path, mariadb: Database, guard: Guard) -> None:
    mariadb.load(core(mariadb))
    chain = Chain(tmp_path / "chain", mariadb)

    error(chain, guard, "AGR111")

    chain.revision(Guard(guard.metadata, rules={"AGR111": "off"}))
    chain.upgrade(guard)
    fill(mariadb, guard)
    with pytest.raises(sa.exc.IntegrityError):
        delete_user(mariadb, "id = 'a'")


def fill(database: Database, guard: Guard) -> None:
    for user in "ab":
        insert_user(database, user)
    database.execute("INSERT INTO chats VALUES (1, 'a'), (2, 'b')", *_filler(guard))


def _filler(guard: Guard) -> list[str]:
    metadata = guard.metadata
    assert isinstance(metadata, sa.MetaData)
    if "user_id" in metadata.tables["messages"].c:
        return ["INSERT INTO messages VALUES (1, 1, NULL, 'a'), (2, 2, NULL, 'b')"]
    return ["INSERT INTO messages VALUES (1, 1, NULL), (2, 1, 1)"]


def test_a_key_of_ours_that_stands_warns_until_a_cascade_makes_its_delete_real(chain: Chain) -> None:
    plain = base()
    sa.Table("chats", plain, sa.Column("id", sa.Integer, primary_key=True), sa.Column("user_id", TEXT))
    sa.Table(
        "messages", plain, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.ForeignKey("chats.id"), index=True),
    )  # fmt: skip
    chain.revision(Guard(plain, external=[auth]))
    chain.upgrade(Guard(plain, external=[auth]))
    metadata = base()
    sa.Table(
        "chats", metadata, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", TEXT, to_user(ondelete="CASCADE"), index=True),
    )  # fmt: skip
    plain.tables["messages"].to_metadata(metadata)

    with pytest.raises(GuardError, match=r"^AGR111 messages\.chat_id"):
        chain.revision(Guard(metadata), "0002")

    chain.revision(Guard(metadata, rules={"AGR111": "off"}), "0002")
    chain.upgrade(Guard(metadata))
    chain.check(Guard(metadata))


# AGR107: the target


def test_a_key_to_columns_that_are_not_unique_is_an_error_that_names_what_is(chain: Chain, database: Database) -> None:
    guard = notes(sa.ForeignKey(auth["user"].c.name, ondelete="CASCADE"), index=True)

    only = error(chain, guard, "AGR107")

    schema = database.default_schema
    assert only.message == (
        f"the key refers to {schema}.user.name; a key needs a primary key or unique columns there, "
        f"and the database has {schema}.user.email or {schema}.user.id"
    )


def test_a_key_to_a_unique_column_may_be(chain: Chain) -> None:
    assert found(chain, notes(sa.ForeignKey(auth["user"].c.email, ondelete="CASCADE"), index=True)) == []


UNIQUE = {
    "partial": "CREATE UNIQUE INDEX uq ON \"user\" (name) WHERE name <> ''",
    "expression": 'CREATE UNIQUE INDEX uq ON "user" (lower(name))',
    "of two": 'CREATE UNIQUE INDEX uq ON "user" (name, email)',
    "deferrable": 'ALTER TABLE "user" ADD UNIQUE (name) DEFERRABLE',
}


@pytest.mark.parametrize("unique", UNIQUE)
def test_what_only_looks_unique_is_none(tmp_path: Path, postgresql: Database, unique: str) -> None:
    postgresql.load(core(postgresql))
    postgresql.execute(UNIQUE[unique])
    guard = notes(sa.ForeignKey(auth["user"].c.name, ondelete="CASCADE"), index=True)

    error(Chain(tmp_path / "chain", postgresql), guard, "AGR107")

    with pytest.raises(sa.exc.DBAPIError):
        postgresql.execute('CREATE TABLE k (x text REFERENCES "user" (name))')


def composite(*columns: str, keys: str = "PRIMARY KEY (a, b)") -> tuple[str, Guard]:
    theirs = ExternalTables(
        "crm", [sa.Table("pairs", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))]
    )
    metadata = base()
    sa.Table(
        "ours", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer), sa.Index("ix_ours", "x", "y"),
        sa.ForeignKeyConstraint(["x", "y"][: len(columns)], [theirs["pairs"].c[name] for name in columns], ondelete="CASCADE"),
    )  # fmt: skip
    return f"CREATE TABLE pairs (a INTEGER NOT NULL, b INTEGER NOT NULL, {keys})", Guard(metadata)


def test_a_key_of_several_columns_needs_them_all_in_any_order(chain: Chain, database: Database) -> None:
    table, guard = composite("b", "a")
    database.execute(table)

    if database.dialect == "mariadb":  # InnoDB wants them in the index's order
        error(chain, guard, "AGR107")
        table, guard = composite("a", "b")
    assert found(chain, guard) == []
    chain.round_trip(guard)


def test_a_part_of_their_key_is_not_unique(chain: Chain, database: Database) -> None:
    table, guard = composite("a")
    database.execute(table)

    assert error(chain, guard, "AGR107").hint.startswith(f"Refer to {database.default_schema}.pairs.a, b, or leave")


# AGR108: emptied on delete


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"nullable": False, "index": True}, "is NOT NULL"),
        ({"primary_key": True}, "is NOT NULL"),
    ],
    ids=["not null", "primary key"],
)
def test_set_null_on_a_column_that_takes_none_is_an_error(chain: Chain, options: dict[str, Any], says: str) -> None:
    only = error(chain, profile(*_id(options), ondelete="SET NULL", **options), "AGR108")

    assert f"user_profiles.user_id {says}, so a delete of the row it refers to fails" in only.message
    promised = "CASCADE" if "primary_key" in options else "SET NULL"
    assert f'ondelete="{promised}"' in only.hint
    assert "nullable=False" not in only.hint or "primary_key" in options


def _id(options: dict[str, Any]) -> list[sa.Column[Any]]:
    return [] if "primary_key" in options else [sa.Column("id", sa.Integer, primary_key=True)]


def test_set_null_on_a_generated_column_is_an_error_which_postgresql_confirms(
    tmp_path: Path, postgresql: Database
) -> None:
    postgresql.load(core(postgresql))
    metadata = base()
    sa.Table(
        "notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("raw", sa.Text),
        sa.Column("user_id", sa.Text, sa.Computed("lower(raw)", persisted=True), to_user(ondelete="SET NULL"), index=True),
    )  # fmt: skip

    assert (
        "notes.user_id is a generated column"
        in error(Chain(tmp_path / "c", postgresql), Guard(metadata), "AGR108").message
    )
    with pytest.raises(sa.exc.ProgrammingError, match="invalid ON DELETE action"), postgresql.connect() as connection:
        metadata.create_all(connection)


def test_set_default_needs_a_default(chain: Chain) -> None:
    error(chain, notes(to_user(ondelete="SET DEFAULT"), index=True, nullable=False), "AGR108")

    assert (
        found(chain, notes(to_user(ondelete="SET DEFAULT"), index=True, nullable=False, server_default="nobody")) == []
    )


# AGR109: what the model says


UserId = NewType("UserId", str)


def annotated(annotation: Any, ids: str = "text", *arguments: Any) -> Guard:
    """A class whose `user_id` is annotated so; it lives in this module, as a model in its own."""

    class Base(DeclarativeBase):
        metadata = base()

    fields = {
        "__tablename__": "notes",
        "__module__": __name__,
        "__annotations__": {"id": Mapped[int], "user_id": Mapped[annotation]},
        "id": mapped_column(primary_key=True),
        "user_id": mapped_column(
            *arguments,
            sa.ForeignKey(better_auth(ids)["user"].c.id, ondelete="CASCADE"),
            index=True,  # type: ignore[arg-type]
        ),
    }
    # As a module has it: found by its name.
    globals()["Note"] = type("Note", (Base,), fields)
    return Guard(Base.metadata)


@pytest.mark.parametrize("annotation", [int, int | None, Annotated[int, "id"]], ids=str)
def test_an_annotation_of_another_type_is_an_error_with_the_line(
    chain: Chain, database: Database, annotation: Any
) -> None:
    only = error(chain, annotated(annotation), "AGR109")

    type_ = "VARCHAR(36)" if database.dialect == "mariadb" else "TEXT"
    assert only.message == f"the model says Mapped[int]; the key is {type_}, whose values are str"
    none = " | None" if annotation == (int | None) else ""
    assert only.hint == (
        f'user_id: Mapped[str{none}] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)'
    )


@pytest.mark.parametrize("annotation", [str, str | None, Annotated[str, "id"], UserId, object, Any], ids=str)
def test_an_annotation_of_the_keys_own_type_or_of_none_that_is_known_is_not_spoken_of(
    chain: Chain, annotation: Any
) -> None:
    given = [TEXT] if annotation in (object, Any) else []

    assert found(chain, annotated(annotation, "text", *given)) == []


# AGR112, AGR113: indexes


def test_on_mariadb_nothing_is_said_of_a_key_without_an_index_for_it_makes_one(
    tmp_path: Path, mariadb: Database
) -> None:
    mariadb.load(core(mariadb))
    chain, guard = Chain(tmp_path / "chain", mariadb), notes(to_user(ondelete="CASCADE"))

    assert found(chain, guard) == []
    chain.upgrade(guard)
    assert mariadb.rows("SHOW INDEX FROM notes WHERE column_name = 'user_id'")


NO_INDEX = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@NO_INDEX
def test_a_new_key_without_an_index_is_an_error_with_the_line(chain: Chain) -> None:
    only = error(chain, notes(to_user(ondelete="CASCADE")), "AGR112")

    assert only.hint == 'Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)'


SERVED: dict[str, Any] = {
    "primary key": lambda: ([], {"primary_key": True}),
    "unique": lambda: ([sa.Column("id", sa.Integer, primary_key=True)], {"unique": True}),
    "unique constraint": lambda: ([*_two(), sa.UniqueConstraint("user_id", "text")], {}),
    "index that begins with it": lambda: ([*_two(), sa.Index("ix", "user_id", "text")], {}),
    "index of its own": lambda: ([*_two(), sa.Index("ix", "user_id")], {}),
}
INDEXES: dict[str, tuple[bool, Any]] = {
    "descending": (True, lambda user: sa.Index("ix", user.desc())),
    "descending, empty ones last": (True, lambda user: sa.Index("ix", user.desc().nulls_last(), "text")),
    "descending, by words": (True, lambda user: sa.Index("ix", sa.text("user_id DESC"), _table=user.table)),
    "of those that have one": (True, lambda user: sa.Index("ix", user, postgresql_where=user.isnot(None))),
    "the same by words": (True, lambda user: sa.Index("ix", user, sqlite_where=sa.text("user_id IS NOT NULL"))),
    "hash": (True, lambda user: sa.Index("ix", user, postgresql_using="hash")),
    "of some rows": (False, lambda user: sa.Index("ix", user, postgresql_where=user.table.c.text == "")),
    "of another's": (False, lambda user: sa.Index("ix", user, postgresql_where=user.table.c.text.isnot(None))),
    "expression": (False, lambda user: sa.Index("ix", sa.func.lower(user))),
    "expression by words": (False, lambda user: sa.Index("ix", sa.text("lower(user_id)"), _table=user.table)),
    "brin": (False, lambda user: sa.Index("ix", user, postgresql_using="brin")),
}


@pytest.mark.parametrize("case", INDEXES)
def test_an_index_serves_a_key_where_it_finds_every_row_by_equality(case: str) -> None:
    from alembic_guard._compare.indexes import is_covered

    serves, index = INDEXES[case]
    table = sa.Table("notes", base(), sa.Column("user_id", to_user()), sa.Column("text", sa.Text))
    index(table.c.user_id)

    assert is_covered(table, [table.c.user_id]) == serves


def _two() -> list[sa.Column[Any]]:
    return [sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(9))]


@pytest.mark.parametrize("served", SERVED)
def test_a_key_that_another_index_serves_is_not_spoken_of(chain: Chain, served: str) -> None:
    parts, options = SERVED[served]()

    assert [each for each in found(chain, profile(*parts, **options)) if each.severity is not Severity.INFO] == []


@NO_INDEX
def test_an_index_in_which_it_stands_behind_serves_nothing(chain: Chain) -> None:
    error(
        chain,
        notes(to_user(ondelete="CASCADE"), sa.Column("t", sa.String(9)), sa.Index("ix", "t", "user_id")),
        "AGR112",
    )


def profile(*more: Any, ondelete: str = "CASCADE", **options: Any) -> Guard:
    metadata = base()
    sa.Table("user_profiles", metadata, sa.Column("user_id", to_user(ondelete=ondelete), **options), *more)
    return Guard(metadata)


def test_the_storys_index_on_its_primary_key_is_an_error_with_the_line(chain: Chain) -> None:
    only = error(chain, profile(primary_key=True, index=True), "AGR113")

    assert only.message == "the index ix_user_profiles_user_id repeats the primary key"
    assert only.hint == (
        'Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE"), primary_key=True, nullable=False)'
        "  # without index=True"
    )


def test_an_index_that_repeats_a_unique_constraint_is_an_error(chain: Chain) -> None:
    more = [sa.Column("id", sa.Integer, primary_key=True), sa.UniqueConstraint("user_id", name="uq")]

    assert error(chain, profile(*more, index=True), "AGR113").message.endswith("repeats the unique constraint uq")


def test_one_that_stands_warns_and_a_new_one_on_a_standing_table_is_an_error(chain: Chain) -> None:
    chain.revision(profile(primary_key=True))
    chain.upgrade(profile(primary_key=True))
    with pytest.raises(GuardError, match=r"^AGR113"):
        chain.revision(profile(primary_key=True, index=True), "0002")
    allowed = Guard(profile(primary_key=True, index=True).metadata, rules={"AGR113": "off"})
    chain.revision(allowed, "0002")
    chain.upgrade(allowed)

    chain.check(profile(primary_key=True, index=True))


@pytest.mark.parametrize(
    "index",
    [
        lambda table: sa.Index("ix", table.c.user_id, table.c.text),
        lambda table: sa.Index("ix", sa.func.lower(table.c.user_id)),
        lambda table: sa.Index(
            "ix", table.c.user_id, postgresql_where=table.c.text != "", sqlite_where=table.c.text != ""
        ),
    ],
    ids=["longer", "expression", "partial"],
)
def test_an_index_of_another_kind_repeats_nothing(index: Any) -> None:
    from alembic_guard._compare.indexes import repetitions

    guard = profile(sa.Column("text", sa.Text), primary_key=True)
    assert isinstance(guard.metadata, sa.MetaData)
    table = guard.metadata.tables["user_profiles"]
    index(table)

    assert list(repetitions(table, [table.c.user_id])) == []


# AGR114: names


def unnamed(*more: Any) -> Guard:
    metadata = sa.MetaData()
    sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), *more)
    return Guard(metadata, external=[auth])


@pytest.mark.filterwarnings("ignore:Autogenerate rendered a drop_constraint")  # Alembic 1.19 says so when it writes
def test_a_key_without_a_name_on_a_table_that_exists_is_an_error(chain: Chain) -> None:
    chain.revision(unnamed())
    chain.upgrade(unnamed())
    guard = unnamed(sa.Column("user_id", to_user(ondelete="CASCADE"), index=True))

    with pytest.raises(GuardError) as caught:
        chain.revision(guard, "0002")

    (only,) = [each for each in caught.value.diagnostics if each.severity is Severity.ERROR]
    assert only.code == "AGR114"
    assert only.hint.startswith(
        'Column("user_id", ForeignKey(auth["user"].c.id, name="fk_notes_user_id", ondelete="CASCADE"), index=True)\n'
        "or metadata = MetaData(naming_convention="
    )
    allowed = Guard(guard.metadata, external=[auth], rules={"AGR114": "off"})
    # What fails there; SQLite's batch names it.
    dropped = "'fk_notes_user_id'" if chain.database.dialect == "sqlite" else "None"
    assert f"drop_constraint({dropped}, " in body(chain.revision(allowed, "0002"), "downgrade")


def test_a_key_without_a_name_in_a_new_table_is_told_only(chain: Chain) -> None:
    told = found(chain, unnamed(sa.Column("user_id", to_user(ondelete="CASCADE"), index=True)))

    assert weighed(told) == [("AGR114", "info", "notes.user_id")]
    assert "AGR114" not in chain.read("0001")


# The lines, pasted

TABLE = """
Note = sa.Table("notes", metadata, {}, {more})
"""
DECLARATIVE = """
class Base(DeclarativeBase):
    metadata = metadata


class Note(Base):
    __tablename__ = "notes"
    {}
    {more}
"""
SQLMODEL = """
class Note(SQLModel, table=True):
    __tablename__ = "notes"
    {}
    {more}
"""
ID = 'Column("id", sa.Integer, primary_key=True)'
OWN_ID = "id: Mapped[int] = mapped_column(primary_key=True)"
FIELD_ID = "id: int | None = Field(default=None, primary_key=True)"
SILENT = 'ForeignKey(auth["user"].c.id)'
CASCADE = 'ForeignKey(auth["user"].c.id, ondelete="CASCADE")'
SET_NULL = 'ForeignKey(auth["user"].c.id, ondelete="SET NULL")'

PASTED: dict[str, tuple[str, str, str, str]] = {
    "AGR101 table": ("AGR101", TABLE, f'Column("user_id", sa.Uuid, {CASCADE}, index=True)', ID),
    "AGR101 class": ("AGR101", DECLARATIVE, f"user_id: Mapped[int] = mapped_column(sa.Integer, {CASCADE}, index=True)", OWN_ID),
    "AGR101 sqlmodel": ("AGR101", SQLMODEL, f"user_id: int = Field(sa_column=Column(sa.Integer, {CASCADE}, unique=True))", FIELD_ID),
    "AGR108 table": ("AGR108", TABLE, f'Column("user_id", {SET_NULL}, index=True, nullable=False)', ID),
    "AGR108 class": ("AGR108", DECLARATIVE, f"user_id: Mapped[str] = mapped_column({SET_NULL}, index=True)", OWN_ID),
    "AGR108 sqlmodel": ("AGR108", SQLMODEL, f"user_id: str = Field(sa_column=Column({SET_NULL}, index=True, nullable=False))", FIELD_ID),
    "AGR108 primary key": ("AGR108", DECLARATIVE, f"user_id: Mapped[str] = mapped_column({SET_NULL}, primary_key=True)", ""),
    "AGR109 class": ("AGR109", DECLARATIVE, f"user_id: Mapped[int] = mapped_column({CASCADE}, index=True)", OWN_ID),
    "AGR109 another name": ("AGR109", DECLARATIVE, f'who: Mapped[int] = mapped_column("user_id", {CASCADE}, index=True)', OWN_ID),
    "AGR109 sqlmodel": ("AGR109", SQLMODEL, f"user_id: int = Field(sa_column=Column({CASCADE}, unique=True))", FIELD_ID),
    "AGR110 table": ("AGR110", TABLE, f'Column("user_id", {SILENT}, index=True)', ID),
    "AGR110 class": ("AGR110", DECLARATIVE, f"user_id: Mapped[str] = mapped_column({SILENT}, index=True)", OWN_ID),
    "AGR110 another name": ("AGR110", DECLARATIVE, f'who: Mapped[str] = mapped_column("user_id", {SILENT}, index=True)', OWN_ID),
    "AGR110 unique": ("AGR110", DECLARATIVE, f"user_id: Mapped[str] = mapped_column({SILENT}, unique=True)", OWN_ID),
    "AGR110 sqlmodel": ("AGR110", SQLMODEL, f"user_id: str = Field(sa_column=Column({SILENT}, index=True, nullable=False))", FIELD_ID),
    "AGR110 sqlmodel key": ("AGR110", SQLMODEL, f"user_id: str = Field(sa_column=Column({SILENT}, primary_key=True))", ""),
    "AGR112 table": ("AGR112", TABLE, f'Column("user_id", {CASCADE}, nullable=False)', ID),
    "AGR112 class": ("AGR112", DECLARATIVE, f"user_id: Mapped[str | None] = mapped_column({CASCADE})", OWN_ID),
    "AGR112 sqlmodel": ("AGR112", SQLMODEL, f"user_id: str = Field(sa_column=Column({CASCADE}, nullable=False))", FIELD_ID),
    "AGR113 table": ("AGR113", TABLE, f'Column("user_id", {CASCADE}, primary_key=True, index=True)', ""),
    "AGR113 class": ("AGR113", DECLARATIVE, f"user_id: Mapped[str] = mapped_column({CASCADE}, primary_key=True, index=True)", ""),
    "AGR113 sqlmodel": ("AGR113", SQLMODEL, f"user_id: str = Field(sa_column=Column({CASCADE}, primary_key=True, index=True))", ""),
}  # fmt: skip


def model(style: str, line: str, more: str) -> Guard:
    """A module that has the line, as a project has it."""
    module = ModuleType("pasted_models")
    sys.modules["pasted_models"] = module
    metadata = base()
    vars(module).update(auth=auth, sa=sa, Column=sa.Column, ForeignKey=sa.ForeignKey, metadata=metadata)
    vars(module).update(DeclarativeBase=DeclarativeBase, Mapped=Mapped, mapped_column=mapped_column, Field=Field)

    class OfItsOwn(SQLModel, registry=registry(metadata=metadata)):
        pass

    vars(module).update(SQLModel=OfItsOwn)
    exec(style.format(line, more=more), vars(module))
    return Guard(metadata)


@pytest.mark.parametrize("case", PASTED)
def test_the_line_pasted_into_the_model_cures_it(tmp_path: Path, request: pytest.FixtureRequest, case: str) -> None:
    code, style, line, more = PASTED[case]
    # SQLite takes any type.
    database: Database = request.getfixturevalue("postgresql" if code == "AGR101" else "sqlite")
    database.load(core(database))
    chain = Chain(tmp_path / "chain", database)
    hint = error(chain, model(style, line, more), code).hint

    pasted = hint.splitlines()[0].partition("  #")[0]

    assert found(chain, model(style, pasted, more)) == [], pasted


def test_several_columns_and_an_index_by_its_name_get_words_that_cure_them(chain: Chain, database: Database) -> None:
    table, guard = composite("a", "b")
    database.execute(table)
    ours = guard.metadata.tables["ours"]  # type: ignore[union-attr]
    ours.c.x.nullable = False
    next(iter(ours.foreign_key_constraints)).ondelete = "SET NULL"
    only = error(chain, guard, "AGR108")
    assert only.hint == (
        'nullable=True for x, y; or ForeignKeyConstraint(["x", "y"], [crm["pairs"].c.a, crm["pairs"].c.b], ondelete="CASCADE")'
    )

    named = profile(sa.Index("ix_mine", "user_id"), primary_key=True)
    assert error(chain, named, "AGR113").hint == "Leave out Index('ix_mine', ...)."


# Weights and cost


@pytest.mark.parametrize("policy", ["warning", "info", "off"])
def test_a_new_keys_error_may_be_weighed_otherwise_and_a_warning_stands_in_the_migration(
    chain: Chain, policy: Any
) -> None:
    guard = Guard(notes(to_user(), index=True).metadata, rules={"AGR110": policy})

    source = chain.revision(guard)

    assert source.count("# AGR110 notes.user_id") == (policy == "warning")


MODELS = """from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from alembic_guard.presets import better_auth

auth = better_auth()


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"})


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"))
"""


def test_findings_stand_at_the_models_line_where_a_reason_silences_them(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    name = f"models_{tmp_path.parent.name.replace('-', '_')}_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODELS, encoding="utf-8")
    with pytest.raises(GuardError) as caught:
        chain.revision(Guard(f"{name}:Base.metadata"))

    told = [each for each in caught.value.diagnostics if each.code in ("AGR109", "AGR112")]
    assert told
    assert {(each.location.path, each.location.line) for each in told} == {(str(tmp_path / f"{name}.py"), 17)}
    line = 'user_id: Mapped[str | None] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)'
    assert {each.hint for each in told} == {line}

    silenced = "    # guard: ignore[AGR109, AGR112] measured: the table has forty rows\n    user_id:"
    (tmp_path / f"{name}_b.py").write_text(MODELS.replace("    user_id:", silenced), encoding="utf-8")
    assert "create_table('notes'" in chain.revision(Guard(f"{name}_b:Base.metadata"))


def test_the_number_of_statements_does_not_grow_with_the_keys(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from alembic_guard import configure_options

    def asked(tables: int) -> int:
        metadata = base()
        for number in range(tables):
            sa.Table(
                f"t{number}", metadata, sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("user_id", to_user(ondelete="CASCADE"), index=True),
                sa.Column("session_id", sa.ForeignKey(auth["session"].c.id, ondelete="CASCADE"), index=True),
            )  # fmt: skip
        with database.engine() as engine, statements(engine) as seen, engine.connect() as connection:
            options = configure_options(Guard(metadata), connection=connection)
            del options["connection"]
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return len(seen)

    assert asked(20) == asked(1)
