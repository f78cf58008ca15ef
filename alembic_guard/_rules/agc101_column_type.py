"""AGC101: an external column has another type than its owner's declaration says."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGC101",
    slug="external-column-type",
    severity=Severity.ERROR,
    title="A column of another owner that we rely on has another type than declared",
    why=(
        "Our keys take their type from the declaration. With a declared uuid on a text column Alembic would alter "
        "our column, and PostgreSQL refuses the key (error 42804). Better Auth changes the type of every id with "
        "advanced.database.generateId ('uuid', 'serial'), so the live table decides."
    ),
    bad="auth = better_auth(id_type='uuid')  # user.id is text",
    good="auth = better_auth(id_type='text')",
)


def other_type(
    table: TableName, column: str, owner: str, expected: str, found: str, database: str, fix: str
) -> Diagnostic:
    return RULE.finding(
        f"{owner} declares {expected}; the database {database} has {found}",
        object=f"{table}.{column}",
        hint=fix,
    )
