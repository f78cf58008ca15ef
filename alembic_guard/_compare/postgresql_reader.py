"""PostgreSQL's columns, with the defaults of SERIAL columns left out by one statement for all of them.

Alembic leaves them out itself, with a statement for each (``PostgresqlImpl.autogen_column_reflect``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BIGINT, INTEGER, Connection, text
from sqlalchemy.engine import Inspector

_SEQUENCE = re.compile(r"nextval\('(.+?)'::regclass\)")

# Alembic's own look-up; to_regclass: what is none is left for Alembic.
_OWNERS = text(
    """
    SELECT s.name, a.attname
    FROM unnest(CAST(:sequences AS text[])) AS s(name)
    JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(s.name) AND c.relkind = 'S'
    JOIN pg_catalog.pg_depend d ON d.objid = c.oid
      AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    """
)


class PostgreSQLReader:
    """An Inspector whose SERIAL columns have no default."""

    def __init__(self, inspector: Inspector, connection: Connection) -> None:
        self._inspector = inspector
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inspector, name)

    def get_multi_columns(self, **given: Any) -> dict[Any, list[dict[str, Any]]]:
        """As the Inspector's own."""
        found: Any = self._inspector.get_multi_columns(**given)
        owners = self._owners(name for columns in found.values() for each in columns if (name := _sequence(each)))
        return {at: [_plain(column, owners) for column in columns] for at, columns in found.items()}

    def _owners(self, sequences: Iterable[str]) -> dict[str, str]:
        wanted = sorted(set(sequences))
        if not wanted:
            return {}
        return {row[0]: row[1] for row in self._connection.execute(_OWNERS, {"sequences": wanted})}


def _sequence(column: Any) -> str | None:
    default = column.get("default")
    found = _SEQUENCE.match(default) if default and isinstance(column["type"], (INTEGER, BIGINT)) else None
    # Alembic (1.18.3 - 1.20.1) asks for a name with '' in it, which is none, and fails.
    return found[1].replace("''", "'") if found else None


def _plain(column: Any, owners: dict[str, str]) -> dict[str, Any]:
    """A copy where it is a SERIAL: SQLAlchemy keeps what it has read."""
    sequence = _sequence(column)
    if sequence is None or owners.get(sequence) != column["name"]:
        found: dict[str, Any] = column
        return found
    return {key: value for key, value in column.items() if key != "default"}
