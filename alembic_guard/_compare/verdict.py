"""What becomes of the findings of a compare: the user's severities, suppressions with a reason, one report, one error."""

from __future__ import annotations

import logging
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._errors import GuardError
from alembic_guard._guard import Guard
from alembic_guard._report import as_text
from alembic_guard._suppressions import Suppression, suppressions_in, without_suppressed

log = logging.getLogger("alembic.guard")


def verdict(guard: Guard, findings: Iterable[Diagnostic], notes: Iterable[Diagnostic] = ()) -> tuple[Diagnostic, ...]:
    """The findings that count, each once.

    Args:
        notes: More findings, of which none is an error: told beside errors, and not asked for where there are none.

    Raises:
        GuardError: When one of them is an error; the report is printed first, because Alembic prints one line only.
    """
    found = tuple(findings)
    counted = _counted(guard, found)
    if any(each.severity is Severity.ERROR for each in counted):
        counted = _counted(guard, (*found, *notes))
        print(as_text(counted), file=sys.stderr)
        raise GuardError(counted)
    return counted


def _counted(guard: Guard, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    # Once each: a suppression without a reason is met before the compare and again after it.
    return tuple(dict.fromkeys(guard.judged(without_suppressed(found, _suppressions_of(found)))))


def tell(diagnostics: Sequence[Diagnostic]) -> None:
    """Warnings and notes go where Alembic's own messages go."""
    warnings = [each for each in diagnostics if each.severity is Severity.WARNING]
    notes = [each for each in diagnostics if each.severity is Severity.INFO]
    if warnings:
        log.warning("%s", as_text(warnings))
    if notes and log.isEnabledFor(logging.INFO):
        log.info("%s", as_text(notes))


def _suppressions_of(diagnostics: Sequence[Diagnostic]) -> Iterator[Suppression]:
    """Those in the files that the findings point into; a file that cannot be read has none."""
    for path in sorted({each.location.path for each in diagnostics if each.location.path}):
        try:
            with tokenize.open(path) as file:
                yield from suppressions_in(file.read(), path)
        except (OSError, UnicodeDecodeError, SyntaxError):
            continue
