"""Which tables a database really has: one statement, tables by their real schema and not as search_path shows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, inspect, text

from alembic_guard._database import all_of, describe
from alembic_guard._names import TableName, ascii_lower, fold
from alembic_guard._neighbours import histories_among


@dataclass(frozen=True)  # no slots: cached_property
class Catalogue:
    """The tables of one database.

    Args:
        tables: Each table, and why it is nobody's candidate, in words; None for ordinary ones.
        visible: What an unqualified name means here: the first schema of search_path that has it (PostgreSQL);
            elsewhere the default schema's tables.
        ignores_case: Whether Users and users are one name: on SQLite, and on MariaDB where ``lower_case_table_names``
            is 1 or 2.
        foreign: Those whose rows are elsewhere (PostgreSQL's foreign tables).
    """

    database: str
    dialect: str
    default_schema: str | None
    tables: Mapping[TableName, str | None]
    visible: Mapping[str, TableName]
    ignores_case: bool = False
    foreign: Collection[TableName] = ()

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
        if schema is not None:
            return [name.name for name in self.tables if name.schema == schema and name not in self.foreign]
        if not self.foreign:
            return list(self.visible)
        return [text for text, name in self.visible.items() if name not in self.foreign]

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
            other applications' too, SQLite's are files that are attached, and of the others nothing is read; elsewhere
            all are read.
    """
    dialect = connection.dialect.name
    default_schema = connection.dialect.default_schema_name
    wanted = sorted({each for each in (default_schema, *schemas) if each})
    found = _READERS.get(dialect, _by_inspector)(connection, default_schema, wanted)
    return Catalogue(describe(connection), dialect, default_schema, *found)


class _Found(NamedTuple):
    """What a Catalogue has of its database."""

    tables: Mapping[TableName, str | None]
    visible: Mapping[str, TableName]
    ignores_case: bool = False
    foreign: Collection[TableName] = frozenset()


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
    tables: dict[TableName, str | None] = {}
    shown: dict[str, TableName] = {}
    elsewhere: set[TableName] = set()
    for schema, partition, extension, visible, foreign, version_table, listed in connection.execute(_POSTGRESQL):
        texts = json.loads(listed)
        system = f"belongs to the extension {extension}" if extension else None
        if partition and not system:
            system = "a partition of another table"
        histories = {} if system else _histories(schema, texts, texts if version_table else ())
        names = _named(schema, texts, tables, histories, system)
        if visible:
            shown.update(zip(texts, names, strict=True))
        if foreign:
            elsewhere.update(names)
    return _Found(tables, shown, foreign=elsewhere)


# All names in one value, as there may be ten thousand, and beside them those that are something else perhaps. A virtual
# table's columns cannot be asked for where its module is not loaded.
_SQLITE = """
    SELECT json_group_array(name), json_group_array(json_array(name, sql LIKE 'CREATE VIRTUAL TABLE%',
             CASE WHEN sql LIKE 'CREATE VIRTUAL TABLE%' THEN 0 ELSE
             (SELECT count(*) = 1 AND max(name) = 'version_num' FROM pragma_table_xinfo(tables.name, :schema)) END))
           FILTER (WHERE sql LIKE 'CREATE VIRTUAL TABLE%' OR sql LIKE '%version~_num%' ESCAPE '~')
    FROM {schema}.sqlite_master AS tables WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
"""


def _sqlite(connection: Connection, default_schema: str | None, schemas: Sequence[str]) -> _Found:
    default = default_schema or "main"
    tables: dict[TableName, str | None] = {}
    shown = _sqlite_tables(connection, default, tables)
    others = [each for each in schemas if each != default]
    attached = connection.execute(text("SELECT name FROM pragma_database_list")).scalars() if others else ()
    there = set(map(ascii_lower, attached))
    for schema in others:
        if ascii_lower(schema) in there:
            _sqlite_tables(connection, schema, tables)
    return _Found(tables, shown, ignores_case=True)


def _sqlite_tables(connection: Connection, schema: str, tables: dict[TableName, str | None]) -> Mapping[str, TableName]:
    """The tables of one database, put among the others; by their names."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(schema).replace(":", "\\:")
    names, perhaps = connection.execute(text(_SQLITE.format(schema=quoted)), {"schema": schema}).one()
    listed, told = json.loads(names), json.loads(perhaps)
    virtual = [name for name, is_virtual, _ in told if is_virtual]
    system = {
        **_histories(schema, listed, [name for name, _, version_table in told if version_table]),
        **{name: why for name in (listed if virtual else ()) if (why := _shadow(name, virtual))},
    }
    return dict(zip(listed, _named(schema, listed, tables, system), strict=True))


def _named(
    schema: str | None,
    texts: Sequence[str],
    tables: dict[TableName, str | None],
    systems: Mapping[str, str],
    system: str | None = None,
) -> list[TableName]:
    """The names of a schema, put among the tables: ten thousand perhaps, most of them ordinary."""
    names = [TableName(schema, text) for text in texts]
    tables.update(dict.fromkeys(names, system))
    tables.update((TableName(schema, text), why) for text, why in systems.items())
    return names


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
    given = {"schemas": all_of(schemas)}
    *found, setting = connection.execute(_MARIADB, given).all()
    # information_schema knows no case; of another application's database, which is spelled otherwise, nothing is wanted.
    rows = [row for row in found if row[0] in schemas or setting[2]]
    listed: dict[str, list[str]] = {}
    versioned: dict[str, list[str]] = {}
    for schema, name, is_versioned, _ in rows:
        listed.setdefault(schema, []).append(name)
        if is_versioned:
            versioned.setdefault(schema, []).append(name)
    known = {schema: histories_among(schema, names) for schema, names in listed.items()}
    in_doubt = any(perhaps and name not in known[schema] for schema, name, _, perhaps in rows)
    version_tables = connection.execute(_MARIADB_VERSION_TABLES, given).all() if in_doubt else ()
    tables: dict[TableName, str | None] = {}
    shown: dict[str, TableName] = {}
    for schema, texts in listed.items():
        systems = {
            **_histories(schema, texts, [name for of, name in version_tables if of == schema]),
            **dict.fromkeys(versioned.get(schema, ()), _VERSIONED),
        }
        names = _named(schema, texts, tables, systems)
        if schema == default_schema:
            shown = dict(zip(texts, names, strict=True))
    return _Found(tables, shown, ignores_case=bool(setting[2]))


_VERSIONED = "system-versioned: a drop would lose its rows' history"


def _by_inspector(connection: Connection, default_schema: str | None, schemas: Sequence[str]) -> _Found:
    listed = inspect(connection).get_table_names()
    tables: dict[TableName, str | None] = {}
    names = _named(default_schema, listed, tables, _histories(default_schema, listed, ()))
    return _Found(tables, dict(zip(listed, names, strict=True)))


def _histories(schema: str | None, names: Iterable[str], version_tables: Iterable[str]) -> Mapping[str, str]:
    """Which of the names are history tables, and whose; those of the version tables that have no known name are Alembic's."""
    tools = {**dict.fromkeys(version_tables, "Alembic"), **histories_among(schema, names)}
    return {name: f"{tool}'s history table" for name, tool in tools.items()}


_READERS: Mapping[str, _Reader] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "mysql": _mariadb,
    "mariadb": _mariadb,
}
