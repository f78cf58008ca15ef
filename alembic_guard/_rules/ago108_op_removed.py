"""AGO108: something proposed an op on a table that is not ours, and it was taken out."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO108",
    slug="op-on-external-table-removed",
    severity=Severity.INFO,
    title="An operation on a table of another owner was taken out of the diff",
    why="Other plugins and comparators do not know who owns what; what they propose for others' tables never happens.",
    bad="# a comparator that proposes op.create_index(..., 'user', ...)",
    good="# the owner's migrator creates the index",
    switchable=True,
)


def op_removed(op: str, table: TableName, owner: str) -> Diagnostic:
    return RULE.finding(f"{op} was proposed for a table of {owner} and taken out", object=str(table))
