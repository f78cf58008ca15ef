"""Keys in an order that runs, and that holds others' tables no longer than it must.

Alembic writes a key into its table's CREATE TABLE (1.18 - 1.20), also where the table it refers to comes later (a
cycle), where use_alter then loses it, and where the column it refers to is added further below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateForeignKeyOp,
    CreateTableOp,
    DowngradeOps,
    DropColumnOp,
    DropConstraintOp,
    DropTableOp,
    MigrateOperation,
    ModifyTableOps,
    OpContainer,
    UpgradeOps,
)
from sqlalchemy import ForeignKeyConstraint

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.keys import key_of
from alembic_guard._compare.prune import prune, walk
from alembic_guard._compare.rename_ops import RENAMES
from alembic_guard._names import TableName


def keys_last(upgrade_ops: UpgradeOps, downgrade_ops: DowngradeOps, catalogue: Catalogue) -> None:
    """Create keys after all that they refer to, and drop those first.

    Not on SQLite, which takes a key to a table that is not there yet and knows no ALTER for one.
    """
    if catalogue.dialect == "sqlite":
        return
    # Tables that go come again in the downgrade.
    for there, back in ((upgrade_ops, downgrade_ops), (downgrade_ops, upgrade_ops)):
        taken = list(_taken_out(there, catalogue))
        back.ops[:0] = [_of_its_table(op.reverse(), op) for op in reversed(taken)]
        _append(there, [_of_its_table(op, op) for op in taken])
    for each in (upgrade_ops, downgrade_ops):
        later = [op for op in walk(each) if isinstance(op, CreateForeignKeyOp)]
        prune(each, lambda op: not isinstance(op, CreateForeignKeyOp))
        _drop_before_types(each, catalogue)
        _append(each, [_of_its_table(op, op) for op in later])


def _drop_before_types(container: OpContainer, catalogue: Catalogue) -> None:
    """Drop a key before its column gets a type that the key does not take; Alembic alters columns first (1.18 - 1.20)."""
    for changes in [each for each in container.ops if isinstance(each, ModifyTableOps)]:
        for alter in [op for op in changes.ops if isinstance(op, AlterColumnOp)]:
            place = changes.ops.index(alter)
            drops = [op for op in changes.ops[place:] if isinstance(op, DropConstraintOp) and key_of(op, catalogue)]
            due = [op for op in drops if _must_precede(op, alter, catalogue)]
            changes.ops[place:] = [*due, *(op for op in changes.ops[place:] if op not in due)]


def _append(container: OpContainer, ops: Sequence[MigrateOperation]) -> None:
    """At the end; of a downgrade before the renames it ends with, for all other operations speak of the new names."""
    renames = [place for place, op in enumerate(container.ops) if isinstance(op, RENAMES)]
    place = renames[0] if renames and isinstance(container, DowngradeOps) else len(container.ops)
    container.ops[place:place] = ops


def _of_its_table(op: MigrateOperation, key: CreateForeignKeyOp) -> ModifyTableOps:
    return ModifyTableOps(key.source_table, [op], schema=key.kw.get("source_schema"))


def _taken_out(container: OpContainer, catalogue: Catalogue) -> Iterator[CreateForeignKeyOp]:
    """Keys of new tables to tables and columns that come later."""
    creations = [op for op in walk(container) if isinstance(op, CreateTableOp)]
    to_come = {_name(op, catalogue) for op in creations}
    added = {(_name(op, catalogue), str(op.column.name)) for op in walk(container) if isinstance(op, AddColumnOp)}
    for creation in creations:
        itself = _name(creation, catalogue)
        to_come.discard(itself)
        moved = [each for each in creation.columns if _must_move(each, to_come, added, catalogue)]
        # By identity: a constraint compares by SQL's ==.
        creation.columns = [each for each in creation.columns if not any(each is other for other in moved)]
        for constraint in moved:
            assert isinstance(constraint, ForeignKeyConstraint)
            key = CreateForeignKeyOp.from_constraint(constraint)
            key.kw.pop("use_alter", None)
            if key.constraint_name is None:
                key.constraint_name = _made_up(key)
            yield key


def _must_move(item: object, to_come: set[TableName], added: set[tuple[TableName, str]], catalogue: Catalogue) -> bool:
    if not isinstance(item, ForeignKeyConstraint):
        return False
    key = key_of(CreateForeignKeyOp.from_constraint(item), catalogue)
    assert key is not None
    late = any((key.target, column) in added for column in key.target_columns)
    return bool(item.use_alter) or key.target in to_come or late


def _made_up(key: CreateForeignKeyOp) -> str:
    """The name PostgreSQL would make up, so that the downgrade can say which key it drops; within 63 bytes."""
    return "_".join([str(key.source_table), *key.local_cols, "fkey"]).encode()[-63:].decode(errors="ignore")


def _name(op: CreateTableOp | AddColumnOp | DropTableOp | DropConstraintOp, catalogue: Catalogue) -> TableName:
    return TableName(op.schema, str(op.table_name)).within(catalogue.default_schema)


def external_drops_late(container: OpContainer, is_external: Callable[[TableName], bool], catalogue: Catalogue) -> None:
    """Drop a key to another owner's table only before its column goes or gets another type, before the key that takes
    its place, or at the end: its lock is held from there on. With its table it goes by itself.

    PostgreSQL alone: InnoDB does not let the index go before the key that uses it.
    """
    if catalogue.dialect != "postgresql":
        return
    gone = {_name(op, catalogue) for op in walk(container) if isinstance(op, DropTableOp)}
    waiting: list[DropConstraintOp] = []
    for changes in [each for each in container.ops if isinstance(each, ModifyTableOps)]:
        kept: list[MigrateOperation] = []
        for op in changes.ops:
            key = key_of(op, catalogue) if isinstance(op, DropConstraintOp) else None
            if key is not None and is_external(key.target):
                assert isinstance(op, DropConstraintOp)
                waiting += [] if _name(op, catalogue) in gone else [op]
                continue
            due = [each for each in waiting if _must_precede(each, op, catalogue)]
            kept += [*due, op]
            waiting = [each for each in waiting if each not in due]
        changes.ops[:] = kept
    prune(container, lambda op: True)
    _append(container, [ModifyTableOps(str(op.table_name), [op], schema=op.schema) for op in waiting])


def _must_precede(drop: DropConstraintOp, op: MigrateOperation, catalogue: Catalogue) -> bool:
    dropped = key_of(drop, catalogue)
    assert dropped is not None
    if isinstance(op, DropColumnOp) or (isinstance(op, AlterColumnOp) and op.modify_type is not None):
        same_table = TableName(op.schema, str(op.table_name)) == TableName(drop.schema, str(drop.table_name))
        return same_table and op.column_name in dropped.columns
    created = key_of(op, catalogue) if isinstance(op, CreateForeignKeyOp) else None
    if created is None or created.table != dropped.table:
        return False
    assert isinstance(op, CreateForeignKeyOp)
    return created.columns == dropped.columns or op.constraint_name == drop.constraint_name
