"""AGC103: a column of another owner that we rely on is not there."""

from __future__ import annotations

from collections.abc import Iterable

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGC103",
    slug="external-column-missing",
    severity=Severity.ERROR,
    title="A column of another owner that we rely on is not in its table",
    why="The owner renamed it, or its migrator is older or newer than we think; what refers to it cannot work.",
    bad="ForeignKey(auth['user'].c.id)  # the database's user table has user_id",
    good="crm = ExternalTables('crm', [Table('user', MetaData(), Column('user_id', Text, primary_key=True))])",
)


def column_missing(
    table: TableName, column: str, owner: str, found: Iterable[str], database: str, *, needed_by: str
) -> Diagnostic:
    return RULE.finding(
        f"{needed_by} needs this column of {owner} in {database}; found {', '.join(found) or 'no columns'}",
        object=f"{table}.{column}",
        hint=f"Let {owner} migrate; or declare in its ExternalTables a Table whose columns are called as they are here.",
    )
