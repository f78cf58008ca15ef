"""What is found, as data: a diagnostic, its severity, and where it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum


class Severity(Enum):
    """How much a finding weighs: an error stops the command, a warning is written beside the op, an info is told.

    .. versionadded:: 0.1
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding is: a database object (``public.user.email``), a file and line, or both.

    .. versionadded:: 0.1
    """

    object: str | None = None
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        at = f"{self.path}:{self.line}" if self.path and self.line else self.path
        if self.object and at:
            return f"{self.object} ({at})"
        return self.object or at or "(nowhere)"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a code that lives forever, a severity, a place, what is wrong, and the next step to paste.

    Args:
        code: Family and number, ``AGO103``; families are AGO ownership, AGC contract, AGR references,
            AGL locks, AGN names, AGD drift, AGE environment, AGS suppressions.
        severity: What it does to the command that found it.
        location: The object, the file and line, or both.
        message: The object in full, what was expected, what was found; no password is ever in it.
        hint: The smallest next step, ready to paste; empty where there is none.
        slug: The rule's name in words, ``undeclared-table``.
        standing: Whether it tells of what was there before the migration at hand, which then does not repeat it.

    .. versionadded:: 0.1
    """

    code: str
    severity: Severity
    location: Location
    message: str
    hint: str = ""
    slug: str = field(default="", compare=False)
    standing: bool = field(default=False, compare=False)

    def __hash__(self) -> int:
        return hash((self.code, self.message, self.location.object))

    def at(self, path: str | None, line: int | None) -> Diagnostic:
        """The same finding with a file and line added, where it has none yet."""
        if self.location.path or not path:
            return self
        return replace(self, location=replace(self.location, path=path, line=line))

    def of_what_stands(self) -> Diagnostic:
        """The same finding about something that is there already: adoption day is no reason to stop, so it warns."""
        severity = Severity.WARNING if self.severity is Severity.ERROR else self.severity
        return replace(self, severity=severity, standing=True)
