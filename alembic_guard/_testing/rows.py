"""Rows that satisfy the constraints of a live table, so that a migration meets what it will meet in production."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, product
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Enum, MetaData, String, Table, inspect, select
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import DBAPIError, SAWarning, StatementError
from sqlalchemy.schema import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.types import TypeEngine

from alembic_guard._names import TableName
from alembic_guard._testing.values import LONG, NoValue, value_of

Values = Mapping[str, Any]
"""By ``table.column``: the value to use, or a function that makes one of a number."""

COUNT = 3
"""Two rows that are alike wherever they may be, and one with NULL wherever there may be one."""


class NoRowsWarning(UserWarning):
    """No row could be made for a table, so what a migration does to its rows is not tested.

    .. versionadded:: 0.1
    """


def live_table(connection: Connection, name: TableName) -> Table:
    """A table as the database has it, alone: keys of it have targets that are not looked up."""
    schema = None if name.schema == connection.dialect.default_schema_name else name.schema
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know stays without one
        return Table(name.name, MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)


@dataclass
class Filler:
    """Inserts rows, again and again with other numbers, so that none collide.

    Args:
        values: What the user says of columns.
        choices: By table and column, what a text is one of.
        long: Characters of a text without a limit.
    """

    connection: Connection
    values: Values = field(default_factory=dict)
    choices: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    long: int = LONG
    _next: int = 0

    def fill(self, names: Sequence[TableName], count: int = COUNT) -> dict[TableName, str]:
        """Insert rows into each of the tables, those that are referred to before those that refer.

        Returns:
            The tables that took no row, and why.
        """
        left = {name: live_table(self.connection, name) for name in names}
        refused: dict[TableName, str] = {}
        while left:
            free = [name for name, table in left.items() if not _waits(name, table, left)] or list(left)[:1]
            for name in free:
                rows = _Rows(self.connection, left.pop(name), self.values, self.choices, self.long)
                why = rows.insert(self._next, count)
                if why:
                    refused[name] = why
        self._next += count if names else 0
        # Deferred constraints are looked at now: PostgreSQL alters no table with trigger events that are pending.
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        return refused


def _waits(name: TableName, table: Table, left: Mapping[TableName, Table]) -> bool:
    targets = {key.target_fullname.rpartition(".")[0] for key in table.foreign_keys}
    return any(other != name and (other.name in targets or str(other) in targets) for other in left)


@dataclass
class _Rows:
    """Of one table."""

    connection: Connection
    table: Table
    values: Values
    choices: Mapping[tuple[str, str], Sequence[str]]
    long: int

    def insert(self, first: int, count: int) -> str | None:
        """Insert rows, the last with NULL wherever it may; why none could be."""
        made, why = 0, None
        for number in range(count):
            try:
                why = self._insert(self._row(number, first, empty=number == count - 1))
            except NoValue as error:
                why = str(error)
            made += why is None
        return None if made else why

    def _row(self, number: int, first: int, *, empty: bool) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for key in self._keys:
            row.update(self._referring(key, row, empty=empty))
        for column in self.table.columns:
            given = self.values.get(f"{self.table.name}.{column.name}")
            if given is not None:
                row[column.name] = given(first + number) if callable(given) else given
            elif column.name in row or column.computed is not None or self._always(column):
                continue
            elif empty and column.nullable and column.name not in self._apart:
                row[column.name] = None
            else:
                row[column.name] = self._value(column, first + number)
        for key in self._keys:
            row.update(self._to_itself(key, row))
        return row

    def _always(self, column: Column[Any]) -> bool:
        return column.identity is not None and bool(column.identity.always)

    def _value(self, column: Column[Any], number: int) -> Any:
        apart = column.name in self._apart
        try:
            type_ = self._enum(column) or column.type
            if isinstance(type_, _FEW):
                return value_of(type_, number % _how_many(type_) if apart else 0)
            return value_of(type_, number if apart else 0, key=apart or column.primary_key, long=self.long)
        except NoValue as error:
            if column.nullable:
                return None
            raise NoValue(f"{column.name}: {error}") from error

    def _enum(self, column: Column[Any]) -> Enum | None:
        """What a text is one of: an Enum is a VARCHAR where it is not ``native_enum``, and on SQLite always."""
        if not isinstance(column.type, String) or isinstance(column.type, Enum):
            return None
        found = self.choices.get((self.table.name, column.name), ())
        fitting = [each for each in found if column.type.length is None or len(each) <= column.type.length]
        return Enum(*fitting) if fitting else None

    @cached_property
    def _keys(self) -> list[ForeignKeyConstraint]:
        return [each for each in self.table.constraints if isinstance(each, ForeignKeyConstraint)]

    @cached_property
    def _apart(self) -> set[str]:
        """Columns in which no two rows may be alike: of each primary key and unique constraint the last one that has many
        values."""
        groups = [[column.name for column in self.table.primary_key]]
        for each in self.table.constraints:
            if isinstance(each, UniqueConstraint):
                groups.append([column.name for column in each.columns])
        for index in self.table.indexes:
            if index.unique:
                said = " ".join(map(str, index.expressions))
                groups.append([column.name for column in self.table.columns if _mentions(said, column)])
        return {([each for each in group if not self._has_few(each)] or group)[-1] for group in groups if group}

    def _has_few(self, name: str) -> bool:
        column = self.table.columns[name]
        return isinstance(self._enum(column) or column.type, _FEW)

    @cached_property
    def _targets(self) -> dict[str, Table]:
        names = {_target(key) for key in self._keys if not self._is_own(key)}
        return {name: live_table(self.connection, TableName.parse(name)) for name in names}

    def _is_own(self, key: ForeignKeyConstraint) -> bool:
        return _target(key) == self.table.fullname

    def _referring(self, key: ForeignKeyConstraint, row: Mapping[str, Any], *, empty: bool) -> dict[str, Any]:
        """The columns of one key, with values of a row that is there."""
        names = [column.name for column in key.columns]
        if self._is_own(key) or any(name in row or self._given(name) for name in names):
            return {}
        nullable, apart = all(column.nullable for column in key.columns), not self._apart.isdisjoint(names)
        rows = [] if empty and nullable and not apart else self._to_refer_to(key, names, apart=apart)
        if rows:
            return dict(zip(names, rows[0], strict=True))
        if nullable:
            return dict.fromkeys(names)
        raise NoValue(f"{', '.join(names)}: no row of {_target(key)} is left to refer to")

    def _to_refer_to(self, key: ForeignKeyConstraint, names: Sequence[str], *, apart: bool) -> list[Any]:
        target = self._targets[_target(key)]
        columns = [target.columns[each.target_fullname.rpartition(".")[2]] for each in key.elements]
        wanted = select(*columns).where(*(each.is_not(None) for each in columns)).order_by(*columns).limit(100)
        rows = list(self.connection.execute(wanted).all())
        if not apart:
            return rows[:1]
        used = set(self.connection.execute(select(*(self.table.columns[name] for name in names))).all())
        return [each for each in rows if each not in used]

    def _to_itself(self, key: ForeignKeyConstraint, row: Mapping[str, Any]) -> dict[str, Any]:
        """A key into its own table: to nothing where it may be, else to the same row."""
        if not self._is_own(key):
            return {}
        pairs = zip(key.columns, key.elements, strict=True)
        return {
            column.name: None if column.nullable else row.get(each.target_fullname.rpartition(".")[2])
            for column, each in pairs
            if not self._given(column.name)
        }

    def _given(self, column: str) -> bool:
        return f"{self.table.name}.{column}" in self.values

    def _insert(self, row: dict[str, Any]) -> str | None:
        """Insert it, or what of it the CHECK constraints let in; why it could not be."""
        why = self._try(row)
        seen: list[str] = []
        while failed := [each for each in self._failed(why) if each not in seen]:
            seen += failed
            for each in islice(self._others(row, seen), _ATTEMPTS):
                now = self._try(each)
                if now is None or not {*self._failed(now)} <= {*seen}:
                    row, why = each, now
                    break
        return why

    def _failed(self, why: str | None) -> list[str]:
        """The CHECK constraint that a database says has failed; all where it does not say which."""
        if why is None:
            return []
        named = [(said, text) for name, text in self._checks for said in (name, text) if said and said in why]
        if named:
            return [max(named, key=lambda each: len(each[0]))[1]]
        return [text for _, text in self._checks] if "check constraint" in why.lower() else []

    def _try(self, row: Mapping[str, Any]) -> str | None:
        try:
            with self.connection.begin_nested():
                self.connection.execute(self.table.insert().values(**row))
        except (DBAPIError, StatementError) as error:
            return " ".join(str(error.orig).split())
        return None

    @cached_property
    def _checks(self) -> list[tuple[str, str]]:
        """Name and text."""
        found = inspect(self.connection).get_check_constraints(self.table.name, self.table.schema)
        checks = [(str(each["name"] or ""), each["sqltext"]) for each in found]
        for column in self.table.columns:
            if isinstance(column.type, mysql.LONGTEXT):
                # What MariaDB's JSON is; SQLAlchemy does not read the CHECK of a column itself.
                checks.append((f"{self.table.name}.{column.name}", f"json_valid({column.name})"))
            if isinstance(column.type, DOMAIN) and column.type.check is not None:
                said = column.name.join(re.split(r"\bVALUE\b", str(column.type.check)))
                checks.append((str(column.type.constraint_name or ""), said))
        return checks

    def _others(self, row: Mapping[str, Any], checks: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The row with other values in the columns of these CHECK constraints, taken from what they themselves say."""
        choices: dict[str, list[Any]] = {}
        for column in self.table.columns:
            said = [each for each in checks if _mentions(each, column)]
            if said and column.name in row and not self._given(column.name):
                choices[column.name] = [*self._referred(column), *_candidates(column, said)]
        for values in product(*choices.values()):
            yield {**row, **dict(zip(choices, values, strict=True))}

    def _referred(self, column: Column[Any]) -> list[Any]:
        """Values that a key of this column alone may refer to."""
        for key in self._keys:
            if [each.name for each in key.columns] == [column.name] and not self._is_own(key):
                return [each[0] for each in self._to_refer_to(key, [column.name], apart=True)][:_CHOICES]
        return []


