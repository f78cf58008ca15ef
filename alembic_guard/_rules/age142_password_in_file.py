"""AGE142: a password stands in a file."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE142",
    slug="password-in-file",
    severity=Severity.WARNING,
    title="The database's password stands in a file of the project",
    why=(
        "Whoever can read the repository can read the database, and every environment needs another file. Alembic's "
        "documentation advises against credentials in alembic.ini."
    ),
    bad="run_migrations(Guard('app.models:Base.metadata', url='postgresql://app:secret@db/app'))",
    good="run_migrations(Guard('app.models:Base.metadata', url='env:DATABASE_URL'))",
)


def in_file() -> Diagnostic:
    return RULE.finding(
        "the database's URL is written here with its password (not shown)",
        hint="sqlalchemy.url = env:DATABASE_URL, or Guard(..., url='env:DATABASE_URL'), and change the password.",
    )
