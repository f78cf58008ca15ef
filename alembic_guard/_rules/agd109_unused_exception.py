"""AGD109: an exception of check_schema that nothing needs."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD109",
    slug="unused-exception",
    severity=Severity.INFO,
    title="An exception that was given to check_schema is not needed",
    why="It was meant for one deployment; left behind it hides the next finding at the same object.",
    bad='check_schema(engine, Base.metadata, exceptions={"runs.kind": "until revision 3f2a runs"})  # it has run',
    good="check_schema(engine, Base.metadata)",
)


def unused(object: str, reason: str) -> Diagnostic:
    return RULE.finding(
        f"nothing is found at this object; the exception says: {reason}", object=object, hint="Take it out."
    )
