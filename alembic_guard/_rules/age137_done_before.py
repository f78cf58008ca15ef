"""AGE137: what a migration makes is there already, on a database that does not roll DDL back."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE137",
    slug="done-before",
    severity=Severity.ERROR,
    title="A statement of a migration was done before: most likely an earlier run of it stopped half-way",
    why=(
        "MariaDB commits with every statement of DDL: after a crash or an error what the revision had made stays, and the "
        "revision is not recorded."
    ),
    bad="# (1050, \"Table 'chat_sessions' already exists\")",
    good="# DROP TABLE chat_sessions;  -- what the earlier run left; then alembic upgrade head",
)


def done_before(revision: str, statement: str, error: str, undo: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"{revision} is not recorded as applied, and a statement of it finds its work done ({error}): {statement}; most "
        "likely an earlier run stopped half-way, which MariaDB does not roll back",
        object=database,
        hint=f"If the earlier run left it: take it back, then run the command again:\n{undo}",
    )
