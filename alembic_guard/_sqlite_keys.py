"""What SQLite's keys do ON DELETE and ON UPDATE.

SQLAlchemy 2.0 and 2.1 read that from the text of CREATE TABLE, and only where the key is a constraint of the table: not
where it stands in its column's definition, nor where a name has quotes in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from alembic_guard._names import TableName

_LIST = text(
    'SELECT id, "from", "table", on_delete, on_update FROM pragma_foreign_key_list(:name, :schema) ORDER BY id, seq'
)

Actions = Mapping[tuple[tuple[str, ...], str], Mapping[str, str]]
"""By columns and the table they refer to, as SQLite keeps its name: ``ondelete`` and ``onupdate`` where they say something."""


def actions_of(connection: Connection, table: TableName) -> Actions:
    """One statement (SQLite documentation, "PRAGMA foreign_key_list")."""
    keys: dict[int, tuple[str, list[str], dict[str, str]]] = {}
    for id_, column, target, ondelete, onupdate in connection.execute(
        _LIST, {"name": table.name, "schema": table.schema or "main"}
    ):
        _, columns, _ = keys.setdefault(id_, (target, [], dict(_said(ondelete, onupdate))))
        columns.append(column)
    return {(tuple(columns), target): said for target, columns, said in keys.values()}


def _said(ondelete: str, onupdate: str) -> Iterator[tuple[str, str]]:
    for option, action in (("ondelete", ondelete), ("onupdate", onupdate)):
        if action != "NO ACTION":
            yield option, action
