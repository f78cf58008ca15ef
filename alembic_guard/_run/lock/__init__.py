"""One run of migrations at a time: a lock that the system frees when the process that holds it dies."""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_guard._database import describe, is_mariadb
from alembic_guard._rules import age130_others_turn, age131_lock_lost, age132_no_lock
from alembic_guard._run.connection import first_line, refusals
from alembic_guard._run.lock.key import key_of
from alembic_guard._run.lock.mariadb import MariaDBLock
from alembic_guard._run.lock.postgresql import PostgreSQLLock
from alembic_guard._run.lock.sqlite import SQLiteLock
from alembic_guard._stop import stop

log = logging.getLogger("alembic.guard")


class Lock(Protocol):
    """One database's kind of lock. What waits for it asks again and again and never blocks inside the database."""

    def take(self) -> bool:
        """Try once."""
        ...

    def held(self) -> bool:
        """Whether it is still ours, asked of whoever keeps it."""
        ...

    def holder(self) -> str:
        """Who has it, in words."""
        ...

    def close(self) -> None:
        """Let it go, held or not."""
        ...


class Turn:
    """The lock while it is held.

    Args:
        waited: Whether another run had it before, which may have done the work.
    """

    def __init__(self, lock: Lock, database: str, *, waited: bool) -> None:
        self._lock, self._database, self.waited = lock, database, waited

    def make_sure(self) -> None:
        """Stop where the lock is gone.

        Raises:
            GuardError: AGE131.
        """
        try:
            held = self._lock.held()
        except (DBAPIError, OSError) as error:
            stop(age131_lock_lost.lost(self._database, first_line(error)), cause=error)
        if not held:
            stop(age131_lock_lost.lost(self._database, "the database does not know of it"))


@contextmanager
def one_at_a_time(connection: Connection, version_table: str, wait: float) -> Iterator[Turn | None]:
    """Hold the lock of a chain at a database; None where nobody else can reach it (SQLite in memory) or it has no lock.

    Args:
        connection: That of the run; the lock has one of its own.
        version_table: The chain's, with its schema.
        wait: Seconds.

    Raises:
        GuardError: AGE130 when another run holds it for longer than that, AGE132 when it cannot be had at all.
    """
    database = describe(connection)
    try:
        lock = _lock_for(connection, version_table)
    except refusals(connection.engine) as error:
        stop(age132_no_lock.no_lock(database, first_line(error)), cause=error)
    if lock is None:
        yield None
        return
    try:
        waited = _take(lock, database, wait)
        yield Turn(lock, database, waited=waited)
    finally:
        lock.close()


def keep_sure(context: MigrationContext, turn: Turn | None) -> None:
    """Look at the lock behind each migration, before it is committed."""
    if turn is not None:
        own = turn
        context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, lambda **_: own.make_sure())


def _lock_for(connection: Connection, version_table: str) -> Lock | None:
    callers = connection.in_transaction()
    key = key_of(connection)
    if not callers:
        # Alembic would take the transaction for the caller's and leave it to them.
        connection.rollback()
    digest = hashlib.sha256(f"alembic_guard {key.text} {version_table}".encode()).digest()
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return PostgreSQLLock(connection.engine, int.from_bytes(digest[:8], "big", signed=True))
    if is_mariadb(dialect):
        return MariaDBLock(connection.engine, f"alembic_guard {digest.hex()[:32]}")
    return SQLiteLock(key.file) if key.file else None


def _take(lock: Lock, database: str, wait: float) -> bool:
    """Whether it had to wait."""
    began = time.monotonic()
    pause, told = 0.05, False
    try:
        while not lock.take():
            waited = time.monotonic() - began
            if waited >= wait:
                stop(age130_others_turn.others_turn(database, lock.holder(), wait))
            if not told:
                log.info("Waiting up to %.0f s for another run of migrations in %s: %s", wait, database, lock.holder())
                told = True
            # Spread, so that many who wait do not ask at once.
            time.sleep(min(pause * random.uniform(0.5, 1.5), max(wait - waited, 0.0)))
            pause = min(2 * pause, 0.5)
        return told
    except (DBAPIError, OSError) as error:
        stop(age132_no_lock.no_lock(database, first_line(error)), cause=error)
