"""What a live database has of the tables that models name: a few statements, however many tables there are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from alembic_guard._names import TableName, ascii_lower, first_63_bytes


class LiveColumn(NamedTuple):
    """A column, its type as the database prints it; a tuple, as there are many.

    Args:
        needs_value: Whether an INSERT that does not name it fails: NOT NULL, and nothing fills it.
        generated: Whether it is computed from others, so that an INSERT that does name it fails.
        labels: Of an enum, the values it takes.
    """

    name: str
    type: str
    nullable: bool
    needs_value: bool
    generated: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A foreign key; the target's schema is its real one.

    Args:
        on_delete: None where MariaDB does not show it to this user.
    """

    columns: tuple[str, ...]
    target: TableName
    refers_to: tuple[str, ...]
    on_delete: str | None


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """An index, or what makes columns unique; a column is None where an expression stands.

    Args:
        partial: Whether it is one of some rows only.
    """

    name: str
    columns: tuple[str | None, ...]
    unique: bool
    partial: bool = False


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table or view.

    Args:
        holds_rows: False for a view and a table elsewhere: nobody expects keys or indexes of it.
        dropped: How many columns it once had (PostgreSQL keeps their places; elsewhere always 0).
    """

    name: TableName
    columns: Mapping[str, LiveColumn]
    holds_rows: bool = True
    visible: bool = True
    primary_key: tuple[str, ...] = ()
    keys: tuple[LiveKey, ...] = ()
    indexes: tuple[LiveIndex, ...] = ()
    dropped: int = 0


@dataclass(frozen=True)  # no slots: cached_property
class LiveSchema:
    """The tables of the names that were asked for, in whichever schema they are.

    Args:
        ignores_case: Whether Users and users are one name here.
    """

    dialect: str
    default_schema: str | None
    tables: Mapping[TableName, LiveTable] = field(default_factory=dict)
    ignores_case: bool = False

    def find(self, name: TableName) -> LiveTable | None:
        """The table that a name as written means."""
        if not name.schema and self.dialect == "postgresql":
            return next((each for each in self._named(name.name) if each.visible), None)
        meant = name.within(self.default_schema)
        return self.tables.get(meant) or next(
            (each for each in self._named(name.name) if self._fold_name(each.name) == self._fold_name(meant)), None
        )

    def elsewhere(self, name: TableName) -> list[LiveTable]:
        """Tables of that name which the name as written does not mean."""
        meant = self.find(name)
        return sorted((each for each in self._named(name.name) if each is not meant), key=lambda each: each.name)

    def fold(self, column: str) -> str:
        """One form of all spellings that mean one column."""
        if self.dialect == "postgresql":
            return first_63_bytes(column)
        return ascii_lower(column) if self.dialect == "sqlite" else column.lower()

    def is_one(self, one: TableName, other: TableName) -> bool:
        """Whether two names, each with its schema, are one table."""
        return self._fold_name(one) == self._fold_name(other)

    def _named(self, name: str) -> Sequence[LiveTable]:
        return self._by_name.get(self._fold_name(TableName(None, name)).name, ())

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[LiveTable]]:
        found: dict[str, list[LiveTable]] = {}
        for each in self.tables.values():
            found.setdefault(self._fold_name(each.name).name, []).append(each)
        return found

    def _fold_name(self, name: TableName) -> TableName:
        if not self.ignores_case and self.dialect != "postgresql":
            return name
        return TableName(name.schema and self.fold(name.schema), self.fold(name.name))


def read_live(connection: Connection, names: Iterable[TableName]) -> LiveSchema:
    """Read the tables of these names; opens a transaction where there is none (SQLAlchemy autobegin).

    Of PostgreSQL, MariaDB (MySQL) and SQLite the catalogue is asked, of another database SQLAlchemy's Inspector.
    """
    from alembic_guard._drift.by_inspector import read_by_inspector

    dialect = connection.dialect.name
    reader = _READERS.get(dialect)
    wanted = sorted(set(names), key=TableName.in_order)
    found, ignores_case = reader(connection, wanted) if reader else (read_by_inspector(connection, wanted), False)
    return LiveSchema(
        dialect,
        connection.dialect.default_schema_name,
        {table.name: table for table in found},
        ignores_case,
    )


_Found = tuple[Iterable[LiveTable], bool]

# relkind: r table, p partitioned, v view, m materialised view, f foreign. Correlated, so that one table is one row.
_POSTGRESQL = text(
    """
    SELECT n.nspname, c.relname, c.relkind IN ('r', 'p'), pg_catalog.pg_table_is_visible(c.oid),
      CAST((SELECT json_agg(json_build_array(
                a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND y.typdefault IS NULL, a.attgenerated <> '',
                CASE WHEN y.typtype = 'e' THEN
                  (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid)
                END) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS text),
      (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attisdropped),
      CAST((SELECT json_agg(json_build_array(
                (SELECT json_agg(a.attname ORDER BY u.at) FROM unnest(k.conkey) WITH ORDINALITY u(num, at)
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
                fn.nspname, f.relname,
                (SELECT json_agg(a.attname ORDER BY u.at) FROM unnest(k.confkey) WITH ORDINALITY u(num, at)
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num),
                k.confdeltype))
            FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
            JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
            WHERE k.conrelid = c.oid AND k.contype = 'f') AS text),
      CAST((SELECT json_agg(json_build_array(
                x.relname, i.indisprimary, i.indisunique, i.indpred IS NOT NULL,
                (SELECT json_agg(a.attname ORDER BY u.at) FROM unnest(CAST(i.indkey AS int2[])) WITH ORDINALITY u(num, at)
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num > 0
                 WHERE u.at <= i.indnkeyatts)))
            FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid = c.oid AND i.indisvalid) AS text)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY(CAST(:names AS name[])) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
    """
)
_ON_DELETE = {"a": "", "r": "", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def _postgresql(connection: Connection, names: Sequence[TableName]) -> _Found:
    rows = connection.execute(_POSTGRESQL, {"names": sorted({each.name for each in names})}).all()
    return (_postgresql_table(*row) for row in rows), False


def _postgresql_table(
    schema: str, name: str, holds_rows: bool, visible: bool, columns: str, dropped: int, keys: str, indexes: str
) -> LiveTable:
    listed = [
        LiveColumn(column, type_, nullable, needs_value, generated, tuple(labels or ()))
        for column, type_, nullable, needs_value, generated, labels in json.loads(columns or "[]")
    ]
    found = json.loads(indexes or "[]")
    return LiveTable(
        TableName(schema, name),
        {each.name: each for each in listed},
        holds_rows,
        visible,
        next((tuple(columns) for _, primary, _, _, columns in found if primary), ()),
        tuple(
            LiveKey(tuple(ours), TableName(to_schema, to), tuple(theirs), _ON_DELETE[action])
            for ours, to_schema, to, theirs, action in json.loads(keys or "[]")
        ),
        tuple(
            LiveIndex(index, tuple(columns or ()), unique, partial)
            for index, primary, unique, partial, columns in found
            if not primary
        ),
        dropped,
    )


# pragma_... as tables: from SQLite 3.16 on. hidden 2 and 3: generated columns. An INTEGER primary key is the row's number.
_SQLITE_COLUMNS = """
    SELECT t.name, t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%',
           (SELECT json_group_array(json_array(c.name, c.type, NOT c."notnull", c."notnull" AND c.dflt_value IS NULL
                                               AND c.hidden = 0 AND NOT (c.pk > 0 AND upper(c.type) = 'INTEGER'),
                                               c.hidden IN (2, 3), c.pk))
            FROM pragma_table_xinfo(t.name, :schema) c)
    FROM {schema}.sqlite_master t
    WHERE t.type IN ('table', 'view') AND lower(t.name) IN (SELECT value FROM json_each(:names))
    ORDER BY t.name
"""
_SQLITE_KEYS = """
    SELECT t.name, k.id, k."table", k."from", k."to", k.on_delete
    FROM {schema}.sqlite_master t, pragma_foreign_key_list(t.name, :schema) k
    WHERE t.type = 'table' AND lower(t.name) IN (SELECT value FROM json_each(:names))
    ORDER BY t.name, k.id, k.seq
"""
_SQLITE_INDEXES = """
    SELECT t.name, i.name, i."unique", i.partial, c.name
    FROM {schema}.sqlite_master t, pragma_index_list(t.name, :schema) i, pragma_index_info(i.name, :schema) c
    WHERE t.type = 'table' AND i.origin <> 'pk' AND lower(t.name) IN (SELECT value FROM json_each(:names))
    ORDER BY t.name, i.name, c.seqno
"""


def _sqlite(connection: Connection, names: Sequence[TableName]) -> _Found:
    default = connection.dialect.default_schema_name or "main"
    quote = connection.dialect.identifier_preparer.quote_identifier
    attached = {default}
    if any(each.schema not in (None, default) for each in names):
        attached = set(connection.execute(text("SELECT name FROM pragma_database_list")).scalars())
    found: list[LiveTable] = []
    for schema in sorted({each.schema or default for each in names} & attached):
        these = sorted({ascii_lower(each.name) for each in names if (each.schema or default) == schema})
        given = {"names": json.dumps(these), "schema": schema}
        columns, keys, indexes = (
            connection.execute(text(each.format(schema=quote(schema))), given).all()
            for each in (_SQLITE_COLUMNS, _SQLITE_KEYS, _SQLITE_INDEXES)
        )
        found.extend(_sqlite_tables(schema, columns, keys, indexes))
    return found, True


def _sqlite_tables(
    schema: str,
    columns: Sequence[Sequence[object]],
    keys: Sequence[Sequence[object]],
    indexes: Sequence[Sequence[object]],
) -> Iterator[LiveTable]:
    keys_of, indexes_of = (_by_first(each) for each in (keys, indexes))
    for table, holds_rows, listed in columns:
        described = json.loads(str(listed))
        found = [
            LiveColumn(name, type_ or "", bool(null), bool(needs), bool(generated))
            for name, type_, null, needs, generated, _ in described
        ]
        primary = sorted((at, name) for name, *_, at in described if at)
        yield LiveTable(
            TableName(schema, str(table)),
            {column.name: column for column in found},
            bool(holds_rows),
            primary_key=tuple(name for _, name in primary),
            keys=tuple(_sqlite_keys(schema, keys_of.get(table, ()))),
            indexes=tuple(_indexes(indexes_of.get(table, ()))),
        )


def _by_first(rows: Iterable[Sequence[object]]) -> dict[object, list[Sequence[object]]]:
    found: dict[object, list[Sequence[object]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _sqlite_keys(schema: str, rows: Iterable[Sequence[object]]) -> Iterator[LiveKey]:
    for parts in _by_first(rows).values():
        # A key that names no columns of its target means its primary key: "to" is NULL then.
        refers_to = tuple(str(each[2]) for each in parts) if parts[0][2] is not None else ()
        target, action = TableName(schema, str(parts[0][0])), _action(str(parts[0][3]))
        yield LiveKey(tuple(str(each[1]) for each in parts), target, refers_to, action)


def _indexes(rows: Iterable[Sequence[object]]) -> Iterator[LiveIndex]:
    for name, parts in _by_first(rows).items():
        columns = tuple(None if each[2] is None else str(each[2]) for each in parts)
        yield LiveIndex(str(name), columns, bool(parts[0][0]), bool(parts[0][1]))


def _action(written: str) -> str:
    """ON DELETE; NO ACTION and RESTRICT both refuse, and MariaDB knows no difference."""
    return "" if written.upper() in ("NO ACTION", "RESTRICT") else written.upper()


# Each reads only the frm files of the tables it names.
_MARIADB = {
    "tables": "SELECT table_schema, table_name, table_type, @@lower_case_table_names FROM information_schema.tables "
    "WHERE table_schema IN :schemas AND table_name IN :names",
    "columns": "SELECT table_schema, table_name, column_name, column_type, is_nullable = 'YES', "
    "column_default IS NOT NULL OR extra LIKE '%auto_increment%' OR extra LIKE '%GENERATED%', "
    "generation_expression IS NOT NULL AND generation_expression <> '' "
    "FROM information_schema.columns WHERE table_schema IN :schemas AND table_name IN :names "
    "ORDER BY table_schema, table_name, ordinal_position",
    # Who may only SELECT sees keys and not their ON DELETE: one row of each key is its rule, where it is shown.
    "keys": "SELECT table_schema, table_name, constraint_name, ordinal_position, column_name, referenced_table_schema, "
    "referenced_table_name, referenced_column_name, NULL FROM information_schema.key_column_usage "
    "WHERE table_schema IN :schemas AND table_name IN :names AND referenced_table_name IS NOT NULL "
    "UNION ALL SELECT constraint_schema, table_name, constraint_name, 0, NULL, NULL, NULL, NULL, delete_rule "
    "FROM information_schema.referential_constraints WHERE constraint_schema IN :schemas AND table_name IN :names "
    "ORDER BY 1, 2, 3, 4",
    "indexes": "SELECT table_schema, table_name, index_name, non_unique = 0, 0, column_name "
    "FROM information_schema.statistics WHERE table_schema IN :schemas AND table_name IN :names "
    "ORDER BY table_schema, table_name, index_name, seq_in_index",
}
_MARIADB_STATEMENTS = {
    name: text(sql).bindparams(bindparam("schemas", expanding=True), bindparam("names", expanding=True))
    for name, sql in _MARIADB.items()
}


def _mariadb(connection: Connection, names: Sequence[TableName]) -> _Found:
    schemas = sorted({each.schema or connection.dialect.default_schema_name or "" for each in names})
    given = {"schemas": schemas or [""], "names": sorted({each.name for each in names}) or [""]}
    tables, columns, keys, indexes = (
        [tuple(row) for row in connection.execute(each, given)] for each in _MARIADB_STATEMENTS.values()
    )
    return _mariadb_tables(tables, columns, keys, indexes), any(row[3] for row in tables)


def _mariadb_tables(
    tables: Sequence[Sequence[object]],
    columns: Sequence[Sequence[object]],
    keys: Sequence[Sequence[object]],
    indexes: Sequence[Sequence[object]],
) -> Iterator[LiveTable]:
    by_table = [_by_table(each) for each in (columns, keys, indexes)]
    for schema, table, kind, _ in tables:
        at = (schema, table)
        listed, referring, indexed = (each.get(at, []) for each in by_table)
        found = [
            LiveColumn(
                str(name), str(type_), bool(nullable), not nullable and not filled, bool(generated), _labels(str(type_))
            )
            for name, type_, nullable, filled, generated in listed
        ]
        all_indexes = tuple(_indexes(indexed))
        yield LiveTable(
            TableName(str(schema), str(table)),
            {each.name: each for each in found},
            kind != "VIEW",
            primary_key=next((tuple(map(str, each.columns)) for each in all_indexes if each.name == "PRIMARY"), ()),
            keys=tuple(_mariadb_keys(referring)),
            indexes=tuple(each for each in all_indexes if each.name != "PRIMARY"),
        )


def _labels(type_: str) -> tuple[str, ...]:
    """``enum('a','it''s')``."""
    found = re.findall(r"'((?:[^']|'')*)'", type_) if type_.startswith("enum(") else []
    return tuple(each.replace("''", "'") for each in found)


def _by_table(rows: Iterable[Sequence[object]]) -> dict[tuple[object, object], list[Sequence[object]]]:
    found: dict[tuple[object, object], list[Sequence[object]]] = {}
    for row in rows:
        found.setdefault((row[0], row[1]), []).append(row[2:])
    return found


def _mariadb_keys(rows: Iterable[Sequence[object]]) -> Iterator[LiveKey]:
    for parts in _by_first(rows).values():
        columns = [each for each in parts if each[1] is not None]
        _, _, schema, table, _, _ = columns[0]
        yield LiveKey(
            tuple(str(each[1]) for each in columns),
            TableName(str(schema), str(table)),
            tuple(str(each[4]) for each in columns),
            _action(str(parts[0][5])) if parts[0][5] is not None else None,
        )


_READERS: Mapping[str, Callable[[Connection, Sequence[TableName]], _Found]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "mysql": _mariadb,
    "mariadb": _mariadb,
}
