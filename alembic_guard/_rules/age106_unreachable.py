"""AGE106: the database does not answer."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE106",
    slug="database-unreachable",
    severity=Severity.ERROR,
    title="The database cannot be reached",
    why="Wrong host, port, name or credentials, or the server is not up yet; nothing was read or changed.",
    bad="postgresql+psycopg://app@localhost:1/app",
    good="postgresql+psycopg://app@localhost:5432/app",
)


def unreachable(database: str, error: str) -> Diagnostic:
    return RULE.finding(
        f"no connection: {error}",
        object=database,
        hint="Check host, port, database name and credentials, then run the command again.",
    )
