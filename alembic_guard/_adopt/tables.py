"""Which tables are to be adopted: ours, and in no model."""

from __future__ import annotations

from alembic_guard._names import TableName
from alembic_guard._ownership import Kind, Ownership


def tables_to_adopt(ownership: Ownership) -> list[TableName]:
    """The tables of ours that no model declares, by their real names, in every schema."""
    candidates = [name for name in ownership.catalogue.tables if name not in ownership.ours]
    return sorted(name for name in candidates if ownership.of(name).kind is Kind.OURS)
