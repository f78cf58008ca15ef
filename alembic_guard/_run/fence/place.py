"""Which database a connection is to, as far as its URL says it."""

from __future__ import annotations

import os

from sqlalchemy import Connection

from alembic_guard._database import is_mariadb

_HERE = frozenset(["", "localhost", "127.0.0.1", "::1"])
_PORTS = {"postgresql": 5432, "mysql": 3306}


def place(connection: Connection) -> tuple[object, ...]:
    """The same for two URLs of one database: drivers, options and the names of this machine tell nothing apart."""
    url = connection.engine.url
    backend = "mysql" if is_mariadb(url.get_backend_name()) else url.get_backend_name()
    if backend == "sqlite":
        return backend, os.path.realpath(str(url.database or "").removeprefix("file:").partition("?")[0])
    host = str(url.query.get("host") or url.host or "")
    port = url.query.get("port") or url.port or _PORTS.get(backend)
    return backend, "" if host in _HERE else host.lower(), str(port), url.database or url.username
