"""Operations taken out of a diff, and containers that are left empty with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alembic.operations.ops import MigrateOperation, ModifyTableOps, OpContainer

from alembic_guard._names import TableName


def prune(container: OpContainer, keep: Callable[[MigrateOperation], bool]) -> list[MigrateOperation]:
    """Take out every op that is not kept, at any depth, then every container this leaves empty; the ops taken out.

    An emptied ModifyTableOps would leave ``is_empty()`` False while the diffs are ``[]``, which `check` passes and
    pytest-alembic fails.
    """
    removed: list[MigrateOperation] = []
    kept: list[MigrateOperation] = []
    for op in container.ops:
        if isinstance(op, OpContainer):
            removed += prune(op, keep)
            if op.ops or not isinstance(op, ModifyTableOps):
                kept.append(op)
        elif keep(op):
            kept.append(op)
        else:
            removed.append(op)
    container.ops[:] = kept
    return removed


def walk(container: OpContainer) -> Iterator[MigrateOperation]:
    """Every op that is no container, in order."""
    for op in container.ops:
        if isinstance(op, OpContainer):
            yield from walk(op)
        else:
            yield op


def table_of(op: MigrateOperation) -> TableName | None:
    """The table an op works on, as it is written there; None for an op that names none."""
    name = getattr(op, "table_name", None) or getattr(op, "source_table", None)
    if not isinstance(name, str):
        return None
    schema = getattr(op, "schema", None) or getattr(op, "source_schema", None)
    return TableName(schema, str(name))
