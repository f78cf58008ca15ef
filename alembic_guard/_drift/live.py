"""What a live database has of the tables that models name: a few statements, however many tables there are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, text

from alembic_guard._database import all_of
from alembic_guard._names import TableName, ascii_lower, first_63_bytes


class LiveColumn(NamedTuple):
    """What a column is like, its type as the database prints it; columns that are alike share one.

    Args:
        needs_value: Whether an INSERT that does not name it fails: NOT NULL, and nothing fills it.
        generated: Whether it is computed from others, so that an INSERT that does name it fails.
        labels: Of an enum, the values it takes.
    """

    type: str
    nullable: bool
    needs_value: bool
    generated: bool = False
    labels: tuple[str, ...] = ()


class LiveKey(NamedTuple):
    """A foreign key; the target's schema is its real one.

    Args:
        on_delete: None where MariaDB does not show it to this user.
    """

    columns: tuple[str, ...]
    target: TableName
    refers_to: tuple[str, ...]
    on_delete: str | None


class LiveIndex(NamedTuple):
    """An index, or what makes columns unique; a column is None where an expression stands.

    Args:
        partial: Whether it is one of some rows only.
    """

    name: str
    columns: tuple[str | None, ...]
    unique: bool
    partial: bool = False


class LiveTable(NamedTuple):
    """A table or view; a tuple, as its parts are, because there may be thousands.

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
        # str's own: SQLAlchemy's names in quotes stay as they are when they are told to be lower.
        return ascii_lower(column) if self.dialect == "sqlite" else str.lower(column)

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
    wanted = set(names)
    found, ignores_case = reader(connection, wanted) if reader else (read_by_inspector(connection, wanted), False)
    return LiveSchema(
        dialect,
        connection.dialect.default_schema_name,
        {table.name: table for table in found},
        ignores_case,
    )


_Found = tuple[Iterable[LiveTable], bool]
_Row = Sequence[Any]

