"""AGN106: a column that table.c cannot show by attribute."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN106",
    slug="hidden-in-collection",
    severity=Severity.INFO,
    title="A column has the name of a method of table.c",
    why=(
        "Table.c is a ColumnCollection, whose items(), keys(), values(), get() ... win: table.c.items is a method, never the column."
    ),
    bad="table.c.items  # Column('items', Integer)",
    good="table.c['items']",
    switchable=True,
)


def hidden(where: str, name: str) -> Diagnostic:
    return RULE.finding(f"table.c.{name} is a method of the collection", object=where, hint=f"Write table.c[{name!r}].")
