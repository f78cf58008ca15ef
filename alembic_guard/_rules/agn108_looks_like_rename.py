"""AGN108: a column dropped and one added that may be the same one."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN108",
    slug="looks-like-rename",
    severity=Severity.ERROR,
    title="A column is dropped and one like it is added: a rename written so loses the data",
    why=(
        "Autogenerate compares names only, so a renamed column comes out as drop_column plus add_column, and what the "
        "column held is gone. Nothing in model or database tells a rename from a drop; only the author knows."
    ),
    bad='extra_data = mapped_column(JSON)  # the database has a column "metadata" of that type',
    good='extra_data = mapped_column(JSON, info={"renamed_from": "metadata"})',
    switchable=True,
)


def looks_like_rename(table: TableName, dropped: str, added: Sequence[str], database: str) -> Diagnostic:
    listed = " or ".join(added)
    return RULE.finding(
        f"{table}.{dropped} would be dropped and {listed} added, which looks like a rename; written as drop and add it "
        f"loses what the column holds. In {database}",
        object=f"{table}.{dropped}",
        hint="\n".join([*(_renamed(table, dropped, each) for each in added), _dropped(dropped)]),
    )


def _renamed(table: TableName, dropped: str, added: str) -> str:
    return (
        f'it is {added}:     {added} = mapped_column(..., info={{"renamed_from": "{dropped}"}})\n'
        f"or, once:       alembic -x {quote(f'rename={table}.{dropped}:{added}')} revision --autogenerate "
        f'-m "rename {dropped}"'
    )


def _dropped(dropped: str) -> str:
    return f'it is a drop:   alembic -x rename=none revision --autogenerate -m "drop {dropped}"'
