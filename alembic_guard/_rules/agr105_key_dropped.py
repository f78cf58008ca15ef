"""AGR105: the database has a key to an external table that no model declares."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR105",
    slug="key-only-in-database",
    severity=Severity.WARNING,
    title="A foreign key to an external table is in the database and in no model; the migration drops it",
    why=(
        "Keys are often added by hand when autogenerate is off. Dropping one takes ACCESS EXCLUSIVE on the referred "
        "table (PostgreSQL), so every sign-in waits, and rows without an owner can appear afterwards."
    ),
    bad="user_id: Mapped[str]",
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'))",
    switchable=True,
)


def key_dropped(key: str, target: str, ondelete: str | None) -> Diagnostic:
    on_delete = f", ondelete={ondelete!r}" if ondelete else ""
    return RULE.finding(
        f"the database has this key to {target} and no model declares it, so it is dropped",
        object=key,
        hint=f"To keep it, declare it in the model: ForeignKey(<external tables>[...].c....{on_delete})  # -> {target}",
    )
