"""AGO103: a table in the database that nobody declared."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO103",
    slug="undeclared-table",
    severity=Severity.INFO,
    title="A table in the database is in no model and has no declared owner: it is left alone",
    why=(
        "Bare Alembic writes op.drop_table for every table it finds in no model (alembic#596, #777, #1629). A table "
        "that nobody mentioned is somebody else's until somebody says so."
    ),
    bad="# a database with Django's tables, and Guard('app.models:Base.metadata')",
    good="Guard('app.models:Base.metadata', external=[ExternalTables('django', patterns=['django_*', 'auth_*'])])",
    switchable=True,
)


def undeclared_kept(table: TableName, likeness: str) -> Diagnostic:
    return RULE.finding(_message(table, likeness) + "left alone", object=str(table), hint=_HINT)


def undeclared_refused(table: TableName, likeness: str) -> Diagnostic:
    """The same finding under ``undeclared="fail"``."""
    return RULE.finding(
        _message(table, likeness) + "refused, because the Guard says undeclared='fail'",
        object=str(table),
        hint=_HINT,
        severity=Severity.ERROR,
    )


def _message(table: TableName, likeness: str) -> str:
    whose = f", {likeness}" if likeness else ""
    return f"in the database and in no model{whose}; "


_HINT = "Name its owner: Guard(..., external=[ExternalTables('their-name', ['table', ...], patterns=['prefix_*'])])."
