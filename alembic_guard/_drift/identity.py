"""Which database it is: what tells it from another one of the same name; never a password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from alembic_guard._database import describe, is_mariadb

NO_SCHEMA = "(none)"


@dataclass(frozen=True, slots=True)
class DatabaseIdentity:
    """A database as a person sees it, and what is one and the same wherever it is seen from.

    Args:
        url: Without its password; SQLite's file as an absolute path.
        key: What tells it from others: the device and inode of a file, PostgreSQL's system identifier (empty where the role
            may not ask for it) and database oid, MariaDB's server and schema.
        facts: By name, for messages.

    .. versionadded:: 0.1
    """

    dialect: str
    url: str
    key: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return self.url

    @property
    def schema(self) -> str | None:
        """The one where unqualified names are looked for first; None where none can be (PostgreSQL)."""
        return self.facts.get("schema") if self.facts.get("schema") != NO_SCHEMA else None

    @property
    def described(self) -> str:
        """The URL and every fact, in one line."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.url} ({facts})" if facts else self.url

    def is_another(self, other: DatabaseIdentity) -> bool:
        """Whether the two are different databases for sure."""
        if self.dialect != other.dialect:
            return True
        pairs = zip(self.key, other.key, strict=False)
        return any(one != another for one, another in pairs if one and another)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"dialect": self.dialect, "url": self.url, "key": list(self.key), "facts": dict(self.facts)}


def identify(connection: Connection) -> DatabaseIdentity:
    """Ask a connection which database it is connected to: two statements at most."""
    dialect = connection.dialect.name
    name = "mariadb" if is_mariadb(dialect) else dialect
    url = describe(connection)
    if dialect == "sqlite":
        return _sqlite(connection, url)
    if not is_mariadb(dialect) and dialect != "postgresql":
        return DatabaseIdentity(name, url, (url,))
    key, facts = _mariadb(connection) if is_mariadb(dialect) else _postgresql(connection)
    return DatabaseIdentity(name, url, key, facts)


def _sqlite(connection: Connection, url: str) -> DatabaseIdentity:
    file = connection.scalar(text("SELECT file FROM pragma_database_list WHERE name = 'main'"))
    if not file:
        own = id(connection.connection.dbapi_connection)
        return DatabaseIdentity(
            "sqlite", url, ("memory", f"{os.getpid()}:{own}"), {"in memory of process": str(os.getpid())}
        )
    return sqlite_file(Path(file), f"sqlite:///{file}")


def sqlite_file(path: Path, url: str) -> DatabaseIdentity:
    """The identity of a SQLite file."""
    try:
        found = path.stat()
    except OSError:
        return DatabaseIdentity("sqlite", url, ("file", str(path)), {"file": f"{path} (gone)"})
    facts = {"inode": str(found.st_ino), "bytes": str(found.st_size)}
    return DatabaseIdentity("sqlite", url, ("file", str(found.st_dev), str(found.st_ino)), facts)


_POSTGRESQL = text(
    """
    SELECT CAST(current_database() AS text), CAST(d.oid AS text), CAST(current_schema() AS text),
           current_setting('search_path'), CAST(inet_server_addr() AS text), CAST(inet_server_port() AS text),
           CAST(current_user AS text), current_setting('server_version'),
           has_function_privilege('pg_catalog.pg_control_system()', 'execute'), pg_catalog.pg_is_in_recovery()
    FROM pg_catalog.pg_database d WHERE d.datname = current_database()
    """
)
# Two servers have two, however they are called; a replica has its primary's (PostgreSQL manual, pg_controldata).
_SYSTEM = text("SELECT CAST(system_identifier AS text) FROM pg_catalog.pg_control_system()")


def _postgresql(connection: Connection) -> tuple[tuple[str, ...], dict[str, str]]:
    database, oid, schema, path, address, port, user, version, allowed, standby = connection.execute(_POSTGRESQL).one()
    system = connection.scalar(_SYSTEM) if allowed else None
    server = f"{address}:{port}" if address else "a Unix socket"
    facts = {
        "database": database,
        "oid": oid,
        "schema": schema or NO_SCHEMA,
        "search_path": path,
        "server": server,
        "system identifier": system or "(not allowed)",
        "role": user,
        "version": version,
        **({"standby": "yes"} if standby else {}),
    }
    return (system or "", oid), facts


# server_uuid: MySQL's; server_uid: MariaDB's from 10.5.26, 10.6.19, 10.11.9 on.
_MARIADB = text(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', 'hostname', 'port', 'datadir', 'version')"
)


def _mariadb(connection: Connection) -> tuple[tuple[str, ...], dict[str, str]]:
    found = {str(name): str(value) for name, value in connection.execute(_MARIADB)}
    schema = str(connection.dialect.default_schema_name)
    place = f"{found.get('hostname')}:{found.get('port')}"
    server = found.get("server_uuid") or found.get("server_uid") or f"{place}{found.get('datadir')}"
    return (server, schema), {
        "schema": schema,
        "server": place,
        "server id": server,
        "version": found.get("version", ""),
    }
