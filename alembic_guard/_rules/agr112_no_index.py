"""AGR112: a key of ours has no index."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR112",
    slug="key-without-index",
    severity=Severity.ERROR,
    title="A foreign key to an external table has no index",
    why=(
        "Each delete in the other owner's table looks for our rows: without an index it reads our whole table, in the "
        "owner's request, while the row is locked. PostgreSQL and SQLite make no index for a key (PostgreSQL manual, "
        '"Foreign Keys"); InnoDB makes one itself, so nothing is said there.'
    ),
    bad="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'))",
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'), index=True)",
    switchable=True,
)


def no_index(key: str, target: str, line: str) -> Diagnostic:
    return RULE.finding(
        f"no index begins with the key's columns, so each delete in {target} reads the whole table",
        object=key,
        hint=line,
    )
