"""A migration that did not get a lock is rolled back as a whole and tried again."""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from alembic_guard._database import describe, is_mariadb
from alembic_guard._rules import agl120_no_lock
from alembic_guard._run.connection import first_line
from alembic_guard._stop import stop

log = logging.getLogger("alembic.guard")


@dataclass
class Running:
    """The migration that runs, and whether it has committed something on its way."""

    revision: str = ""
    committed: bool = False

    @contextmanager
    def migration(self, revision: str, connection: Connection) -> Iterator[None]:
        self.revision, self.committed = revision, False

        thread = threading.get_ident()

        def on_commit(_connection: Connection) -> None:
            # On a connection of the migration's own too, to whatever database.
            self.committed = self.committed or threading.get_ident() == thread

        def on_statement(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
            self.committed = self.committed or bool(_COMMIT.search(statement))

        event.listen(Engine, "commit", on_commit)
        event.listen(connection, "before_cursor_execute", on_statement)
        try:
            yield
        finally:
            event.remove(Engine, "commit", on_commit)
            event.remove(connection, "before_cursor_execute", on_statement)


_COMMIT = re.compile(r"(^|;)\s*(commit|end)\b", re.IGNORECASE)


def with_attempts(
    run: Callable[[], None], context: MigrationContext, running: Running, *, seconds: float, rolls_back: bool
) -> None:
    """Run, and again from the migration that did not get a lock, for as many seconds from its first failure on.

    Args:
        rolls_back: Whether each migration has a transaction of its own, which takes its DDL back.

    Raises:
        GuardError: AGL120 when it still has no lock, or may not be tried again.
    """
    failed: str | None = None
    began, tries = 0.0, 0
    connection = context.connection
    assert connection is not None
    while True:
        try:
            run()
            return
        except DBAPIError as error:
            if not _is_no_lock(error, connection.dialect.name):
                raise
            if running.revision != failed:
                failed, began, tries = running.revision, time.monotonic(), 0
            tries += 1
            may = rolls_back and not running.committed
            waited = time.monotonic() - began
            if not may or waited >= seconds:
                _give_up(error, running, connection, tries, may)
            pause = min(0.2 * 2 ** (tries - 1), 3.0, max(seconds - waited, 0.05)) * random.uniform(0.8, 1.2)
            what = failed or "the version table"
            log.warning("%s got no lock (%s); trying it again in %.1f s", what, first_line(error), pause)
            time.sleep(pause)


# 55P03 lock_not_available, 40P01 deadlock_detected (PostgreSQL manual, appendix A).
_POSTGRESQL = frozenset(["55P03", "40P01"])
# 1205 ER_LOCK_WAIT_TIMEOUT, 1213 ER_LOCK_DEADLOCK.
_MARIADB = frozenset([1205, 1213])


def _is_no_lock(error: DBAPIError, dialect: str) -> bool:
    raised: Any = error.orig
    if dialect == "postgresql":
        return (getattr(raised, "sqlstate", None) or getattr(raised, "pgcode", None)) in _POSTGRESQL
    if is_mariadb(dialect):
        return bool(raised.args) and raised.args[0] in _MARIADB
    return dialect == "sqlite" and "is locked" in str(raised)


def _give_up(error: DBAPIError, running: Running, connection: Connection, tries: int, may: bool) -> None:
    if connection.in_transaction() and may:
        connection.rollback()
    try:
        holders = _holders(connection, error.statement or "")
    except DBAPIError:
        holders = []
    stop(
        agl120_no_lock.no_lock(
            running.revision or "the version table", first_line(error), tries, holders, describe(connection), undone=may
        ),
        cause=error,
    )


def _holders(connection: Connection, statement: str) -> list[str]:
    """Sessions in a transaction that holds a lock on a table that the statement names, or on any where it names none."""
    dialect = connection.dialect.name
    words = re.findall(r"\w+", statement)
    if dialect == "postgresql":
        rows = connection.execute(_POSTGRESQL_HOLDERS, {"words": words}).all()
        connection.rollback()
        named = [row for row in rows if row[-1]] or rows
        return [
            f"pid {pid}, application_name {name!r}, {state}, since {since}, query: {' '.join((query or '').split())[:200]}"
            for pid, name, state, since, query, _ in named[:5]
        ]
    if is_mariadb(dialect):
        rows = connection.execute(_MARIADB_HOLDERS).all()
        return [
            f"connection {number}, user {user}, host {host}, in a transaction since {since}, query: {query or 'none now'}"
            for number, user, host, since, query in rows[:5]
        ]
    return []


_POSTGRESQL_HOLDERS = text(
    """
    SELECT a.pid, a.application_name, a.state, CAST(a.xact_start AS text), a.query, bool_or(c.relname = ANY(:words))
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_class c ON c.oid = l.relation
    JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      AND c.relnamespace <> CAST('pg_catalog' AS regnamespace)
    GROUP BY a.pid, a.application_name, a.state, a.xact_start, a.query ORDER BY a.xact_start
    """
)
# Other users' are shown to who has the PROCESS privilege. What holds a lock on a table is in a transaction.
_MARIADB_HOLDERS = text(
    """
    SELECT p.id, p.user, p.host, CAST(t.trx_started AS CHAR), t.trx_query
    FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
    WHERE p.id <> CONNECTION_ID() ORDER BY t.trx_started
    """
)
