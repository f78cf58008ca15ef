"""What a live database has, asked of SQLAlchemy's Inspector: for databases whose catalogue nobody has written down here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.types import TypeEngine

from alembic_guard._drift.live import LiveColumn, LiveIndex, LiveKey, LiveTable
from alembic_guard._names import TableName, ascii_lower
from alembic_guard._types import ddl, written

AT_ONCE = 10_000
"""Names in one statement, where a dialect has one for several tables: they may be parameters, which have a limit."""


def read_by_inspector(connection: Connection, names: Iterable[TableName]) -> Iterator[LiveTable]:
    """The tables of these names in the schemas that they name, else in the default one."""
    default = connection.dialect.default_schema_name
    by_schema: dict[str | None, set[str]] = {}
    for name in names:
        schema = None if name.schema == default else name.schema
        by_schema.setdefault(schema, set()).add(ascii_lower(name.name))
    inspector = inspect(connection)
    there = {*inspector.get_schema_names(), None}
    for schema in sorted(by_schema.keys() & there, key=lambda each: each or ""):
        views = set(inspector.get_view_names(schema))
        listed = [*inspector.get_table_names(schema), *views]
        wanted = [each for each in listed if ascii_lower(each) in by_schema[schema]]
        for start in range(0, len(wanted), AT_ONCE):
            yield from _tables(inspector, schema, wanted[start : start + AT_ONCE], views)


_PARTS = ("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints")


def _tables(inspector: Any, schema: str | None, names: Sequence[str], views: set[str]) -> Iterator[LiveTable]:
    found = [_several(inspector, part, schema, names) for part in _PARTS]
    dialect, default = inspector.dialect, inspector.default_schema_name
    for name in names:
        columns, key, keys, indexes, uniques = (each.get((schema, name)) for each in found)
        primary = tuple((key or {}).get("constrained_columns") or ())
        yield LiveTable(
            TableName(schema or default, name),
            {each["name"]: _column(each, primary, dialect) for each in columns or ()},
            name not in views,
            primary_key=primary,
            keys=tuple(_key(each, default) for each in keys or ()),
            indexes=tuple({*map(_index, indexes or ()), *map(_unique, uniques or ())}),
        )


def _several(inspector: Any, part: str, schema: str | None, names: Sequence[str]) -> Mapping[Any, Any]:
    try:
        found: Mapping[Any, Any] = getattr(inspector, f"get_multi_{part}")(
            schema=schema, filter_names=names, kind=ObjectKind.ANY
        )
    except NotImplementedError:  # the dialect knows of no such thing
        return {}
    return found


def _column(column: Mapping[str, Any], primary: Sequence[str], dialect: Dialect) -> LiveColumn:
    type_: TypeEngine[Any] = column["type"]
    number = primary == (column["name"],) and isinstance(type_, Integer)
    filled = (
        column.get("default") is not None
        or column.get("computed") is not None
        or column.get("identity") is not None
        or column.get("autoincrement") is True
        # SQLite: the number of the row, which SQLAlchemy says of every integer key
        or (number and dialect.name == "sqlite" and written(column["type"], dialect) == "INTEGER")
    )
    return LiveColumn(
        ddl(column["type"], dialect) or "",
        column["nullable"],
        not column["nullable"] and not filled,
        bool(column.get("computed")),
        tuple(getattr(column["type"], "enums", ())),
    )


def _key(key: Mapping[str, Any], default: str | None) -> LiveKey:
    action = str(key.get("options", {}).get("ondelete") or "").upper()
    return LiveKey(
        tuple(key["constrained_columns"]),
        TableName(key.get("referred_schema") or default, key["referred_table"]),
        tuple(key["referred_columns"]),
        "" if action in ("NO ACTION", "RESTRICT") else action,
    )


def _index(index: Mapping[str, Any]) -> LiveIndex:
    partial = any(name.endswith("_where") for name in index.get("dialect_options", {}))
    return LiveIndex(str(index["name"]), tuple(index["column_names"]), bool(index["unique"]), partial)


def _unique(unique: Mapping[str, Any]) -> LiveIndex:
    return LiveIndex(str(unique["name"]), tuple(unique["column_names"]), True)
