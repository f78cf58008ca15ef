"""AGD104: a column in the database takes fewer values than the model's."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD104",
    slug="column-narrower",
    severity=Severity.WARNING,
    title="A column in the database takes fewer values than the model's",
    why="The longest texts, the largest numbers or None are refused or cut; all other values work.",
    bad="title: Mapped[str | None] = mapped_column(String(255))  # the database has VARCHAR(64) NOT NULL",
    good="title: Mapped[str] = mapped_column(String(64))",
)


def narrower(column: str, ours: str, theirs: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"the model has {ours}; {database} has {theirs}",
        object=column,
        hint="alembic revision --autogenerate, or give the model what the database has.",
    )
