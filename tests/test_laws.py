"""Laws, on random input: small counts here, full counts by `make soak`."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_guard import Guard
from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.keys import drop_respelled, key_of
from alembic_guard._compare.prune import prune, table_of, walk
from alembic_guard._names import TableName
from alembic_guard._operations import RequireTableOp
from alembic_guard.presets import better_auth
from tests.at_once import SOAK
from tests.kit import Chain, Database, MariaDB, PostgreSQL, sqlite_database

# Pruning


def containers(tables: list[str]) -> st.SearchStrategy[ops.UpgradeOps]:
    names = st.sampled_from(tables)
    leaf = st.one_of(
        names.map(lambda name: ops.DropTableOp(name)),
        names.map(lambda name: ops.CreateIndexOp(f"ix_{name}", name, ["a"])),
        names.map(lambda name: ops.AddColumnOp(name, sa.Column("a", sa.Integer))),
        st.just(ops.ExecuteSQLOp("SELECT 1")),
    )
    changed = st.tuples(names, st.lists(leaf, max_size=3)).map(lambda each: ops.ModifyTableOps(*each))
    return st.lists(st.one_of(leaf, changed), max_size=6).map(ops.UpgradeOps)


def kept(op: Any) -> bool:
    table = table_of(op)
    return table is None or table.name in ("ours", "mine")


@given(containers(["ours", "mine", "user", "session"]))
def test_pruning_takes_out_all_that_is_not_kept_and_nothing_else(container: ops.UpgradeOps) -> None:
    before = [id(op) for op in walk(container)]

    removed = prune(container, kept)

    after = list(walk(container))
    assert all(kept(op) for op in after)
    assert not any(kept(op) for op in removed)
    assert sorted(before) == sorted(id(op) for op in [*after, *removed])
    assert not [op for op in container.ops if isinstance(op, ops.ModifyTableOps) and not op.ops]


@given(containers(["ours", "user"]))
def test_pruning_twice_is_pruning_once(container: ops.UpgradeOps) -> None:
    prune(container, kept)
    once = [id(op) for op in walk(container)]

    assert prune(container, kept) == []
    assert [id(op) for op in walk(container)] == once


# Keys that are spelled in two ways

CATALOGUE = Catalogue(
    "db", "postgresql", "public", {}, {name: TableName("public", name) for name in ("ours", "user", "session")}
)


@st.composite
def keys(draw: st.DrawFn) -> ops.MigrateOperation:
    """A key of `ours` that is created or dropped, its schemas spelled out or not."""
    spelled = st.sampled_from([None, "public"])
    schema, target_schema = draw(spelled), draw(spelled)
    column, target = draw(st.sampled_from("ab")), draw(st.sampled_from(["user", "session"]))
    given = {"ondelete": draw(st.sampled_from([None, "CASCADE", "NO ACTION"])), "referent_schema": target_schema}
    name = draw(st.sampled_from([None, "fk"]))
    created = ops.CreateForeignKeyOp(name, "ours", target, [column], ["id"], source_schema=schema, **given)
    return created.reverse() if draw(st.booleans()) else created


@st.composite
def diffs_of_keys(draw: st.DrawFn) -> ops.UpgradeOps:
    found = draw(st.lists(keys(), max_size=6))
    other = [ops.AddColumnOp("ours", sa.Column("c", sa.Integer))] if draw(st.booleans()) else []
    return ops.UpgradeOps([ops.ModifyTableOps("ours", found), *other])


NOWHERE = sa.create_engine("sqlite://").connect()
"""Not asked: that is for keys in SQLite."""


def told(container: ops.UpgradeOps) -> Counter[tuple[object, bool]]:
    """Keys as they are meant, each with whether it is dropped."""
    return Counter((key_of(op, CATALOGUE), isinstance(op, ops.DropConstraintOp)) for op in walk(container))


@given(diffs_of_keys())
def test_taking_out_respelled_keys_takes_out_drops_and_creates_of_one_key_in_pairs(container: ops.UpgradeOps) -> None:
    before = told(container)

    drop_respelled(container, CATALOGUE, NOWHERE)

    left = {(key, drop): count - before[key, not drop] for (key, drop), count in before.items()}
    assert told(container) == {each: count for each, count in left.items() if count > 0}
    assert not [op for op in container.ops if isinstance(op, ops.ModifyTableOps) and not op.ops]


def test_a_key_that_is_there_twice_and_declared_twice_is_taken_out_twice() -> None:
    created = [ops.CreateForeignKeyOp(name, "ours", "user", ["a"], ["id"]) for name in ("fk1", "fk2")]
    respelled = [
        ops.CreateForeignKeyOp(name, "ours", "user", ["a"], ["id"], referent_schema="public") for name in ("fk1", "fk2")
    ]
    container = ops.UpgradeOps([ops.ModifyTableOps("ours", [*(op.reverse() for op in respelled), *created])])

    drop_respelled(container, CATALOGUE, NOWHERE)

    assert container.ops == []


@given(diffs_of_keys())
def test_taking_out_respelled_keys_twice_is_taking_them_out_once(container: ops.UpgradeOps) -> None:
    drop_respelled(container, CATALOGUE, NOWHERE)
    once = [id(op) for op in walk(container)]

    drop_respelled(container, CATALOGUE, NOWHERE)

    assert [id(op) for op in walk(container)] == once


# The main job

STRING, TEXT = sa.String(20), sa.Text()
TYPES: list[sa.types.TypeEngine[Any]] = [sa.Integer(), STRING, TEXT, sa.Boolean(), sa.Date(), sa.Float()]
CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

column = st.fixed_dictionaries(
    {
        "type": st.integers(0, len(TYPES) - 1),
        "nullable": st.booleans(),
        "index": st.booleans(),
        "unique": st.booleans(),
        "key": st.sampled_from([None, None, None, "CASCADE", "SET NULL", "RESTRICT", "NO ACTION"]),
        "to_ours": st.booleans(),
    }
)
columns = st.dictionaries(st.sampled_from(["a", "b", "c", "user", "session"]), column, max_size=4)
tables = st.dictionaries(st.sampled_from(["posts", "tags", "chats", "logs"]), columns, min_size=1, max_size=3)
neighbours = st.dictionaries(
    st.sampled_from(["auth_group", "store", "checkpoints", "jobs", "Mixed Case"]), columns, max_size=3
)


Shape = dict[str, dict[str, dict[str, Any]]]
"""Tables, their columns, and what is drawn for each."""


# The law is about differences; what a drawn key does on delete, and whether it has an index, is another file's.
ANY_KEY: dict[str, Any] = dict.fromkeys(("AGR108", "AGR110", "AGR111", "AGR112", "AGR113"), "off")


def built(shape: Shape, target: Any) -> sa.MetaData:
    """A MetaData of that shape; a key goes to Better Auth's user.id, or to the first of the tables."""
    metadata = sa.MetaData(naming_convention=CONVENTION)
    first = next(iter(shape), None)
    for name, described in shape.items():
        table = sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        for column_name, each in described.items():
            given = {"nullable": each["nullable"], "index": each["index"]}
            if each["key"] and target is not None and not each["to_ours"]:
                key = sa.ForeignKey(target, ondelete=each["key"])
                table.append_column(sa.Column(column_name, key, **given))
            elif each["key"]:
                key = sa.ForeignKey(f"{first}.id", ondelete=each["key"])
                table.append_column(sa.Column(column_name, sa.Integer, key, **given))
            else:
                unique = each["unique"] and not each["index"]
                table.append_column(sa.Column(column_name, TYPES[each["type"]], **given, unique=unique))
    return metadata


