"""AGE103: the metadata has no tables."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE103",
    slug="empty-metadata",
    severity=Severity.ERROR,
    title="The metadata has no table: the models were probably not imported",
    why="Autogenerate compares the database with nothing and writes a drop for every table: a data-loss button.",
    bad="Guard('app.db:Base.metadata')  # app.db defines Base; the models are in app.models",
    good="Guard('app.models:Base.metadata')  # a module whose import defines the models",
)


def no_tables(spec: str) -> Diagnostic:
    return RULE.finding(
        "the metadata has no table of ours; expected the models' tables",
        object=spec,
        hint="Name the module whose import defines the models: Guard('app.models:Base.metadata').",
    )
