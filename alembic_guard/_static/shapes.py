"""The tables of one file as it makes them: columns, indexes and keys, put together from its lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.types import TypeEngine

from alembic_guard._history.arguments import Arguments
from alembic_guard._history.values import BatchOp, Sql, Unknown, Value, has_hole
from alembic_guard._names import TableName
from alembic_guard._static.sql_keys import SqlKey, SqlTable, read_tables
from alembic_guard._static.values import ColumnValue, ConstraintValue, Key, KeyValue

_NOT_VALID = "NOT VALID, and ALTER TABLE ... VALIDATE CONSTRAINT in a revision behind it"
_SQL_CASCADE, _SQL_INDEX = "ON DELETE CASCADE", "CREATE INDEX ON {table} ({columns})"


@dataclass(slots=True)
class _Shape:
    """A table, as far as this file makes it.

    Args:
        is_whole: Whether all that it has is here: it is created in this file.
    """

    columns: dict[str, TypeEngine[Any] | str | None] = field(default_factory=dict)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    is_whole: bool = False
    new_columns: set[str] = field(default_factory=set)
    later: list[Callable[[Collection[str]], Sequence[Value]]] = field(default_factory=list)
    """Give what is not read yet, as it holds no key: the columns of these names, and the constraints."""


class _Found(NamedTuple):
    table: TableName
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    on_delete: Value
    line: int
    takes_type: bool
    looks_rows_up: bool
    is_sql: bool


class Shapes:
    """Takes the lines of one function, or the classes of one file, in order.

    Args:
        is_model: Whether they declare tables, and do not make them: what is not read may declare more of one.
    """

    def __init__(self, *, is_model: bool = False) -> None:
        self._is_model = is_model
        self._tables: dict[TableName, _Shape] = {}
        self._keys: list[_Found] = []

    def made(
        self,
        name: Value,
        schema: Value,
        parts: Sequence[Value],
        *,
        is_whole: bool = True,
        later: Callable[[Collection[str]], Sequence[Value]] | None = None,
    ) -> None:
        """A table with its columns, constraints and indexes.

        Args:
            is_whole: False where some of them cannot be read.
            later: Gives those that hold no key: columns of these names, and constraints.
        """
        table = _name(name, schema)
        if table is None:
            return
        shape = self._shape(table)
        shape.is_whole = is_whole
        if later is not None:
            shape.later.append(later)
        self._take(table, shape, parts)

    def _take(self, table: TableName, shape: _Shape, parts: Sequence[Value]) -> None:
        for part in parts:
            if isinstance(part, ColumnValue):
                self._column(table, shape, part)
            elif isinstance(part, ConstraintValue):
                self._constraint(table, shape, part)

    def added(self, name: Value, schema: Value, column: Value) -> None:
        """``op.add_column``."""
        table = _name(name, schema)
        if table is not None and isinstance(column, ColumnValue):
            self._column(table, self._shape(table), column)

    def indexed(self, name: Value, schema: Value, columns: Value, finds_rows: bool) -> None:
        """An index, a unique constraint, a primary key."""
        table, names = _name(name, schema), _names(columns)
        if table is not None and names and finds_rows:
            self._shape(table).indexes.append(names)

    def key(
        self,
        source: tuple[Value, Value],
        target: tuple[Value, Value],
        columns: Value,
        target_columns: Value,
        on_delete: Value,
        not_valid: Value,
        line: int,
    ) -> None:
        """``op.create_foreign_key``."""
        table, referred = _name(*source), _name(*target)
        own, theirs = _names(columns), _names(target_columns)
        if table is not None and referred is not None and own and theirs:
            looks = not_valid is not True and not self._shape(table).is_whole
            self._keys.append(_Found(table, own, referred, theirs, on_delete, line, False, looks, False))

    def batch(self, batch: BatchOp, name: str, given: Arguments, line: int) -> None:
        """An operation of ``op.batch_alter_table``, which has the same arguments without the table."""
        match name:
            case "add_column":
                self.added(batch.table, batch.schema, given.get(0, "column"))
            case "create_index" | "create_unique_constraint" | "create_primary_key":
                self.indexed(batch.table, batch.schema, given.get(1, "columns"), True)
            case "create_foreign_key":
                referred = given.get(1, "referent_table"), given.keyword("referent_schema")
                self.key(
                    (batch.table, batch.schema),
                    referred,
                    given.get(2, "local_cols"),
                    given.get(3, "remote_cols"),
                    given.keyword("ondelete"),
                    given.keyword("postgresql_not_valid"),
                    line,
                )

    def sql(self, text: str, dialect: str, line: int) -> None:
        """What the statements of a text make."""
        for each in read_tables(text, dialect):
            shape = self._shape(each.name)
            shape.is_whole = shape.is_whole or each.is_new
            shape.columns.update(each.columns)
            shape.new_columns.update(each.columns)
            shape.indexes += each.indexes
            self._keys += (_of_sql(each, key, shape, line) for key in each.keys)

    def keys(self, function: str) -> Iterator[Key]:
        """The keys, each with what the file knows of its columns by now."""
        for each in self._keys:
            shape = self._shape(each.table)
            for later in shape.later:
                self._take(each.table, shape, later(each.columns))
            covered = any(set(index[: len(each.columns)]) == set(each.columns) for index in shape.indexes)
            # What another file gave it is not seen here: an index may be older than its key, not than its column.
            known = shape.is_whole or (bool(set(each.columns) & shape.new_columns) and not self._is_model)
            types = tuple(None if each.takes_type else shape.columns.get(name) for name in each.columns)
            columns = ", ".join(each.columns)
            yield Key(
                f"{each.table}.{columns}",
                each.target,
                each.target_columns,
                each.line,
                types,
                _action(each.on_delete),
                True if covered else False if known else None,
                str(each.table) if each.looks_rows_up else "",
                _SQL_CASCADE if each.is_sql else "ondelete='CASCADE'",
                _index(each, function),
                _NOT_VALID
                if each.is_sql
                else "postgresql_not_valid=True, and VALIDATE CONSTRAINT in a revision behind it",
                function,
            )

    def _shape(self, table: TableName) -> _Shape:
        return self._tables.setdefault(table, _Shape())

    def _column(self, table: TableName, shape: _Shape, column: ColumnValue) -> None:
        name = column.name
        if not isinstance(name, str) or has_hole(name):
            return
        shape.columns[name] = column.type
        shape.new_columns.add(name)
        if column.indexed:
            shape.indexes.append((name,))
        for key in column.keys:
            self._own_key(table, (name,), key, looks_rows_up=False)

    def _own_key(self, table: TableName, columns: tuple[str, ...], key: KeyValue, *, looks_rows_up: bool) -> None:
        if key.target is not None:
            target, column = key.target
            takes = key.takes_type and self._shape(table).columns.get(columns[0]) is None
            found = _Found(table, columns, target, (column,), key.on_delete, key.line, takes, looks_rows_up, False)
            self._keys.append(found)

    def _constraint(self, table: TableName, shape: _Shape, constraint: ConstraintValue) -> None:
        names = _names(constraint.columns)
        if names and constraint.indexed:
            shape.indexes.append(names)
        targets = constraint.targets
        if not (names and isinstance(targets, list)) or not all(isinstance(each, tuple) for each in targets):
            return
        tables = {target for target, _ in targets}
        if len(tables) == 1:
            theirs = tuple(column for _, column in targets)
            self._keys.append(
                _Found(table, names, tables.pop(), theirs, constraint.on_delete, constraint.line, False, False, False)
            )


def _of_sql(table: SqlTable, key: SqlKey, shape: _Shape, line: int) -> _Found:
    looks = not key.not_valid and not shape.is_whole
    # A column that is added without a default is empty in every row: there is nothing to look up.
    looks = looks and not set(key.columns) <= set(table.columns)
    return _Found(table.name, key.columns, key.target, key.target_columns, key.on_delete, line, False, looks, True)


def _index(found: _Found, function: str) -> str:
    columns = ", ".join(map(repr, found.columns))
    if found.is_sql:
        return _SQL_INDEX.format(table=found.table, columns=", ".join(found.columns)) + ";"
    if not function:
        return "index=True" if len(found.columns) == 1 else f"Index(None, {columns})"
    name = "_".join(["ix", found.table.name, *found.columns])
    return f"op.create_index({name!r}, {found.table.name!r}, [{columns}])"


def _action(on_delete: Value) -> str | None:
    if on_delete is None:
        return ""
    return on_delete.upper() if isinstance(on_delete, str) and not has_hole(on_delete) else None


def _name(name: Value, schema: Value) -> TableName | None:
    if not isinstance(name, str) or has_hole(name) or not (schema is None or isinstance(schema, str)):
        return None
    return None if has_hole(schema) else TableName(schema or None, name)


_ORDERED = re.compile(r'\s*["`]?\w+["`]?(\s+(ASC|DESC))?(\s+NULLS\s+(FIRST|LAST))?\s*', re.IGNORECASE)


def _names(columns: Value) -> tuple[str, ...] | None:
    """Names of columns, where each of them can be read."""
    if not isinstance(columns, (list, tuple)):
        return None
    found: list[str] = []
    for each in columns:
        name = each.name if isinstance(each, ColumnValue) else each.text if isinstance(each, Sql) else each
        if isinstance(each, Sql) and isinstance(name, str):  # text("created_at DESC")
            name = name.split()[0].strip('"`') if _ORDERED.fullmatch(name) else Unknown("an expression")
        if not isinstance(name, str) or has_hole(name):
            return tuple(found) or None  # the columns before it count for an index
        found.append(name)
    return tuple(found)
