"""AGE109: a command needs an extra that is not installed."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE109",
    slug="extra-missing",
    severity=Severity.ERROR,
    title="A command needs an extra that is not installed",
    why="What only one command needs is not installed with the library, which also runs in production.",
    bad="pip install alembic-guard-hooks  # python -m alembic_guard adopt",
    good="pip install 'alembic-guard-hooks[adopt]'",
)


def missing(module: str) -> Diagnostic:
    return RULE.finding(
        f"expected the extra 'adopt', found no module {module!r}",
        object="adopt",
        hint="pip install 'alembic-guard-hooks[adopt]'",
    )
