"""AGE120: a contract file that cannot be read."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE120",
    slug="bad-contract-file",
    severity=Severity.ERROR,
    title="A contract file is missing or holds no contract",
    why="Without it nobody knows whose the tables are, and a guess could drop them.",
    bad='ExternalTables.load("contracts/better_auth.json")  # a merge left its markers in it',
    good="python -m alembic_guard pull better-auth user session --output contracts/better_auth.json",
)

_AGAIN = "Write it anew from the database: python -m alembic_guard pull OWNER TABLE... --output FILE"


def unreadable(path: str, reason: str) -> Diagnostic:
    return RULE.finding(f"expected a contract file, found: {reason}", path=path, hint=_AGAIN)


def wrong(path: str, line: int | None, what: str) -> Diagnostic:
    hint = "Upgrade alembic-guard-hooks to read it." if what.endswith("it is older") else _AGAIN
    return RULE.finding(f"expected a contract file, but {what}", path=path, line=line, hint=hint)
