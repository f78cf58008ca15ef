"""A note on an exception that is somebody else's."""

from __future__ import annotations


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
