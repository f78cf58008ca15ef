"""Another name for a column whose own makes trouble."""

from __future__ import annotations

from collections.abc import Collection

_KNOWN = {"metadata": "extra_data", "query": "search_params", "registry": "lookup_info"}
"""What teams have called them since; each says more than the word it replaces."""

_ENDINGS = ("_value", "_data", "_info", "_1")


def suggestion(name: str, taken: Collection[str] = ()) -> str:
    """A name that is free: not among those ``taken``."""
    plain = name.strip("_") or "column"
    first = _KNOWN.get(plain, f"{plain}_value")
    candidates = [first, *(f"{plain}{ending}" for ending in _ENDINGS)]
    free = (each for each in candidates if each not in taken)
    return next(free, f"{plain}_{len(taken)}")
