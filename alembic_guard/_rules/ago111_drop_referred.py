"""AGO111: a table to drop is referred to by a table that is not ours."""

from __future__ import annotations

from collections.abc import Iterable

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO111",
    slug="drop-of-a-referred-table",
    severity=Severity.ERROR,
    title="A table of ours is to be dropped, and a table of somebody else refers to it",
    why=(
        "PostgreSQL and MariaDB refuse the drop when the migration runs. SQLite lets it pass: their key then refers to "
        "nothing, and rows with ON DELETE CASCADE are gone."
    ),
    bad="alembic -x drop=customers revision --autogenerate  # crm.orders.customer_id refers to customers",
    good="# the owner drops its key first",
    switchable=True,
)


def referred(table: TableName, by: TableName, columns: Iterable[str]) -> Diagnostic:
    return RULE.finding(
        f"it is to be dropped, and {by} ({', '.join(columns)}), which is not ours, refers to it",
        object=str(table),
        hint=f"Let the owner of {by} drop its key first; or keep the table.",
    )
