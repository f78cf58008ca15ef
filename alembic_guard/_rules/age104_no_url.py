"""AGE104: nothing says which database."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE104",
    slug="no-database-url",
    severity=Severity.ERROR,
    title="No database URL was given",
    why="Alembic's template ships driver://user:pass@localhost/dbname; a variable may be unset where the command runs.",
    bad="run_migrations(Guard('app.models:Base.metadata'))  # and no sqlalchemy.url",
    good="run_migrations(Guard('app.models:Base.metadata', url='env:DATABASE_URL'))",
)


def no_url(where: str, what: str) -> Diagnostic:
    return RULE.finding(
        what,
        object=where,
        hint="Guard(..., url='env:DATABASE_URL') reads a variable; or set sqlalchemy.url in alembic.ini.",
    )
