"""AGD105: the database wants a value for a column that no model knows."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD105",
    slug="required-column-unknown",
    severity=Severity.ERROR,
    title="The database requires a value for a column that the model does not have",
    why="Each INSERT of the model fails: NOT NULL constraint failed, Field doesn't have a default value.",
    bad="op.add_column('runs', sa.Column('kind', sa.Text(), nullable=False))  # old code still runs",
    good="op.add_column('runs', sa.Column('kind', sa.Text(), nullable=False, server_default='chat'))",
)


def required_column(column: str, type_: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"no model has this column; {database} has {type_} NOT NULL without a default, so INSERTs fail", object=column
    )
