"""The tables inside the fence, and the watch over each migration."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Protocol

from alembic.script import Script
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from alembic_guard._catalogue import Catalogue
from alembic_guard._database import describe, is_mariadb
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._errors import GuardError
from alembic_guard._guard import Guard
from alembic_guard._history.rows import Write
from alembic_guard._history.statements import Changed, Part, Schema, Unread, changes
from alembic_guard._names import TableName
from alembic_guard._report import as_text
from alembic_guard._rules import ago120_refused, ago121_rolled_back, ago122_not_rolled_back, ago123_meanwhile
from alembic_guard._run.connection import refusals, with_a_pool_of_its_own
from alembic_guard._run.fence.following import Following, read_following
from alembic_guard._run.fence.place import place
from alembic_guard._run.fence.reading import Moment, Reading, redefined, written
from alembic_guard._run.fence.sqlite import refusing
from alembic_guard._stop import stop

log = logging.getLogger("alembic.guard")


class Reader(Protocol):
    """How one kind of database tells of the tables inside the fence."""

    def read(self, connection: Connection) -> Reading:
        """As this connection sees them now, in one statement."""
        ...

    def begin(self, connection: Connection) -> Moment:
        """Where the connection's transaction stands; empty where the database does not say."""
        ...

    def table_of(self, connection: Connection, part: TableName) -> TableName | None:
        """The table inside the fence that an index, a sequence or a trigger belongs to."""
        ...


class Fence:
    """The tables of other owners that were there when the run began, and how they looked last.

    Each reading ends the watch over one migration and begins that over the next, so that a run costs one more than it
    has migrations.

    Args:
        owners: The tables, and whose they are.
        made_by: Those that a revision of ours created, and which; it may take them away again.
    """

    def __init__(
        self,
        connection: Connection,
        guard: Guard,
        catalogue: Catalogue,
        owners: Mapping[TableName, str],
        reader: Reader,
        made_by: Mapping[TableName, str],
    ) -> None:
        self.connection = connection
        self.guard = guard
        self.catalogue = catalogue
        self.owners = owners
        self.reader = reader
        self.made_by = made_by
        self.dialect = connection.dialect.name
        self.last = reader.read(connection)
        self.following = Following()
        self.done: list[Diagnostic] = []
        self.follow()

    def follow(self) -> None:
        """Read what theirs follow; on PostgreSQL and SQLite the database itself tells of it."""
        if is_mariadb(self.dialect):
            self.following = read_following(self.connection, self.owners)

    def around(self, revision: Script, run: Callable[..., None]) -> Callable[..., None]:
        """The same migration, watched."""

        def watched(**given: Any) -> None:
            _Watch(self, revision).over(lambda: run(**given))

        return watched

    def stop_if_done(self) -> None:
        """Stop behind a migration that changed what is not ours and is committed.

        Raises:
            GuardError: AGO122.
        """
        if self.done:
            _report_and_stop(self.done)


