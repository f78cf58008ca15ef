"""A named lock of a session that does nothing else."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from alembic_guard._run.connection import with_a_pool_of_its_own


class MariaDBLock:
    """GET_LOCK, which the server frees when the connection is gone. Its names are those of the whole server."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._name = {"name": name}
        self._engine = with_a_pool_of_its_own(engine)
        self._connection = self._engine.connect()
        # The session is idle while migrations run. The largest value there is (MariaDB manual, wait_timeout).
        self._connection.execute(text("SET SESSION wait_timeout = 31536000"))

    def take(self) -> bool:
        got = self._connection.scalar(text("SELECT GET_LOCK(:name, 0)"), self._name)
        self._connection.commit()
        return bool(got == 1)

    def held(self) -> bool:
        held = self._connection.scalar(text("SELECT IS_USED_LOCK(:name) = CONNECTION_ID()"), self._name)
        self._connection.commit()
        return bool(held)

    def holder(self) -> str:
        row = self._connection.execute(_HOLDER, self._name).first()
        self._connection.commit()
        if row is None or row[0] is None:
            return "it has just been let go"
        number, user, host, idle = row
        if user is None:
            return f"connection {number} of the server; its user and host are not shown to this one"
        return f"connection {number} of the server, user {user}, host {host}, at least {idle} s already"

    def close(self) -> None:
        # What the server has closed already cannot be asked; the lock went with it.
        with suppress(SQLAlchemyError):
            self._connection.execute(text("DO RELEASE_LOCK(:name)"), self._name)
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._engine.dispose()


# Other users' connections are shown to who has the PROCESS privilege. TIME is that of the last statement.
_HOLDER = text(
    """
    SELECT h.id, p.user, p.host, p.time FROM (SELECT IS_USED_LOCK(:name) AS id) h
    LEFT JOIN information_schema.processlist p ON p.id = h.id
    """
)
