"""What a check found, as a value, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._drift.cause import Cause
from alembic_guard._drift.comparison import Part
from alembic_guard._drift.identity import DatabaseIdentity
from alembic_guard._report import as_json as diagnostics_as_json
from alembic_guard._report import as_text as diagnostics_as_text
from alembic_guard._stop import stop

JSON_VERSION = 1
"""Version of the JSON report's shape; it grows when a field is renamed or removed, never when one is added."""


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """Model against database.

    Args:
        database: Which database was asked.
        diagnostics: What was found; errors are what makes the application's own queries fail.
        parts: Each key, index and unique of ours, and whether the database has it.
        cause: Why, of the first error; each error tells its own in its message.

    .. versionadded:: 0.1
    """

    database: DatabaseIdentity
    diagnostics: tuple[Diagnostic, ...] = ()
    parts: tuple[Part, ...] = ()
    cause: Cause | None = None

    @property
    def ok(self) -> bool:
        """Whether no finding is an error, so that the application's queries can work."""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that are errors."""
        return tuple(each for each in self.diagnostics if each.severity is Severity.ERROR)

    def raise_for_errors(self) -> None:
        """Stop the application where a finding is an error.

        Raises:
            GuardError: With all findings; its text is the first error in one line.
        """
        if not self.ok:
            stop(*self.diagnostics)

    def __str__(self) -> str:
        return as_text(self)


def as_text(report: SchemaReport) -> str:
    """For a terminal or a log."""
    return "\n".join(_lines(report))


def _lines(report: SchemaReport) -> Iterator[str]:
    yield report.database.described
    if report.diagnostics:
        yield diagnostics_as_text(report.diagnostics)
    for part in report.parts:
        yield f"{'verified' if part.verified else 'MISSING '}  {part.table}  {part.described}"


def as_json(report: SchemaReport) -> str:
    """``{"version": 1, "ok", "database": {"dialect", "url", "key", "facts"}, "cause": {"kind", "sentence",
    "evidence", "ruled_out", "next_step"} or null, "diagnostics": [...], "parts": [{"table", "kind", "described",
    "verified"}]}``."""
    found = {
        "version": JSON_VERSION,
        "ok": report.ok,
        "database": report.database.as_dict(),
        "cause": asdict(report.cause) if report.cause else None,
        "diagnostics": json.loads(diagnostics_as_json(report.diagnostics))["diagnostics"],
        "parts": [
            {"table": each.table, "kind": each.kind, "described": each.described, "verified": each.verified}
            for each in report.parts
        ],
    }
    return json.dumps(found, indent=2, ensure_ascii=False)
