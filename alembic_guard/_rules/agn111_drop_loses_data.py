"""AGN111: a column that holds data is dropped."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN111",
    slug="drop-loses-data",
    severity=Severity.WARNING,
    title="A column is dropped that holds data",
    why="The downgrade adds the column again, and not what was in it.",
    bad="op.drop_column('orders', 'note')  # rows have notes",
    good="# copy the notes to where they are needed first, in a migration of its own",
    switchable=True,
)


def loses(column: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"the column holds data in {database}; the drop loses it, and the downgrade does not bring it back",
        object=column,
    )
