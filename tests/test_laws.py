"""Laws, on random input: small counts here, full counts by `make soak`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from hypothesis import given
from hypothesis import strategies as st

from alembic_guard import Guard
from alembic_guard._compare.prune import prune, table_of, walk
from alembic_guard._operations import RequireTableOp
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, PostgreSQL, sqlite_database

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


# The main job

TYPES = [sa.Integer(), sa.String(20), sa.Text(), sa.Boolean(), sa.Date(), sa.Float()]
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
    }
)
columns = st.dictionaries(st.sampled_from(["a", "b", "c", "user", "session"]), column, max_size=4)
tables = st.dictionaries(st.sampled_from(["posts", "tags", "chats", "logs"]), columns, min_size=1, max_size=3)
neighbours = st.dictionaries(
    st.sampled_from(["auth_group", "store", "checkpoints", "jobs", "Mixed Case"]), columns, max_size=3
)


Shape = dict[str, dict[str, dict[str, Any]]]
"""Tables, their columns, and what is drawn for each."""


def built(shape: Shape, target: Any) -> sa.MetaData:
    """A MetaData of that shape; a key goes to Better Auth's user.id, or to the first of the tables."""
    metadata = sa.MetaData(naming_convention=CONVENTION)
    first = next(iter(shape), None)
    for name, described in shape.items():
        table = sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        for column_name, each in described.items():
            if each["key"] and target is not None:
                key = sa.ForeignKey(target, ondelete=each["key"])
                table.append_column(sa.Column(column_name, key, nullable=True, index=each["index"]))
            elif each["key"]:
                key = sa.ForeignKey(f"{first}.id", ondelete=each["key"])
                table.append_column(sa.Column(column_name, sa.Integer, key))
            else:
                unique = each["unique"] and not each["index"]
                table.append_column(
                    sa.Column(column_name, TYPES[each["type"]], nullable=True, index=each["index"], unique=unique)
                )
    return metadata


@given(before=tables, after=tables, theirs=neighbours)
def test_whatever_we_change_theirs_stays_and_our_diff_ends_empty_on_sqlite(
    before: Shape, after: Shape, theirs: Shape
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keep_theirs(Path(folder), sqlite_database(Path(folder) / "law.db"), before, after, theirs)


@given(before=tables, after=tables, theirs=neighbours)
def test_whatever_we_change_theirs_stays_and_our_diff_ends_empty_on_postgresql(
    server: PostgreSQL, before: Shape, after: Shape, theirs: Shape
) -> None:
    with tempfile.TemporaryDirectory() as folder, server.database() as database:
        keep_theirs(Path(folder), database, before, castable(before, after), theirs)


def castable(before: Shape, after: Shape) -> Shape:
    """``after`` without changes of a column's type: PostgreSQL asks for a USING that nobody can generate."""

    def column(table: str, name: str, drawn: dict[str, Any]) -> dict[str, Any]:
        old = before.get(table, {}).get(name, drawn)
        return {**drawn, "type": old["type"], "key": (drawn["key"] or "CASCADE") if old["key"] else None}

    return {table: {name: column(table, name, drawn) for name, drawn in each.items()} for table, each in after.items()}


ROW = """INSERT INTO verification (id, identifier, value, "expiresAt", "updatedAt")
VALUES ('v', 'i', 'x', '2026-11-22 10:00:00', '2026-11-22 10:00:00')"""


def keep_theirs(folder: Path, database: Database, before: Shape, after: Shape, theirs: Shape) -> None:
    """Two generated migrations up and both down again: no op names what is not ours, and nothing of it changes."""
    auth = better_auth()
    with database.connect() as connection:
        auth.create_all(connection)
        built(theirs, None).create_all(connection)
        connection.execute(sa.text(ROW.replace(":", r"\:")))
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
        guard = Guard(built({**before, **shape}, auth["user"].c.id), rewriters=[note])
        chain.revision(guard, rev_id)
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
        guard = Guard(built(shape, auth["user"].c.id))
        with database.connect() as connection:
            auth.create_all(connection)
        chain = Chain(Path(folder) / "chain", database)
        chain.revision(guard)
        chain.upgrade(guard)

        source = chain.revision(guard, "0002")

        assert source.count("pass") == 2
        assert "op." not in source
