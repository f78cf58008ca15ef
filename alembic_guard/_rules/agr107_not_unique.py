"""AGR107: a key of ours refers to columns that are neither primary key nor unique."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR107",
    slug="key-target-not-unique",
    severity=Severity.ERROR,
    title="A foreign key refers to columns of an external table that are neither its primary key nor unique",
    why=(
        "PostgreSQL refuses the key with error 42830 (no unique constraint matching given keys), also where the unique "
        "index is partial or deferrable; SQLite accepts it and then fails at every change with `foreign key mismatch`; "
        "InnoDB accepts any index and leaves open which row is meant."
    ),
    bad="author: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.name, ondelete='CASCADE'))",
    good="author_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'))",
    switchable=True,
)


def not_unique(key: str, target: str, unique: str) -> Diagnostic:
    return RULE.finding(
        f"the key refers to {target}; a key needs a primary key or unique columns there, and the database has {unique}",
        object=key,
        hint=f"Refer to {unique}, or leave the key out: {target} is not ours to index.",
    )
