"""The one exception, an Alembic ``CommandError`` that carries what was found."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

from alembic.util import CommandError

from alembic_guard._diagnostics import Diagnostic, Severity


class GuardError(CommandError):
    """A command was stopped before it could do harm; ``.diagnostics`` says why.

    The text is one line, because Alembic rewraps an error's text on a terminal into one paragraph
    (``alembic.util.messaging.msg``); the whole report is printed before it.

    Args:
        diagnostics: Every finding of the run, errors first.

    .. versionadded:: 0.1
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        found = tuple(sorted(diagnostics, key=lambda each: each.severity is not Severity.ERROR))
        self.diagnostics: tuple[Diagnostic, ...] = found
        super().__init__(_one_line(found))

    def __reduce__(self) -> tuple[type[GuardError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


def _one_line(diagnostics: tuple[Diagnostic, ...]) -> str:
    errors = [each for each in diagnostics if each.severity is Severity.ERROR] or list(diagnostics)
    if not errors:
        return "alembic_guard stopped the command"
    first = errors[0]
    message = shorten(first.message, _LONG, placeholder=" ...")
    more = f" (and {len(errors) - 1} more, see the report above)" if len(errors) > 1 else ""
    hint = f" | hint: {shorten(first.hint, _LONG, placeholder=' ...')}" if first.hint else ""
    return f"{first.code} {shorten(str(first.location), _LONG, placeholder=' ...')}: {message}{more}{hint}"


_LONG = 1000
"""Characters; what is longer stands in the report above the line."""