_CHOICES = 4
"""Rows that a key is tried with."""
_ATTEMPTS = 500
_FEW = (Enum, Boolean)


def _candidates(column: Column[Any], checks: Sequence[str]) -> list[Any]:
    words = [word.replace("''", "'") for check in checks for word in re.findall(r"'((?:[^']|'')*)'", check)]
    if any("json_valid" in check for check in checks):  # MariaDB's JSON
        words.append("{}")
    numbers = [int(word) for check in checks for word in re.findall(r"(?<![\w.'])-?\d+(?![\w.'])", check)]
    if column.nullable:
        return [*_candidates_of(column, words, numbers), None]
    return _candidates_of(column, words, numbers)


def _candidates_of(column: Column[Any], words: Sequence[str], numbers: Sequence[int]) -> list[Any]:
    near = [each for number in (*numbers, 0) for each in (number, number + 1, number - 1)]
    match _python_type(column.type):
        case "str":
            return [*words, *("x" * each for each in near if 0 <= each <= 4000)]
        case "bool":
            return [True, False]
        case "int" | "float" | "Decimal":
            return near
    return [value_of(column.type, number) for number in (0, 1, 1000)]


def _how_many(type_: TypeEngine[Any]) -> int:
    return len(type_.enums) if isinstance(type_, Enum) else 2


def _python_type(type_: TypeEngine[Any]) -> str:
    try:
        return (type_.data_type if isinstance(type_, DOMAIN) else type_).python_type.__name__
    except NotImplementedError:
        return ""


def _mentions(sql: str, column: Column[Any]) -> bool:
    return re.search(rf"\b{re.escape(column.name)}\b", sql) is not None


def _target(key: ForeignKeyConstraint) -> str:
    return key.elements[0].target_fullname.rpartition(".")[0]
