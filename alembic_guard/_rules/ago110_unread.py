"""AGO110: a line of our chain that cannot be read without running it."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO110",
    slug="chain-line-not-read",
    severity=Severity.INFO,
    title="A line of our chain may create, rename or drop a table, and its name cannot be read without running it",
    why="A table that only such a line makes counts as undeclared, never as ours: it is kept, and no drop of it is proposed.",
    bad="op.create_table(config['table'])",
    good="Guard('app.models:Base.metadata', ours=['the_table'])",
    switchable=True,
)


def unread(revision: str, path: str, line: int, why: str) -> Diagnostic:
    return RULE.finding(
        f"revision {revision}: {why}; what it makes counts as undeclared",
        path=path,
        line=line or None,
        hint="Name the tables that it makes: Guard(..., ours=['table']).",
    )
