"""The tables inside the fence, and the watch over each migration."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from alembic.script import Script
from sqlalchemy import Connection, Engine, event

from alembic_guard._catalogue import Catalogue
from alembic_guard._database import describe, is_mariadb
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._errors import GuardError
from alembic_guard._guard import Guard
from alembic_guard._history.statements import Unread, rows_written, written_tables
from alembic_guard._names import TableName
from alembic_guard._report import as_text
from alembic_guard._rules import ago120_refused, ago121_rolled_back, ago122_not_rolled_back, ago123_meanwhile
from alembic_guard._run.connection import with_a_pool_of_its_own
from alembic_guard._run.fence.mariadb import MariaDBReader
from alembic_guard._run.fence.reading import Reading, changed
from alembic_guard._run.fence.sqlite import refusing
from alembic_guard._stop import stop

log = logging.getLogger("alembic.guard")


class Reader(Protocol):
    """How one kind of database tells of the tables inside the fence."""

    def read(self, connection: Connection) -> Reading:
        """As this connection sees them now, in one statement."""
        ...

    def transaction(self, connection: Connection) -> str:
        """Which transaction the connection is in; empty where the database does not say."""
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
        self.last = reader.read(connection)
        self.followed = reader.followed(connection) if isinstance(reader, MariaDBReader) else {}
        self.done: list[Diagnostic] = []

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
        self._mariadb = is_mariadb(fence.connection.dialect.name)
        named = (TableName.parse(each.table) for each in fence.guard.allow if each.revision == revision.revision)
        allowed = {self._one_name(name) for name in named}
        self._owners = {
            name: owner
            for name, owner in fence.owners.items()
            if self._one_name(name) not in allowed and fence.made_by.get(name) != revision.revision
        }
        self._by_one_name = {self._one_name(name): name for name in self._owners}
        self._followed = {
            self._one_name(name): theirs for name, theirs in fence.followed.items() if theirs in self._owners
        }
        self._words = {name.name.lower() for name in (*self._owners, *self._followed)}
        self._refused: list[Diagnostic] = []
        self._opaque = False
        self._thread = threading.get_ident()
        self._asking = False
        self._transaction: str | None = None

    def over(self, run: Callable[[], None]) -> None:
        """Run the migration.

        Raises:
            GuardError: AGO120, AGO121.
        """
        self._begin()
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
        self._check()

    def _begin(self) -> None:
        self._transaction = self._fence.reader.transaction(self._fence.connection)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """To every statement of this thread: a migration may open connections of its own."""
        listeners: list[tuple[str, Callable[..., None]]] = [
            ("before_cursor_execute", self._before_statement),
            ("commit", self._before_commit),
        ]
        for name, listener in listeners:
            event.listen(Engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners:
                event.remove(Engine, name, listener)

    def _sqlite_refuses(self) -> Any:
        connection = self._fence.connection
        if connection.dialect.name != "sqlite":
            return nullcontext()
        return refusing(connection, self._owners, self._refuse)

    # Before a statement runs

    def _before_statement(
        self, connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        if self._asking or threading.get_ident() != self._thread or not self._is_here(connection):
            return
        if connection is self._fence.connection and self._transaction is None:
            with self._own_question():
                self._begin()
        if _COMMIT.match(statement):
            self._before_commit(connection)
        self._opaque = self._opaque or bool(_OPAQUE.search(statement))
        lowered = statement.lower()
        if any(word in lowered for word in self._words):
            self._read(statement)

    def _read(self, statement: str) -> None:
        dialect = self._fence.connection.dialect.name
        try:
            for name in written_tables(statement, dialect):
                if (table := self._by_one_name.get(self._one_name(name))) is not None:
                    self._refuse(table, statement)
            for name in rows_written(statement, dialect) if self._followed else ():
                if (table := self._followed.get(self._one_name(name))) is not None:
                    self._refuse(table, statement, f"{table} follows the rows of {name}, by a key or a trigger")
        except Unread as reason:
            self._opaque = True
            if self._mariadb and not self._refused and (table := self._named_in(statement)):
                self._refuse(table, statement, f"it cannot be read: {reason}")
        if self._refused:
            _report_and_stop(self._refused)

    def _named_in(self, statement: str) -> TableName | None:
        words = set(re.findall(r"\w+", statement.lower()))
        return next((name for name in self._owners if name.name.lower() in words), None)

    def _refuse(self, table: TableName, statement: str, why: str = "") -> None:
        owner = self._owners[table]
        found = ago120_refused.refused(table, owner, self._revision, statement, self._database, why)
        if found not in self._refused:
            self._refused.append(found)

    # Before a transaction is committed

    def _before_commit(self, connection: Connection) -> None:
        if connection is self._fence.connection and not self._asking:
            self._check()
            self._transaction = None

    def _check(self) -> None:
        fence = self._fence
        with self._own_question():
            before, after = fence.last, fence.reader.read(fence.connection)
        fence.last = after
        found = {name: words for name, words in changed(before, after).items() if name in self._owners}
        if not found:
            return
        open_still = not self._mariadb and self._transaction is not None and after.transaction == self._transaction
        if open_still:
            outside = self._seen_from_outside()
            ours = {name: words for name, words in found.items() if _ours(name, before, after, outside)}
        else:
            ours = found if self._opaque else {}
        self._tell({name: words for name, words in found.items() if name not in ours})
        if ours and open_still:
            _report_and_stop(self._findings(ago121_rolled_back.rolled_back, ours))
        fence.done += self._findings(ago122_not_rolled_back.not_rolled_back, ours)

    def _seen_from_outside(self) -> Reading:
        """As another session sees the tables: what differs from that is not committed, and so is ours."""
        engine = with_a_pool_of_its_own(self._fence.connection.engine)
        try:
            with self._own_question(), engine.connect() as connection:
                return self._fence.reader.read(connection)
        finally:
            engine.dispose()

    def _tell_what_stays(self) -> None:
        """Behind a migration that failed where nothing is rolled back."""
        if self._mariadb:
            self._check()
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

    # Whose statement, which table

    @contextmanager
    def _own_question(self) -> Iterator[None]:
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def _is_here(self, connection: Connection) -> bool:
        """Whether a connection is to this run's database, as far as URLs say it."""
        return connection is self._fence.connection or _place(connection) == _place(self._fence.connection)

    def _one_name(self, name: TableName) -> TableName:
        return self._fence.catalogue.one_name(self._fence.catalogue.real(name))


_COMMIT = re.compile(r"\s*(commit|end)\b", re.IGNORECASE)
_OPAQUE = re.compile(r"\b(do|call|execute|prepare|cascade|search_path)\b", re.IGNORECASE)


def _place(connection: Connection) -> tuple[object, ...]:
    url = connection.engine.url
    return url.get_backend_name(), url.host, url.port, url.database, url.query


def _ours(name: TableName, before: Reading, after: Reading, outside: Reading) -> bool:
    """Whether this transaction made the difference: it counted rows, or nobody else sees the table so yet."""
    then, now, theirs = before.tables[name], after.tables.get(name), outside.tables.get(name)
    wrote = now is not None and any(now.rows.since(then.rows))
    return wrote or (now and now.definition) != (theirs and theirs.definition)


def _report_and_stop(findings: Sequence[Diagnostic], cause: BaseException | None = None) -> None:
    print(as_text(findings), file=sys.stderr)
    stop(*findings, cause=cause)