@settings(max_examples=5000 if SOAK else settings.default.max_examples)
@given(before=tables, after=tables, theirs=neighbours)
def test_whatever_we_change_theirs_stays_and_our_diff_ends_empty_on_sqlite(
    before: Shape, after: Shape, theirs: Shape
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keep_theirs(Path(folder), sqlite_database(Path(folder) / "law.db"), before, after, theirs)


# A third of the others' count: each example is a new database.
@settings(max_examples=500 if SOAK else max(8, settings.default.max_examples // 3))
@given(before=tables, after=tables, theirs=neighbours)
def test_whatever_we_change_theirs_stays_and_our_diff_ends_empty_on_postgresql(
    server: PostgreSQL, before: Shape, after: Shape, theirs: Shape
) -> None:
    with tempfile.TemporaryDirectory() as folder, server.database() as database:
        keep_theirs(Path(folder), database, before, castable(before, after), theirs)


@settings(max_examples=max(8, settings.default.max_examples // 3))
@given(before=tables, after=tables, theirs=neighbours)
def test_whatever_we_change_theirs_stays_and_our_diff_ends_empty_on_mariadb(
    mariadb_itself: MariaDB, before: Shape, after: Shape, theirs: Shape
) -> None:
    first, wares = mariadb_takes(before), mariadb_takes(theirs)
    with tempfile.TemporaryDirectory() as folder, mariadb_itself.database() as database:
        keep_theirs(Path(folder), database, first, mariadb_takes(keys_stay(first, castable(first, after))), wares)


def mariadb_takes(shape: Shape) -> Shape:
    """The shape without what MariaDB refuses: a TEXT that is indexed, SET NULL where no NULL may be."""

    def column(drawn: dict[str, Any]) -> dict[str, Any]:
        text, string = TYPES.index(TEXT), TYPES.index(STRING)
        indexed = drawn["index"] or drawn["unique"]
        type_ = string if indexed and drawn["type"] == text else drawn["type"]
        return {**drawn, "type": type_, "nullable": drawn["nullable"] or drawn["key"] == "SET NULL"}

    return {table: {name: column(each) for name, each in columns.items()} for table, columns in shape.items()}


def keys_stay(before: Shape, after: Shape) -> Shape:
    """``after`` without changes that MariaDB refuses while a key is there: its index goes, its column is altered; and
    without an index for a TEXT of before."""

    def column(table: str, name: str, drawn: dict[str, Any]) -> dict[str, Any]:
        old = before.get(table, {}).get(name)
        if old is None:
            return drawn
        if old["key"]:
            key = "CASCADE" if drawn["key"] == "SET NULL" and not old["nullable"] else drawn["key"]
            return {**drawn, "index": old["index"], "nullable": old["nullable"], "key": key}
        return {**drawn, "index": False, "unique": False} if TYPES[old["type"]] is TEXT else drawn

    return {table: {name: column(table, name, drawn) for name, drawn in each.items()} for table, each in after.items()}


def castable(before: Shape, after: Shape) -> Shape:
    """``after`` without changes of a column's type: PostgreSQL asks for a USING that nobody can generate."""

    def column(table: str, name: str, drawn: dict[str, Any]) -> dict[str, Any]:
        old = before.get(table, {}).get(name, drawn)
        key = (drawn["key"] or "CASCADE") if old["key"] else None
        return {**drawn, "type": old["type"], "key": key, "to_ours": old["to_ours"]}

    return {table: {name: column(table, name, drawn) for name, drawn in each.items()} for table, each in after.items()}


ROW = """INSERT INTO verification (id, identifier, value, "expiresAt", "updatedAt")
VALUES ('v', 'i', 'x', '2026-11-22 10:00:00', '2026-11-22 10:00:00')"""


def keep_theirs(folder: Path, database: Database, before: Shape, after: Shape, theirs: Shape) -> None:
    """Two generated migrations up and both down again: no op names what is not ours, and nothing of it changes."""
    auth = better_auth()
    with database.connect() as connection:
        auth.create_all(connection)
        built(theirs, None).create_all(connection)
    database.execute(ROW.replace(":", r"\:"))
    names = sorted(database.tables())
    untouched = database.snapshot(*names)
    worked_on: set[str] = set()

    def note(context: Any, revision: Any, scripts: list[ops.MigrationScript]) -> None:
        for container in (scripts[0].upgrade_ops, scripts[0].downgrade_ops):
            assert container is not None
            found = [table_of(op) for op in walk(container) if not isinstance(op, RequireTableOp)]
            worked_on.update(str(table.name) for table in found if table)

    chain = Chain(folder / "chain", database)
    for rev_id, shape in (("0001", before), ("0002", after)):
        # A table that leaves the models is undeclared from then on, and kept: declare what was there before too.
        guard = Guard(built({**before, **shape}, auth["user"].c.id), rewriters=[note], rules=ANY_KEY)
        # Columns come and go at random: none of them is another one under a new name.
        chain.revision(guard, rev_id, x=["rename=none"])
        chain.upgrade(guard)
        assert chain.diffs(guard) == []
        assert database.snapshot(*names) == untouched
    chain.downgrade(guard)

    assert set(before) <= worked_on <= {*before, *after}
    assert database.snapshot(*names) == untouched
    assert database.tables() == {*names, "alembic_version"}


@given(shape=tables)
def test_an_empty_migration_stays_empty(shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite_database(Path(folder) / "law.db")
        auth = better_auth()
        guard = Guard(built(shape, auth["user"].c.id), rules=ANY_KEY)
        with database.connect() as connection:
            auth.create_all(connection)
        chain = Chain(Path(folder) / "chain", database)
        chain.revision(guard)
        chain.upgrade(guard)

        source = chain.revision(guard, "0002")

        assert source.count("pass") == 2
        assert "op." not in source
