"""Drops of indexes as MariaDB lets them: one that a key needs only goes with the key or with the table (error 1553)."""

from __future__ import annotations

from alembic.operations.ops import (
    DropConstraintOp,
    DropIndexOp,
    DropTableOp,
    MigrateOperation,
    ModifyTableOps,
    OpContainer,
)

from alembic_guard._compare.prune import prune, table_of, walk


def drop_keys_before_indexes(ops: OpContainer) -> None:
    """Leave out drops of indexes of tables that are dropped too, and put a key's drop before the other tables' indexes'.

    Alembic drops a table's indexes first, and in a table that stays indexes before keys (1.18 - 1.20).
    """
    dropped = {table_of(op) for op in walk(ops) if isinstance(op, DropTableOp)}
    prune(ops, lambda op: not (isinstance(op, DropIndexOp) and table_of(op) in dropped))
    for each in ops.ops:
        if isinstance(each, ModifyTableOps):
            each.ops.sort(key=_is_no_key_drop)


def _is_no_key_drop(op: MigrateOperation) -> bool:
    return not (isinstance(op, DropConstraintOp) and op.constraint_type == "foreignkey")
