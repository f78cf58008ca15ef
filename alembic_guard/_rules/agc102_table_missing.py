"""AGC102: a table of another owner that we rely on is not there."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGC102",
    slug="external-table-missing",
    severity=Severity.ERROR,
    title="A table of another owner that we rely on is not in the database",
    why=(
        "The owner's migrator has not run here. PostgreSQL then refuses the key (relation does not exist), MariaDB "
        "says errno 150, and SQLite says nothing until the first INSERT (no such table: main.user)."
    ),
    bad="alembic upgrade head  # Better Auth has not migrated this database",
    good="npx auth@latest migrate && alembic upgrade head",
)


def table_missing(
    table: TableName, owner: str, database: str, migrate: str | None, *, needed_by: str, elsewhere: str = ""
) -> Diagnostic:
    """``elsewhere``: a table of that name in a schema that search_path does not show."""
    found = f"found {elsewhere}, which search_path does not show" if elsewhere else "it is not there"
    then = f"Let {owner} migrate first: {migrate}" if migrate else f"Let {owner} migrate first."
    if elsewhere:
        then = f"Say where it is: schema={elsewhere.split('.')[0]!r} in {owner}'s ExternalTables, or put that schema on search_path."
    return RULE.finding(
        f"{needed_by} needs {owner}'s table in {database}; {found}",
        object=str(table),
        hint=then,
    )
