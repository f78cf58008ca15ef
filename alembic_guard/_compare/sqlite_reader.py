"""SQLite's tables, read in a few statements however many they are.

SQLAlchemy asks SQLite for one table at a time, eleven statements each, of which one goes through the whole of
sqlite_master. Here its dialect reads from a connection that knows the answers; what it does not know it asks the database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import DBAPIError, NoSuchTableError, UnreflectableTableError

_Rows = list[tuple[Any, ...]]
_Found = dict[tuple[str | None, str], Any]

# As the pragmas themselves answer (SQLite documentation, "PRAGMA functions"); in front of it the table or index.
_PRAGMAS = {
    "table_xinfo": 't.value, p.cid, p.name, p.type, p."notnull", p.dflt_value, p.pk, p.hidden'
    " FROM json_each(?) t, pragma_table_xinfo(t.value, {schema}) p",
    "foreign_key_list": 't.value, p.id, p.seq, p."table", p."from", p."to", p.on_update, p.on_delete, p."match"'
    " FROM json_each(?) t, pragma_foreign_key_list(t.value, {schema}) p",
}
# Both pragmas at once: SQLite looks for a table or index among all that there are, at 64 places (hash.c), each time.
_INDEXES = (
    't.value, p.seq, p.name, p."unique", p.origin, p.partial, x.seqno, x.cid, x.name'
    " FROM json_each(?) t, pragma_index_list(t.value, {schema}) p, pragma_index_info(p.name, {schema}) x"
)
_SOURCES = "SELECT type = 'index', name, sql FROM {master} WHERE tbl_name IN (SELECT value FROM json_each(?))"


class SQLiteReader:
    """Answers an Inspector's ``get_multi_...`` for the tables that are named."""

    def __init__(self, inspector: Inspector, connection: Connection) -> None:
        self._inspector = inspector
        self._connection = connection
        self._read: dict[tuple[str | None, tuple[str, ...]], _Answers | None] = {}
        self._cache: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., _Found]:
        kind = name.removeprefix("get_multi_")
        if kind == name:
            raise AttributeError(name)

        def get_multi(*, schema: str | None, filter_names: Sequence[str]) -> _Found:
            answers = self._answers(schema, tuple(filter_names))
            if answers is None:
                found: _Found = getattr(self._inspector, name)(schema=schema, filter_names=filter_names)
                return found
            return self._each(getattr(self._inspector.dialect, f"get_{kind}"), answers, schema, filter_names)

        return get_multi

    def _each(self, ask: Callable[..., Any], answers: _Answers, schema: str | None, names: Iterable[str]) -> _Found:
        found: _Found = {}
        for name in names:
            # What SQLAlchemy's own reading of several leaves out too.
            with suppress(NoSuchTableError, UnreflectableTableError):
                found[schema, name] = ask(answers, name, schema=schema, info_cache=self._cache)
        return found

    def _answers(self, schema: str | None, names: tuple[str, ...]) -> _Answers | None:
        """None where SQLite is older than these functions, or somebody has temporary tables: one table at a time then."""
        if (schema, names) not in self._read:
            self._read[schema, names] = None
            with suppress(DBAPIError):
                self._read[schema, names] = _read_answers(self._connection, schema, names)
        return self._read[schema, names]


def _read_answers(connection: Connection, schema: str | None, names: Sequence[str]) -> _Answers | None:
    if connection.exec_driver_sql("SELECT count(*) FROM sqlite_temp_master").scalar():
        return None
    quote = connection.dialect.identifier_preparer.quote_identifier
    literal = "'" + (schema or "main").replace("'", "''") + "'"
    prefixes = ["PRAGMA main.", "PRAGMA temp."] if schema is None else [f"PRAGMA {quote(schema)}."]
    master = f"{quote(schema or 'main')}.sqlite_master"
    wanted = (json.dumps(names),)
    sources = connection.exec_driver_sql(_SOURCES.format(master=master), wanted).all()
    pragmas: dict[str, _Rows] = {}

    def ask(columns: str) -> Sequence[Sequence[Any]]:
        return connection.exec_driver_sql(f"SELECT {columns.format(schema=literal)}", wanted).all()

    found_by = {pragma: _by_first(ask(columns)) for pragma, columns in _PRAGMAS.items()}
    indexes = ask(_INDEXES)
    found_by["index_list"] = _by_first(dict.fromkeys(tuple(row[:6]) for row in indexes))
    found_by["index_info"] = _by_first((row[2], *row[6:]) for row in indexes)
    for pragma, rows in found_by.items():
        for name in {*rows, *(() if pragma == "index_info" else names)}:
            for prefix in prefixes:
                found = [] if prefix == "PRAGMA temp." else rows.get(name, [])
                pragmas[f"{prefix}{pragma}({quote(name)})"] = found
                if pragma == "table_xinfo":
                    pragmas[f"{prefix}table_info({quote(name)})"] = [row[:-1] for row in found if not row[-1]]
    return _Answers(connection, pragmas, {(bool(is_index), name): sql for is_index, name, sql in sources})


def _by_first(rows: Iterable[Sequence[Any]]) -> dict[str, _Rows]:
    found: dict[str, _Rows] = {}
    for name, *rest in rows:
        found.setdefault(name, []).append(tuple(rest))
    return found


class _Answers:
    """A Connection that has some answers ready; what else it is asked, and all that is not a question, is the real one's."""

    def __init__(
        self, connection: Connection, pragmas: Mapping[str, _Rows], sources: Mapping[tuple[bool, str], str | None]
    ) -> None:
        self._connection = connection
        self._pragmas = pragmas
        self._sources = sources

    @property  # type: ignore[misc]
    def __class__(self) -> type[Connection]:  # type: ignore[override]  # the dialect asks isinstance()
        return Connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def exec_driver_sql(self, statement: str, parameters: Any = None, **given: Any) -> Any:
        """The answer, or what the database says."""
        if parameters is None and statement in self._pragmas:
            return _Result(self._pragmas[statement])
        if parameters is not None and (asked := _SOURCE.fullmatch(" ".join(statement.split()))):
            at = (asked[1] == "= 'index'", parameters[0])
            if at in self._sources:
                return _Result([(self._sources[at],)])
        return self._connection.exec_driver_sql(statement, parameters, **given)


# SQLAlchemy 2.0 and 2.1: SQLiteDialect._get_table_sql, and get_indexes for what a partial index says.
_SOURCE = re.compile(
    r"SELECT sql FROM (?:\S*sqlite_master|\(SELECT \* FROM \S*sqlite_master UNION ALL SELECT \* FROM "
    r"\S*sqlite_temp_master\)) WHERE name = \? AND type (in \('table', 'view'\)|= 'index')"
)


@dataclass(frozen=True)
class _Result:
    """As much of a CursorResult as the dialect asks for."""

    rows: _Rows
    _soft_closed: bool = False

    def fetchall(self) -> _Rows:
        return self.rows

    def scalar(self) -> Any:
        return self.rows[0][0] if self.rows else None
