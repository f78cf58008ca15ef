"""AGS102: a suppression of something that is not found."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGS102",
    slug="suppression-unused",
    severity=Severity.WARNING,
    title="A suppression silences nothing",
    why=(
        "The line it was written for is mended, or has moved, or the code is misspelt; left in place it silences whatever comes "
        "to that line next. Told of codes that `lint` itself looks for; those that only a compare with the database finds are "
        "left alone."
    ),
    bad='op.add_column("notes", sa.Column("title", sa.Text()))  # guard: ignore[AGO120] agreed with the auth team',
    good='op.add_column("notes", sa.Column("title", sa.Text()))',
    switchable=True,
)


def unused(path: str, line: int, codes: Sequence[str], unknown: Sequence[str]) -> Diagnostic:
    why = f"; there is no code {', '.join(unknown)}" if unknown else ""
    return RULE.finding(
        f"nothing of {', '.join(codes)} is found at the line that this suppression speaks for{why}",
        path=path,
        line=line,
        hint="Take the comment out.",
    )
