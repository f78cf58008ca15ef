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


def none(revision: str, what: str, database: str | None = None) -> Diagnostic:
    """One of several databases has a function of its own, ``downgrade_engine1()``."""
    return RULE.finding(f"revision {revision}: its {_function(database)} is {what}")


def none_of_all(count: int, folder: str, database: str | None = None) -> Diagnostic:
    return RULE.finding(
        f"none of the {count} revisions that change something has a {_function(database)}", object=folder
    )


def _function(database: str | None) -> str:
    return f"downgrade_{database}()" if database else "downgrade()"
