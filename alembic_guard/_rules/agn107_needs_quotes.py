"""AGN107: a name that SQL has to quote."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN107",
    slug="name-needs-quotes",
    severity=Severity.INFO,
    title="A name has to be quoted in SQL that is written by hand",
    why=(
        "SQLAlchemy quotes it; raw SQL, psql and other tools do not, and get a syntax error or, on PostgreSQL, another name in lower case."
    ),
    bad="__tablename__ = 'order'",
    good="__tablename__ = 'orders'",
    switchable=True,
)


def needs_quotes(where: str, name: str, why: str) -> Diagnostic:
    return RULE.finding(f"{name} has to be quoted: {why}", object=where)
