"""AGD103: a column's type in the database does not take the model's values."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD103",
    slug="column-other-type",
    severity=Severity.ERROR,
    title="A column's type in the database does not take the values of the model's",
    why=(
        "PostgreSQL refuses the value or the comparison (operator does not exist: uuid = character varying), SQLite and "
        "MariaDB turn it into another one without a word."
    ),
    bad="user_id: Mapped[int] = mapped_column()  # the database has text",
    good="user_id: Mapped[str] = mapped_column()",
)


def other_type(column: str, ours: str, theirs: str, database: str) -> Diagnostic:
    return RULE.finding(f"the model has {ours}; {database} has {theirs}", object=column)
