"""AGE145: a file of the environment cannot be read without running it."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE145",
    slug="environment-not-read",
    severity=Severity.INFO,
    title="What a file of the environment does cannot be told without running it",
    why="The review imports nothing: what is computed when env.py runs is said to be computed, and not guessed.",
    bad="engine = create_engine(settings.database_url())",
    good="python -m alembic_guard review --url env:DATABASE_URL",
)


def url_computed(expression: str) -> Diagnostic:
    return RULE.finding(
        f"the database's URL is computed: {expression}; the database was not asked",
        hint="Name it: python -m alembic_guard review --url env:DATABASE_URL",
    )


def not_told(what: str) -> Diagnostic:
    return RULE.finding(what)
