"""Columns dropped and added in one table that may be one column under two names."""

from __future__ import annotations

from collections.abc import Iterator

from alembic.operations.ops import AddColumnOp, DropColumnOp, ModifyTableOps, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column
from sqlalchemy.types import NullType

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.prune import table_of
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._lint.suggestions import suggestion
from alembic_guard._models import source_of
from alembic_guard._ownership import Ownership
from alembic_guard._rules import agn108_looks_like_rename


def look_alikes(upgrade_ops: UpgradeOps, ownership: Ownership, context: MigrationContext) -> Iterator[Diagnostic]:
    """AGN108 for each dropped column that one or more of the added ones may be."""
    for container in upgrade_ops.ops:
        if isinstance(container, ModifyTableOps):
            yield from _in_table(container, ownership, context)


def _in_table(container: ModifyTableOps, ownership: Ownership, context: MigrationContext) -> Iterator[Diagnostic]:
    added = [op.column for op in container.ops if isinstance(op, AddColumnOp)]
    catalogue: Catalogue = ownership.catalogue
    for op in container.ops:
        table = table_of(op)
        if not isinstance(op, DropColumnOp) or table is None:
            continue
        dropped = op.to_column()
        alike = [each for each in added if _same_type(dropped, each, context) or _suggested(dropped, each)]
        # The name that we would have suggested first.
        names = [str(each.name) for each in sorted(alike, key=lambda each: not _suggested(dropped, each))]
        if names:
            found = agn108_looks_like_rename.looks_like_rename(table, str(dropped.name), names, catalogue.database)
            model = ownership.ours.get(catalogue.real(table))
            yield found.at(*source_of(model, names[0])) if model is not None else found


def _suggested(dropped: Column[object], added: Column[object]) -> bool:
    return str(added.name) == suggestion(str(dropped.name))


def _same_type(dropped: Column[object], added: Column[object], context: MigrationContext) -> bool:
    if isinstance(dropped.type, NullType) or isinstance(added.type, NullType):
        return False  # a type that SQLAlchemy does not know equals nothing
    return not context.impl.compare_type(dropped, added)
