"""AGR111: a delete of their row that our key passes on is refused further on."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR111",
    slug="delete-stopped-further-on",
    severity=Severity.ERROR,
    title="A key of ours passes a delete on to a table where another key refuses it",
    why=(
        "ON DELETE is transitive: user -> chat_sessions CASCADE -> chat_messages NO ACTION refuses the delete of the "
        "user (run on PostgreSQL, MariaDB, SQLite). NO ACTION between two tables that both go with the row only refuses "
        "where their rows belong to different ones: that warns."
    ),
    bad="session_id: Mapped[UUID] = mapped_column(ForeignKey('chat_sessions.session_id'), index=True)",
    good="session_id: Mapped[UUID] = mapped_column(ForeignKey('chat_sessions.session_id', ondelete='CASCADE'), index=True)",
    switchable=True,
)


def delete_stopped(key: str, path: str, owner: str, line: str, *, always: bool) -> Diagnostic:
    refuses = "refuses" if always else "can refuse (where the rows belong to different ones)"
    return RULE.finding(
        f"{path}: this key {refuses} when {owner} deletes the row at the path's beginning",
        object=key,
        hint=line,
        severity=None if always else Severity.WARNING,
    )
