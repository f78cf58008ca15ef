"""AGR108: a key of ours is emptied on delete, and its column does not take that."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR108",
    slug="set-null-on-not-null",
    severity=Severity.ERROR,
    title="ON DELETE SET NULL stands on a column that cannot be NULL",
    why=(
        "PostgreSQL and SQLite accept the key, and then every delete in the other owner's table fails with a NOT NULL "
        "violation; MariaDB refuses the key (errno 150). A generated column cannot be emptied at all."
    ),
    bad="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='SET NULL'), index=True)",
    good="user_id: Mapped[str | None] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='SET NULL'), index=True)",
    switchable=True,
)


def cannot_be_emptied(key: str, action: str, column: str, found: str, line: str) -> Diagnostic:
    return RULE.finding(
        f"ON DELETE {action} needs a column that takes it; {column} is {found}, so a delete of the row it refers to fails",
        object=key,
        hint=line,
    )
