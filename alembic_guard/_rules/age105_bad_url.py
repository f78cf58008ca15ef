"""AGE105: the URL cannot be used: its form, its dialect, or its driver."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE105",
    slug="unusable-url",
    severity=Severity.ERROR,
    title="The database URL cannot be used",
    why="Its form, its dialect or its driver is unknown here; postgres:// is not a SQLAlchemy dialect (postgresql:// is).",
    bad="postgres://app@db/app",
    good="postgresql+psycopg://app@db/app",
)


def bad_url(url: str, what: str, hint: str) -> Diagnostic:
    return RULE.finding(what, object=url, hint=hint)
