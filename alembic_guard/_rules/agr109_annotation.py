"""AGR109: a model says another Python type than the key has."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR109",
    slug="key-annotation",
    severity=Severity.ERROR,
    title="A model's annotation names another Python type than the foreign key resolves to",
    why=(
        "A key without a type of its own takes that of the column it refers to, whatever Mapped[...] says: with text ids "
        "`Mapped[int]` is written as TEXT, and the type checker believes in numbers that never come."
    ),
    bad="user_id: Mapped[int] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'), index=True)",
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id, ondelete='CASCADE'), index=True)",
    switchable=True,
)


def other_annotation(key: str, annotation: str, type_: str, python: str, line: str) -> Diagnostic:
    return RULE.finding(
        f"the model says Mapped[{annotation}]; the key is {type_}, whose values are {python}", object=key, hint=line
    )
