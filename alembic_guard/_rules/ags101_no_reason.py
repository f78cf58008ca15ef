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
    return RULE.finding(
        f"the suppression of {named or 'no code'} gives no reason, so it is not honoured",
        path=path,
        line=line,
        hint=f"# guard: ignore[{named}] why this is right here",
    )
