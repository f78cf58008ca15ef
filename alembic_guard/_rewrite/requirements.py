"""``op.require_table`` at the top of an upgrade that refers to another owner's table."""

from __future__ import annotations

from collections.abc import Iterator

from alembic.operations.ops import AddColumnOp, CreateForeignKeyOp, CreateTableOp, UpgradeOps
from sqlalchemy import Column, ForeignKeyConstraint

from alembic_guard._compare.comparison import Comparison
from alembic_guard._compare.prune import walk
from alembic_guard._names import TableName
from alembic_guard._operations import RequireTableOp
from alembic_guard._ownership import Kind


def require_tables(upgrade_ops: UpgradeOps, comparison: Comparison, dialect: str) -> None:
    """Put one requirement for each external table in front of the operations that refer to it."""
    assert comparison.ownership is not None
    needed: dict[TableName, list[str]] = {}
    for table, column in _referred(upgrade_ops):
        columns = needed.setdefault(table, [])
        if column not in columns:
            columns.append(column)
    upgrade_ops.ops[:0] = [
        _requirement(table, columns, comparison, dialect)
        for table, columns in sorted(needed.items())
        if comparison.ownership.of(comparison.ownership.catalogue.real(table)).kind is Kind.EXTERNAL
    ]


def _requirement(table: TableName, columns: list[str], comparison: Comparison, dialect: str) -> RequireTableOp:
    assert comparison.ownership is not None
    owner = comparison.ownership.of(comparison.ownership.catalogue.real(table)).owner
    stub = comparison.claims.tables.get(table)
    wanted: list[str | Column[object]] = []
    for name in sorted(columns):
        known = stub.columns.get(name) if stub is not None else None
        wanted.append(name if known is None else Column(name, comparison.dialect_type(known.type, dialect)))
    return RequireTableOp(table.name, wanted, owner=owner, schema=table.schema)


def _referred(upgrade_ops: UpgradeOps) -> Iterator[tuple[TableName, str]]:
    for op in walk(upgrade_ops):
        if isinstance(op, CreateForeignKeyOp):
            target = TableName(op.kw.get("referent_schema"), str(op.referent_table))
            yield from ((target, column) for column in op.remote_cols)
        elif isinstance(op, CreateTableOp):
            for constraint in op.to_table().constraints:
                if isinstance(constraint, ForeignKeyConstraint):
                    yield from (_split(element.target_fullname) for element in constraint.elements)
        elif isinstance(op, AddColumnOp):
            yield from (_split(key.target_fullname) for key in op.column.foreign_keys)


def _split(target: str) -> tuple[TableName, str]:
    table, _, column = target.rpartition(".")
    return TableName.parse(table), column
