"""AGN112: two names that the database cuts to one."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN112",
    slug="names-cut-to-one",
    severity=Severity.ERROR,
    title="Two names are one after the database has cut them",
    why=(
        "PostgreSQL keeps 63 bytes of a name (NAMEDATALEN - 1) and says nothing: the second table, column or index is taken for the first."
    ),
    bad="# two indexes whose names differ from the 64th byte on",
    good="Index('ix_orders_by_customer', ...)",
    switchable=False,
)


def cut_to_one(first: str, second: str, kept: str, dialect: str) -> Diagnostic:
    return RULE.finding(
        f"{first} and {second} are both {kept} in {dialect}", object=second, hint="Shorten one of them."
    )
