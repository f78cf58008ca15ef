"""AGD107: an index of a model is not in the database."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD107",
    slug="index-missing",
    severity=Severity.WARNING,
    title="An index of a model is not in the database",
    why="Queries work and are slow; deleting a row that others refer to scans their table.",
    bad="user_id: Mapped[str] = mapped_column(index=True)  # no migration made the index",
    good="op.create_index('ix_runs_user_id', 'runs', ['user_id'])",
)


def index_missing(table: str, index: str, database: str, found: str = "") -> Diagnostic:
    return RULE.finding(
        f"{database} has {found or 'no such index'}; the model has {index}",
        object=table,
        hint="alembic revision --autogenerate writes what is missing.",
    )
