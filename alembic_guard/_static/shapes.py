"""The tables of one file as it makes them: columns, indexes and keys, put together from its lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.types import TypeEngine

from alembic_guard._history.arguments import Arguments
from alembic_guard._history.values import BatchOp, Value, has_hole
from alembic_guard._names import TableName
from alembic_guard._static.sql_keys import SqlKey, SqlTable, read_tables
from alembic_guard._static.types import as_type
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
    untyped: set[str] = field(default_factory=set)
    """Columns without a type of their own."""
    primary: tuple[str, ...] = ()
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    is_whole: bool = False
    new_columns: set[str] = field(default_factory=set)
    later: list[Callable[[Collection[str]], Sequence[Value]]] = field(default_factory=list)
    """Give what is not read yet, as it holds no key: the columns of these names, and the constraints."""

    def rename(self, old: str, new: str) -> None:
        """A column has another name."""
        if old in self.columns:
            self.columns[new] = self.columns.pop(old)
        for names in (self.untyped, self.new_columns):
            if old in names:
                names.remove(old)
                names.add(new)
        self.primary = _with(self.primary, old, new)
        self.indexes = [_with(each, old, new) for each in self.indexes]

    def forget(self, column: str) -> None:
        """A column is gone, and the indexes that it was in."""
        self.columns.pop(column, None)
        self.untyped.discard(column)
        self.new_columns.discard(column)
        self.indexes = [each for each in self.indexes if column not in each]
        self.primary = () if column in self.primary else self.primary


class _Found(NamedTuple):
    table: TableName
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    on_delete: Value
    line: int
    looks_rows_up: bool
    is_sql: bool
    name: Value = None
    path: str = ""
    stands: bool = True
    """False once a later line takes it back."""


class Shapes:
    """Takes the lines of one function, or the classes of one file, in order; or those of a whole chain.

    Args:
        is_model: Whether they declare tables, and do not make them: what is not read may declare more of one.
    """

    def __init__(self, *, is_model: bool = False) -> None:
        self.is_model = is_model
        self.path = ""
        """The file that is read."""
        self._tables: dict[TableName, _Shape] = {}
        self._keys: list[_Found] = []

    @property
    def primary_keys(self) -> Mapping[TableName, Mapping[str, TypeEngine[Any] | str | None]]:
        """The primary key of each table, as far as it is read: its columns with their types."""
        return {
            table: {name: shape.columns.get(name) for name in shape.primary}
            for table, shape in self._tables.items()
            if shape.primary
        }

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

    def indexed(self, name: Value, schema: Value, columns: Value, finds_rows: bool, *, primary: bool = False) -> None:
        """An index, a unique constraint, a primary key."""
        table, names = _name(name, schema), _names(columns)
        if table is not None and names and finds_rows:
            self._shape(table).indexes.append(names)
            if primary:
                self._shape(table).primary = names

    def key(
        self,
        source: tuple[Value, Value],
        target: tuple[Value, Value],
        columns: Value,
        target_columns: Value,
        on_delete: Value,
        not_valid: Value,
        line: int,
        name: Value = None,
    ) -> None:
        """``op.create_foreign_key``."""
        table, referred = _name(*source), _name(*target)
        own, theirs = _names(columns), _names(target_columns)
        if table is not None and referred is not None and own and theirs:
            looks = not_valid is not True and not self._shape(table).is_whole
            self._keys.append(_Found(table, own, referred, theirs, on_delete, line, looks, False, name, self.path))

    def altered(self, name: Value, schema: Value, column: Value, given: Arguments) -> None:
        """``op.alter_column``: another type, another name."""
        table = _name(name, schema)
        if table is None or not isinstance(column, str) or has_hole(column):
            return
        shape = self._shape(table)
        if (type_ := given.keyword("type_")) is not None:
            shape.columns[column] = as_type(type_)
            shape.untyped.discard(column)
        new = given.keyword("new_column_name")
        if isinstance(new, str) and new != column and not has_hole(new):
            shape.rename(column, new)
            self._keys = [
                each._replace(
                    columns=_with(each.columns, column, new) if each.table == table else each.columns,
                    target_columns=_with(each.target_columns, column, new)
                    if each.target == table
                    else each.target_columns,
                )
                for each in self._keys
            ]

    def dropped_column(self, name: Value, schema: Value, column: Value) -> None:
        """``op.drop_column``: a key of it goes with it."""
        table = _name(name, schema)
        if table is not None and isinstance(column, str):
            self._shape(table).forget(column)
            self._take_back(lambda key: key.table == table and column in key.columns)

    def dropped_constraint(self, name: Value, schema: Value, constraint: Value) -> None:
        """``op.drop_constraint``."""
        table = _name(name, schema)
        if table is not None and isinstance(constraint, str):
            self._take_back(lambda key: key.table == table and constraint in (key.name, _unnamed(key)))

    def dropped(self, table: TableName) -> None:
        """A table is gone, and with it its keys and those that refer to it."""
        self._tables.pop(table, None)
        self._take_back(lambda key: table in (key.table, key.target))

    def renamed(self, old: TableName, new: TableName) -> None:
        """A table has another name, and its keys are that one's."""
        if old in self._tables:
            self._tables[new] = self._tables.pop(old)
        self._keys = [
            each._replace(
                table=new if each.table == old else each.table, target=new if each.target == old else each.target
            )
            for each in self._keys
        ]

    def _take_back(self, is_gone: Callable[[_Found], bool]) -> None:
        self._keys = [each._replace(stands=False) if is_gone(each) else each for each in self._keys]

    def batch(self, batch: BatchOp, name: str, given: Arguments, line: int) -> None:
        """An operation of ``op.batch_alter_table``, which has the same arguments without the table."""
        match name:
            case "add_column":
                self.added(batch.table, batch.schema, given.get(0, "column"))
            case "alter_column":
                self.altered(batch.table, batch.schema, given.get(0, "column_name"), given)
            case "drop_column":
                self.dropped_column(batch.table, batch.schema, given.get(0, "column_name"))
            case "drop_constraint":
                self.dropped_constraint(batch.table, batch.schema, given.get(0, "constraint_name"))
            case "create_index" | "create_unique_constraint" | "create_primary_key":
                primary = name == "create_primary_key"
                self.indexed(batch.table, batch.schema, given.get(1, "columns"), True, primary=primary)
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
                    given.get(0, "constraint_name"),
                )

    def sql(self, text: str, dialect: str, line: int) -> None:
        """What the statements of a text make."""
        for each in read_tables(text, dialect):
            shape = self._shape(each.name)
            shape.is_whole = shape.is_whole or each.is_new
            shape.columns.update(each.columns)
            shape.new_columns.update(each.columns)
            shape.indexes += each.indexes
            shape.primary = each.primary or shape.primary
            for name in each.dropped:
                self.dropped_column(each.name.name, each.name.schema, name)
                self.dropped_constraint(each.name.name, each.name.schema, name)
            self._keys += (_of_sql(each, key, shape, line, self.path) for key in each.keys)

    def standing(self) -> Iterator[Key]:
        """The keys that no later line has taken back."""
        return self._told("upgrade", [each for each in self._keys if each.stands])

    def keys(self, function: str) -> Iterator[Key]:
        """The keys, each with what the file knows of its columns by now; those too that it takes back itself."""
        return self._told(function, self._keys)

    def _told(self, function: str, keys: Iterable[_Found]) -> Iterator[Key]:
        for each in keys:
            shape = self._shape(each.table)
            for later in shape.later:
                self._take(each.table, shape, later(each.columns))
            covered = any(set(index[: len(each.columns)]) == set(each.columns) for index in shape.indexes)
            # What another file gave it is not seen here: an index may be older than its key, not than its column.
            known = shape.is_whole or (bool(set(each.columns) & shape.new_columns) and not self.is_model)
            yield Key(
                each.table,
                each.columns,
                each.target,
                each.target_columns,
                each.line,
                tuple(map(shape.columns.get, each.columns)),
                _action(each.on_delete),
                True if covered else False if known else None,
                str(each.table) if each.looks_rows_up else "",
                _SQL_CASCADE if each.is_sql else "ondelete='CASCADE'",
                _index(each, function),
                _NOT_VALID
                if each.is_sql
                else "postgresql_not_valid=True, and VALIDATE CONSTRAINT in a revision behind it",
                function,
                shape.untyped.issuperset(each.columns),
                each.path,
            )

    def _shape(self, table: TableName) -> _Shape:
        return self._tables.setdefault(table, _Shape())

    def _column(self, table: TableName, shape: _Shape, column: ColumnValue) -> None:
        name = column.name
        if not isinstance(name, str) or has_hole(name):
            return
        shape.columns[name] = column.type
        (shape.untyped.discard if column.typed else shape.untyped.add)(name)
        shape.new_columns.add(name)
        if column.primary:
            shape.primary = (*(each for each in shape.primary if each != name), name)
        if column.indexed:
            shape.indexes.append((name,))
        for key in column.keys:
            self._own_key(table, (name,), key, looks_rows_up=False)

    def _own_key(self, table: TableName, columns: tuple[str, ...], key: KeyValue, *, looks_rows_up: bool) -> None:
        if key.target is not None:
            target, column = key.target
            self._keys.append(
                _Found(
                    table,
                    columns,
                    target,
                    (column,),
                    key.on_delete,
                    key.line,
                    looks_rows_up,
                    False,
                    key.name,
                    self.path,
                )
            )

    def _constraint(self, table: TableName, shape: _Shape, constraint: ConstraintValue) -> None:
        names = _names(constraint.columns)
        if names and constraint.indexed:
            shape.indexes.append(names)
            if constraint.primary:
                shape.primary = names
        targets = constraint.targets
        if not (names and isinstance(targets, list)) or not all(isinstance(each, tuple) for each in targets):
            return
        tables = {target for target, _ in targets}
        if len(tables) == 1:
            theirs = tuple(column for _, column in targets)
            self._keys.append(
                _Found(
                    table,
                    names,
                    tables.pop(),
                    theirs,
                    constraint.on_delete,
                    constraint.line,
                    False,
                    False,
                    constraint.name,
                    self.path,
                )
            )


def _with(columns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if each == old else each for each in columns)


def _unnamed(key: _Found) -> str:
    """What PostgreSQL calls a key that is given no name (``ChooseConstraintName`` in its source)."""
    return "_".join([key.table.name, *key.columns, "fkey"]) if key.name is None else ""


def _of_sql(table: SqlTable, key: SqlKey, shape: _Shape, line: int, path: str) -> _Found:
    looks = not key.not_valid and not shape.is_whole
    # A column that is added without a default is empty in every row: there is nothing to look up.
    looks = looks and not set(key.columns) <= set(table.columns)
    return _Found(
        table.name,
        key.columns,
        key.target,
        key.target_columns,
        key.on_delete,
        line,
        looks,
        True,
        key.name or None,
        path,
    )


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


def _names(columns: Value) -> tuple[str, ...] | None:
    """Names of columns, where each of them can be read."""
    if not isinstance(columns, (list, tuple)):
        return None
    found: list[str] = []
    for each in columns:
        name = each.name if isinstance(each, ColumnValue) else each
        if not isinstance(name, str) or has_hole(name):
            return tuple(found) or None  # the columns before it count for an index
        found.append(name)
    return tuple(found)
