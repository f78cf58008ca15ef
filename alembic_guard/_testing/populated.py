"""Tables of ours that are full when the next revision runs, and what is left of their rows when it has."""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection, Table, event

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._names import TableName
from alembic_guard._testing.choices import Listener
from alembic_guard._testing.environment import comparison_of, fail
from alembic_guard._testing.rows import Filler, NoRowsWarning, Values, live_table
from alembic_guard._testing.schema import Row, SchemaReader, row_in_words, rows_of
from alembic_guard._testing.walk import name_of

_SHOWN = 3
"""Rows of a table that a failure shows."""


class Populated:
    """Fails at the first revision that rows stop, or that loses one of them.

    A row may go where a statement of the revision deletes from its table, or from one that it refers to; a value may change
    where a statement updates its table or says by itself how a type is converted (USING).
    """

    def __init__(self, context: MigrationContext, values: Values) -> None:
        assert context.connection is not None
        self._connection: Connection = context.connection
        claims = comparison_of(context).claims
        catalogue = self._catalogue(claims.external)
        # A chain may begin after tables of ours that something else made.
        models = set(map(catalogue.real, claims.ours))
        self._not_ours = {*catalogue.tables, *map(catalogue.real, claims.external)} - models
        self._database = catalogue.database
        self._listener = Listener(claims.ours.values())
        self._filler = Filler(self._connection, values, self._listener.choices)
        self._reader = SchemaReader()
        self._filled: dict[TableName, frozenset[str]] = {}
        self._tables: dict[TableName, Table] = {}
        self._rows: dict[TableName, list[Row]] = {}
        self._statements: list[str] = []
        self._last = ""

    def before(self, step: RevisionStep) -> None:
        ours = {name: facts for name, facts in self._ours().items() if facts}
        changed = [name for name, facts in ours.items() if self._filled.get(name) != facts]
        refused = self._filler.fill(changed)
        self._filled = dict(ours)
        self._tables = {
            name: live_table(self._connection, name) if name in changed else self._tables[name] for name in ours
        }
        self._rows = {name: rows_of(self._connection, name) for name in ours}
        for name, why in refused.items():
            if not self._rows[name]:
                told = f"{name} has no row before {name_of(step)}: {why}; give values with the fixture row_values"
                warnings.warn(NoRowsWarning(told), stacklevel=2)
        self._statements, self._last = [], ""
        event.listen(self._connection, "before_cursor_execute", self._note)
        self._listener.listen(self._connection)

    def after(self, step: RevisionStep) -> None:
        event.remove(self._connection, "before_cursor_execute", self._note)
        self._listener.stop(self._connection)
        there = self._ours()
        for name in self._rows:
            if name in there:
                self._judge(name, step)

    def told(self, step: RevisionStep, error: Exception) -> str:
        """The rows of the tables that the statement names, or the last one that ran."""
        statement = str(getattr(error, "statement", "") or self._last)
        lines = [
            f"\n  row of {name}: {row_in_words(row)}"
            for name, rows in self._rows.items()
            if _names(statement, name)
            for row in rows[:_SHOWN]
        ]
        return (
            "".join(lines)
            + "\n  hint: let the revision make the rows fit before it changes the table: op.execute('UPDATE ...')"
        )

    def _catalogue(self, names: Iterable[TableName]) -> Catalogue:
        return read_catalogue(self._connection, {name.schema for name in names})

    def _ours(self) -> Mapping[TableName, frozenset[str]]:
        system = {name for name, live in self._catalogue(()).tables.items() if live.system}
        return {
            name: facts
            for name, facts in self._reader.read(self._connection).items()
            if name not in self._not_ours and name not in system and not name.name.startswith("(")
        }

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._last = statement
        if not statement.lstrip().upper().startswith(("PRAGMA", "SELECT", "SHOW")):
            self._statements.append(" ".join(statement.split()))

    def _judge(self, name: TableName, step: RevisionStep) -> None:
        were, are = self._rows[name], rows_of(self._connection, name)
        key = [column.name for column in self._tables[name].primary_key]
        if not were or not key or not are:
            lost = were[len(are) :]
            if lost and not self._may_go(name):
                self._fail_lost(name, lost, len(are), step)
            return
        if not set(key) <= set(are[0]):
            return
        by_key = {_key(row, key): row for row in are}
        lost = [row for row in were if _key(row, key) not in by_key]
        if len(lost) == len(were) and len(are) >= len(were):
            return  # the key was converted: no row can be told by it
        if lost and not self._may_go(name):
            self._fail_lost(name, lost, len(are), step)
        if not self._may_change(name):
            for row in were:
                if (now := by_key.get(_key(row, key))) is not None:
                    self._compare(name, row, now, step)

    def _compare(self, name: TableName, was: Row, now: Row, step: RevisionStep) -> None:
        for column, value in was.items():
            if column in now and not _kept(value, now[column]):
                fail(
                    f"{name_of(step)} on {self._database} changed a value of {name}.{column}\n"
                    f"  expected: {value!r}, for no statement of it updates {name.name}; found: {now[column]!r}\n"
                    f"  row: {row_in_words(was)}\n" + self._behind(name),
                    hint="convert the values in the revision: op.execute('UPDATE ...'), or postgresql_using=...",
                )

    def _fail_lost(self, name: TableName, lost: list[Row], left: int, step: RevisionStep) -> None:
        fail(
            f"{name_of(step)} on {self._database} lost rows of {name}\n"
            f"  expected: the {len(self._rows[name])} rows that were there, for no statement of it deletes any;"
            f" found: {left}\n"
            + "".join(f"  row: {row_in_words(row)}\n" for row in lost[:_SHOWN])
            + self._behind(name),
            hint="on SQLite DROP TABLE deletes its rows first, and what refers to them with ON DELETE CASCADE:"
            " op.execute('PRAGMA foreign_keys = OFF') outside of a transaction",
        )

    def _behind(self, name: TableName) -> str:
        """The statements that may have done it."""
        named = [each for each in self._statements if _names(each, name)]
        drops = [each for each in self._statements if each.upper().startswith("DROP TABLE")]
        return "\n".join(f"  statement: {each}" for each in (named or drops or self._statements)[:_SHOWN])

    def _may_go(self, name: TableName, seen: frozenset[TableName] = frozenset()) -> bool:
        if self._written(name, "DELETE FROM|TRUNCATE|MERGE INTO|REPLACE INTO"):
            return True
        targets = {key.target_fullname.rpartition(".")[0] for key in self._tables[name].foreign_keys}
        parents = {each for each in self._tables if each.name in targets or str(each) in targets} - seen - {name}
        return any(self._may_go(each, seen | {name}) for each in parents)

    def _may_change(self, name: TableName) -> bool:
        return self._written(name, "UPDATE|MERGE INTO|REPLACE INTO") or any(
            _names(each, name) and " USING " in each for each in self._statements
        )

    def _written(self, name: TableName, verbs: str) -> bool:
        wanted = re.compile(rf"\b(?:{verbs})\b[^;]*?(?<!\w){re.escape(name.name)}(?!\w)", re.IGNORECASE)
        return any(wanted.search(each) for each in self._statements)


def _names(statement: str, name: TableName) -> bool:
    return re.search(rf"(?<!\w){re.escape(name.name)}(?!\w)", statement) is not None


def _key(row: Row, names: list[str]) -> tuple[str, ...]:
    """As text without what a UUID's hyphens are: a CHAR(32) that becomes a UUID is the same."""
    return tuple(str(row[name]).replace("-", "").lower() for name in names)


def _kept(was: Any, now: Any) -> bool:
    """Whether a value survived; between types that cannot be compared it is believed to have."""
    if was is None or was == now:
        return True
    if now is None:
        return False
    if isinstance(now, (int, float, Decimal)) and isinstance(was, (int, float, Decimal, str)):
        try:
            return float(was) == float(now)
        except ValueError:
            return False
    if isinstance(was, datetime.datetime) and isinstance(now, datetime.datetime):
        return (was.tzinfo is None) != (now.tzinfo is None)
    return type(was) is not type(now)
