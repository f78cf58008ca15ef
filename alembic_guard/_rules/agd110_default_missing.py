"""AGD110: the model leaves a column to the database, and the database fills it with nothing."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD110",
    slug="default-missing",
    severity=Severity.WARNING,
    title="The model leaves a required column to the database, which has no default for it",
    why=(
        "SQLAlchemy leaves a column with a server default, an identity or autoincrement out of an INSERT, and an INSERT "
        "without it fails: NOT NULL constraint failed. One that gives it a value works."
    ),
    bad="op.add_column('runs', sa.Column('made', sa.DateTime(), nullable=False))  # server_default in the model only",
    good="op.add_column('runs', sa.Column('made', sa.DateTime(), nullable=False, server_default=sa.func.now()))",
)


def default_missing(column: str, filled: str, type_: str, database: str) -> Diagnostic:
    return RULE.finding(
        f"the model expects {filled}; {database} has {type_} NOT NULL without one",
        object=column,
        hint="Write the default into a revision (op.alter_column), or give the model a default of its own; for an id that the "
        "application chooses: autoincrement=False.",
    )
