"""AGN104: a name that is silently not mapped."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN104",
    slug="name-not-mapped",
    severity=Severity.ERROR,
    title="A model's attribute has a name that SQLAlchemy leaves out: there is no column",
    why=(
        "Names between double underscores and those that begin with _sa_ are skipped without a word; the class is made, and the "
        "table lacks the column."
    ),
    bad="class History(Base):\n    __doc__ = mapped_column(Text)",
    good="class History(Base):\n    doc_value = mapped_column('__doc__', Text)",
    switchable=True,
)


def not_mapped(where: str, style: str, cures: str) -> Diagnostic:
    return RULE.finding(f"{style} does not map an attribute of this name, and says nothing", object=where, hint=cures)
