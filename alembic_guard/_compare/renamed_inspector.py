"""The database as it will be when the renames are done, so that Alembic compares the rest of it by itself: a renamed
column whose type differs comes out as an alter, an index on it is the same index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from alembic_guard._compare.renames import Renames
from alembic_guard._names import TableName

Parts = Mapping[TableName, Mapping[str, str]]
"""Names of indexes and constraints, former to new, by the table's new name."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Reflected values under their new names. Alembic's keys have no schema where it is the default one."""

    renames: Renames
    default_schema: str | None
    parts: Parts = field(default_factory=dict)

    def former(self, name: str, schema: str | None) -> str:
        return self.renames.former(TableName(schema, name).within(self.default_schema)).name

    def table(self, name: str, schema: str | None) -> str:
        real = TableName(schema, name).within(self.default_schema)
        return self.renames.tables.get(real, real).name

    def value(self, reflected: Any, name: str, schema: str | None) -> Any:
        """What was reflected of a table, which is given by its new name."""
        table = TableName(schema, name).within(self.default_schema)
        if isinstance(reflected, Mapping):
            return self._entry(reflected, table, column="type" in reflected and "nullable" in reflected)
        if isinstance(reflected, list):
            return [self.value(each, name, schema) for each in reflected]
        return reflected

    def _entry(self, entry: Mapping[str, Any], table: TableName, column: bool) -> dict[str, Any]:
        columns, parts = self.renames.columns.get(table, {}), self.parts.get(table, {})
        names = columns if column else parts
        target = _target(entry, self.default_schema)
        ways: dict[str, Callable[[Any], Any]] = {
            "name": lambda name: names.get(name, name),
            "duplicates_index": lambda name: parts.get(name, name),
            "duplicates_constraint": lambda name: parts.get(name, name),
            "constrained_columns": lambda given: _each(given, columns),
            "column_names": lambda given: _each(given, columns),
            "include_columns": lambda given: _each(given, columns),
            "column_sorting": lambda given: {columns.get(key, key): value for key, value in given.items()},
            "expressions": lambda given: [_in_text(each, columns) for each in given],
            "sqltext": lambda given: _in_text(given, columns),
            "computed": lambda given: {**given, "sqltext": _in_text(given["sqltext"], columns)},
            "dialect_options": lambda given: {key: _option(value, columns) for key, value in given.items()},
            "referred_table": lambda given: self.table(given, entry["referred_schema"]),
            "referred_columns": lambda given: _each(given, self._columns_of(target)),
        }
        return {key: ways[key](value) if key in ways and value is not None else value for key, value in entry.items()}

    def _columns_of(self, former: TableName | None) -> Mapping[str, str]:
        return {} if former is None else self.renames.columns.get(self.renames.tables.get(former, former), {})


def _target(entry: Mapping[str, Any], default_schema: str | None) -> TableName | None:
    table = entry.get("referred_table")
    return TableName(entry.get("referred_schema"), table).within(default_schema) if table else None


def _each(names: Iterable[str | None], renamed: Mapping[str, str]) -> list[str | None]:
    return [name if name is None else renamed.get(name, name) for name in names]


def _in_text(sql: str | None, renamed: Mapping[str, str]) -> str | None:
    """Expressions as the database gives them back; it rewrites them itself when a column is renamed."""
    if not renamed or not sql:
        return sql
    words = "|".join(re.escape(old) for old in sorted(renamed, key=len, reverse=True))
    return re.sub(rf"(?<![\w'.])(?:{words})(?![\w'(])", lambda found: renamed[found[0]], sql)


def _option(value: Any, renamed: Mapping[str, str]) -> Any:
    match value:
        case list():
            return _each(value, renamed)
        case dict():
            return {renamed.get(key, key): each for key, each in value.items()}
        case _:
            return value


_PARTS = ("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints")
_OTHERS = ("table_comment", "table_options")


class RenamedInspector:
    """A SQLAlchemy Inspector that tells of a database after the renames; all else is asked of the real one."""

    def __init__(self, inspector: Any, renamed: Renamed) -> None:
        self._inspector = inspector
        self._renamed = renamed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inspector, name)
        if name == "get_table_names":
            return self._table_names(found)
        if name in _MULTI:
            return self._several(found)
        return self._single(found) if name in _SINGLE else found

    def _table_names(self, ask: Callable[..., list[str]]) -> Callable[..., list[str]]:
        @wraps(ask)
        def get_table_names(schema: str | None = None, **kw: Any) -> list[str]:
            return [self._renamed.table(name, schema) for name in ask(schema, **kw)]

        return get_table_names

    def _several(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        # wraps: Alembic asks the dialect about the method by its __name__.
        @wraps(ask)
        def get_multi(*, schema: str | None = None, filter_names: Any = None, **kw: Any) -> Any:
            wanted = filter_names and [self._renamed.former(name, schema) for name in filter_names]
            reflected = ask(schema=schema, filter_names=wanted, **kw).items()
            named = [(where, self._renamed.table(name, where), each) for (where, name), each in reflected]
            return {(where, name): self._renamed.value(each, name, where) for where, name, each in named}

        return get_multi

    def _single(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(ask)
        def get(table_name: str, schema: str | None = None, **kw: Any) -> Any:
            reflected = ask(self._renamed.former(table_name, schema), schema=schema, **kw)
            return self._renamed.value(reflected, table_name, schema)

        return get


_SINGLE = frozenset(f"get_{each}" for each in (*_PARTS, *_OTHERS))
_MULTI = frozenset(f"get_multi_{each}" for each in (*_PARTS, *_OTHERS))
