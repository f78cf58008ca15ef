"""What Alembic is about to reflect, read before it asks: of our tables alone, and not one table at a time.

Alembic (1.18.3 - 1.20.1) reads all tables of a schema ahead itself, and keeps them in its Inspector's ``info_cache`` under
names of its own. It reads *everything* where no table of ours is there yet, and where more than half of more than a
hundred are ours; only the first of several schemas; and for each SERIAL column it asks once more. Where these names are
not found in Alembic, nothing is read ahead and Alembic does as it always does: the differences are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Inspector

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.postgresql_reader import PostgreSQLReader
from alembic_guard._compare.sqlite_reader import SQLiteReader

_CACHED = "alembic_"
"""What Alembic's keys in ``info_cache`` begin with."""

AT_ONCE = 10_000
"""Names in one statement: SQLAlchemy sends each as a parameter, and PostgreSQL takes 65,535 of these."""


def kinds() -> Sequence[str]:
    """What Alembic reads ahead: ``columns``, ``indexes``, ...; none where it does not do so in the way we know."""
    try:
        from alembic.autogenerate.compare.util import _INSP_KEYS, _InspectorConv
    except ImportError:
        return ()
    return _INSP_KEYS if hasattr(_InspectorConv, "pre_cache_tables") else ()


def reader_of(inspector: Inspector, connection: Connection) -> Any:
    """What answers an Inspector's ``get_multi_...`` in fewer statements than it; the Inspector itself on others."""
    match connection.dialect.name:
        case "sqlite":
            return SQLiteReader(inspector, connection)
        case "postgresql":
            return PostgreSQLReader(inspector, connection)
    return inspector


def read_ahead(reader: Any, inspector: Inspector, names: Mapping[str | None, Iterable[str]]) -> None:
    """Put what ``reader`` says of these tables, by schema, where Alembic looks for it.

    Args:
        reader: An Inspector, or what answers its ``get_multi_...``.
    """
    for kind in kinds():
        inspector.info_cache[f"{_CACHED}{kind}"] = _read(getattr(reader, f"get_multi_{kind}"), names)


def list_ahead(inspector: Inspector, catalogue: Catalogue) -> None:
    """Let the Inspector of this compare name the tables that have been listed once already."""
    ask = inspector.get_table_names
    known: set[str | None] = {None} if catalogue.dialect in ("sqlite", "postgresql") else set()
    if catalogue.dialect == "postgresql":
        known |= catalogue.schemas

    @wraps(ask)
    def get_table_names(schema: str | None = None, **kw: Any) -> list[str]:
        return catalogue.listed(schema) if schema in known and not kw else ask(schema, **kw)

    given: Any = inspector
    given.get_table_names = get_table_names


def _read(ask: Any, names: Mapping[str | None, Iterable[str]]) -> Any:
    found: dict[tuple[str | None, str], Any] = {}
    try:
        for schema, wanted in names.items():
            for some in _chunks(sorted(wanted)):
                found.update(ask(schema=schema, filter_names=some))
    except NotImplementedError:
        return NotImplementedError  # so Alembic marks what a dialect cannot tell
    return found


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
