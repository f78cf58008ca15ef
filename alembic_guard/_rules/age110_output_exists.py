"""AGE110: the file to write exists."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE110",
    slug="output-exists",
    severity=Severity.ERROR,
    title="The file that a command was told to write exists",
    why="It may hold models or a contract that somebody wrote; they are never written over.",
    bad="python -m alembic_guard adopt --output app/models.py  # app/models.py is there",
    good="python -m alembic_guard adopt --output app/adopted.py",
)


def exists(path: str, hint: str = "Name another file, or leave --output out to see the models.") -> Diagnostic:
    return RULE.finding(
        "expected a new file, found one; it is unchanged",
        path=path,
        hint=hint,
    )
