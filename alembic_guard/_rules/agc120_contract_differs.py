"""AGC120: the live database is not what the contract file says."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGC120",
    slug="contract-differs",
    severity=Severity.ERROR,
    title="Another owner's table differs from the contract file",
    why="Types of keys and checks come from the file; the owner has migrated, or the file is of another database.",
    bad="python -m alembic_guard pull better-auth --output contracts/better_auth.json --check  # user.role is new",
    good="python -m alembic_guard pull better-auth --output contracts/better_auth.json --update",
)


def differs(
    object: str, in_file: str | None, in_database: str | None, path: str, owner: str, database: str
) -> Diagnostic:
    return RULE.finding(
        f"{path} has {in_file or 'nothing'}; {database} has {in_database or 'nothing'}",
        object=object,
        hint=f"python -m alembic_guard pull {owner} --output {path} --update",
    )
