"""AGC105: our database role may not refer to a table of another owner."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGC105",
    slug="no-references-privilege",
    severity=Severity.ERROR,
    title="The migration's role holds no REFERENCES privilege on a table that a key refers to",
    why=(
        "PostgreSQL asks for REFERENCES on the referred columns to create a foreign key (GRANT, PostgreSQL manual). "
        "SELECT is not needed and does not help. MariaDB asks for SELECT, INSERT, UPDATE, DELETE or REFERENCES on the "
        "table; REFERENCES on its columns does not help there (10.11, measured)."
    ),
    bad='GRANT SELECT ON "user" TO migrator;',
    good='GRANT REFERENCES ON "user" TO migrator;',
)


def no_grant(
    table: TableName, quoted: str, owner: str, role: str, database: str, *, needed_by: str, grantee: str | None = None
) -> Diagnostic:
    return RULE.finding(
        f"{needed_by} refers to {owner}'s table, and role {role} has no REFERENCES privilege on it in {database}",
        object=str(table),
        hint=f"GRANT REFERENCES ON {quoted} TO {grantee or _quoted(role)};  -- as the table's owner",
    )


def _quoted(role: str) -> str:
    return f'"{role}"'
