"""The watch over one migration: its statements before they run, its transactions before they are committed."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

from alembic.script import Script
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from alembic_guard._errors import GuardError
from alembic_guard._names import TableName
from alembic_guard._report import as_text
from alembic_guard._rules import ago121_rolled_back, ago122_not_rolled_back, ago123_meanwhile
from alembic_guard._run.connection import refusals, with_a_pool_of_its_own
from alembic_guard._run.fence.fence import Fence
from alembic_guard._run.fence.place import place
from alembic_guard._run.fence.reading import Moment, Reading, redefined, written
from alembic_guard._run.fence.scope import Scope
from alembic_guard._run.fence.sqlite import refusing
from alembic_guard._run.fence.statements import Statements
from alembic_guard._run.print_and_stop import print_and_stop

log = logging.getLogger("alembic.guard")


def watched(fence: Fence, revision: Script, run: Callable[..., None]) -> Callable[..., None]:
    """The same migration, watched.

    Raises:
        GuardError: AGO120, AGO121, when the function that comes back is called.
    """
    return lambda **given: _Watch(fence, revision).over(lambda: run(**given))


class _Watch:
    def __init__(self, fence: Fence, revision: Script) -> None:
        self._fence = fence
        self._scope = Scope(fence, revision)
        self._statements = Statements(self._scope)
        self._thread = threading.get_ident()
        self._moments: dict[Connection, Moment] = {}

    def over(self, run: Callable[[], None]) -> None:
        self._begin(self._fence.connection)
        refused = self._statements.refused
        try:
            with self._listening(), self._sqlite_refuses():
                run()
        except Exception as error:
            if refused and not isinstance(error, GuardError):  # by SQLite itself
                print_and_stop(refused, cause=error)
            self._tell_what_stays()
            raise
        if refused:
            print_and_stop(refused)
        self._check(self._fence.connection)

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

    def _sqlite_refuses(self) -> AbstractContextManager[None]:
        if self._fence.dialect != "sqlite":
            return nullcontext()
        return refusing(self._fence.connection, self._scope.owners, self._statements.refuse_action)

    def _concerns(self, connection: Connection) -> bool:
        """Whether it is the migration that is at work on a connection, in this run's database as far as URLs say it."""
        if self._scope.asking or threading.get_ident() != self._thread:
            return False
        return self._scope.is_own(connection) or place(connection) == place(self._fence.connection)

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
        self._statements.look(connection, statement, parameters)

    # Transactions

    def _begin(self, connection: Connection) -> None:
        with self._scope.own_question():
            self._moments[connection] = self._fence.reader.begin(connection)

    def _before_commit(self, connection: Connection) -> None:
        if not self._concerns(connection):
            return
        if self._scope.is_own(connection) or connection in self._moments:
            self._check(connection)
        self._moments.pop(connection, None)

    def _on_rollback(self, connection: Connection) -> None:
        self._moments.pop(connection, None)

    def _check(self, connection: Connection) -> None:
        """Compare with what was, before a commit.

        Raises:
            GuardError: AGO121, which rolls back.
        """
        fence, scope, statements = self._fence, self._scope, self._statements
        own = scope.is_own(connection)
        if not own and fence.dialect != "postgresql":
            return  # its statements were read; what the database itself tells is told of the run's own connection
        with scope.own_question():
            before, after = fence.last, fence.reader.read(connection)
        began = self._moments.get(connection) or Moment(rows={name: each.rows for name, each in before.tables.items()})
        # Which session a change is of that another session sees too: hidden and opaque make ours more likely.
        at_once, hidden = statements.at_once and own, began.transaction != after.transaction
        if own:
            fence.last, statements.at_once = after, False
        redefinitions = scope.inside(redefined(before, after))
        rows = scope.inside(written(began, after))
        open_still = self._not_committed(connection, after, redefinitions) | (set() if hidden else set(rows))
        words = {name: [*redefinitions.get(name, ()), *rows.get(name, ())] for name in {**redefinitions, **rows}}
        undone = {name: said for name, said in words.items() if name in open_still}
        suspected = statements.opaque or (hidden and not at_once)
        done = {
            name: said for name, said in words.items() if name not in undone and (name in rows or (suspected and own))
        }
        if own:
            self._tell({name: said for name, said in words.items() if name not in undone and name not in done})
        fence.done = [*fence.done, *scope.findings(ago122_not_rolled_back.not_rolled_back, done)]
        if undone:
            print_and_stop([*scope.findings(ago121_rolled_back.rolled_back, undone), *fence.done])

    def _not_committed(self, connection: Connection, after: Reading, names: Iterable[TableName]) -> set[TableName]:
        """Those of the tables that another session sees otherwise: what differs is not committed, and so is ours."""
        names = set(names)
        if self._fence.is_mariadb or not names:
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
            with self._scope.own_question():
                after = self._fence.reader.read(connection)
            if all(_definition(before, name) == _definition(after, name) for name in names):
                break  # else its owner commits at this moment, between the two questions
        return {name for name in names if _definition(after, name) != _definition(outside, name)}

    def _seen_from_outside(self) -> Reading:
        engine = with_a_pool_of_its_own(self._fence.connection.engine)
        try:
            with self._scope.own_question(), engine.connect() as connection:
                return self._fence.reader.read(connection)
        finally:
            engine.dispose()

    # What is told

    def _tell_what_stays(self) -> None:
        """Behind a migration that failed: what is committed all the same."""
        if self._fence.is_mariadb:
            with suppress(SQLAlchemyError):  # the connection may be what failed
                self._check(self._fence.connection)
        if self._fence.done:
            print(as_text(self._fence.done), file=sys.stderr)

    def _tell(self, others: Mapping[TableName, Sequence[str]]) -> None:
        for each in self._fence.guard.judged(self._scope.findings(ago123_meanwhile.meanwhile, others)):
            log.warning("%s %s: %s", each.code, each.location, each.message)


_COMMIT = re.compile(r"\s*(commit|end)\b", re.IGNORECASE)
_ROLLBACK = re.compile(r"\s*(rollback|abort)\b(?!\s+(work\s+|transaction\s+)?to\b)", re.IGNORECASE)
# What has to be the first of its transaction.
_SETS = re.compile(r"\s*(set|begin|start)\b", re.IGNORECASE)


def _definition(reading: Reading, name: TableName) -> str | None:
    found = reading.tables.get(name)
    return found.definition if found else None
