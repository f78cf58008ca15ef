"""The statements of one migration, read before they run: what would touch a table inside the fence is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._history.rows import Write
from alembic_guard._history.statements import Changed, Part, Schema, Unread, changes
from alembic_guard._names import TableName
from alembic_guard._rules import ago120_refused
from alembic_guard._run.fence.scope import Scope
from alembic_guard._run.print_and_stop import print_and_stop


class Statements:
    """What was refused, and what the statements say of changes that nobody could read in them.

    Args:
        refused: What has been found; SQLite finds it while it runs.
        opaque: A statement ran that may do anything: a procedure, CASCADE.
        at_once: A statement of the run's own connection was committed by itself since the last look.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._fence = scope.fence
        self.refused: list[Diagnostic] = []
        self.opaque = self.at_once = self._elsewhere = False
        self._follow_anew = False
        self._last = ""
        self._know_words()

    def look(self, connection: Connection, statement: str, parameters: Any) -> None:
        """Read a statement that is about to run.

        Raises:
            GuardError: AGO120.
        """
        own = self._scope.is_own(connection)
        at_once = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        self.at_once = self.at_once or (at_once and own)
        self.opaque = self.opaque or bool(_OPAQUE.search(statement)) or (at_once and bool(_ASKS.match(statement)))
        self._elsewhere = self._elsewhere or (
            self._fence.dialect == "postgresql" and "search_path" in statement.lower()
        )
        if self._fence.dialect == "sqlite" and own:
            self._last = statement
            return  # SQLite reads it itself
        if self._fence.is_mariadb:
            statement = f"{statement} {parameters}" if parameters and _RUNS.match(statement) else statement
            self._follow(statement)
        lowered = statement.lower()
        if any(word in lowered for word in self._words) or _PARTS.search(lowered):
            self._read(statement, not_rolled_back=self._fence.is_mariadb or at_once)

    def refuse_action(self, table: TableName, action: str) -> None:
        """What SQLite found in a statement, which is the last one that it was given unless a driver's own cursor gave it."""
        self._refuse(table, self._last, f"SQLite: it would {action}")

    def _read(self, statement: str, *, not_rolled_back: bool) -> None:
        try:
            for change in changes(statement, self._fence.dialect):
                for table, why in self._reached(change, not_rolled_back):
                    self._refuse(table, statement, why)
        except Unread as reason:
            self.opaque = True
            if not_rolled_back and not self.refused and (named := self._named_in(statement)):
                self._refuse(named, statement, f"it cannot be read: {reason}")
        self._stop_if_refused()

    def _reached(self, change: Changed, not_rolled_back: bool) -> Iterator[tuple[TableName, str]]:
        match change:
            case Write(name, verbs):
                if self._elsewhere and not name.schema and not not_rolled_back:
                    return  # search_path is another now: what it means is seen before the commit
                if (table := self._scope.table(name)) is not None:
                    yield table, ""
                for theirs in self._followers(self._fence.following.of(self._fence.one_name(name), verbs)):
                    yield theirs, f"{theirs} follows the rows of {name}, by a key, a trigger or a view"
            case Part(name):
                # A sequence may be named by its table and column, as pg_get_serial_sequence() is.
                itself = self._scope.table(name)
                with self._scope.own_question():
                    part_of = itself or self._fence.reader.table_of(self._fence.connection, name)
                if part_of is not None and part_of in self._scope.owners:
                    yield part_of, "" if itself else f"{name} belongs to it"
            case Schema(schema):
                yield from [(table, "") for table in self._scope.owners if table.schema == schema][:1]

    def _follow(self, statement: str) -> None:
        """MariaDB's views, triggers and routines: read anew behind a statement that may have made one; calls refused."""
        if self._follow_anew:
            with self._scope.own_question():
                self._fence.follow()
            self._know_words()
        self._follow_anew = bool(_MAKES.search(statement))
        if self._follow_anew or not self._routines:
            return
        for name, theirs in self._routines.items():
            if re.search(rf"\b{re.escape(name)}\b`?\s*\(|\bcall\b.*\b{re.escape(name)}\b", statement, re.IGNORECASE):
                for table in self._followers(theirs):
                    self._refuse(table, statement, f"{name} changes {table}")
        self._stop_if_refused()

    def _know_words(self) -> None:
        following = self._fence.following
        self._routines = following.routines()
        self._words = {name.name.lower() for name in (*self._scope.owners, *following.tables())}

    def _followers(self, theirs: Iterable[TableName]) -> list[TableName]:
        return sorted(name for name in theirs if name in self._scope.owners)

    def _named_in(self, statement: str) -> TableName | None:
        words = set(re.findall(r"\w+", statement.lower()))
        return next((name for name in self._scope.owners if name.name.lower() in words), None)

    def _refuse(self, table: TableName, statement: str, why: str = "") -> None:
        scope = self._scope
        owner = scope.owners[table]
        found = ago120_refused.refused(table, owner, scope.revision, statement, scope.database, why)
        if found not in self.refused:
            self.refused.append(found)

    def _stop_if_refused(self) -> None:
        if self.refused:
            print_and_stop(self.refused)


_OPAQUE = re.compile(
    r"(^|;|\*/)\s*(do|call|execute|prepare)\b|(?<!delete )(?<!update )\bcascade\b|\bsearch_path\b|\bowned\s+by\b"
    r"|\balter\s+(type|domain)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_RUNS = re.compile(r"\s*(execute|prepare|set)\b", re.IGNORECASE)
_MAKES = re.compile(r"\b(create|alter)\b.*\b(view|trigger|procedure|function)\b", re.IGNORECASE | re.DOTALL)
_PARTS = re.compile(r"\b(drop|alter|reindex)\b.*\b(index|sequence|trigger|schema|database)\b|\bsetval\b", re.DOTALL)
