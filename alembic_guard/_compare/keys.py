"""Foreign keys in a diff: a drop and a create that mean the same key are none, and what a drop would lose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from alembic.operations.ops import CreateForeignKeyOp, DropConstraintOp, MigrateOperation, UpgradeOps
from sqlalchemy import Connection, ForeignKeyConstraint

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.prune import prune, table_of, walk
from alembic_guard._names import TableName
from alembic_guard._sqlite_keys import actions_of


class Key(NamedTuple):
    """What a foreign key is, whatever it is called and however its schema is spelled."""

    table: TableName
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    options: tuple[tuple[str, Any], ...]

    @property
    def label(self) -> str:
        return f"{self.table}.{', '.join(self.columns)}"

    @property
    def target_label(self) -> str:
        return f"{self.target}.{', '.join(self.target_columns)}"

    @property
    def ondelete(self) -> str | None:
        return dict(self.options).get("ondelete")


_OPTIONS = ("ondelete", "onupdate", "deferrable", "initially")


def key_of(op: MigrateOperation, catalogue: Catalogue) -> Key | None:
    """The key that an op creates or drops; None for other ops."""
    if isinstance(op, DropConstraintOp) and op.constraint_type == "foreignkey":
        constraint = op.to_constraint()
        assert isinstance(constraint, ForeignKeyConstraint)
        op = CreateForeignKeyOp.from_constraint(constraint)
    if not isinstance(op, CreateForeignKeyOp):
        return None
    source = table_of(op)
    assert source is not None
    return Key(
        catalogue.real(source),
        tuple(op.local_cols),
        catalogue.real(TableName(op.kw.get("referent_schema"), str(op.referent_table))),
        # SQLite keeps a key as it was written: REFERENCES USERS(ID).
        tuple(catalogue.fold(each) for each in op.remote_cols),
        tuple((name, _option(op.kw.get(name))) for name in _OPTIONS),
    )


def _option(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # NO ACTION is the default: databases report it, models leave it out.
    return None if value.upper() == "NO ACTION" else value.upper()


def drop_respelled(upgrade_ops: UpgradeOps, catalogue: Catalogue, connection: Connection) -> None:
    """Take out every drop and create of one key: Alembic compares spellings, so a stub in ``public`` where that is
    the default schema, or a schema on search_path, would come back in every diff; and on SQLite a key whose ON DELETE
    SQLAlchemy does not see."""
    dropped: defaultdict[Key, list[MigrateOperation]] = defaultdict(list)
    created: defaultdict[Key, list[MigrateOperation]] = defaultdict(list)
    for op in walk(upgrade_ops):
        key = key_of(op, catalogue)
        if key is not None and isinstance(op, DropConstraintOp):
            dropped[_as_it_is(key, catalogue, connection)].append(op)
        elif key is not None:
            created[key].append(op)
    # In pairs: a table may have one key twice, under two names.
    pairs = (zip(dropped[key], created[key], strict=False) for key in dropped.keys() & created.keys())
    same = {id(op) for pair in chain.from_iterable(pairs) for op in pair}
    prune(upgrade_ops, lambda op: id(op) not in same)


def _as_it_is(key: Key, catalogue: Catalogue, connection: Connection) -> Key:
    if catalogue.dialect != "sqlite":
        return key
    for (columns, target), said in actions_of(connection, key.table).items():
        if columns == key.columns and catalogue.real(TableName(None, target)).name == key.target.name:
            options = {**dict(key.options), **said}
            return key._replace(options=tuple((name, options[name]) for name in _OPTIONS))
    return key


def lost_keys(upgrade_ops: UpgradeOps, catalogue: Catalogue) -> Iterator[Key]:
    """Keys that are dropped and not created again on the same columns."""
    found = [(op, key_of(op, catalogue)) for op in walk(upgrade_ops)]
    again = {(key.table, key.columns) for op, key in found if key and isinstance(op, CreateForeignKeyOp)}
    for op, key in found:
        if key is not None and isinstance(op, DropConstraintOp) and (key.table, key.columns) not in again:
            yield key
