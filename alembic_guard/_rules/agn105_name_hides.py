"""AGN105: a name that hides an attribute of a base, a mixin or the class itself."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN105",
    slug="name-hides-attribute",
    severity=Severity.WARNING,
    title="A model's attribute hides a method or attribute that the class has from elsewhere",
    why=(
        "Whoever calls Model.query or model.to_dict() gets a column or its value: an AttributeError or TypeError far from the class."
    ),
    bad="class Search(db.Model):\n    query = db.Column(db.Text)",
    good="class Search(db.Model):\n    search_params = db.Column('query', db.Text)",
    switchable=True,
)


def hides(where: str, what: str, cures: str) -> Diagnostic:
    return RULE.finding(f"it hides {what}", object=where, hint=cures)
