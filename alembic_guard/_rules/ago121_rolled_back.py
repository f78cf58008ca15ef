"""AGO121: a migration changed another owner's table; it was rolled back."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule
from alembic_guard._rules.ago120_refused import consent

RULE = Rule(
    code="AGO121",
    slug="external-table-changed",
    severity=Severity.ERROR,
    title="A migration changed a table of another owner: it was rolled back",
    why=(
        "What a DO block, a function, a trigger or a CASCADE does no text shows. The catalogue, and the count of rows that "
        "this transaction wrote, show it before the migration is committed (pg_stat_xact_user_tables, PostgreSQL manual)."
    ),
    bad="op.execute('DO $$ BEGIN DELETE FROM session; END $$')",
    good="# no statement for other owners' tables",
)


def rolled_back(table: TableName, owner: str, revision: str, changes: Sequence[str], database: str) -> Diagnostic:
    return RULE.finding(
        f"a table of {owner} in {database}; {revision} changed it: {', '.join(changes)}; the migration was rolled back",
        object=str(table),
        hint=consent(revision, table),
    )
