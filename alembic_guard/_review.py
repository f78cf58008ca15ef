"""What the chain says about itself, as a report: ``python -m alembic_guard review``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sized
from typing import Any

from alembic_guard._history import Created, History, Touched
from alembic_guard._models import shown

JSON_VERSION = 1
"""Version of the JSON report's shape; it grows when a field is renamed or removed, never when one is added."""


def as_json(history: History) -> str:
    """``{"version": 1, "history": {"tables": [...], "touched": [...], "unknown": [...]}}``.

    A table is ``{"name", "schema", "revision", "file", "line", "conditional"}``, a touched one the same without
    ``conditional``, an unknown line ``{"revision", "file", "line", "message"}``.
    """
    found = {
        "tables": [{**_table(each), "conditional": each.conditional} for each in _in_order(history.tables.values())],
        "touched": [_table(each) for each in _in_order(history.touched.values())],
        "unknown": [
            {
                "revision": each.place.revision,
                "file": shown(each.place.path),
                "line": each.place.line,
                "message": each.message,
            }
            for each in history.unread
        ],
    }
    return json.dumps({"version": JSON_VERSION, "history": found}, indent=2, ensure_ascii=False)


def as_text(history: History) -> str:
    """The same for a terminal."""
    return "\n".join(_lines(history))


def _lines(history: History) -> Iterator[str]:
    yield f"{_count(history.tables, 'table')} created by the chain"
    for created in _in_order(history.tables.values()):
        yield f"  {created.name}  {_where(created)}{'  under a condition' if created.conditional else ''}"
    if history.touched:
        yield f"{_count(history.touched, 'table')} altered and not created by it: name yours in Guard(ours=[...])"
    for touched in _in_order(history.touched.values()):
        yield f"  {touched.name}  {_where(touched)}"
    if history.unread:
        yield f"{_count(history.unread, 'line')} that cannot be read without running it"
    for each in history.unread:
        yield f"  {shown(each.place.path)}:{each.place.line}  {each.message}"


def _count(found: Sized, what: str) -> str:
    return f"{len(found)} {what}{'' if len(found) == 1 else 's'}"


def _in_order(found: Any) -> list[Any]:
    return sorted(found, key=lambda each: each.name)


def _where(each: Created | Touched) -> str:
    return f"{each.place.revision} ({shown(each.place.path)}:{each.place.line})"


def _table(each: Created | Touched) -> dict[str, Any]:
    return {
        "name": each.name.name,
        "schema": each.name.schema,
        "revision": each.place.revision,
        "file": shown(each.place.path),
        "line": each.place.line,
    }
