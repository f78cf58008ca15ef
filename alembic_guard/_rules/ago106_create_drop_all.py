"""AGO106: create_all or drop_all would reach a table of another owner."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO106",
    slug="create-all-reaches-external",
    severity=Severity.ERROR,
    title="create_all() or drop_all() would create or drop a table of another owner",
    why=(
        "A stub in Base.metadata is an ordinary table to SQLAlchemy: drop_all() drops the real `user` table and every "
        "account with it. The listener fires before any DDL, so nothing has happened yet."
    ),
    bad="auth.attach(Base.metadata)\nBase.metadata.drop_all(engine)",
    good="auth.attach(Base.metadata)\nBase.metadata.drop_all(engine, tables=[Chat.__table__, Message.__table__])",
)


def would_reach(verb: str, owner: str, tables: Sequence[TableName], database: str) -> Diagnostic:
    names = ", ".join(str(table) for table in tables)
    if verb == "create":
        step = f"Let {owner}'s migrator create them; in a test database: <the ExternalTables>.create_all(connection)."
    else:
        step = "Name the tables that are yours: Base.metadata.drop_all(engine, tables=[...])."
    return RULE.finding(
        f"{verb}_all() on {database} would {verb} {owner}'s tables; expected only ours, found {names}; nothing was run",
        object=names,
        hint=step,
    )
