"""AGR113: an index repeats what the primary key or a unique constraint has."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR113",
    slug="index-repeated",
    severity=Severity.ERROR,
    title="An index on a foreign key's columns repeats the primary key or a unique constraint",
    why="A primary key and a unique constraint are indexes already; a second one costs each write and is never read.",
    bad=(
        "user_id: Mapped[str] = mapped_column(\n"
        "    ForeignKey(auth['user'].c.id, ondelete='CASCADE'), primary_key=True, index=True\n"
        ")"
    ),
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'), primary_key=True)",
    switchable=True,
)


def index_repeated(key: str, index: str, repeated: str, line: str) -> Diagnostic:
    return RULE.finding(f"the index {index} repeats {repeated}", object=key, hint=line)
