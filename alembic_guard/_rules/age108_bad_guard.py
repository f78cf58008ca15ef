"""AGE108: the Guard itself, or what was said beside it, makes no sense."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE108",
    slug="bad-configuration",
    severity=Severity.ERROR,
    title="The Guard's configuration cannot be understood",
    why="A misspelt policy that is ignored protects nobody.",
    bad="Guard(metadata, undeclared='ignore')",
    good="Guard(metadata, undeclared='keep')",
)


def bad_value(where: str, found: object, expected: str, hint: str = "") -> Diagnostic:
    return RULE.finding(f"expected {expected}, found {found!r}", object=where, hint=hint)
