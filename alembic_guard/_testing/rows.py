"""Rows that satisfy the constraints of a live table, so that a migration meets what it will meet in production."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, inspect, select
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.schema import ForeignKeyConstraint, UniqueConstraint

from alembic_guard._names import TableName
from alembic_guard._testing.values import LONG, NoValue, value_of

Values = Mapping[str, Any]
"""By ``table.column``: the value to use, or a function that makes one of a number."""

COUNT = 3
"""Two rows that are alike wherever they may be, and one with NULL wherever there may be one."""


def live_table(connection: Connection, name: TableName) -> Table:
    """A table as the database has it, alone: keys of it have targets that are not looked up."""
    schema = None if name.schema == connection.dialect.default_schema_name else name.schema
    return Table(name.name, MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)


def fill(
    connection: Connection,
    names: Iterable[TableName],
    values: Values | None = None,
    *,
    first: int = 0,
    long: int = LONG,
) -> dict[TableName, str]:
    """Insert rows into each of the tables, those that are referred to before those that refer.

    Args:
        first: The number of the first row; other numbers make rows that do not collide.
        long: Characters of a text without a limit.

    Returns:
        The tables that took no row, and why.
    """
    left = {name: live_table(connection, name) for name in names}
    refused: dict[TableName, str] = {}
    while left:
        free = [name for name, table in left.items() if not _waits(name, table, left)] or list(left)[:1]
        for name in free:
            why = _Filler(connection, left.pop(name), values or {}, long).fill(first)
            if why:
                refused[name] = why
    # Deferred constraints are looked at now: PostgreSQL alters no table with trigger events that are pending.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    return refused


def _waits(name: TableName, table: Table, left: Mapping[TableName, Table]) -> bool:
    targets = {key.target_fullname.rpartition(".")[0] for key in table.foreign_keys}
    return any(other != name and (other.name in targets or str(other) in targets) for other in left)


@dataclass
class _Filler:
    connection: Connection
    table: Table
    values: Values
    long: int

    def fill(self, first: int) -> str | None:
        """Insert up to three rows; why none could be."""
        made = 0
        why: str | None = None
        for number in range(COUNT):
            try:
                row = self._row(number, first, empty=number == COUNT - 1)
            except NoValue as error:
                why = str(error)
                break
            why = self._insert(row)
            if why is None:
                made += 1
        return why if made == 0 else None

    def _row(self, number: int, first: int, *, empty: bool) -> dict[str, Any]:
        row: dict[str, Any] = {}
        apart = self._apart()
        for key in self._keys():
            row.update(self._referring(key, number, empty=empty, apart=apart, row=row))
        for column in self.table.columns:
            given = self.values.get(f"{self.table.name}.{column.name}")
            if given is not None:
                row[column.name] = given(first + number) if callable(given) else given
            elif (
                column.name in row
                or column.computed is not None
                or (column.identity is not None and column.identity.always)
            ):
                continue
            elif empty and column.nullable and column.name not in apart:
                row[column.name] = None
            else:
                row[column.name] = self._value(column, first + number if column.name in apart else 0, apart)
        for key in self._keys():
            row.update(self._itself(key, row))
        return row

    def _value(self, column: Column[Any], number: int, apart: set[str]) -> Any:
        try:
            key = column.name in apart or column.primary_key or bool(column.foreign_keys)
            return value_of(column.type, number + 1 if key and not _few(column) else number, key=key, long=self.long)
        except NoValue as error:
            if column.nullable:
                return None
            raise NoValue(f"{self.table.name}.{column.name}: {error}") from error

    def _keys(self) -> list[ForeignKeyConstraint]:
        return [each for each in self.table.constraints if isinstance(each, ForeignKeyConstraint)]

    def _is_own(self, key: ForeignKeyConstraint) -> bool:
        return key.elements[0].target_fullname.rpartition(".")[0] == self.table.fullname

    def _apart(self) -> set[str]:
        """Columns in which no two rows may be alike: of each primary key and unique constraint the last one."""
        groups = [[column.name for column in self.table.primary_key]]
        for each in self.table.constraints:
            if isinstance(each, UniqueConstraint):
                groups.append([column.name for column in each.columns])
        for index in inspect(self.connection).get_indexes(self.table.name, self.table.schema):
            if index["unique"]:
                groups.append(_columns_of(index, self.table))
        return {group[-1] for group in groups if group}

    def _referring(
        self, key: ForeignKeyConstraint, number: int, *, empty: bool, apart: set[str], row: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The columns of one key, with values of a row that is there."""
        names = [column.name for column in key.columns]
        nullable = all(column.nullable for column in key.columns)
        if any(name in row for name in names) or self._is_own(key) or any(self._given(name) for name in names):
            return {}
        if empty and nullable and not apart.intersection(names):
            return dict.fromkeys(names)
        target = live_table(self.connection, _target(key))
        columns = [target.columns[each.target_fullname.rpartition(".")[2]] for each in key.elements]
        rows = self.connection.execute(select(*columns).where(*(each.is_not(None) for each in columns)).limit(50)).all()
        if apart.intersection(names):
            used = set(self.connection.execute(select(*(self.table.columns[name] for name in names))).all())
            rows = [each for each in rows if each not in used]
        elif rows:
            rows = rows[:1]
        if rows:
            return dict(zip(names, rows[0], strict=True))
        if nullable:
            return dict.fromkeys(names)
        raise NoValue(f"{self.table.name}.{', '.join(names)}: no row of {target.fullname} is left to refer to")

    def _itself(self, key: ForeignKeyConstraint, row: Mapping[str, Any]) -> dict[str, Any]:
        """A key into its own table: to nothing where it may be, else to the same row."""
        if not self._is_own(key):
            return {}
        pairs = [
            (column, each.target_fullname.rpartition(".")[2])
            for column, each in zip(key.columns, key.elements, strict=True)
        ]
        return {
            column.name: None if column.nullable else row.get(target)
            for column, target in pairs
            if not self._given(column.name)
        }

    def _given(self, column: str) -> bool:
        return f"{self.table.name}.{column}" in self.values

    def _insert(self, row: dict[str, Any]) -> str | None:
        """Insert it, or what of it a CHECK constraint lets in; why it could not be."""
        why = self._try(row)
        if why is None or "check" not in why.lower():
            return why
        for changed in self._checked(row):
            if self._try(changed) is None:
                return None
        return why

    def _try(self, row: Mapping[str, Any]) -> str | None:
        try:
            with self.connection.begin_nested():
                self.connection.execute(self.table.insert().values(**row))
        except (DBAPIError, StatementError) as error:
            return " ".join(str(error.orig).split())
        return None

    def _checked(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The row with other values, taken from what the CHECK constraints themselves say."""
        checks = [
            each["sqltext"]
            for each in inspect(self.connection).get_check_constraints(self.table.name, self.table.schema)
        ]
        choices = {}
        for column in self.table.columns:
            said = [each for each in checks if re.search(rf"\b{re.escape(column.name)}\b", each)]
            if said and column.name in row and not self._given(column.name):
                choices[column.name] = list(dict.fromkeys(map(repr, _candidates(column, said)))) and _candidates(
                    column, said
                )
        for number, values in enumerate(product(*choices.values())):
            if number >= _ATTEMPTS:
                return
            yield {**row, **dict(zip(choices, values, strict=True))}


_ATTEMPTS = 200


def _candidates(column: Column[Any], checks: Sequence[str]) -> list[Any]:
    words = [word for check in checks for word in re.findall(r"'((?:[^']|'')*)'", check)]
    numbers = [int(word) for check in checks for word in re.findall(r"(?<![\w.'])-?\d+(?![\w.'])", check)]
    python: Any = _python_type(column)
    if python is str:
        lengths = [n for number in numbers for n in (number, number - 1, number + 1) if 0 <= n <= 4000]
        return [*words, *("x" * n for n in lengths)]
    if python in (int, float):
        return [n for number in [*numbers, 0, 1] for n in (number, number + 1, number - 1)]
    if python is bool:
        return [True, False]
    return [value_of(column.type, number) for number in (1, 0, 1000)]


def _python_type(column: Column[Any]) -> type[Any] | None:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None


def _few(column: Column[Any]) -> bool:
    return _python_type(column) is bool or hasattr(column.type, "enums")


def _target(key: ForeignKeyConstraint) -> TableName:
    return TableName.parse(key.elements[0].target_fullname.rpartition(".")[0])


def _columns_of(index: Any, table: Table) -> list[str]:
    """The columns of an index, those that its expressions speak of too."""
    said = index.get("expressions") or index["column_names"]
    return [
        column.name
        for each in said
        if each
        for column in table.columns
        if re.search(rf"\b{re.escape(column.name)}\b", each)
    ]
