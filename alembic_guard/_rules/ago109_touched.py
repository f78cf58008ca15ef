"""AGO109: a table that our chain alters and never created."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO109",
    slug="touched-and-not-created",
    severity=Severity.WARNING,
    title="A table in no model is altered by our chain, and no revision of it creates the table: it is left alone",
    why=(
        "Chains that begin after a create_all, and squashed ones, alter tables that no revision creates. Such a table is "
        "neither ours for sure nor somebody else's."
    ),
    bad="# op.add_column('users', ...) in the first revision, and no class with __tablename__ = 'users'",
    good="Guard('app.models:Base.metadata', ours=['users'])",
    switchable=True,
)


def touched(table: TableName, where: str, *, refused: bool) -> Diagnostic:
    """``where``: the revision and its line; ``refused`` under ``undeclared="fail"``."""
    verdict = "refused, because the Guard says undeclared='fail'" if refused else "left alone"
    return RULE.finding(
        f"in no model; {where} alters it, and no revision creates it; {verdict}",
        object=str(table),
        hint=f"If it is yours: Guard(..., ours=[{str(table)!r}]). If not: name its owner in Guard(external=...).",
        severity=Severity.ERROR if refused else None,
    )


def touched_as_read(table: TableName, where: str) -> Diagnostic:
    """The same by the files alone, in which a model may be computed."""
    return RULE.finding(
        f"{where} alters it, and no revision creates it; no model was found that declares it",
        object=str(table),
        hint=f"If it is yours: Guard(..., ours=[{str(table)!r}]). If not: name its owner in Guard(external=...).",
    )
