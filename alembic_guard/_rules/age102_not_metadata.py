"""AGE102: what was given as metadata is none."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE102",
    slug="not-a-metadata",
    severity=Severity.ERROR,
    title="The Guard's metadata is not a MetaData",
    why=(
        "target_metadata = None turns autogenerate off. A model column named `metadata` is mapped by SQLAlchemy 2.1, "
        "so Model.metadata becomes an InstrumentedAttribute and Alembic dies later with \"no attribute 'sorted_tables'\"."
    ),
    bad="Guard(None)",
    good="Guard('app.models:Base.metadata')",
)


def not_metadata(spec: str, found: str, hint: str) -> Diagnostic:
    return RULE.finding(f"expected a sqlalchemy.MetaData, found {found}", object=spec, hint=hint)
