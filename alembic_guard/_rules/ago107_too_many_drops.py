"""AGO107: a diff that drops more than half of what is ours."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO107",
    slug="more-than-half-dropped",
    severity=Severity.ERROR,
    title="More than half of our tables would be dropped: the models were probably not imported",
    why="A module of models that nobody imports leaves the metadata empty, and autogenerate then drops what it declares.",
    bad="alembic -x 'drop=*' revision --autogenerate  # with app/models.py not imported by app/db.py",
    good="alembic -x drop=old_table revision --autogenerate",
    switchable=True,
)


def too_many(tables: Sequence[TableName], ours: int, metadata: str, database: str) -> Diagnostic:
    """``ours``: how many tables of ours the database has."""
    names = ", ".join(map(str, tables))
    return RULE.finding(
        f"{len(tables)} of our {ours} tables in {database} are in no model and would be dropped: {names}",
        object=metadata,
        hint="Import every module of models where the metadata is defined; or name each table: "
        + " ".join("-x " + quote(f"drop={name}") for name in tables),
    )
