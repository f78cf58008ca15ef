"""What SQLite knows of some tables, and its own way to refuse what would change them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from alembic_guard._names import TableName, ascii_lower
from alembic_guard._run.fence.reading import Moment, Reading, TableReading


class SQLiteReader:
    def __init__(self, tables: Collection[TableName]) -> None:
        self._tables = {ascii_lower(name.name): name for name in tables}

    def read(self, connection: Connection) -> Reading:
        lines: dict[TableName, list[str]] = {}
        rows = connection.execute(text("SELECT tbl_name, type, name, sql FROM sqlite_master ORDER BY type, name"))
        for table, kind, name, sql in rows:
            if (wanted := self._tables.get(ascii_lower(table))) is not None:
                what = "table" if kind == "table" else f'{kind} "{name}"' if " " in name else f"{kind} {name}"
                lines.setdefault(wanted, []).append(" ".join(f"{what} {sql or ''}".split()))
        return Reading({name: TableReading("\n".join(each)) for name, each in lines.items()})

    def begin(self, connection: Connection) -> Moment:
        return Moment()

    def table_of(self, connection: Connection, part: TableName) -> TableName | None:
        return None  # SQLite itself refuses to change it


_ACTIONS = {
    sqlite3.SQLITE_INSERT: (0, "insert rows"),
    sqlite3.SQLITE_UPDATE: (0, "update rows"),
    sqlite3.SQLITE_DELETE: (0, "delete rows"),
    sqlite3.SQLITE_DROP_TABLE: (0, "drop it"),
    sqlite3.SQLITE_ALTER_TABLE: (1, "alter it"),
    sqlite3.SQLITE_CREATE_INDEX: (1, "create an index"),
    sqlite3.SQLITE_DROP_INDEX: (1, "drop an index"),
    sqlite3.SQLITE_CREATE_TRIGGER: (1, "create a trigger"),
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER: (1, "create a trigger"),
    sqlite3.SQLITE_DROP_TRIGGER: (1, "drop a trigger"),
}
"""Where an action names its table (SQLite manual, "Authorizer Action Codes")."""
_ATTACH = 24  # SQLITE_ATTACH, which Python's sqlite3 names from 3.11 on


@contextmanager
def refusing(
    connection: Connection, tables: Collection[TableName], note: Callable[[TableName, str], None]
) -> Iterator[None]:
    """Let SQLite prepare no statement on this connection that would change one of the tables: whoever sends it, by a
    trigger or a key's ON DELETE too."""
    fenced = {ascii_lower(name.name): name for name in tables}
    files = {name: _file(path) for _, name, path in connection.exec_driver_sql("PRAGMA database_list")}
    # The same file under another name; which name a file gets that is attached later, the authorizer is not told.
    again = any(name != "main" and path and path == files["main"] for name, path in files.items())

    def authorize(action: int, first: str | None, second: str | None, schema: str | None, _inner: str | None) -> int:
        nonlocal again
        if action == _ATTACH:
            again = again or first is None or _file(first) == files["main"]
        where = _ACTIONS.get(action)
        if action == sqlite3.SQLITE_ALTER_TABLE:
            schema = first  # it alone says it there
        in_temp = schema == "temp" and action != sqlite3.SQLITE_CREATE_TEMP_TRIGGER
        if where is None or in_temp or (schema not in ("main", "temp") and not again):
            return sqlite3.SQLITE_OK
        table = fenced.get(ascii_lower((first, second)[where[0]] or ""))
        if table is None:
            return sqlite3.SQLITE_OK
        note(table, where[1])
        return sqlite3.SQLITE_DENY

    _authorize(connection, authorize)
    try:
        yield
    finally:
        # None takes it away from Python 3.11 on.
        _authorize(connection, lambda *_: sqlite3.SQLITE_OK)


def _file(path: str) -> str:
    """Without symbolic links and the URI's parts; empty for a database in memory."""
    plain = path.removeprefix("file:").partition("?")[0]
    return os.path.realpath(plain) if plain and plain != ":memory:" else ""


def _authorize(connection: Connection, authorizer: Callable[..., int]) -> None:
    raw: Any = connection.connection.dbapi_connection
    if hasattr(raw, "set_authorizer"):
        raw.set_authorizer(authorizer)
    elif hasattr(raw, "run_async"):  # aiosqlite, in SQLAlchemy's adapter: SQLite's connection lives in its thread
        raw.run_async(lambda driver: driver._execute(driver._conn.set_authorizer, authorizer))
