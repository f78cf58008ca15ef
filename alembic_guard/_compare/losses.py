"""Columns of ours whose drop loses data."""

from __future__ import annotations

from collections.abc import Iterator

from alembic.operations.ops import DropColumnOp, UpgradeOps
from sqlalchemy import Connection, column, literal, select, table

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.prune import table_of, walk
from alembic_guard._compare.renames import Renames
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._names import TableName
from alembic_guard._rules import agn111_drop_loses_data


def lost_values(
    upgrade_ops: UpgradeOps, renames: Renames, catalogue: Catalogue, connection: Connection
) -> Iterator[Diagnostic]:
    """AGN111 for each dropped column that has a value in some row; one statement for each dropped column."""
    for op in walk(upgrade_ops):
        name = table_of(op)
        if isinstance(op, DropColumnOp) and name is not None:
            real = renames.former(catalogue.real(name))
            if _holds_data(real, op.column_name, connection):
                yield agn111_drop_loses_data.loses(f"{name}.{op.column_name}", catalogue.database)


def _holds_data(name: TableName, column_name: str, connection: Connection) -> bool:
    found = select(literal(1)).select_from(table(name.name, schema=name.schema))
    return connection.scalar(found.where(column(column_name).is_not(None)).limit(1)) is not None
