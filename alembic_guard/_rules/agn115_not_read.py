"""AGN115: a file that the linter cannot read."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN115",
    slug="file-not-read",
    severity=Severity.WARNING,
    title="A file cannot be parsed, so its names are not looked at",
    why="A clean report of files that were skipped would be a promise that nobody made.",
    bad="# a file of another Python version, or with another encoding than it says",
    good="# a file that this Python can compile",
    switchable=True,
)


def not_read(path: str, why: str, line: int | None = None) -> Diagnostic:
    return RULE.finding(f"cannot be read: {why}", path=path, line=line)
