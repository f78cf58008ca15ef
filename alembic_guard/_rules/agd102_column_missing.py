"""AGD102: a model's column is not in its table."""

from __future__ import annotations

from collections.abc import Iterable

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD102",
    slug="column-missing",
    severity=Severity.ERROR,
    title="A model's column is not in the database that the application talks to",
    why=(
        "Every query of the model fails: no such column: runs.chat_session_id. SQLAlchemy keeps no copy of the database's "
        "schema that could be out of date: what a model declares is sent, and this database does not have it."
    ),
    bad="alembic upgrade head  # ran before the revision that adds the column was written",
    good="alembic upgrade head  # again, then the application starts",
)


def column_missing(column: str, database: str, found: Iterable[str]) -> Diagnostic:
    return RULE.finding(
        f"a model needs this column in {database}; found {', '.join(found) or 'no columns'}", object=column
    )
