"""AGN114: a migration that makes a column whose name no model can use as it is."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN114",
    slug="reserved-in-migration",
    severity=Severity.WARNING,
    title="A migration makes a column with a name that a model cannot have as its attribute",
    why=(
        "The table is made without complaint; the model that maps it then breaks or hides what it must not, and the rename that "
        "follows has to keep the data."
    ),
    bad="op.create_table('history', sa.Column('metadata', sa.JSON()))",
    good="op.create_table('history', sa.Column('extra_data', sa.JSON()))",
    switchable=True,
)


def in_migration(where: str, name: str, why: str, suggested: str) -> Diagnostic:
    return RULE.finding(
        f"a model cannot call its attribute {name}: {why}",
        object=where,
        hint=f"If this revision has run nowhere, call the column {suggested}; else map it as "
        f'{name.strip("_")}_ = mapped_column("{name}", ...)',
    )
