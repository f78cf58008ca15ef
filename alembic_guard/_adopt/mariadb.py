"""A table of MariaDB as its models would be written: without what the database adds of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, Connection, Table, text
from sqlalchemy.types import TypeEngine


def as_in_models(table: Table, connection: Connection) -> None:
    """Take out widths for display and options that are the defaults, and tell a JSON from a LONGTEXT."""
    jsons = set(_jsons(table, connection))
    for column in table.columns:
        column.type = JSON() if column.name in jsons else _without_width(column.type)
    _leave_out_defaults(table, connection)


def _without_width(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    # tinyint(1) is how MariaDB writes BOOLEAN.
    width = getattr(type_, "display_width", None)
    return type_ if width in (None, 1) else type_.adapt(type(type_), display_width=None)


def _jsons(table: Table, connection: Connection) -> Iterable[str]:
    """Columns with the check that makes one: MariaDB has no type JSON of its own (manual, "JSON Data Type"), and a
    column's own check is not reflected (SQLAlchemy 2.0 - 2.1)."""
    # MySQL's JSON is a type, and its view has no names of tables.
    if not getattr(connection.dialect, "is_mariadb", False):
        return ()
    schema = table.schema or connection.dialect.default_schema_name
    return connection.execute(_JSONS, {"schema": schema, "name": table.name}).scalars()


_JSONS = text(
    """
    SELECT constraint_name FROM information_schema.check_constraints
    WHERE constraint_schema = :schema AND table_name = :name AND level = 'Column'
      AND check_clause = CONCAT('json_valid(`', constraint_name, '`)')
    """
)


def _leave_out_defaults(table: Table, connection: Connection) -> None:
    """Reflection names a table's options as SHOW CREATE TABLE does, with spaces, and those that nobody gave too."""
    collation = connection.scalar(text("SELECT @@collation_database"))
    charset = connection.scalar(text("SELECT @@character_set_database"))
    defaults = {"engine": "InnoDB", "collate": collation, "default charset": charset, "default_charset": charset}
    for name, value in list(table.kwargs.items()):
        option = name.partition("_")[2]
        if defaults.get(option) == value:
            del table.kwargs[name]
        elif " " in name:
            table.kwargs[name.replace(" ", "_")] = table.kwargs.pop(name)
