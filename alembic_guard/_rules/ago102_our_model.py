"""AGO102: a model of ours declares a table that another owner holds."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO102",
    slug="model-of-an-external-table",
    severity=Severity.ERROR,
    title="A model declares a table that an external owner claims, and does not say that it is external",
    why=(
        "Autogenerate would create or alter the owner's table from the model. Better Auth's names are general "
        "(account, session, member, team), so the model may as well be another table that happens to share the name."
    ),
    bad="class Account(Base):\n    __tablename__ = 'account'",
    good="class Account(Base):\n    __tablename__ = 'account'\n    __table_args__ = {'info': external('better-auth')}",
)


def our_model(table: TableName, owner: str) -> Diagnostic:
    return RULE.finding(
        f"a model declares this table, and {owner} claims it; expected one of the two",
        object=str(table),
        hint=(
            f"If the model describes {owner}'s table: __table_args__ = {{'info': external({owner!r})}}. "
            "If it is a table of yours: give it another __tablename__."
        ),
    )
