"""AGE107: two MetaData declare one table."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE107",
    slug="table-in-two-metadata",
    severity=Severity.ERROR,
    title="Two of the Guard's MetaData declare the same table",
    why='Alembic refuses with "Duplicate table keys across multiple MetaData objects" and cannot compare.',
    bad="Guard([Base.metadata, auth.metadata])  # and auth.attach(Base.metadata)",
    good="Guard(Base.metadata)  # keys into auth['user'] are found by themselves",
)


def duplicate(table: TableName, owner: str | None) -> Diagnostic:
    if owner:
        hint = f"Attach {owner}'s tables to one MetaData only; elsewhere ForeignKey(auth[{table.name!r}].c....) needs no attach."
    else:
        hint = "Take one of the two MetaData out of the Guard, or give one of the tables another name or schema."
    return RULE.finding("declared in more than one of the Guard's MetaData; expected one", object=str(table), hint=hint)
