"""AGE131: the lock was lost while migrations ran."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE131",
    slug="lock-lost",
    severity=Severity.ERROR,
    title="The lock of this run of migrations is gone, so that another run may have begun",
    why=(
        "The lock belongs to a connection of its own. A server that restarts, an administrator or a proxy that closes "
        "idle connections takes it away; it is looked at before each migration is committed."
    ),
    bad="# a proxy that closes idle connections after 60 s, and a revision that takes two minutes",
    good="alembic upgrade head  # again: it takes a new lock and goes on where it stopped",
)


def lost(database: str, why: str) -> Diagnostic:
    return RULE.finding(
        f"expected to hold the lock of this run still, found it gone ({why}); the migration that ran is not committed where "
        "the database can roll it back, and none after it ran",
        object=database,
        hint="Run the command again.",
    )
