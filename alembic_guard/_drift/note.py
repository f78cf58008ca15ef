"""A note on an exception that is somebody else's."""

from __future__ import annotations

MARK = "alembic_guard: "
"""What our notes begin with."""


class Explanation(Exception):
    """On Python 3.10, which has no notes: stands at the end of an exception's chain and is never raised by itself."""


def add_note(error: BaseException, note: str) -> None:
    """PEP 678; on Python 3.10 the traceback shows it as what the error came from."""
    add = getattr(error, "add_note", None)
    if add is not None:
        add(note)
        return
    last = error
    while (before := last.__cause__ or getattr(last, "orig", None)) is not None and before is not last:
        last = before
    last.__cause__ = Explanation(note)


def explanation_of(error: BaseException) -> str | None:
    """What ``explain_errors`` said of an error, for a handler that answers with it; None where it said nothing.

    .. versionadded:: 0.1
    """
    notes: list[str] = getattr(error, "__notes__", [])
    found = next((each for each in notes if each.startswith(MARK)), None)
    last: BaseException | None = error
    while found is None and last is not None:
        last = last.__cause__ or getattr(last, "orig", None)
        found = str(last) if isinstance(last, Explanation) else None
    return found
