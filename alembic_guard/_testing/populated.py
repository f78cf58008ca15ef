"""Tables of ours that are full when the next revision runs, and what is left of their rows when it has."""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection, ForeignKeyConstraint, Table, event
from sqlalchemy.exc import DBAPIError

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._names import TableName
from alembic_guard._testing.choices import Listener
from alembic_guard._testing.environment import Environment, comparison_of, fail
from alembic_guard._testing.rows import Filler, NoRowsWarning, Values, live_table
from alembic_guard._testing.schema import Row, Schema, SchemaReader, row_in_words, rows_of
from alembic_guard._testing.walk import name_of, walk

_SHOWN = 3
"""Rows of a table that a failure shows."""


def run_over_rows(environment: Environment, values: Values) -> None:
    """From base to the heads, with rows in every table before each revision; none are left when it ends."""
    made: list[Populated] = []

    def populated(context: MigrationContext) -> Populated:
        made.append(Populated(context, values))
        return made[-1]

    def empty(connections: Sequence[Connection]) -> None:
        for each, connection in zip(made, connections, strict=True):
            each.empty(connection)

    try:
        walk(environment, populated, back=False)
    finally:
        if made:
            environment.connect([each.engine for each in made], empty)


class Populated:
    """Fails at the first revision that rows stop, or that loses one of them.

    A row may go where a statement of the revision deletes from its table, or from one that it refers to; a value may change
    where a statement updates its table or says by itself how a type is converted (USING), where a key's ON DELETE or ON
    UPDATE does, and in a generated column. What a routine or a trigger says counts as a statement where one calls it.
    """

    def __init__(self, context: MigrationContext, values: Values) -> None:
        assert context.connection is not None
        self._connection: Connection = context.connection
        comparison = comparison_of(context)
        claims, self.engine = comparison.claims, comparison.engine
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
        self._selects: list[str] = []
        self._last = ""
        self._beside: Schema = {}
        self._full = {name for name in models if name in catalogue.tables and rows_of(self._connection, name)}

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
            if not self._rows[name] and not _is_partition(ours[name]):
                told = f"{name} has no row before {name_of(step)}: {why}; give values with the fixture row_values"
                warnings.warn(NoRowsWarning(told), stacklevel=2)
        self._statements, self._selects, self._last = [], [], ""
        event.listen(self._connection, "before_cursor_execute", self._note)
        self._listener.listen(self._connection)

    def after(self, step: RevisionStep) -> None:
        self._deaf()
        self._statements += said_elsewhere(self._statements, self._selects, self._beside)
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

    def empty(self, connection: Connection) -> None:
        """Take the rows away again, those of revisions with them: a downgrade that narrows a column has none to meet.

        A table of the models' that had rows before the chain began keeps them all.
        """
        self._deaf()
        left = {name for name in self._filled if name not in self._full}
        if is_mariadb(connection.dialect.name):
            connection.exec_driver_sql("SET foreign_key_checks = 0")
        while emptied := {
            name for name in left if _deleted(connection, name)
        }:  # those that refer to others before these
            left -= emptied
        if is_mariadb(connection.dialect.name):
            connection.exec_driver_sql("SET foreign_key_checks = 1")

    def _deaf(self) -> None:
        if event.contains(self._connection, "before_cursor_execute", self._note):
            event.remove(self._connection, "before_cursor_execute", self._note)
            self._listener.stop(self._connection)

    def _catalogue(self, names: Iterable[TableName]) -> Catalogue:
        return read_catalogue(self._connection, {name.schema for name in names})

    def _ours(self) -> Mapping[TableName, frozenset[str]]:
        system = {name for name, why in self._catalogue(()).tables.items() if why}
        self._beside = self._reader.read(self._connection)
        return {
            name: facts
            for name, facts in self._beside.items()
            if name not in self._not_ours and name not in system and not name.name.startswith("(")
        }

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._last = statement
        silent = statement.lstrip().upper().startswith(("PRAGMA", "SELECT", "SHOW"))
        (self._selects if silent else self._statements).append(" ".join(statement.split()))

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
        may_change = self._may_change(name)
        if lost and not self._may_go(name) and not (may_change and len(are) >= len(were)):
            self._fail_lost(name, lost, len(are), step)
        if not may_change:
            for row in were:
                if (now := by_key.get(_key(row, key))) is not None:
                    self._compare(name, row, now, step)

    def _compare(self, name: TableName, was: Row, now: Row, step: RevisionStep) -> None:
        free = self._changed_by_others(name)
        for column, value in was.items():
            if column in now and column not in free and not _kept(value, now[column]):
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
            " op.execute('PRAGMA foreign_keys = OFF') outside of a transaction"
            if self._connection.dialect.name == "sqlite"
            else f"move the rows first, or say that they may go: op.execute('DELETE FROM {name.name}')",
        )

    def _behind(self, name: TableName) -> str:
        """The statements that may have done it."""
        named = [each for each in self._statements if _names(each, name)]
        drops = [each for each in self._statements if each.upper().startswith("DROP TABLE")]
        return "\n".join(f"  statement: {each}" for each in (named or drops or self._statements)[:_SHOWN])

    def _may_go(self, name: TableName, seen: frozenset[TableName] = frozenset()) -> bool:
        if self._written(name, r"(?<!ON )DELETE|TRUNCATE|MERGE INTO|REPLACE INTO"):
            return True
        parents = {each for key in self._tables[name].foreign_key_constraints if (each := self._target(key))}
        return any(self._may_go(each, seen | {name}) for each in parents - seen - {name})

    def _may_change(self, name: TableName) -> bool:
        return (
            self._written(name, r"(?<!ON )UPDATE|MERGE INTO|REPLACE INTO")
            or any(_names(each, name) and " USING " in each for each in self._statements)
            or any(_names(each, name) and _UPSERT.search(each) for each in self._statements)
        )

    def _changed_by_others(self, name: TableName, seen: frozenset[TableName] = frozenset()) -> set[str]:
        """Columns that the database itself writes: generated ones, and those of keys with ON DELETE SET NULL, ON UPDATE."""
        table = self._tables[name]
        found = {column.name for column in table.columns if column.computed is not None}
        for key in table.foreign_key_constraints:
            target = self._target(key)
            if target is None or target in seen:
                continue
            emptied = (key.ondelete or "").upper().startswith("SET") and self._may_go(target)
            referred = {each.target_fullname.rpartition(".")[2] for each in key.elements}
            moved = bool(key.onupdate) and (
                self._may_change(target) or bool(referred & self._changed_by_others(target, seen | {name}))
            )
            if emptied or moved:
                found |= {column.name for column in key.columns}
        return found

    def _target(self, key: ForeignKeyConstraint) -> TableName | None:
        said = key.elements[0].target_fullname.rpartition(".")[0]
        return next((each for each in self._tables if said in (each.name, str(each))), None)

    def _written(self, name: TableName, verbs: str) -> bool:
        wanted = re.compile(rf"\b(?:{verbs})\b[^;]*?(?<!\w){re.escape(name.name)}(?!\w)", re.IGNORECASE)
        return any(wanted.search(each) for each in self._statements)


