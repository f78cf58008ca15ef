"""Alembic's `compare_type` hook: the user's own is asked first, then the live column that a key takes its type from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic_guard._compare.comparison import Comparison

CompareType = Callable[[Any, Any, Any, Any, Any], "bool | None"]


def type_comparer(comparison: Comparison, users: CompareType | bool) -> CompareType | bool:
    """A `compare_type`; False stays False."""
    if users is False:
        return False

    def compare_type(context: Any, inspected_column: Any, column: Any, inspected_type: Any, type_: Any) -> bool | None:
        answer = users(context, inspected_column, column, inspected_type, type_) if callable(users) else None
        return comparison.type_differs(inspected_column, column) if answer is None else answer

    return compare_type
