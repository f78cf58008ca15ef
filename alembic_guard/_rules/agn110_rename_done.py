"""AGN110: a rename that this database has had."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN110",
    slug="rename-done",
    severity=Severity.INFO,
    title="A declared rename is done here, and its declaration can go",
    why=(
        "renamed_from does nothing once no database has the old name; left in the model it would claim a later column of "
        "that name as its own."
    ),
    bad='extra_data = mapped_column(JSON, info={"renamed_from": "metadata"})  # every database has extra_data',
    good="extra_data = mapped_column(JSON)",
    switchable=True,
)


def done(where: str, old: str) -> Diagnostic:
    return RULE.finding(
        f"renamed from {old} in this database",
        object=where,
        hint=f"Once every database has the migration, take info={{'renamed_from': {old!r}}} out of the model.",
    )
