"""AGS101: a suppression that gives no reason."""

from __future__ import annotations

from collections.abc import Iterable

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGS101",
    slug="suppression-without-reason",
    severity=Severity.WARNING,
    title="A suppression gives no reason and does nothing",
    why="Whoever meets the line next year cannot tell whether the finding was judged or only silenced.",
    bad="user_id = mapped_column(ForeignKey(auth['user'].c.id))  # guard: ignore[AGR105]",
    good="user_id = mapped_column(ForeignKey(auth['user'].c.id))  # guard: ignore[AGR105] key moves to v2 in March",
    switchable=True,
)


def reason_missing(path: str, line: int, codes: Iterable[str]) -> Diagnostic:
    named = ", ".join(codes)
    said = f"the suppression of {named} gives no reason" if named else "the suppression names no code"
    return RULE.finding(
        f"{said}, so it is not honoured",
        path=path,
        line=line,
        hint=f"# guard: ignore[{named or 'AGR105'}] why this is right here",
    )
