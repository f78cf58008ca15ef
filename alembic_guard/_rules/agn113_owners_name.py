"""AGN113: a model whose table has the name of another owner's."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN113",
    slug="table-of-another-owner",
    severity=Severity.ERROR,
    title="A model of ours has the name of a table that another owner migrates",
    why=(
        "Two migrators would work on one table; with the model in our metadata autogenerate alters what it does not own."
    ),
    bad="class User(Base):\n    __tablename__ = 'user'  # better_auth() owns it",
    good="class User(Base):\n    __table__ = auth['user']",
    switchable=True,
)


def owners_name(where: str, owner: str) -> Diagnostic:
    return RULE.finding(
        f"{owner} owns a table of this name",
        object=where,
        hint="Another __tablename__; or, to map the owner's table, __table__ = <the ExternalTables>[name].",
    )
