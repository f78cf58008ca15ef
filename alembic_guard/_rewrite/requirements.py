"""``op.require_table`` at the top of an upgrade that refers to another owner's table."""

from __future__ import annotations

from collections.abc import Iterator

from alembic.operations.ops import AddColumnOp, CreateForeignKeyOp, CreateTableOp, UpgradeOps
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint

from alembic_guard._compare.comparison import Comparison
from alembic_guard._compare.prune import walk
from alembic_guard._external import table_name
from alembic_guard._names import TableName
from alembic_guard._operations import RequireTableOp
from alembic_guard._ownership import Kind


def require_tables(upgrade_ops: UpgradeOps, comparison: Comparison, dialect: str) -> None:
    """Put one requirement for each external table in front of the operations that refer to it.

    None for a table that our own chain creates: there the order of the revisions is the guarantee.
    """
    assert comparison.ownership is not None
    catalogue = comparison.ownership.catalogue
    created = {catalogue.real(name) for name in comparison.claims.created}
    needed: dict[TableName, set[str]] = {}
    for table, column in _referred(upgrade_ops):
        needed.setdefault(table, set()).add(column)
    upgrade_ops.ops[:0] = [
        _requirement(table, sorted(columns), comparison, dialect)
        for table, columns in sorted(needed.items())
        if (real := catalogue.real(table)) not in created and comparison.ownership.of(real).kind is Kind.EXTERNAL
    ]


def _requirement(table: TableName, columns: list[str], comparison: Comparison, dialect: str) -> RequireTableOp:
    assert comparison.ownership is not None
    owner = comparison.ownership.of(comparison.ownership.catalogue.real(table)).owner
    stub = comparison.claims.tables.get(table)
    known = {} if stub is None else {str(column.name): column.type for column in stub.columns}
    wanted = [
        Column(name, comparison.declared_type(known[name], dialect)) if name in known else name for name in columns
    ]
    return RequireTableOp(table.name, wanted, owner=owner, schema=table.schema)


def _referred(upgrade_ops: UpgradeOps) -> Iterator[tuple[TableName, str]]:
    """Tables and columns that keys refer to, by the names the database knows."""
    for op in walk(upgrade_ops):
        if isinstance(op, CreateForeignKeyOp):
            target = TableName(op.kw.get("referent_schema"), str(op.referent_table))
            yield from ((target, column) for column in op.remote_cols)
        elif isinstance(op, CreateTableOp):
            for item in op.columns:
                if isinstance(item, ForeignKeyConstraint):
                    yield from (_target(element) for element in item.elements)
        elif isinstance(op, AddColumnOp):
            yield from (_target(key) for key in op.column.foreign_keys)


def _target(key: ForeignKey) -> tuple[TableName, str]:
    # The resolved column, not the key's text: a column's key in its Table need not be its name.
    return table_name(key.column.table), str(key.column.name)
