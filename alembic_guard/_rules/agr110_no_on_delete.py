"""AGR110: a key of ours stops the other owner from deleting its rows."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR110",
    slug="no-on-delete",
    severity=Severity.ERROR,
    title="A foreign key to an external table does not say what happens when its row is deleted",
    why=(
        "The owner does not know of our rows. Better Auth's deleteUser deletes sessions and accounts first and the user "
        "last: our key then refuses (PostgreSQL 23503), and a user is left with neither (run with better-auth 1.7.25). "
        "RESTRICT and NO ACTION that the model writes itself are a choice, so they warn."
    ),
    bad="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id), index=True)",
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'), index=True)",
    switchable=True,
)


def no_on_delete(key: str, target: str, owner: str, cascade: str, set_null: str | None) -> Diagnostic:
    """``set_null`` is None where the key's columns cannot be empty: they are a primary key."""
    stay = f"\nor {set_null}  # our rows stay, and refer to nobody" if set_null else ""
    return RULE.finding(
        f"the key has no ON DELETE, so {owner} cannot delete a row of {target} that one of ours refers to",
        object=key,
        hint=f"{cascade}  # our rows go with theirs{stay}",
    )


def refuses(key: str, target: str, owner: str, action: str, cascade: str) -> Diagnostic:
    return RULE.finding(
        f"the key says ON DELETE {action}, so {owner} cannot delete a row of {target} that one of ours refers to",
        object=key,
        hint=f"{cascade}  # or have our rows deleted first: {owner} does not know of them",
        severity=Severity.WARNING,
    )
