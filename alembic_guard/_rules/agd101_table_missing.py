"""AGD101: a model's table is not in the database."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD101",
    slug="table-missing",
    severity=Severity.ERROR,
    title="A model's table is not in the database that the application talks to",
    why=(
        "Every query of the model fails: relation does not exist, no such table. The application talks to another "
        "database or schema than the migrations, or they have not run here."
    ),
    bad="alembic upgrade head  # DATABASE_URL=sqlite:///app.db, in another folder than the application's",
    good="alembic upgrade head  # DATABASE_URL=sqlite:////srv/app/app.db for both",
)


def table_missing(table: str, database: str, elsewhere: Sequence[str] = ()) -> Diagnostic:
    """``elsewhere``: tables of that name that the name as written does not mean."""
    found = f"found {', '.join(elsewhere)}, which it does not mean here" if elsewhere else "it is not there"
    return RULE.finding(f"a model needs this table in {database}; {found}", object=table)
