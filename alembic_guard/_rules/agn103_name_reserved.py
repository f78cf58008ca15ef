"""AGN103: a name that SQLAlchemy warns about and maps."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN103",
    slug="name-reserved",
    severity=Severity.WARNING,
    title="A model's attribute has a name that is reserved: it is mapped, with a warning",
    why=(
        "Since SQLAlchemy 2.1 a column named `metadata` only warns, and then hides the MetaData: a target_metadata that is read from the "
        "model is an InstrumentedAttribute and fails much later. On 2.0 the same class raises."
    ),
    bad="class History(Base):\n    metadata: Mapped[dict] = mapped_column(JSON)",
    good="class History(Base):\n    extra_data: Mapped[dict] = mapped_column(JSON, info={'renamed_from': 'metadata'})",
    switchable=True,
)


def reserved(where: str, style: str, warning: str, cures: str) -> Diagnostic:
    return RULE.finding(f"{style} maps it and warns: {warning}", object=where, hint=cures)
