"""AGO120: a statement of a migration would change another owner's table; it did not run."""

from __future__ import annotations

from textwrap import shorten

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO120",
    slug="external-table-refused",
    severity=Severity.ERROR,
    title="A statement of a migration would change a table of another owner: it was refused before it ran",
    why=(
        "Whoever migrates a table relies on finding it as they left it. An op or raw SQL in a hand-written migration "
        "passes every filter of autogenerate."
    ),
    bad="op.execute('ALTER TABLE \"user\" ADD COLUMN nickname text')",
    good="op.create_table('user_profiles', sa.Column('user_id', sa.ForeignKey('user.id')), sa.Column('nickname', sa.Text()))",
)


def refused(table: TableName, owner: str, revision: str, statement: str, database: str, why: str = "") -> Diagnostic:
    """``statement``: its text, or what it was about to do."""
    because = f" ({why})" if why else ""
    return RULE.finding(
        f"a table of {owner} in {database}; {revision} would change it with: {shorten(statement, 300, placeholder=' ...')}"
        f"{because}; the statement did not run",
        object=str(table),
        hint=consent(revision, table),
    )


def would_change(table: TableName, owner: str, revision: str, statement: str) -> Diagnostic:
    """The same, read in the revision's file."""
    return RULE.finding(
        f"a table of {owner}; revision {revision} would change it with: {_short(statement)}; the fence refuses that",
        object=str(table),
        hint=consent(f"revision {revision}", table),
    )


def would_create(table: TableName, owner: str, revision: str, statement: str) -> Diagnostic:
    return RULE.finding(
        f"a table of {owner}; revision {revision} would create it with: {_short(statement)}",
        object=str(table),
        hint=f'Let {owner} create it. Where your chain is to: created_by="alembic" in its ExternalTables.',
    )


def _short(statement: str) -> str:
    return shorten(statement, 200, placeholder=" ...")


def consent(revision: str, table: TableName) -> str:
    """How to let one revision do it on purpose."""
    identifier = revision.split()[1]
    return (
        f"Let its owner make the change. If you agreed with them on this one: "
        f'Guard(..., allow=[Allow("{identifier}", "{table}", reason="...")])'
    )
