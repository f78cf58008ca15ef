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
"""By table; what belongs to none (enums, sequences, views, functions) stands under a name in brackets, with what it says
behind its own name and a colon."""

WRITTEN_IN_FULL = ("(routine)", "(domain)", "(type)")
"""Kinds whose facts begin with the name as it is written in SQL: with its schema where that is needed, and arguments."""

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
                table that was made anew differs. On PostgreSQL who owns it and who may do what, too.
        """
        return {name: facts for name, facts in self._read(connection, as_written).items() if name not in self._ignored}

    def _read(self, connection: Connection, as_written: bool) -> Mapping[TableName, frozenset[str]]:
        dialect = connection.dialect.name
        if dialect == "postgresql":
            more = connection.execute(_POSTGRESQL_RIGHTS) if as_written else ()
            return _gathered([*connection.execute(_POSTGRESQL), *more])
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
        if name.name == "(view)":
            return written
        key = (name, written)
        if key not in self._kept:
            triggers = {fact for fact in written if fact.startswith("trigger ")}
            self._kept[key] = frozenset(_inspected(inspector, name)) | triggers
        return self._kept[key]


def differences(expected: frozenset[str], found: frozenset[str]) -> list[str]:
    """Lines: what is missing with ``-``, what is there beside with ``+``."""
    return [*(f"- {each}" for each in sorted(expected - found)), *(f"+ {each}" for each in sorted(found - expected))]


def rows_of(connection: Connection, name: TableName) -> list[Row]:
    """Every row of a table, in an order of its own; values by column."""
    quoted = connection.dialect.identifier_preparer.quote
    # With its schema: search_path may show another table of that name first.
    schema = f"{quoted(name.schema)}." if name.schema else ""
    # Not compiled by SQLAlchemy: it is asked after each of many revisions.
    found = connection.exec_driver_sql(f"SELECT * FROM {schema}{quoted(name.name)}").mappings()
    return sorted(({column: _of_python(value) for column, value in row.items()} for row in found), key=repr)


def _of_python(value: Any) -> Any:
    """psycopg2 gives bytes as a view, which says where it is and not what it holds."""
    return bytes(value) if isinstance(value, memoryview) else value


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
    " AND tbl_name NOT IN (SELECT name FROM sqlite_master WHERE type = 'view')"
    " UNION ALL SELECT 'main', '(view)', t.tbl_name || ': ' || t.sql FROM sqlite_master t"
    " JOIN sqlite_master v ON v.type = 'view' AND v.name = t.tbl_name WHERE t.type = 'trigger'"
    " UNION ALL SELECT 'main', '(view)', name || ': ' || sql FROM sqlite_master WHERE type = 'view'"
)

# Constraint triggers of keys are internal: a key of ours to a table adds such to it, which changes nothing of it.
_OURS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"


def _extensions(catalogue: str, oid: str) -> str:
    """A condition: it came with an extension."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = CAST('pg_catalog.{catalogue}' AS regclass)"
        f" AND e.objid = {oid} AND e.deptype = 'e')"
    )


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
    SELECT n.nspname, c.relname, said
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(ARRAY['table',
        CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
        CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY enabled' END,
        CASE WHEN c.relforcerowsecurity THEN 'ROW LEVEL SECURITY forced' END,
        'WITH (' || array_to_string(c.reloptions, ', ') || ')',
        'PARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid),
        'PARTITION ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid),
        'REPLICA IDENTITY ' || nullif(CAST(c.relreplident AS text), 'd')]) said
    WHERE c.relkind IN ('r', 'p', 'f') AND said IS NOT NULL AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, 'policy ' || concat_ws(' ', p.polname, CASE WHEN p.polpermissive THEN '' ELSE 'RESTRICTIVE' END,
           'FOR ' || CAST(p.polcmd AS text), 'TO ' || CASE p.polroles WHEN '{{0}}' THEN 'public' ELSE array_to_string(ARRAY(
               SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = ANY(p.polroles) ORDER BY 1), ', ') END,
           'USING ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'WITH CHECK ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, pg_catalog.pg_get_ruledef(r.oid)
    FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND c.relkind IN ('r', 'p') AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, 'comment ' || coalesce('on ' || a.attname || ' ', '') || s.description
    FROM pg_catalog.pg_description s JOIN pg_catalog.pg_class c ON c.oid = s.objoid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.objsubid AND s.objsubid > 0
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE s.classoid = CAST('pg_catalog.pg_class' AS regclass) AND c.relkind IN ('r', 'p', 'f') AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, 'constraint ' || k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype <> 'n' AND {_OURS}
    UNION ALL
    SELECT n.nspname, CASE c.relkind WHEN 'm' THEN '(materialized view)' ELSE c.relname END,
           CASE c.relkind WHEN 'm' THEN c.relname || ': ' ELSE '' END || pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
    UNION ALL
    SELECT n.nspname, CASE c.relkind WHEN 'v' THEN '(view)' ELSE c.relname END,
           CASE c.relkind WHEN 'v' THEN c.relname || ': ' ELSE '' END || pg_catalog.pg_get_triggerdef(t.oid)
           || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' DISABLED' ELSE ' ENABLED ' || CAST(t.tgenabled AS text) END
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {_OURS}
    UNION ALL
    SELECT n.nspname, '(enum)', t.typname || ': ' || string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE {_OURS} GROUP BY n.nspname, t.typname
    UNION ALL
    SELECT n.nspname, '(sequence)', c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND {_OURS}
    UNION ALL
    SELECT n.nspname, CASE c.relkind WHEN 'v' THEN '(view)' ELSE '(materialized view)' END,
           c.relname || ': ' || pg_catalog.pg_get_viewdef(c.oid)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND {_OURS} AND NOT {_extensions("pg_class", "c.oid")}
    UNION ALL
    SELECT n.nspname, '(routine)', CAST(CAST(p.oid AS regprocedure) AS text) || ': '
           || CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE pg_catalog.pg_get_functiondef(p.oid) END
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE {_OURS} AND NOT {_extensions("pg_proc", "p.oid")}
    UNION ALL
    SELECT n.nspname, '(domain)', CAST(CAST(t.oid AS regtype) AS text) || ': '
           || pg_catalog.format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce(' DEFAULT ' || t.typdefault, '') || coalesce(' ' || (
               SELECT string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
               FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND {_OURS} AND NOT {_extensions("pg_type", "t.oid")}
    UNION ALL
    SELECT n.nspname, '(type)', CAST(CAST(t.oid AS regtype) AS text) || ': ' || coalesce((
               SELECT string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), 'range')
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype = 'r' OR t.typtype = 'c' AND c.relkind = 'c') AND {_OURS} AND NOT {_extensions("pg_type", "t.oid")}
    UNION ALL
    SELECT n.nspname, '(schema)', n.nspname FROM pg_catalog.pg_namespace n WHERE {_OURS}
    UNION ALL
    SELECT n.nspname, '(extension)', x.extname
    FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
    """
)


_POSTGRESQL_RIGHTS = text(
    f"""
    SELECT n.nspname, c.relname, 'owner ' || pg_catalog.pg_get_userbyid(c.relowner)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, concat_ws(' ', 'privilege', g.privilege_type, 'of',
           CASE g.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(g.grantee) END, CASE WHEN g.is_grantable THEN 'to grant' END)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) g
    WHERE c.relkind IN ('r', 'p', 'f') AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, concat_ws(' ', 'privilege', g.privilege_type, 'on', a.attname, 'of',
           CASE g.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(g.grantee) END, CASE WHEN g.is_grantable THEN 'to grant' END)
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) g
    WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {_OURS}
    UNION ALL
    SELECT n.nspname, c.relname, 'enum ' || t.typname || ': ' || (
           SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype = 'e'
    WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {_OURS}
    """
)


def _mariadb(connection: Connection) -> dict[TableName, frozenset[str]]:
    prepared = connection.dialect.identifier_preparer
    beside = _gathered(connection.execute(_MARIADB))
    found = {}
    for name in read_catalogue(connection).tables:
        made = connection.exec_driver_sql(
            f"SHOW CREATE TABLE {prepared.quote_identifier(str(name.schema))}.{prepared.quote_identifier(name.name)}"
        ).one()[1]
        lines = re.sub(r" AUTO_INCREMENT=\d+", "", made).splitlines()
        # The first line is the name.
        found[name] = frozenset(["table", *(line.strip().rstrip(",") for line in lines[1:])]) | beside.pop(
            name, frozenset()
        )
    return {**found, **beside}


_MARIADB = text(
    """
    SELECT event_object_schema, event_object_table,
           CONCAT('trigger ', trigger_name, ' ', action_timing, ' ', event_manipulation, ' ', action_statement)
    FROM information_schema.triggers WHERE event_object_schema = DATABASE()
    UNION ALL
    SELECT table_schema, '(view)', CONCAT(table_name, ': ', view_definition)
    FROM information_schema.views WHERE table_schema = DATABASE()
    UNION ALL
    SELECT routine_schema, CONCAT('(', LOWER(routine_type), ')'), CONCAT(routine_name, ': ', COALESCE(routine_definition, ''))
    FROM information_schema.routines WHERE routine_schema = DATABASE()
    UNION ALL
    SELECT table_schema, '(sequence)', table_name
    FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'SEQUENCE'
    """
)


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
