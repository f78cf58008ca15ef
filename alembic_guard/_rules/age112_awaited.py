"""AGE112: a connection of an asynchronous engine was handed in where nothing can wait for it."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE112",
    slug="connection-of-a-waiting-loop",
    severity=Severity.ERROR,
    title="An asynchronous connection was handed in outside run_sync()",
    why=(
        "Alembic's commands are synchronous: called from a coroutine, they keep its event loop waiting, and a connection "
        "that belongs to this loop can never answer."
    ),
    bad="config.attributes['connection'] = connection; command.upgrade(config, 'head')",
    good="config.attributes['connection'] = engine; command.upgrade(config, 'head')  # the AsyncEngine",
)


def awaited(database: str) -> Diagnostic:
    return RULE.finding(
        "expected a connection that may be waited for, found one of an event loop that waits for this command",
        object=database,
        hint=(
            "await connection.run_sync(migrate), where migrate(sync) sets config.attributes['connection'] = sync and runs the "
            "command; or hand in the AsyncEngine."
        ),
    )
