"""Keys without a name on SQLite: its batch mode drops what it can name, so the migration says how it names them.

Alembic documentation, "Running Batch Migrations for SQLite", "Dropping Unnamed or Named Foreign Keys". What autogenerate
writes by itself, ``batch_op.drop_constraint(None)``, fails in the upgrade.
"""

from __future__ import annotations

from typing import cast

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op, renderers
from alembic.operations.ops import (
    CreateForeignKeyOp,
    DropConstraintOp,
    MigrateOperation,
    ModifyTableOps,
    OpContainer,
)

_CONVENTION = {"fk": "fk_%(table_name)s_%(column_0_N_name)s"}


class _NamingBatch(ModifyTableOps):
    """A batch that gives a name to the keys which the database has without one."""


def name_them(container: OpContainer) -> None:
    """Let every batch that drops, or on the way back makes again, a key without a name say the name."""
    for place, changes in enumerate(container.ops):
        if isinstance(changes, ModifyTableOps) and any(_is_nameless(op) for op in changes.ops):
            container.ops[place] = _NamingBatch(
                changes.table_name, [_named(op) for op in changes.ops], schema=changes.schema
            )


def _is_nameless(op: MigrateOperation) -> bool:
    if isinstance(op, DropConstraintOp):
        return op.constraint_type == "foreignkey" and op.constraint_name is None
    return isinstance(op, CreateForeignKeyOp) and op.constraint_name is None


def _named(op: MigrateOperation) -> MigrateOperation:
    if _is_nameless(op):
        key = CreateForeignKeyOp.from_constraint(op.to_constraint()) if isinstance(op, DropConstraintOp) else op
        key, dropped = cast(CreateForeignKeyOp, key), cast(DropConstraintOp, op)
        dropped.constraint_name = "_".join(["fk", str(key.source_table), *key.local_cols])
    return op


@renderers.dispatch_for(_NamingBatch)
def _render(autogen_context: AutogenContext, op: _NamingBatch) -> list[str]:
    first, *rest = render_op(autogen_context, ModifyTableOps(op.table_name, op.ops, schema=op.schema))
    return [first.replace(") as batch_op:", f", naming_convention={_CONVENTION!r}) as batch_op:"), *rest]
