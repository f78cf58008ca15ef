"""AGO101: two owners claim one table."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO101",
    slug="two-owners",
    severity=Severity.ERROR,
    title="Two owners claim one table",
    why="Who migrates it, and whose contract holds, cannot be decided; guessing would be wrong half of the time.",
    bad="Guard(..., external=[better_auth(), ExternalTables('crm', ['account'])])",
    good="Guard(..., external=[better_auth(), ExternalTables('crm', ['crm.account'])])",
)


def two_owners(table: TableName, owners: tuple[str, str]) -> Diagnostic:
    first, second = owners
    return RULE.finding(
        f"the table is claimed by {first} and by {second}; expected one owner",
        object=str(table),
        hint=f"Take {table.name!r} out of one of the two ExternalTables, or give one its schema: {'schema.' + table.name!r}.",
    )
