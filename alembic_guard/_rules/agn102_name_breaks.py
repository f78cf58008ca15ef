"""AGN102: a name with which the model cannot be made or used."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN102",
    slug="name-breaks-model",
    severity=Severity.ERROR,
    title="A model's attribute has a name with which the class cannot be made, or no row written",
    why=(
        "SQLAlchemy 2.0 raises for `metadata` while the models are imported, before Alembic or anything else can say what is "
        "wrong; pydantic and Flask-SQLAlchemy refuse names of their own. Found by trying the name with what is installed."
    ),
    bad="class History(Base):\n    metadata: Mapped[dict] = mapped_column(JSON)",
    good="class History(Base):\n    metadata_: Mapped[dict] = mapped_column('metadata', JSON)",
    switchable=True,
)


def breaks(where: str, style: str, error: str, cures: str) -> Diagnostic:
    return RULE.finding(f"{style} cannot have an attribute of this name: {error}", object=where, hint=cures)
