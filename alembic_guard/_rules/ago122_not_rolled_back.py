"""AGO122: a migration changed another owner's table, and that cannot be rolled back."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO122",
    slug="external-table-changed-for-good",
    severity=Severity.ERROR,
    title="A table of another owner was changed while a migration ran, and that is committed",
    why=(
        "MariaDB commits with every statement of DDL, and so does an autocommit block, or a COMMIT of the migration's own. "
        "The migration ran something whose text does not say what it does; that another session made the change in the "
        "meantime cannot be ruled out."
    ),
    bad="with op.get_context().autocommit_block(): op.execute('CALL tidy_up()')",
    good="# no statement for other owners' tables",
)


def not_rolled_back(table: TableName, owner: str, revision: str, changes: Sequence[str], database: str) -> Diagnostic:
    return RULE.finding(
        f"a table of {owner} in {database}; while {revision} ran it changed: {', '.join(changes)}; that is committed, and so "
        "is the revision; none after it ran",
        object=str(table),
        hint=f"Tell {owner}'s side, and take the change back by hand; then run the command again for the revisions that are left.",
    )
