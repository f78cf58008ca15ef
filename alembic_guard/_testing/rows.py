"""Rows that satisfy the constraints of a live table, so that a migration meets what it will meet in production."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice, product
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Enum,
    MetaData,
    String,
    Table,
    inspect,
    select,
    text,
)
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
        deferred = _deferred(self.connection) if names else ""
        while left:
            free = [name for name, table in left.items() if not _waits(name, table, left)] or list(left)[:1]
            for name in free:
                table = left.pop(name)
                rows = _Rows(self.connection, table, self.values, self.choices, self.long, at_once=bool(deferred))
                why = rows.insert(self._next, count)
                if why:
                    refused[name] = why
        self._next += count if names else 0
        if deferred:  # for the revision again
            self.connection.exec_driver_sql(f"SET CONSTRAINTS {deferred} DEFERRED")
        return refused


def _deferred(connection: Connection) -> str:
    """The constraints that PostgreSQL looks at when a transaction ends."""
    if connection.dialect.name != "postgresql":
        return ""
    quoted = connection.dialect.identifier_preparer.quote
    found = connection.exec_driver_sql(
        "SELECT DISTINCT n.nspname, k.conname FROM pg_catalog.pg_constraint k"
        " JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace WHERE k.condeferred AND k.conparentid = 0"
    )
    return ", ".join(f"{quoted(schema)}.{quoted(name)}" for schema, name in found)


def _waits(name: TableName, table: Table, left: Mapping[TableName, Table]) -> bool:
    targets = {key.target_fullname.rpartition(".")[0] for key in table.foreign_keys}
    return any(other != name and (other.name in targets or str(other) in targets) for other in left)


@dataclass
class _Rows:
    """Of one table.

    Args:
        at_once: Look at deferred constraints with each row: what breaks one is refused, and PostgreSQL alters no table with
            trigger events that are pending.
    """

    connection: Connection
    table: Table
    values: Values
    choices: Mapping[tuple[str, str], Sequence[str]]
    long: int
    at_once: bool = False

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
            if self._given(column.name):
                given = self.values[f"{self.table.name}.{column.name}"]
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
        if (sequence := self._sequence(column)) is not None:
            # As an application does: an id that a revision takes from it later is another one.
            return self.connection.exec_driver_sql(f"SELECT {sequence}").scalar()
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

    def _sequence(self, column: Column[Any]) -> str | None:
        """The expression that takes the next number of a column's sequence."""
        if column.identity is not None and self.connection.dialect.name == "postgresql":
            table = self.connection.dialect.identifier_preparer.format_table(self.table)
            said = [each.replace("'", "''").replace("%", "%%") for each in (table, column.name)]
            return f"nextval(pg_get_serial_sequence('{said[0]}', '{said[1]}'))"
        default = getattr(getattr(column.server_default, "arg", None), "text", "")
        return default.replace("%", "%%") if default.lower().startswith("nextval(") else None

    @cached_property
    def _keys(self) -> list[ForeignKeyConstraint]:
        """Those of many columns first: a column may be in several, and less is left to choose then."""
        found = [each for each in self.table.constraints if isinstance(each, ForeignKeyConstraint)]
        return sorted(found, key=lambda key: (-len(key.columns), [column.name for column in key.columns]))

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
        """Those that are there: SQLite takes a key into a table that is not."""
        found = {}
        for name in {_target(key) for key in self._keys if not self._is_own(key)}:
            # With its schema, or a name that has a point.
            for target in (TableName(None, name), TableName.parse(name)):
                if inspect(self.connection).has_table(target.name, target.schema):
                    found[name] = live_table(self.connection, target)
                    break
        return found

    def _is_own(self, key: ForeignKeyConstraint) -> bool:
        return _target(key) == self.table.fullname

    def _referring(self, key: ForeignKeyConstraint, row: Mapping[str, Any], *, empty: bool) -> dict[str, Any]:
        """The columns of one key, with values of a row that is there; of columns that another key has given a value, a row
        that has it too."""
        names = [column.name for column in key.columns]
        fixed = {name: row[name] for name in names if name in row}
        if self._is_own(key) or _target(key) not in self._targets or any(map(self._given, names)):
            return {}
        if len(fixed) == len(names) or None in fixed.values():
            return {}
        loose = [column.name for column in key.columns if column.nullable and column.name not in fixed]
        apart = not self._apart.isdisjoint(names)
        rows = [] if empty and loose and not apart else self._to_refer_to(key, names, fixed, apart=apart)
        if rows:
            return dict(zip(names, rows[0], strict=True))
        if loose:
            return dict.fromkeys(loose)
        raise NoValue(f"{', '.join(names)}: no row of {_target(key)} is left to refer to")

    def _to_refer_to(
        self, key: ForeignKeyConstraint, names: Sequence[str], fixed: Mapping[str, Any], *, apart: bool
    ) -> list[Any]:
        target = self._targets[_target(key)]
        columns = [target.columns[each.target_fullname.rpartition(".")[2]] for each in key.elements]
        wanted = select(*columns).where(*(each.is_not(None) for each in columns)).order_by(*columns).limit(100)
        wanted = wanted.where(
            *(each == fixed[name] for each, name in zip(columns, names, strict=True) if name in fixed)
        )
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
            for each in self._others(row, failed, seen):
                now = self._try(each)
                if now is None or not {*self._failed(now)} <= {*seen}:
                    row, why = each, now
                    break
        return why

    def _failed(self, why: str | None) -> list[str]:
        """The CHECK constraint that a database says has failed; all where it does not say which."""
        if why is None:
            return []
        # A short name may stand in a value of the row that is told, too.
        why = why.partition("DETAIL:")[0]
        named = [(said, text) for name, text in self._checks for said in (name, text) if said and said in why]
        if named:
            return [max(named, key=lambda each: len(each[0]))[1]]
        if "partition" in why and self._partitions:
            return self._partitions
        return [text for _, text in self._checks] if "check constraint" in why.lower() else []

    def _try(self, row: Mapping[str, Any]) -> str | None:
        try:
            with self.connection.begin_nested():
                self.connection.execute(self.table.insert().values(row))
                if self.at_once:
                    self.connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
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

    @cached_property
    def _partitions(self) -> list[str]:
        """What PostgreSQL asks of the rows of a partition: of the table itself, or of one of its own."""
        if self.connection.dialect.name != "postgresql":
            return []
        table = self.connection.dialect.identifier_preparer.format_table(self.table)
        asked = text(
            "SELECT pg_catalog.pg_get_partition_constraintdef(c.oid) FROM pg_catalog.pg_class c WHERE c.relispartition AND"
            " (c.oid = to_regclass(:name) OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid"
            " AND i.inhparent = to_regclass(:name))) ORDER BY c.oid = to_regclass(:name) DESC, c.relname LIMIT 1"
        )
        return [said for said in self.connection.scalars(asked, {"name": table}) if said]

    def _others(self, row: Mapping[str, Any], failed: Sequence[str], seen: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The row with other values in the columns of the CHECK constraints that have just failed, then of all that have;
        taken from what they themselves say, then from what a pattern may ask for."""
        for pattern in (False, True):
            for checks in (failed, seen):
                choices: dict[str, list[Any]] = {}
                for column in self.table.columns:
                    said = [each for each in checks if _mentions(each, column)]
                    if said and column.name in row and not self._given(column.name):
                        others = [*self._referred(column), *_candidates(column, said, pattern=pattern)]
                        choices[column.name] = [row[column.name], *others]
                for values in islice(product(*choices.values()), _ATTEMPTS):
                    yield {**row, **dict(zip(choices, values, strict=True))}

    def _referred(self, column: Column[Any]) -> list[Any]:
        """Values that a key of this column alone may refer to."""
        for key in self._keys:
            if [each.name for each in key.columns] == [column.name] and _target(key) in self._targets:
                return [each[0] for each in self._to_refer_to(key, [column.name], {}, apart=True)][:_CHOICES]
        return []


_CHOICES = 4
"""Rows that a key is tried with."""
_ATTEMPTS = 500
_FEW = (Enum, Boolean)


_WORDS = [
    "a@example.com",
    "https://example.com/",
    "A",
    "aaaaaaaa",
    "+10000000000",
    "00000000-0000-4000-8000-000000000000",
    "{}",
]
"""What a pattern may ask for that does not say it in so many words."""


def _candidates(column: Column[Any], checks: Sequence[str], *, pattern: bool) -> list[Any]:
    words = [word.replace("''", "'") for check in checks for word in re.findall(r"'((?:[^']|'')*)'", check)]
    if any("json_valid" in check for check in checks):  # MariaDB's JSON
        words.append("{}")
    numbers = [float(word) for check in checks for word in re.findall(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.])", check)]
    # PostgreSQL writes a number that a column's type is not made for as a text: '5'::numeric.
    numbers += [float(word) for word in words if re.fullmatch(r"-?\d+(?:\.\d+)?", word)]
    found = _candidates_of(column, words, list(dict.fromkeys(numbers)), pattern=pattern)
    return [*found, None] if column.nullable else found


def _candidates_of(column: Column[Any], words: Sequence[str], numbers: Sequence[float], *, pattern: bool) -> list[Any]:
    near = [each for number in (*numbers, 0) for each in (number, number + 1, number - 1)]
    whole = [int(each) for each in near if each == int(each)]
    match _python_type(column.type):
        case "str":
            longest = column.type.length if isinstance(column.type, String) else None
            long = [each for each in whole if 0 <= each <= 4000]
            made = (
                [*_WORDS, *(a * each for a in "a0A" for each in long)]
                if pattern
                else [*words, *("x" * each for each in long)]
            )
            return [each for each in made if longest is None or len(each) <= longest]
        case "bool":
            return [True, False]
        case "int":
            return whole
        case "float" | "Decimal":
            return near
    if isinstance(column.type, JSON):
        return [{}, [], "x", 0]
    if isinstance(column.type, ARRAY):
        return [[], value_of(column.type, 0), value_of(column.type, 0) * 2]
    said = [each for word in words if (each := _moment(column.type, word)) is not None]
    return [*said, *(value_of(column.type, number) for number in (0, 1, 1000))]


def _moment(type_: TypeEngine[Any], word: str) -> date | None:
    """A little after the date that a text says."""
    try:
        found = datetime.fromisoformat(re.sub(r"([+-]\d\d)$", r"\1:00", word) if ":" in word else word)
    except ValueError:
        return None
    if isinstance(type_, Date):
        return found.date() + timedelta(days=1)
    zone = getattr(type_, "timezone", False)
    return (found if zone else found.replace(tzinfo=None)) + timedelta(days=1) if isinstance(type_, DateTime) else None


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
