"""AGE144: a revision cannot be taken back."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE144",
    slug="no-downgrade",
    severity=Severity.INFO,
    title="A revision changes something and has no downgrade",
    why=(
        "`alembic downgrade` then leaves the change in place and says that it is gone, and the next upgrade fails on what is "
        "there already. A downgrade that raises says so itself, and is not told."
    ),
    bad="def downgrade():\n    pass",
    good='def downgrade():\n    op.drop_table("chat_sessions")',
)


def none(revision: str, what: str) -> Diagnostic:
    return RULE.finding(f"revision {revision}: its downgrade() is {what}")


def none_of_all(count: int, folder: str) -> Diagnostic:
    return RULE.finding(f"none of the {count} revisions that change something has a downgrade()", object=folder)