# relkind: r table, p partitioned, v view, m materialised view, f foreign. Correlated, so that one table is one row.
# Each column, key and index is one short text, of which few are different: to make arrays of them takes PostgreSQL twice
# the time, and so do joins for what few need. A type below 10000 is built in (access/transam.h), with no default of its own
# and no NOT NULL; a domain has that of each domain it is made of.
_POSTGRESQL = text(
    """
    SELECT n.nspname, c.relname, c.relkind IN ('r', 'p'), pg_catalog.pg_table_is_visible(c.oid), CAST(c.oid AS text),
      CAST((SELECT json_object_agg(a.attname, CASE WHEN a.attisdropped THEN '' ELSE
              CASE WHEN a.attgenerated <> '' THEN CASE WHEN a.attnotnull THEN 'G' ELSE 'g' END
                   WHEN NOT a.attnotnull AND NOT (a.atttypid >= 10000 AND EXISTS (
                     WITH RECURSIVE made_of AS (
                       SELECT y.typbasetype, y.typnotnull FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid
                       UNION ALL SELECT y.typbasetype, y.typnotnull
                       FROM made_of JOIN pg_catalog.pg_type y ON y.oid = made_of.typbasetype)
                     SELECT FROM made_of WHERE typnotnull)) THEN 'n'
                   WHEN a.atthasdef OR a.attidentity <> '' THEN 'f'
                   WHEN a.atttypid >= 10000 AND EXISTS (
                     SELECT FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid AND y.typdefault IS NOT NULL) THEN 'f'
                   ELSE 'v' END
              || CASE WHEN a.atttypid >= 10000 THEN '+' ELSE ' ' END
              || pg_catalog.format_type(a.atttypid, a.atttypmod) END ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS text),
      CAST((SELECT json_object_agg(k.conname, CAST(k.confdeltype AS text) || ' ' || CAST(k.confrelid AS text)
                                              || ' ' || CAST(k.conkey AS text) || ' ' || CAST(k.confkey AS text))
            FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') AS text),
      CAST((SELECT json_object_agg(x.relname, CASE WHEN i.indisprimary THEN 'p' WHEN i.indisunique THEN 'u' ELSE 'i' END
                                              || CASE WHEN i.indpred IS NULL THEN '' ELSE 'w' END
                                              || ' ' || CAST(i.indnkeyatts AS text) || ' ' || CAST(i.indkey AS text))
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid = c.oid AND i.indisvalid) AS text)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY(CAST(:names AS name[])) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
    """
)
_POSTGRESQL_LABELS = text(
    """
    SELECT pg_catalog.format_type(e.enumtypid, NULL), CAST(json_agg(e.enumlabel ORDER BY e.enumsortorder) AS text)
    FROM pg_catalog.pg_enum e GROUP BY e.enumtypid
    HAVING pg_catalog.format_type(e.enumtypid, NULL) = ANY(CAST(:types AS text[]))
    """
)
_ON_DELETE = {"a": "", "r": "", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def _postgresql(connection: Connection, names: Collection[TableName]) -> _Found:
    rows = connection.execute(_POSTGRESQL, {"names": sorted({first_63_bytes(each.name) for each in names})}).all()
    columns, keys, indexes = (_loaded(row[at] for row in rows) for at in (5, 6, 7))
    written = {each for listed in columns for each in listed.values()}
    types = sorted({each[2:] for each in written if each[1:2] == "+"})
    labels = {}
    if types:
        found = connection.execute(_POSTGRESQL_LABELS, {"types": types})
        labels = {type_: tuple(json.loads(listed)) for type_, listed in found}
    like = {each: _postgresql_column(each, labels) for each in written if each}
    by_oid = {row[4]: (TableName(row[0], row[1]), [None, *listed]) for row, listed in zip(rows, columns, strict=True)}
    parts = zip(rows, columns, keys, indexes, strict=True)
    return (_postgresql_table(row, like, by_oid, *each) for row, *each in parts), False


def _postgresql_column(written: str, labels: Mapping[str, tuple[str, ...]]) -> LiveColumn:
    letter, type_ = written[0], written[2:]
    return LiveColumn(type_, letter in "ng", letter == "v", letter in "Gg", labels.get(type_, ()))


_Numbered = Mapping[str, tuple[TableName, Sequence[Any]]]
"""Tables by oid: the name, and its columns' names by attnum."""


def _postgresql_table(
    row: _Row,
    like: Mapping[str, LiveColumn],
    by_oid: _Numbered,
    columns: Mapping[str, str],
    keys: Mapping[str, str],
    indexes: Mapping[str, str],
) -> LiveTable:
    name, by_number = by_oid[row[4]]
    listed = {column: like[each] for column, each in columns.items() if each}
    primary: tuple[str, ...] = ()
    found = []
    for index, each in indexes.items():
        kind, count, *numbers = each.split(" ")
        indexed = tuple([by_number[int(number)] for number in numbers[: int(count)]])
        if kind == "p":
            primary = indexed
        else:
            found.append(LiveIndex(index, indexed, kind[0] == "u", len(kind) > 1))
    referring = tuple(_postgresql_keys(keys.values(), by_number, by_oid)) if keys else ()
    return LiveTable(name, listed, row[2], row[3], primary, referring, tuple(found), len(columns) - len(listed))


def _postgresql_keys(keys: Iterable[str], by_number: Sequence[Any], by_oid: _Numbered) -> Iterator[LiveKey]:
    """Those into tables that were asked for, as each is that a key of ours refers to."""
    for each in keys:
        action, oid, referring, referred = each.split(" ")
        if oid in by_oid:
            target, theirs = by_oid[oid]
            columns = tuple([by_number[int(number)] for number in referring[1:-1].split(",")])
            refers_to = tuple([theirs[int(number)] for number in referred[1:-1].split(",")])
            yield LiveKey(columns, target, refers_to, _ON_DELETE[action])


# pragma_... as tables: from SQLite 3.16 on. A column is one text, of which few are different: its type, behind "|" and a
# number where it is not a mere column that takes NULL. The number is below zero for a part of the primary key;
# _sqlite_column() takes it apart.
_SQLITE = """
    SELECT t.name, t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%',
           (SELECT json_group_object(c.name,
              CASE WHEN c."notnull" OR c.dflt_value IS NOT NULL OR c.hidden OR c.pk OR c.type >= '|'
              THEN '|' || (c."notnull" * 8 + (c.dflt_value IS NULL) * 4 + c.hidden - c.pk * 16) || ' ' || c.type
              ELSE c.type END)
            FROM pragma_table_xinfo(t.name, :schema) c),
           (SELECT json_group_array(json_array(k.id, k."table", k."from", k."to", k.on_delete))
            FROM pragma_foreign_key_list(t.name, :schema) k),
           (SELECT json_group_array(json_array(i.name, i."unique", i.partial, i.origin = 'pk', (
                     SELECT json_group_array(c.name) FROM pragma_index_info(i.name, :schema) c)))
            FROM pragma_index_list(t.name, :schema) i)
    FROM {schema}.sqlite_master t
    WHERE t.type IN ('table', 'view') AND lower(t.name) IN (SELECT value FROM json_each(:names))
"""


def _sqlite(connection: Connection, names: Collection[TableName]) -> _Found:
    default = connection.dialect.default_schema_name or "main"
    quote = connection.dialect.identifier_preparer.quote_identifier
    attached = {default}
    if any(each.schema not in (None, default) for each in names):
        attached = set(connection.execute(text("SELECT name FROM pragma_database_list")).scalars())
    found: list[LiveTable] = []
    for schema in sorted({each.schema or default for each in names} & attached):
        these = sorted({ascii_lower(each.name) for each in names if (each.schema or default) == schema})
        given = {"names": json.dumps(these), "schema": schema}
        statement = text(_SQLITE.format(schema=quote(schema).replace(":", "\\:")))
        rows = connection.execute(statement, given).all()
        found.extend(_sqlite_tables(schema, rows))
    return found, True


def _sqlite_tables(schema: str, rows: Sequence[_Row]) -> Iterator[LiveTable]:
    # All tables' texts are one text to json.loads(): each call has its price.
    columns, keys, indexes = (_loaded(row[at] for row in rows) for at in (2, 3, 4))
    like = {each: _sqlite_column(each) for each in {each for written in columns for each in written.values()}}
    parts_of_key = {each for each in like if each.startswith("|-")}
    # A key that has an index of its own is of several columns, or in a table without row numbers: none numbers itself.
    keyed = like | {each: _sqlite_column(each, numbers_itself=False) for each in parts_of_key}
    for (table, holds_rows, *_), written, referring, indexed in zip(rows, columns, keys, indexes, strict=True):
        primary = [(-(_taken_apart(each)[0] // 16), name) for name, each in written.items() if each in parts_of_key]
        kinds = keyed if any(of_key for *_, of_key, _ in indexed) else like
        yield LiveTable(
            TableName(schema, table),
            {name: kinds[each] for name, each in written.items()},
            bool(holds_rows),
            True,
            tuple([name for _, name in sorted(primary)]),
            tuple(_sqlite_keys(schema, referring)) if referring else (),
            tuple(
                [LiveIndex(name, tuple(parts), bool(u), bool(p)) for name, u, p, of_key, parts in indexed if not of_key]
            ),
        )


def _loaded(texts: Iterable[str | None]) -> list[Any]:
    """Texts of JSON, each by itself; None for nothing at all."""
    return json.loads(f"[{','.join([each or '{}' for each in texts])}]")  # type: ignore[no-any-return]


def _taken_apart(written: str) -> tuple[int, str]:
    if not written.startswith("|"):
        return 4, written
    number, _, type_ = written[1:].partition(" ")
    return int(number), type_


def _sqlite_column(written: str, *, numbers_itself: bool = True) -> LiveColumn:
    """hidden 2 and 3: generated columns. An INTEGER primary key is the row's number, unless told otherwise."""
    number, type_ = _taken_apart(written)
    primary, required, no_default, hidden = number < 0, bool(number & 8), bool(number & 4), number & 3
    fills_itself = hidden or (numbers_itself and primary and type_.upper() == "INTEGER")
    return LiveColumn(type_, not required, required and no_default and not fills_itself, hidden in (2, 3))


def _by_first(rows: Iterable[_Row]) -> dict[object, list[_Row]]:
    found: dict[object, list[_Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _sqlite_keys(schema: str, rows: Iterable[_Row]) -> Iterator[LiveKey]:
    for parts in _by_first(rows).values():
        # A key that names no columns of its target means its primary key: "to" is NULL then.
        refers_to = tuple(each[2] for each in parts) if parts[0][2] is not None else ()
        target, _, _, action = parts[0]
        yield LiveKey(tuple(each[1] for each in parts), TableName(schema, target), refers_to, _action(action))


def _indexes(rows: Iterable[_Row]) -> Iterator[LiveIndex]:
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


def _mariadb(connection: Connection, names: Collection[TableName]) -> _Found:
    schemas = sorted({each.schema or connection.dialect.default_schema_name or "" for each in names})
    given = {"schemas": all_of(schemas) or [""], "names": all_of(sorted({each.name for each in names})) or [""]}
    tables, columns, keys, indexes = (
        [tuple(row) for row in connection.execute(each, given)] for each in _MARIADB_STATEMENTS.values()
    )
    return _mariadb_tables(tables, columns, keys, indexes), any(row[3] for row in tables)


def _mariadb_tables(
    tables: Sequence[_Row],
    columns: Sequence[_Row],
    keys: Sequence[_Row],
    indexes: Sequence[_Row],
) -> Iterator[LiveTable]:
    by_table = [_by_table(each) for each in (columns, keys, indexes)]
    for schema, table, kind, _ in tables:
        at = (schema, table)
        listed, referring, indexed = (each.get(at, []) for each in by_table)
        found = {
            str(name): LiveColumn(
                str(type_), bool(nullable), not nullable and not filled, bool(generated), _labels(str(type_))
            )
            for name, type_, nullable, filled, generated in listed
        }
        all_indexes = tuple(_indexes(indexed))
        yield LiveTable(
            TableName(str(schema), str(table)),
            found,
            kind != "VIEW",
            primary_key=next((tuple(map(str, each.columns)) for each in all_indexes if each.name == "PRIMARY"), ()),
            keys=tuple(_mariadb_keys(referring)),
            indexes=tuple(each for each in all_indexes if each.name != "PRIMARY"),
        )


def _labels(type_: str) -> tuple[str, ...]:
    """``enum('a','it''s')``; what else is escaped is so whatever the sql_mode (``append_unescaped`` in its source)."""
    found = re.findall(r"'((?:[^']|'')*)'", type_) if type_.startswith("enum(") else []
    return tuple(_ESCAPED.sub(lambda each: _ESCAPES[each[0]], label) for label in found)


_ESCAPES = {"''": "'", r"\\": "\\", r"\n": "\n", r"\r": "\r", r"\0": "\0"}
_ESCAPED = re.compile("|".join(map(re.escape, _ESCAPES)))


def _by_table(rows: Iterable[_Row]) -> dict[tuple[object, object], list[_Row]]:
    found: dict[tuple[object, object], list[_Row]] = {}
    for row in rows:
        found.setdefault((row[0], row[1]), []).append(row[2:])
    return found


def _mariadb_keys(rows: Iterable[_Row]) -> Iterator[LiveKey]:
    for parts in _by_first(rows).values():
        columns = [each for each in parts if each[1] is not None]
        _, _, schema, table, _, _ = columns[0]
        yield LiveKey(
            tuple(str(each[1]) for each in columns),
            TableName(str(schema), str(table)),
            tuple(str(each[4]) for each in columns),
            _action(str(parts[0][5])) if parts[0][5] is not None else None,
        )


_READERS: Mapping[str, Callable[[Connection, Collection[TableName]], _Found]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "mysql": _mariadb,
    "mariadb": _mariadb,
}
