"""A table of MariaDB as its models would be written: without what the database adds of itself."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Connection, Table, text
from sqlalchemy.types import TypeEngine


def as_in_models(table: Table, connection: Connection) -> None:
    """Take out widths for display, options that are the defaults, and the check that makes a JSON of a LONGTEXT."""
    for column in table.columns:
        column.type = _without_width(column.type)
        for check in [each for each in table.constraints if _says_json(each, column)]:
            column.type = JSON()
            table.constraints.discard(check)
    _leave_out_defaults(table, connection)


def _without_width(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    # tinyint(1) is how MariaDB writes BOOLEAN.
    width = getattr(type_, "display_width", None)
    return type_ if width in (None, 1) else type_.adapt(type(type_), display_width=None)


def _says_json(constraint: object, column: Column[Any]) -> bool:
    """``json_valid(`a`)``: MariaDB has no type JSON of its own (manual, "JSON Data Type")."""
    said = str(constraint.sqltext) if isinstance(constraint, CheckConstraint) else ""
    return re.sub(r"[()`]", "", said) == f"json_valid{column.name}"


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
