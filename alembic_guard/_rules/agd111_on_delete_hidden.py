"""AGD111: MariaDB does not show this user what a foreign key does ON DELETE."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD111",
    slug="on-delete-hidden",
    severity=Severity.INFO,
    title="A key's ON DELETE could not be looked at: MariaDB hides it from a user who may only SELECT in the schema",
    why="The key is there. Whether it does what the model says when a row is deleted, another user can be asked.",
    bad="GRANT SELECT ON app.* TO reader@'%';  # and the check runs as reader",
    good="GRANT SELECT, REFERENCES ON app.* TO reader@'%';",
)


def hidden(table: str, key: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"the user of {database} may not see the ON DELETE of the model's {key}",
        object=table,
        hint="Run the check as a user who may do more than SELECT in the whole schema, or grant it REFERENCES.",
    )
