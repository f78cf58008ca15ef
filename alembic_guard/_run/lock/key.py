"""What a lock is for: one key for every way to reach one database, whatever the role may ask it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from alembic_guard._database import is_mariadb


@dataclass(frozen=True, slots=True)
class Key:
    """The same for every way to reach one database.

    Args:
        text: Tells the databases of one server apart: PostgreSQL's oid, MariaDB's name of the database; on SQLite the
            file without symbolic links. Empty where no other connection can reach it: SQLite in memory.
        file: SQLite's.
    """

    text: str
    file: Path | None = None


def key_of(connection: Connection) -> Key:
    """Ask the database, in one statement that every role may run; opens a transaction where there is none."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        files = [row[2] for row in connection.execute(text("PRAGMA database_list")) if row[1] == "main"]
        file = Path(os.path.realpath(files[0])) if files and files[0] else None
        return Key(str(file or ""), file)
    if dialect == "postgresql":
        oid = connection.scalar(
            text("SELECT CAST(oid AS bigint) FROM pg_catalog.pg_database WHERE datname = current_database()")
        )
        return Key(f"postgresql:{oid}")
    if is_mariadb(dialect):
        return Key(f"mariadb:{connection.scalar(text('SELECT DATABASE()'))}")
    return Key("")
