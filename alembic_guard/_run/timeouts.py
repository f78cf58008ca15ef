"""How long a migration waits for a lock, and how long a statement of it may run: set for it alone, and put back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import SQLAlchemyError

from alembic_guard._database import is_mariadb
from alembic_guard._guard import Guard, is_seconds
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds; None leaves what the database has."""

    lock: float | None = None
    statement: float | None = None


def timeouts_of(guard: Guard, revision: Any) -> Timeouts:
    """The Guard's, or what the revision's file says: ``lock_timeout = 10`` beside ``revision = ...``.

    Raises:
        GuardError: AGE108 where the file says what is no number of seconds.
    """
    found = Timeouts(guard.lock_timeout, guard.statement_timeout)
    given = vars(revision.module)
    values = [
        given.get(name, own) for name, own in (("lock_timeout", found.lock), ("statement_timeout", found.statement))
    ]
    for value in values:
        if value is not None and not is_seconds(value):
            where = f"lock_timeout or statement_timeout of revision {revision.revision}"
            stop(age108_bad_guard.bad_value(where, value, "a number of seconds, or None", "lock_timeout = 10"))
    return Timeouts(*values)


@contextmanager
def applied(timeouts: Timeouts, connection: Connection) -> Iterator[None]:
    """For what runs inside. On SQLite a statement has no time-out."""
    dialect = connection.dialect.name
    if timeouts == Timeouts():
        yield
    elif dialect == "postgresql":
        with _postgresql(timeouts, connection):
            yield
    elif is_mariadb(dialect):
        with _mariadb(timeouts, connection):
            yield
    elif dialect == "sqlite" and timeouts.lock is not None:
        with _sqlite(timeouts.lock, connection):
            yield
    else:
        yield


@contextmanager
def _postgresql(timeouts: Timeouts, connection: Connection) -> Iterator[None]:
    """For each transaction: a session's settings would be the next client's behind a pooler."""
    settings = {
        name: f"{max(1, round(seconds * 1000))}ms" if seconds else "0"
        for name, seconds in (("lock_timeout", timeouts.lock), ("statement_timeout", timeouts.statement))
        if seconds is not None
    }
    # Names and values are ours: no parameter, which psycopg would prepare in time.
    now = ", ".join(f"current_setting('{name}')" for name in settings)
    before = dict(zip(settings, connection.exec_driver_sql(f"SELECT {now}").one(), strict=True))

    def set_local(on: Connection, values: dict[str, str] = settings) -> None:
        # In an autocommit block there is no transaction to set them for.
        if on.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            on.exec_driver_sql(
                "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values.items())
            )

    set_local(connection)
    # An autocommit block ends with a new transaction.
    event.listen(connection, "begin", set_local)
    try:
        yield
    finally:
        event.remove(connection, "begin", set_local)
    set_local(connection, before)


@contextmanager
def _mariadb(timeouts: Timeouts, connection: Connection) -> Iterator[None]:
    """Waiting is counted in whole seconds there, from one on; lock_wait_timeout is for DDL, InnoDB's for rows."""
    settings: dict[str, float] = {}
    if timeouts.lock is not None:
        seconds = max(1, math.ceil(timeouts.lock))
        settings |= {"lock_wait_timeout": seconds, "innodb_lock_wait_timeout": seconds}
    if timeouts.statement is not None and getattr(connection.dialect, "is_mariadb", True):
        settings["max_statement_time"] = timeouts.statement
    if not settings:
        yield
        return
    row = connection.execute(text("SELECT " + ", ".join(f"@@SESSION.{name}" for name in settings))).one()
    before = dict(zip(settings, row, strict=True))
    _set_session(connection, settings)
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError):  # the connection may be what failed
            _set_session(connection, before)
        raise
    _set_session(connection, before)


def _set_session(connection: Connection, values: dict[str, Any]) -> None:
    connection.exec_driver_sql("SET SESSION " + ", ".join(f"{name} = {value}" for name, value in values.items()))


@contextmanager
def _sqlite(seconds: float, connection: Connection) -> Iterator[None]:
    before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {before}")
