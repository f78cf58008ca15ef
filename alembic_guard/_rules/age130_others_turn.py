"""AGE130: another run of migrations holds the lock, and goes on holding it."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE130",
    slug="another-run",
    severity=Severity.ERROR,
    title="Another run of migrations is in this database, and did not end in time",
    why=(
        "Two runs at once would apply one revision twice. The lock is freed by the server, or the operating system, when "
        "the process that holds it is gone: whoever holds it is alive, and is migrating or hangs."
    ),
    bad="Guard('app.models:Base.metadata', lock_wait=5)  # while a revision runs that takes a minute",
    good="Guard('app.models:Base.metadata', lock_wait=300)",
)


def others_turn(database: str, holder: str, waited: float) -> Diagnostic:
    return RULE.finding(
        f"waited {waited:g} s for its lock, which is held by {holder}; nothing was changed",
        object=database,
        hint="Let the other run end, or end it where it hangs, then run the command again; Guard(lock_wait=600) waits longer.",
    )
