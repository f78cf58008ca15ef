"""AGN109: a rename that was declared and cannot be done."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN109",
    slug="rename-impossible",
    severity=Severity.ERROR,
    title="A declared rename cannot be done in this database",
    why=(
        "A name misspelled in renamed_from would leave drop plus add, the loss that the declaration was to prevent; and "
        "where both names exist, which of them holds the data is not for a tool to guess."
    ),
    bad='extra_data = mapped_column(JSON, info={"renamed_from": "metdata"})  # the column is called metadata',
    good='extra_data = mapped_column(JSON, info={"renamed_from": "metadata"})',
)


def impossible(where: str, old: str, why: str, hint: str) -> Diagnostic:
    return RULE.finding(f"declared as renamed from {old}, which cannot be: {why}", object=where, hint=hint)
