"""AGE101: the models cannot be imported."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE101",
    slug="models-import-failed",
    severity=Severity.ERROR,
    title="The models cannot be imported",
    why="Without the models there is nothing to compare the database with; a half-imported package would look like drops.",
    bad="Guard('app.modles:Base.metadata')",
    good="Guard('app.models:Base.metadata')",
)


def import_failed(spec: str, error: str, path: str | None, line: int | None, hint: str) -> Diagnostic:
    return RULE.finding(
        f"importing {spec!r} failed: {error}", object=None if path else spec, path=path, line=line, hint=hint
    )
