"""AGL120: a migration did not get a lock in time."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGL120",
    slug="no-lock-in-time",
    severity=Severity.ERROR,
    title="A migration did not get a lock on a table in time",
    why=(
        "Whatever comes behind a waiting ALTER TABLE waits with it: on PostgreSQL every sign-in behind one that waits for "
        '"user". A short lock_timeout and another try later hold nobody up for longer than that.'
    ),
    bad="Guard('app.models:Base.metadata', lock_timeout=0.5, retry_for=1)  # while a report reads for a minute",
    good="Guard('app.models:Base.metadata', lock_timeout=0.5, retry_for=120)",
)


def no_lock(
    revision: str, error: str, tries: int, holders: Sequence[str], database: str, *, undone: bool
) -> Diagnostic:
    who = "; ".join(holders) or "nobody that this role is shown"
    times = "once" if tries == 1 else f"{tries} times"
    state = (
        "the migration was rolled back"
        if undone
        else "the migration could not be rolled back as a whole, so it was not tried again"
    )
    # What is not tried again can only wait.
    longer = "Guard(retry_for=300) goes on trying for longer" if undone else "Guard(lock_timeout=60) waits for longer"
    return RULE.finding(
        f"{revision} was tried {times} and got no lock ({error}); held by: {who}; {state}",
        object=database,
        hint=f"Let the other transaction end, then run the command again; {longer}.",
    )
