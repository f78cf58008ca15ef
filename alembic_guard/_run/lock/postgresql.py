"""An advisory lock of a transaction that a connection of its own holds open."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from alembic_guard._run.connection import with_a_pool_of_its_own
from alembic_guard._run.lock.here import this_process


class PostgreSQLLock:
    """The lock of a key, which the server keeps for each database apart and frees when the connection is gone.

    Of a transaction, not of the session: behind PgBouncer's transaction mode a session's would stay with a connection
    that the next client is given. READ COMMITTED, and waiting in short transactions: a transaction that waits inside
    PostgreSQL, or keeps its snapshot, holds up CREATE INDEX CONCURRENTLY in the run that it waits for (PostgreSQL 15,
    measured).
    """

    def __init__(self, engine: Engine, key: int) -> None:
        self._key = key
        self._tries = 0
        self._engine = with_a_pool_of_its_own(engine)
        self._connection = self._engine.connect().execution_options(isolation_level="READ COMMITTED")

    def take(self) -> bool:
        # The comment makes each a text of its own: psycopg prepares what it has seen five times, which PgBouncer's
        # transaction mode did not support before 1.21.
        self._tries += 1
        asked = f"SELECT pg_catalog.pg_try_advisory_xact_lock({self._key}) /* {self._tries} */"
        if not self._connection.exec_driver_sql(asked).scalar():
            self._connection.rollback()
            return False
        self._connection.exec_driver_sql(_STAY_OPEN)
        self._let_go_of_snapshots()
        return True

    def held(self) -> bool:
        held = self._connection.exec_driver_sql(_HELD.format(where=self._where())).scalar()
        self._let_go_of_snapshots()
        return bool(held)

    def holder(self) -> str:
        row = self._connection.exec_driver_sql(f"{_HOLDER.format(where=self._where())} /* {self._tries} */").first()
        self._connection.rollback()
        if row is None:
            return "it has just been let go"
        pid, name, host, role, since = row
        return f"pid {pid} of the server, application_name {name!r}, host {host}, role {role}, since {since}"

    def close(self) -> None:
        # What the server has closed already cannot be rolled back; the lock went with it.
        with suppress(SQLAlchemyError):
            self._connection.rollback()
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._engine.dispose()

    def _let_go_of_snapshots(self) -> None:
        """End with what needs none: a SELECT keeps its own until the next statement where the driver prepares it (asyncpg
        always, psycopg from the sixth time on), and CREATE INDEX CONCURRENTLY in the run waits for that."""
        name = this_process(63).replace("'", "''").replace("%", "")
        self._connection.exec_driver_sql(f"SET LOCAL application_name = '{name}'")

    def _where(self) -> str:
        # A key of 64 bits is shown as two of 32, with objsubid 1 (PostgreSQL manual, pg_locks).
        unsigned = self._key % 2**64
        return (
            "locktype = 'advisory' AND granted AND objsubid = 1 "
            f"AND classid = {unsigned >> 32} AND objid = {unsigned % 2**32} "
            "AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
        )


# transaction_timeout is known from PostgreSQL 17 on.
_STAY_OPEN = """
SELECT pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true),
       CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
            THEN pg_catalog.set_config('transaction_timeout', '0', true) END
"""
_HELD = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE {where} AND pid = pg_catalog.pg_backend_pid())
"""
# Of another role's session a role without pg_read_all_stats sees the process number alone.
_HOLDER = """
SELECT l.pid, a.application_name, coalesce(CAST(a.client_addr AS text), 'local or not shown to this role'),
       coalesce(CAST(a.usename AS text), 'not shown'), coalesce(CAST(a.xact_start AS text), 'not shown')
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE {where} LIMIT 1
"""
