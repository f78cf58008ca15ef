"""Source files of the models, and whether they have changed since this process read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from sysconfig import get_paths

from sqlalchemy import Table

from alembic_guard._models import classes_by_table

_WRITTEN: dict[str, float] = {}
"""When each file was last written, as this process saw it first."""


def remember_sources() -> None:
    """Note when the source files of all modules but Python's own and installed ones were written: at every check, since
    more may have been imported."""
    installed = tuple(get_paths()[key] + os.sep for key in ("stdlib", "purelib", "platlib"))
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and path not in _WRITTEN and not path.startswith(installed):
            _WRITTEN[path] = _written(path)


def changed_sources(tables: Iterable[Table]) -> tuple[str, ...]:
    """Files that declare these tables' classes and were written after this process first looked at them."""
    mapped = classes_by_table()
    modules = {sys.modules.get(each.__module__) for table in tables for each in mapped.get(table, ())}
    files = {str(path) for module in modules if (path := getattr(module, "__file__", None))}
    return tuple(sorted(each for each in files if _written(each) != _WRITTEN.get(each, _written(each))))


def _written(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0
