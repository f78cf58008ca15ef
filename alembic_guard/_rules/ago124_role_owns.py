"""AGO124: the role that migrates owns tables of another owner."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO124",
    slug="role-owns-external",
    severity=Severity.WARNING,
    title="The role that migrates may alter tables of another owner, because it owns them in the database",
    why=(
        "A table's owner may always alter and drop it, whatever is revoked (PostgreSQL manual, GRANT). With a role of its own "
        "the database itself refuses what a migration must not do."
    ),
    bad='# CREATE TABLE "user" (...);  -- as the role that Alembic uses too',
    good="python -m alembic_guard protect --grants",
    switchable=True,
)


def role_owns(role: str, tables: Sequence[TableName], database: str) -> Diagnostic:
    return RULE.finding(
        f"role {role} owns tables of others in {database}: {', '.join(map(str, tables))}",
        object=database,
        hint="python -m alembic_guard protect --grants prints what gives the migrations a role of their own.",
    )
