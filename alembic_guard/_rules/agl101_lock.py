"""AGL101: an operation of ours locks a table of another owner."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGL101",
    slug="lock-on-their-table",
    severity=Severity.INFO,
    title="A migration of ours locks a table of another owner",
    why=(
        "On PostgreSQL a key takes its lock on the referred table too, and keeps it until the migration commits: SHARE ROW "
        "EXCLUSIVE to be made (nobody writes), ACCESS EXCLUSIVE to be dropped, alone or with our table (nobody reads, so "
        "nobody signs in). Whoever waits for the lock holds up all who come after. The comment above the operation says "
        "which lock, on whom, and for how long (measured in pg_locks, see the page on locks)."
    ),
    bad="op.create_foreign_key('fk', 'chats', 'user', ['user_id'], ['id'])",
    good="op.create_foreign_key('fk', 'chats', 'user', ['user_id'], ['id'], postgresql_not_valid=True)",
    switchable=True,
)


def looks_rows_up(table: str, owner: str, key: str, ours: str, how: str) -> Diagnostic:
    """A key that is added to a table which may hold rows, read in a file."""
    return RULE.finding(
        f"the new key {key} takes SHARE ROW EXCLUSIVE on it, {owner}'s, until the migration commits: its writes wait while "
        f"every row of {ours} is looked up",
        object=table,
        hint=how,
    )


def locks(table: str, owner: str, mode: str, meaning: str, operation: str) -> Diagnostic:
    return RULE.finding(
        f"{operation} takes {mode} on it, {owner}'s, until the migration commits: {meaning}", object=table
    )
