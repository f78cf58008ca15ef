"""AGE132: the lock cannot be had."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE132",
    slug="no-lock",
    severity=Severity.ERROR,
    title="The lock that lets one run of migrations in at a time cannot be had",
    why=(
        "On a server it needs a second connection, on SQLite a file beside the database's. Without it two runs at once "
        "would apply one revision twice."
    ),
    bad="# ALTER ROLE migrator CONNECTION LIMIT 1;",
    good="# ALTER ROLE migrator CONNECTION LIMIT 4;",
)


def no_lock(database: str, error: str) -> Diagnostic:
    return RULE.finding(
        f"expected a second connection (on SQLite a file beside the database's) for the lock of this run, found: {error}; "
        "nothing was changed",
        object=database,
        hint="Allow it, or run without a lock where nothing else migrates at the same time: Guard(..., lock=False)",
    )
