"""AGO123: another session changed another owner's table while a migration ran."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO123",
    slug="external-table-changed-meanwhile",
    severity=Severity.WARNING,
    title="A table of another owner was changed by another session while a migration ran",
    why=(
        "Most likely its owner migrates at the same time, which is theirs to do. A migration that opens a connection of "
        "its own with the database's driver looks the same from here."
    ),
    bad="psycopg.connect(url).execute('ALTER TABLE \"user\" ADD COLUMN nickname text')  # in a migration",
    good="npx auth@latest migrate",
    switchable=True,
)


def meanwhile(table: TableName, owner: str, revision: str, changes: Sequence[str], database: str) -> Diagnostic:
    return RULE.finding(
        f"a table of {owner} in {database}; while {revision} ran another session changed it: {', '.join(changes)}",
        object=str(table),
        hint=f"Nothing, where {owner} migrates at the same time.",
    )
