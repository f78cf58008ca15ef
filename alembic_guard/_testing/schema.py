"""A database's schema as sets of facts in words, so that two can be told apart line by line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text

from alembic_guard._catalogue import read_catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._names import TableName

Schema = Mapping[TableName, frozenset[str]]
"""By table; what belongs to none (enums, sequences, views) stands under a name in brackets."""


Row = Mapping[str, Any]


class SchemaReader:
    """Reads one database again and again.

    Args:
        ignored: Tables that are not looked at: Alembic's own.
    """

    def __init__(self, ignored: Iterable[TableName] = ()) -> None:
        self._ignored = frozenset(ignored)
        self._kept: dict[tuple[TableName, frozenset[str]], frozenset[str]] = {}

    def read(self, connection: Connection, *, as_written: bool = False) -> Schema:
        """All tables and what is in them.

        Args:
            as_written: On SQLite the very text that created each table and index, which tells more than its meaning: a
                table that was made anew differs.
        """
        return {name: facts for name, facts in self._read(connection, as_written).items() if name not in self._ignored}

    def _read(self, connection: Connection, as_written: bool) -> Mapping[TableName, frozenset[str]]:
        dialect = connection.dialect.name
        if dialect == "postgresql":
            return _gathered(connection.execute(_POSTGRESQL))
        if is_mariadb(dialect):
            return _mariadb(connection)
        if dialect != "sqlite":
            return {
                name: frozenset(_inspected(inspect(connection), name)) for name in read_catalogue(connection).tables
            }
        written = _gathered(connection.execute(_SQLITE))
        if as_written:
            return written
        inspector = inspect(connection)
        return {name: self._meaning(inspector, name, facts) for name, facts in written.items()}

    def _meaning(self, inspector: Inspector, name: TableName, written: frozenset[str]) -> frozenset[str]:
        key = (name, written)
        if key not in self._kept:
            self._kept[key] = frozenset(_inspected(inspector, name))
        return self._kept[key]


def differences(expected: frozenset[str], found: frozenset[str]) -> list[str]:
    """Lines: what is missing with ``-``, what is there beside with ``+``."""
    return [*(f"- {each}" for each in sorted(expected - found)), *(f"+ {each}" for each in sorted(found - expected))]


def rows_of(connection: Connection, name: TableName) -> list[Row]:
    """Every row of a table, in an order of its own; values by column."""
    quoted = connection.dialect.identifier_preparer.quote
    schema = f"{quoted(name.schema)}." if name.schema not in (None, connection.dialect.default_schema_name) else ""
    # Not compiled by SQLAlchemy: it is asked after each of many revisions.
    found = connection.exec_driver_sql(f"SELECT * FROM {schema}{quoted(name.name)}").mappings()
    return sorted((dict(row) for row in found), key=repr)


def row_in_words(row: Row) -> str:
    """A row for a person; long values are cut."""
    return ", ".join(f"{name}={_cut(repr(value))}" for name, value in row.items())


def _cut(said: str) -> str:
    return said if len(said) <= 45 else f"{said[:30]}... ({len(said)} characters)"


@lru_cache(4096)
def _in_one_line(fact: str) -> str:
    return " ".join(fact.split())


def _gathered(rows: Iterable[Any]) -> dict[TableName, frozenset[str]]:
    found: dict[TableName, set[str]] = defaultdict(set)
    for schema, name, fact in rows:
        found[TableName(schema, name)].add(_in_one_line(fact))
    return {name: frozenset(facts) for name, facts in found.items()}


_SQLITE = text(
    "SELECT 'main', tbl_name, type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master"
    " WHERE name NOT LIKE 'sqlite_%' AND type IN ('table', 'index', 'trigger')"
    " UNION ALL SELECT 'main', '(view)', name || ': ' || sql FROM sqlite_master WHERE type = 'view'"
)

# Constraint triggers of keys are internal: a key of ours to a table adds such to it, which changes nothing of it.
_OURS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
_POSTGRESQL = text(
    f"""
    SELECT n.nspname, c.relname, 'column ' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
           || CASE WHEN l.collname IS NULL OR a.attcollation = t.typcollation THEN '' ELSE ' COLLATE ' || l.collname END
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
           || CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY ' || a.attidentity::text END
           || CASE a.attgenerated WHEN '' THEN ' ' ELSE ' GENERATED ' END
           || coalesce('DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'f') AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, 'table'
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, 'constraint ' || k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype <> 'n' AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, pg_catalog.pg_get_triggerdef(t.oid)
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {_OURS}
    UNION ALL
    SELECT n.nspname, '(enum)', t.typname || ': ' || string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE {_OURS} GROUP BY n.nspname, t.typname
    UNION ALL
    SELECT n.nspname, CASE c.relkind WHEN 'S' THEN '(sequence)' ELSE '(view)' END, c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('S', 'v', 'm') AND {_OURS}
    """
)


def _mariadb(connection: Connection) -> dict[TableName, frozenset[str]]:
    prepared = connection.dialect.identifier_preparer
    found = {}
    for name in read_catalogue(connection).tables:
        made = connection.exec_driver_sql(
            f"SHOW CREATE TABLE {prepared.quote_identifier(str(name.schema))}.{prepared.quote_identifier(name.name)}"
        ).one()[1]
        lines = re.sub(r" AUTO_INCREMENT=\d+", "", made).splitlines()
        # The first line is the name.
        found[name] = frozenset(["table", *(line.strip().rstrip(",") for line in lines[1:])])
    return found


def _inspected(inspector: Inspector, name: TableName) -> Iterator[str]:
    schema = None if name.schema == inspector.dialect.default_schema_name else name.schema
    if not inspector.has_table(name.name, schema):
        return
    yield "table"
    for column in inspector.get_columns(name.name, schema):
        default = f" DEFAULT {column['default']}" if column["default"] is not None else ""
        yield f"column {column['name']} {column['type']!r}{'' if column['nullable'] else ' NOT NULL'}{default}"
    for part in ("pk_constraint", "foreign_keys", "unique_constraints", "indexes", "check_constraints"):
        found = getattr(inspector, f"get_{part}")(name.name, schema)
        for each in [found] if isinstance(found, dict) else found:
            yield f"{part} {sorted((key, value) for key, value in each.items() if value not in (None, [], {}))}"