_UPSERT = re.compile(r"\bINSERT\b.*\bON (CONFLICT\b.*\bDO UPDATE|DUPLICATE KEY UPDATE)\b", re.IGNORECASE)


_HEAD = re.compile(
    r"^trigger .*? (BEFORE|AFTER) (INSERT|UPDATE|DELETE) (?!ON |OF )|^.*?(?=\b(BEGIN|EXECUTE) )", re.IGNORECASE
)
"""Of a trigger, which says UPDATE ON too: on MariaDB, and elsewhere."""


def said_elsewhere(statements: Sequence[str], selects: Sequence[str], schema: Schema) -> list[str]:
    """What triggers do at tables that the statements write, and what the routines do that statements, SELECT too, or those
    triggers call."""
    triggers = [
        (name, fact)
        for name, facts in schema.items()
        for fact in facts
        if not name.name.startswith("(") and re.match(r"(CREATE )?(CONSTRAINT )?TRIGGER ", fact, re.IGNORECASE)
    ]
    routines = {
        fact.partition(":")[0].partition("(")[0].rpartition(".")[2].strip('"'): fact.partition(":")[2]
        for name, facts in schema.items()
        if name.name in ("(routine)", "(function)", "(procedure)")
        for fact in facts
    }
    found: list[str] = []
    waiting = [*statements, *selects]
    while waiting:
        said = waiting.pop()
        called = [body for name, body in routines.items() if re.search(rf"\b{re.escape(name)}\W?\(", said)]
        fired = [
            _HEAD.sub("", fact)
            for name, fact in triggers
            if re.search(r"\b(INSERT|UPDATE|DELETE|MERGE|REPLACE|COPY)\b", said, re.IGNORECASE) and _names(said, name)
        ]
        new = [body for body in (*called, *fired) if body not in found]
        found += new
        waiting += new
    return found


def _is_partition(facts: frozenset[str]) -> bool:
    """Its rows are those of the table that it is a part of."""
    return any(fact.startswith("PARTITION ") and not fact.startswith("PARTITION BY ") for fact in facts)


def _deleted(connection: Connection, name: TableName) -> bool:
    quoted = connection.dialect.identifier_preparer.quote
    schema = f"{quoted(name.schema)}." if name.schema and connection.dialect.name != "sqlite" else ""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"DELETE FROM {schema}{quoted(name.name)}")
    except DBAPIError:
        return False
    return True


def _names(statement: str, name: TableName) -> bool:
    return re.search(rf"(?<!\w){re.escape(name.name)}(?!\w)", statement) is not None


def _key(row: Row, names: list[str]) -> tuple[str, ...]:
    """As text without what a UUID's hyphens are: a CHAR(32) that becomes a UUID is the same."""
    return tuple(str(row[name]).replace("-", "").lower() for name in names)


def _kept(was: Any, now: Any) -> bool:
    """Whether a value survived; between types that cannot be compared it is believed to have."""
    if was is None or was == now or (was != was and now != now):  # NaN
        return True
    if now is None:
        return False
    if isinstance(was, str) and isinstance(now, str):
        return was.rstrip(" ") == now.rstrip(" ")  # CHAR(n) has spaces at its end
    if isinstance(now, (int, float, Decimal)) and isinstance(was, (int, float, Decimal, str)):
        try:
            return float(was) == float(now)
        except ValueError:
            return False
    if isinstance(was, datetime.datetime) and isinstance(now, datetime.datetime):
        return (was.tzinfo is None) != (now.tzinfo is None)
    return type(was) is not type(now)
