"""AGD108: nothing in the database keeps unique what a model says is unique."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD108",
    slug="unique-missing",
    severity=Severity.WARNING,
    title="Nothing in the database keeps unique what a model declares unique",
    why="The second row goes in; INSERT ... ON CONFLICT (slug) fails on PostgreSQL, which looks for the constraint.",
    bad="slug: Mapped[str] = mapped_column(unique=True)  # no migration made the constraint",
    good="op.create_unique_constraint(None, 'projects', ['slug'])",
)


def unique_missing(table: str, unique: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"{database} has no unique constraint or index of these columns; the model has {unique}",
        object=table,
        hint="alembic revision --autogenerate writes what is missing.",
    )
