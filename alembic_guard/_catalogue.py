"""Which tables a database really has: one statement, tables by their real schema and not as search_path shows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, inspect, text

from alembic_guard._database import describe
from alembic_guard._names import TableName, fold
from alembic_guard._neighbours import history_of


class LiveTable(NamedTuple):
    """A table of the database, and why it is nobody's candidate: ``system`` says so in words, None for ordinary ones.

    Args:
        foreign: Whether its rows are elsewhere (PostgreSQL's foreign tables).
    """

    name: TableName
    system: str | None = None
    foreign: bool = False


@dataclass(frozen=True)  # no slots: cached_property
class Catalogue:
    """The tables of one database.

    Args:
        visible: What an unqualified name means here: the first schema of search_path that has it (PostgreSQL);
            elsewhere the default schema's tables.
        ignores_case: Whether Users and users are one name: on SQLite, and on MariaDB where ``lower_case_table_names``
            is 1 or 2.
    """

    database: str
    dialect: str
    default_schema: str | None
    tables: Mapping[TableName, LiveTable]
    visible: Mapping[str, TableName]
    ignores_case: bool = False

    def one_name(self, name: TableName) -> TableName:
        """The same for all spellings that this database takes for one name."""
        return name.as_kept(self.dialect, self.default_schema, ignores_case=self.ignores_case)

    def fold(self, text: str) -> str:
        """A text with names in it, in which case is told apart only where this database does so."""
        return fold(text, self.dialect, ignores_case=self.ignores_case)

    def real(self, name: TableName) -> TableName:
        """The table that a name as written means: in a key, in a model, in SQL."""
        if name.schema:
            return name
        return self.visible.get(name.name) or self._spelled_otherwise(name) or name.within(self.default_schema)

    @cached_property
    def schemas(self) -> frozenset[str]:
        """The schemas in which there are tables."""
        return frozenset(name.schema for name in self.tables if name.schema)

    def listed(self, schema: str | None) -> list[str]:
        """The names that SQLAlchemy's ``get_table_names`` gives of a schema; None: those that unqualified names mean."""
        if schema is None:
            return [text for text, name in self.visible.items() if not self.tables[name].foreign]
        return [name.name for name, each in self.tables.items() if name.schema == schema and not each.foreign]

    def _spelled_otherwise(self, name: TableName) -> TableName | None:
        if not self.ignores_case:
            return None
        return self._by_one_name.get(self.one_name(name))

    @cached_property
    def _by_one_name(self) -> Mapping[TableName, TableName]:
        return {self.one_name(each): each for each in reversed(list(self.tables))}

    def elsewhere(self, name: str) -> TableName | None:
        """A table of that name that no unqualified name reaches."""
        return next(
            (each for each in sorted(self.tables) if each.name == name and self.visible.get(name) != each), None
        )


def read_catalogue(connection: Connection, schemas: Iterable[str | None] = ()) -> Catalogue:
    """Read the tables of the connection's database; opens a transaction where there is none (SQLAlchemy autobegin).

    Args:
        schemas: Those that matter beside the default one. MariaDB's schemas are the databases of the whole server,
            other applications' too, and of the others nothing is read; elsewhere all are read.
    """
    dialect = connection.dialect.name
    default_schema = connection.dialect.default_schema_name
    wanted = sorted({each for each in (default_schema, *schemas) if each})
    found, folds = _READERS.get(dialect, _by_inspector)(connection, default_schema, wanted)
    return Catalogue(
        database=describe(connection),
        dialect=dialect,
        default_schema=default_schema,
        tables={table.name: table for table, _ in found},
        visible={table.name.name: table.name for table, visible in found if visible},
        ignores_case=folds,
    )


_Found = tuple[list[tuple[LiveTable, bool]], bool]
"""Each table, and whether its name alone reaches it; and whether names are compared without case."""

_Reader = Callable[[Connection, "str | None", Sequence[str]], _Found]

# relkind: r table, p partitioned, f foreign. deptype e: member of an extension (PostgreSQL manual, pg_depend).
# One row for all tables of a schema that are alike, with their names: there may be ten thousand. pg_table_is_visible()
# looks each of them up, which costs a new connection four times all the rest: it is asked where a name may be another's.
_POSTGRESQL = text(
    """
    SELECT n.nspname, c.relispartition, e.extname,
           CASE WHEN n.nspname <> ALL (pg_catalog.current_schemas(true)) THEN false
                WHEN n.nspname = pg_catalog.current_schema() AND c.relname NOT IN (
                    SELECT o.relname FROM pg_catalog.pg_class o
                    WHERE o.relnamespace IN ('pg_catalog'::regnamespace, pg_catalog.pg_my_temp_schema())) THEN true
                ELSE pg_catalog.pg_table_is_visible(c.oid) END,
           c.relkind = 'f',
           c.relnatts = 1 AND EXISTS (
               SELECT FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum = 1 AND a.attname = 'version_num'),
           CAST(json_agg(c.relname) AS text)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_depend d
      ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
      AND d.refclassid = 'pg_catalog.pg_extension'::regclass
    LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    GROUP BY 1, 2, 3, 4, 5, 6
    """
)


def _postgresql(connection: Connection, default_schema: str | None, schemas: Sequence[str]) -> _Found:
    found = []
    for schema, partition, extension, visible, foreign, version_table, names in connection.execute(_POSTGRESQL):
        system = f"belongs to the extension {extension}" if extension else None
        if partition and not system:
            system = "a partition of another table"
        for name in json.loads(names):
            table = TableName(schema, name)
            found.append((LiveTable(table, system or _history(table, version_table), foreign), visible))
    return found, False


# All names in one value, as there may be ten thousand, and beside them those that are something else perhaps. A virtual
# table's columns cannot be asked for where its module is not loaded.
_SQLITE = text(
    """
    SELECT json_group_array(name), json_group_array(json_array(name, sql LIKE 'CREATE VIRTUAL TABLE%',
             CASE WHEN sql LIKE 'CREATE VIRTUAL TABLE%' THEN 0 ELSE
             (SELECT count(*) = 1 AND max(name) = 'version_num' FROM pragma_table_info(tables.name)) END))
           FILTER (WHERE sql LIKE 'CREATE VIRTUAL TABLE%' OR sql LIKE '%version~_num%' ESCAPE '~')
    FROM sqlite_master AS tables WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
    """
)


def _sqlite(connection: Connection, default_schema: str | None, schemas: Sequence[str]) -> _Found:
    names, perhaps = connection.execute(_SQLITE).one()
    told = json.loads(perhaps)
    virtual = [name for name, is_virtual, _ in told if is_virtual]
    version_tables = {name for name, _, version_table in told if version_table}
    found = []
    for name in json.loads(names):
        table = TableName(default_schema, name)
        system = _shadow(name, virtual) if virtual else None
        found.append((LiveTable(table, system or _history(table, name in version_tables)), True))
    return found, True


def _shadow(name: str, virtual: Iterable[str]) -> str | None:
    for each in virtual:
        if name.startswith(f"{each}_") and name[len(each) + 1 :] in _SHADOWS:
            return f"a shadow table of the virtual table {each}"
    return None


# FTS3/4, FTS5 and R*Tree name their shadow tables so (SQLite manual: fts3, fts5, rtree).
_SHADOWS = frozenset(
    ["data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "parent", "rowid"]
)


# Views and sequences are no tables. A version table has one column, version_num: only where a table's indexes allow it are
# the columns asked for, which MariaDB takes longer to list than all the rest. The last row says whether names of tables
# are compared without case, a setting of the server (MariaDB manual, "lower_case_table_names"; 0 on Linux, 1 on Windows,
# 2 on macOS).
_MARIADB = text(
    """
    SELECT t.table_schema, t.table_name, t.table_type = 'SYSTEM VERSIONED', COALESCE(i.of_version, 1)
    FROM information_schema.tables t
    LEFT JOIN (SELECT table_schema, table_name, max(column_name = 'version_num') AS of_version
               FROM information_schema.statistics WHERE table_schema IN :schemas GROUP BY table_schema, table_name) i
      ON i.table_schema = t.table_schema AND i.table_name = t.table_name
    WHERE t.table_schema IN :schemas AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
    UNION ALL SELECT NULL, NULL, @@lower_case_table_names, NULL
    """
).bindparams(bindparam("schemas", expanding=True))

_MARIADB_VERSION_TABLES = text(
    """
    SELECT table_schema, table_name FROM information_schema.columns WHERE table_schema IN :schemas
    GROUP BY table_schema, table_name HAVING count(*) = 1 AND max(column_name) = 'version_num'
    """
).bindparams(bindparam("schemas", expanding=True))


def _mariadb(connection: Connection, default_schema: str | None, schemas: Sequence[str]) -> _Found:
    given = {"schemas": list(schemas)}
    *rows, setting = connection.execute(_MARIADB, given).all()
    in_doubt = any(row[3] and history_of(TableName(row[0], row[1])) is None for row in rows)
    version_tables = {tuple(row) for row in connection.execute(_MARIADB_VERSION_TABLES, given)} if in_doubt else set()
    found = []
    for schema, name, versioned, _ in rows:
        table = TableName(schema, name)
        system = "system-versioned: a drop would lose its rows' history" if versioned else None
        found.append(
            (LiveTable(table, system or _history(table, (schema, name) in version_tables)), schema == default_schema)
        )
    return found, bool(setting[2])


def _by_inspector(connection: Connection, default_schema: str | None, schemas: Sequence[str]) -> _Found:
    tables = [TableName(default_schema, name) for name in inspect(connection).get_table_names()]
    return [(LiveTable(table, _history(table, False)), True) for table in tables], False


def _history(table: TableName, version_table: object) -> str | None:
    tool = history_of(table) or (version_table and "Alembic")
    return f"{tool}'s history table" if tool else None


_READERS: Mapping[str, _Reader] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "mysql": _mariadb,
    "mariadb": _mariadb,
}