class _Watch:
    """Over one migration.

    Args:
        revision: What ``Guard(allow=...)`` names is outside the fence for it.
    """

    def __init__(self, fence: Fence, revision: Script) -> None:
        self._fence = fence
        self._revision = f"revision {revision.revision} ({Path(revision.path).name})"
        self._database = describe(fence.connection)
        self._mariadb = is_mariadb(fence.dialect)
        named = (TableName.parse(each.table) for each in fence.guard.allow if each.revision == revision.revision)
        allowed = {self._one_name(name) for name in named}
        self._owners = {
            name: owner
            for name, owner in fence.owners.items()
            if self._one_name(name) not in allowed and fence.made_by.get(name) != revision.revision
        }
        self._by_one_name = {self._one_name(name): name for name in self._owners}
        self._refused: list[Diagnostic] = []
        self._thread = threading.get_ident()
        self._asking = False
        self._moments: dict[Connection, Moment] = {}
        self._follow_anew = False
        self._statement = ""
        # What makes it likely, or less so, that a change which another session sees too is ours.
        self._opaque = self._at_once = self._elsewhere = False
        self._know_words()

    def over(self, run: Callable[[], None]) -> None:
        """Run the migration.

        Raises:
            GuardError: AGO120, AGO121.
        """
        fence = self._fence
        self._begin(fence.connection)
        try:
            with self._listening(), self._sqlite_refuses():
                run()
        except Exception as error:
            if self._refused and not isinstance(error, GuardError):  # by SQLite itself
                _report_and_stop(self._refused, cause=error)
            self._tell_what_stays()
            raise
        if self._refused:
            _report_and_stop(self._refused)
        self._check(fence.connection)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """To every statement of this thread: a migration may open connections of its own."""
        listeners: list[tuple[str, Callable[..., None]]] = [
            ("before_cursor_execute", self._before_statement),
            ("commit", self._before_commit),
            ("rollback", self._on_rollback),
        ]
        for name, listener in listeners:
            event.listen(Engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners:
                event.remove(Engine, name, listener)

    def _sqlite_refuses(self) -> Any:
        if self._fence.dialect != "sqlite":
            return nullcontext()
        return refusing(self._fence.connection, self._owners, self._refuse_action)

    # Before a statement runs

    def _before_statement(
        self, connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        if not self._concerns(connection):
            return
        if _COMMIT.match(statement):
            self._before_commit(connection)
        elif _ROLLBACK.match(statement):
            self._on_rollback(connection)
        elif connection not in self._moments and not _SETS.match(statement):
            self._begin(connection)
        at_once = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        self._at_once = self._at_once or (at_once and connection is self._fence.connection)
        self._opaque = self._opaque or bool(_OPAQUE.search(statement)) or (at_once and bool(_ASKS.match(statement)))
        self._elsewhere = self._elsewhere or (
            self._fence.dialect == "postgresql" and "search_path" in statement.lower()
        )
        if self._fence.dialect == "sqlite" and connection is self._fence.connection:
            self._statement = statement
            return  # SQLite reads it itself
        if self._mariadb:
            statement = f"{statement} {parameters}" if parameters and _RUNS.match(statement) else statement
            self._follow(statement)
        lowered = statement.lower()
        if any(word in lowered for word in self._words) or _PARTS.search(lowered):
            self._read(statement, not_rolled_back=self._mariadb or at_once)

    def _read(self, statement: str, *, not_rolled_back: bool) -> None:
        try:
            for change in changes(statement, self._fence.dialect):
                for table, why in self._reached(change, not_rolled_back):
                    self._refuse(table, statement, why)
        except Unread as reason:
            self._opaque = True
            if not_rolled_back and not self._refused and (named := self._named_in(statement)):
                self._refuse(named, statement, f"it cannot be read: {reason}")
        if self._refused:
            _report_and_stop(self._refused)

    def _reached(self, change: Changed, not_rolled_back: bool) -> Iterator[tuple[TableName, str]]:
        match change:
            case Write(name, verbs):
                if self._elsewhere and not name.schema and not not_rolled_back:
                    return  # search_path is another now: what it means is seen before the commit
                if (table := self._by_one_name.get(self._one_name(name))) is not None:
                    yield table, ""
                for theirs in self._followers(self._fence.following.of(self._one_name(name), verbs)):
                    yield theirs, f"{theirs} follows the rows of {name}, by a key, a trigger or a view"
            case Part(name):
                # A sequence may be named by its table and column, as pg_get_serial_sequence() is.
                itself = self._by_one_name.get(self._one_name(name))
                with self._own_question():
                    part_of = itself or self._fence.reader.table_of(self._fence.connection, name)
                if part_of in self._owners:
                    yield part_of, "" if itself else f"{name} belongs to it"
            case Schema(schema):
                yield from [(table, "") for table in self._owners if table.schema == schema][:1]

    def _follow(self, statement: str) -> None:
        """MariaDB's views, triggers and routines: read anew behind a statement that may have made one; calls refused."""
        if self._follow_anew:
            with self._own_question():
                self._fence.follow()
            self._know_words()
        self._follow_anew = bool(_MAKES.search(statement))
        if self._follow_anew or not self._routines:
            return
        for name, theirs in self._routines.items():
            if re.search(rf"\b{re.escape(name)}\b`?\s*\(|\bcall\b.*\b{re.escape(name)}\b", statement, re.IGNORECASE):
                for table in self._followers(theirs):
                    self._refuse(table, statement, f"{name} changes {table}")
        if self._refused:
            _report_and_stop(self._refused)

    def _know_words(self) -> None:
        following = self._fence.following
        self._routines = following.routines()
        self._words = {name.name.lower() for name in (*self._owners, *following.tables())}

    def _followers(self, theirs: Iterable[TableName]) -> list[TableName]:
        return sorted(name for name in theirs if name in self._owners)

    def _named_in(self, statement: str) -> TableName | None:
        words = set(re.findall(r"\w+", statement.lower()))
        return next((name for name in self._owners if name.name.lower() in words), None)

    def _refuse_action(self, table: TableName, action: str) -> None:
        """What SQLite found in a statement, which is the last one that it was given unless a driver's own cursor gave it."""
        self._refuse(table, self._statement, f"SQLite: it would {action}")

    def _refuse(self, table: TableName, statement: str, why: str = "") -> None:
        owner = self._owners[table]
        found = ago120_refused.refused(table, owner, self._revision, statement, self._database, why)
        if found not in self._refused:
            self._refused.append(found)

    # Transactions

    def _begin(self, connection: Connection) -> None:
        with self._own_question():
            self._moments[connection] = self._fence.reader.begin(connection)

    def _before_commit(self, connection: Connection) -> None:
        if not self._concerns(connection):
            return
        if connection is self._fence.connection or connection in self._moments:
            self._check(connection)
        self._moments.pop(connection, None)

    def _on_rollback(self, connection: Connection) -> None:
        self._moments.pop(connection, None)

    def _check(self, connection: Connection) -> None:
        """Compare with what was, before a commit.

        Raises:
            GuardError: AGO121, which rolls back.
        """
        fence = self._fence
        own = connection is fence.connection
        if not own and fence.dialect != "postgresql":
            return  # its statements were read; what the database itself tells is told of the run's own connection
        with self._own_question():
            before, after = fence.last, fence.reader.read(connection)
        began = self._moments.get(connection) or Moment(rows={name: each.rows for name, each in before.tables.items()})
        at_once, hidden = self._at_once and own, began.transaction != after.transaction
        if own:
            fence.last, self._at_once = after, False
        redefinitions = self._inside(redefined(before, after))
        rows = self._inside(written(began, after))
        open_still = self._not_committed(connection, after, redefinitions) | (set() if hidden else set(rows))
        words = {name: [*redefinitions.get(name, ()), *rows.get(name, ())] for name in {**redefinitions, **rows}}
        undone = {name: said for name, said in words.items() if name in open_still}
        suspected = self._opaque or (hidden and not at_once)
        done = {
            name: said for name, said in words.items() if name not in undone and (name in rows or (suspected and own))
        }
        if own:
            self._tell({name: said for name, said in words.items() if name not in undone and name not in done})
        fence.done += self._findings(ago122_not_rolled_back.not_rolled_back, done)
        if undone:
            _report_and_stop([*self._findings(ago121_rolled_back.rolled_back, undone), *fence.done])

    def _not_committed(self, connection: Connection, after: Reading, names: Iterable[TableName]) -> set[TableName]:
        """Those of the tables that another session sees otherwise: what differs is not committed, and so is ours."""
        names = set(names)
        if self._mariadb or not names:
            return set()
        if isinstance(connection.engine.pool, (StaticPool, SingletonThreadPool)):
            return names  # SQLite in memory has no other session
        outside = Reading()
        for _ in range(3):
            try:
                outside = self._seen_from_outside()
            except refusals(connection.engine):
                return names  # who cannot be asked tells nothing in favour of this migration
            before = after
            with self._own_question():
                after = self._fence.reader.read(connection)
            if all(_definition(before, name) == _definition(after, name) for name in names):
                break  # else its owner commits at this moment, between the two questions
        return {name for name in names if _definition(after, name) != _definition(outside, name)}

    def _seen_from_outside(self) -> Reading:
        engine = with_a_pool_of_its_own(self._fence.connection.engine)
        try:
            with self._own_question(), engine.connect() as connection:
                return self._fence.reader.read(connection)
        finally:
            engine.dispose()

    def _tell_what_stays(self) -> None:
        """Behind a migration that failed: what is committed all the same."""
        if self._mariadb:
            with suppress(SQLAlchemyError):  # the connection may be what failed
                self._check(self._fence.connection)
        if self._fence.done:
            print(as_text(self._fence.done), file=sys.stderr)

    def _tell(self, others: Mapping[TableName, Sequence[str]]) -> None:
        for each in self._fence.guard.judged(self._findings(ago123_meanwhile.meanwhile, others)):
            log.warning("%s %s: %s", each.code, each.location, each.message)

    def _findings(
        self,
        rule: Callable[[TableName, str, str, Sequence[str], str], Diagnostic],
        of: Mapping[TableName, Sequence[str]],
    ) -> list[Diagnostic]:
        return [rule(name, self._owners[name], self._revision, words, self._database) for name, words in of.items()]

    def _inside(self, found: Mapping[TableName, list[str]]) -> dict[TableName, list[str]]:
        return {name: words for name, words in found.items() if name in self._owners}

    # Whose statement, which table

    @contextmanager
    def _own_question(self) -> Iterator[None]:
        before, self._asking = self._asking, True
        try:
            yield
        finally:
            self._asking = before

    def _concerns(self, connection: Connection) -> bool:
        """Whether it is the migration that is at work on a connection, in this run's database as far as URLs say it."""
        if self._asking or threading.get_ident() != self._thread:
            return False
        own = self._fence.connection
        return connection is own or place(connection) == place(own)

    def _one_name(self, name: TableName) -> TableName:
        return self._fence.catalogue.one_name(self._fence.catalogue.real(name))


_COMMIT = re.compile(r"\s*(commit|end)\b", re.IGNORECASE)
_ROLLBACK = re.compile(r"\s*(rollback|abort)\b(?!\s+(work\s+|transaction\s+)?to\b)", re.IGNORECASE)
# What has to be the first of its transaction.
_SETS = re.compile(r"\s*(set|begin|start)\b", re.IGNORECASE)
_OPAQUE = re.compile(
    r"(^|;|\*/)\s*(do|call|execute|prepare)\b|(?<!delete )(?<!update )\bcascade\b|\bsearch_path\b|\bowned\s+by\b"
    r"|\balter\s+(type|domain)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_RUNS = re.compile(r"\s*(execute|prepare|set)\b", re.IGNORECASE)
_MAKES = re.compile(r"\b(create|alter)\b.*\b(view|trigger|procedure|function)\b", re.IGNORECASE | re.DOTALL)
_PARTS = re.compile(r"\b(drop|alter|reindex)\b.*\b(index|sequence|trigger|schema|database)\b|\bsetval\b", re.DOTALL)


def _definition(reading: Reading, name: TableName) -> str | None:
    found = reading.tables.get(name)
    return found.definition if found else None


def _report_and_stop(findings: Sequence[Diagnostic], cause: BaseException | None = None) -> None:
    print(as_text(findings), file=sys.stderr)
    stop(*findings, cause=cause)
