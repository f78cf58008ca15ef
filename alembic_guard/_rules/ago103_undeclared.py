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


def undeclared_kept(table: TableName, looks_like: str | None) -> Diagnostic:
    return RULE.finding(_message(table, looks_like) + "left alone", object=str(table), hint=_hint())


def undeclared_refused(table: TableName, looks_like: str | None) -> Diagnostic:
    """The same finding under ``undeclared="fail"``."""
    return RULE.finding(
        _message(table, looks_like) + "refused, because the Guard says undeclared='fail'",
        object=str(table),
        hint=_hint(),
        severity=Severity.ERROR,
    )


def _message(table: TableName, looks_like: str | None) -> str:
    whose = f", its name is one of {looks_like}'s" if looks_like else ""
    return f"in the database and in no model{whose}; "


def _hint() -> str:
    return "Name its owner: Guard(..., external=[ExternalTables('their-name', ['table', ...], patterns=['prefix_*'])])."
