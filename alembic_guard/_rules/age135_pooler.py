"""AGE135: between us and the database stands a pooler."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE135",
    slug="pooler",
    severity=Severity.ERROR,
    title="The connection goes through a pooler, which is no place for migrations",
    why=(
        "A pooler in transaction mode gives each transaction another connection: what a migration sets for its session is "
        "gone, or is the next client's (PgBouncer's documentation, features; Neon's, connection pooling)."
    ),
    bad="postgresql://app@ep-one-pooler.eu-central-1.aws.neon.tech/app",
    good="postgresql://app@ep-one.eu-central-1.aws.neon.tech/app",
    switchable=True,
)


def pooler(database: str, found: str) -> Diagnostic:
    return RULE.finding(
        f"expected a direct connection, found a pooler: {found}; nothing was changed",
        object=database,
        hint="Migrate over the database's own host and port. On purpose: alembic -x allow=pooler upgrade head",
    )
