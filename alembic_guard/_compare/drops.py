"""Drops of tables as they can run: after all that refers to them is gone, and never from under a neighbour's key."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter

from alembic.operations.ops import DropTableOp, UpgradeOps
from sqlalchemy import Connection, inspect

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.prune import table_of
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._names import TableName
from alembic_guard._ownership import Ownership
from alembic_guard._rules import ago111_drop_referred


def drop_last(upgrade_ops: UpgradeOps, catalogue: Catalogue) -> None:
    """Put drops of tables behind all else, and a table before those that its keys refer to.

    Alembic drops them in any order, and before the keys that others lose (1.18 - 1.20).
    """
    drops = [op for op in upgrade_ops.ops if isinstance(op, DropTableOp)]
    if not drops:
        return
    by_table = {name.within(catalogue.default_schema): op for op in drops if (name := table_of(op)) is not None}
    graph = TopologicalSorter(dict.fromkeys(sorted(by_table), ()))
    for name, op in by_table.items():
        for target in _targets(op, catalogue):
            if target in by_table and target != name:
                graph.add(target, name)
    try:
        ordered = [by_table[name] for name in graph.static_order()]
    except CycleError:
        ordered = [by_table[name] for name in sorted(by_table)]
    upgrade_ops.ops[:] = [*(op for op in upgrade_ops.ops if not isinstance(op, DropTableOp)), *ordered]


def _targets(op: DropTableOp, catalogue: Catalogue) -> Iterator[TableName]:
    for key in op.to_table().foreign_keys:
        yield TableName.parse(key.target_fullname.rpartition(".")[0]).within(catalogue.default_schema)


def referred_from_elsewhere(
    dropped: Collection[TableName], ownership: Ownership, connection: Connection
) -> Iterator[Diagnostic]:
    """AGO111 for each key into a table to drop that is in a table which is not ours; asks only when there are drops."""
    if not dropped:
        return
    default = ownership.catalogue.default_schema
    inspector = inspect(connection)
    for schema in sorted({name.schema for name in ownership.catalogue.tables}, key=str):
        asked = None if schema == default else schema
        theirs = [
            name.name
            for name in ownership.catalogue.tables
            if name.schema == schema and name not in ownership.ours and name not in dropped
        ]
        if not theirs:
            continue
        for (_, table), keys in inspector.get_multi_foreign_keys(schema=asked, filter_names=sorted(theirs)).items():
            for key in keys:
                target = TableName(key["referred_schema"], key["referred_table"]).within(default)
                if target in dropped:
                    yield ago111_drop_referred.referred(target, TableName(schema, table), key["constrained_columns"])
