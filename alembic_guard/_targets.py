"""What keys may refer to, and with which types: asked of the database itself, in two statements for all keys.

PostgreSQL decides by operators and implicit casts, MariaDB by the stored form, SQLite by affinity; none of them by
families of names. On PostgreSQL the catalogue is asked what ``ATAddForeignKeyConstraint`` (its source, tablecmds.c,
15 - 18) asks, so domains, enums, arrays and extensions' types are judged as the server will.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Enum, bindparam, text
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import Catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._names import TableName
from alembic_guard._types import can_refer, written

UniqueColumns = Mapping[TableName, frozenset[tuple[str, ...]]]
"""By real table name: the columns of the primary key and of each unique index over whole rows, in its order."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of ours, by its type, and the column that it is to refer to, with the type that the database tells."""

    ours: TypeEngine[object]
    table: TableName
    column: str
    theirs: TypeEngine[object]


def unique_columns(connection: Connection, tables: Iterable[TableName], catalogue: Catalogue) -> UniqueColumns:
    """What keys may refer to in each of the tables; a table of which this cannot be told is left out."""
    wanted = sorted(set(tables) & catalogue.tables.keys())
    read = _UNIQUES.get(catalogue.dialect)
    if read is None or not wanted:
        return {}
    found: dict[TableName, dict[object, list[str]]] = {table: {} for table in wanted}
    for table, index, column in read(connection, wanted):
        found[table].setdefault(index, []).append(column)
    return {table: frozenset(map(tuple, indexes.values())) for table, indexes in found.items()}


def may_refer(columns: Sequence[str], unique: Iterable[tuple[str, ...]], dialect: str) -> bool:
    """Whether a key may refer to the columns; InnoDB wants them in the index's order too (errno 150, 10.11)."""
    if is_mariadb(dialect):
        return tuple(columns) in unique
    return any(set(columns) == set(each) for each in unique)


def refused_pairs(connection: Connection, pairs: Sequence[Pair], catalogue: Catalogue) -> set[int]:
    """Positions of the pairs between which the database refuses a key; what it cannot be asked is not judged."""
    if catalogue.dialect == "postgresql":
        return _refused_by_postgresql(connection, pairs)
    dialect = connection.dialect
    return {n for n, pair in enumerate(pairs) if not can_refer(pair.ours, pair.theirs, dialect)}


_Rows = Iterable[tuple[TableName, object, str]]

# Not deferrable, not partial, no expression: transformFkeyCheckAttrs in tablecmds.c takes no other index.
_POSTGRESQL_UNIQUES = text(
    """
    SELECT n.nspname, c.relname, i.indexrelid, a.attname
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS w(schema, name)
      ON w.schema = n.nspname AND w.name = c.relname
    JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) ON k.place <= i.indnkeyatts
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    ORDER BY i.indexrelid, k.place
    """
)


def _postgresql_uniques(connection: Connection, tables: Sequence[TableName]) -> _Rows:
    asked = {"schemas": [table.schema for table in tables], "names": [table.name for table in tables]}
    for schema, name, index, column in connection.execute(_POSTGRESQL_UNIQUES, asked):
        yield TableName(schema, name), index, column


# An INTEGER PRIMARY KEY has no index of its own (SQLite manual, "ROWIDs and the INTEGER PRIMARY KEY").
_SQLITE_UNIQUES = text(
    """
    SELECT t.value, i.name, c.name, c.seqno AS place
    FROM json_each(:names) t JOIN pragma_index_list(t.value, :schema) i JOIN pragma_index_info(i.name, :schema) c
    WHERE i."unique" AND NOT i.partial AND c.name IS NOT NULL
    UNION ALL
    SELECT t.value, '', c.name, c.pk FROM json_each(:names) t JOIN pragma_table_info(t.value, :schema) c WHERE c.pk > 0
    ORDER BY 1, 2, place
    """
)


def _sqlite_uniques(connection: Connection, tables: Sequence[TableName]) -> _Rows:
    for schema in sorted({str(table.schema) for table in tables}):
        asked = {"schema": schema, "names": json.dumps([table.name for table in tables if table.schema == schema])}
        for name, index, column, _ in connection.execute(_SQLITE_UNIQUES, asked):
            yield TableName(schema, name), index, column


_MARIADB_UNIQUES = text(
    """
    SELECT table_schema, table_name, index_name, column_name FROM information_schema.statistics
    WHERE NOT non_unique AND table_schema IN :schemas AND table_name IN :names
    ORDER BY index_name, seq_in_index
    """
).bindparams(bindparam("schemas", expanding=True), bindparam("names", expanding=True))


def _mariadb_uniques(connection: Connection, tables: Sequence[TableName]) -> _Rows:
    asked = {
        "schemas": sorted({str(table.schema) for table in tables}),
        "names": sorted({table.name for table in tables}),
    }
    for schema, name, index, column in connection.execute(_MARIADB_UNIQUES, asked):
        if TableName(schema, name) in tables:
            yield TableName(schema, name), index, column


_UNIQUES: Mapping[str, Callable[[Connection, Sequence[TableName]], _Rows]] = {
    "postgresql": _postgresql_uniques,
    "sqlite": _sqlite_uniques,
    "mysql": _mariadb_uniques,
    "mariadb": _mariadb_uniques,
}

# The key holds when the index's operator family has an equality between the two (3: BTEqualStrategyNumber), or when
# ours is implicitly cast to what the index compares; of a polymorphic index (arrays, enums) when both are one type. From 18 on both are
# collatable or neither is ("char" is text's neighbour that is not).
_POSTGRESQL_REFUSED = text(
    """
    WITH RECURSIVE asked AS (
        SELECT w.n, COALESCE(to_regtype(w.type), to_regtype(w.base))::oid AS ours, i.indclass[k.place - 1] AS class,
               a.atttypid AS theirs, a.attcollation <> 0 AS collated
        FROM unnest(CAST(:types AS text[]), CAST(:bases AS text[]), CAST(:schemas AS text[]), CAST(:names AS text[]),
                    CAST(:columns AS text[])) WITH ORDINALITY AS w(type, base, schema, name, col, n)
        JOIN pg_catalog.pg_namespace s ON s.nspname = w.schema
        JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid AND c.relname = w.name
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.col AND NOT a.attisdropped
        JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indpred IS NULL
        JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) ON k.attnum = a.attnum
    ), bases AS (
        SELECT t.oid, t.oid AS base, t.typtype, t.typbasetype, t.typcollation <> 0 AS collated FROM pg_catalog.pg_type t
        WHERE t.oid IN (SELECT ours FROM asked UNION SELECT theirs FROM asked)
        UNION ALL
        SELECT b.oid, t.oid, t.typtype, t.typbasetype, b.collated
        FROM bases b JOIN pg_catalog.pg_type t ON b.typtype = 'd' AND t.oid = b.typbasetype
    ), judged AS (
        SELECT a.n, CASE
            WHEN current_setting('server_version_num')::int >= 180000 AND b.collated <> a.collated THEN false
            WHEN p.typname = 'anyenum' THEN a.ours = a.theirs AND b.oid = b.base
            WHEN p.typtype = 'p' THEN b.base = d.base
            ELSE b.base = o.opcintype
                OR (EXISTS (SELECT FROM pg_catalog.pg_amop f
                            WHERE f.amopfamily = o.opcfamily AND f.amopstrategy = 3
                              AND f.amoplefttype = o.opcintype AND f.amoprighttype = b.base)
                    AND EXISTS (SELECT FROM pg_catalog.pg_amop f
                                WHERE f.amopfamily = o.opcfamily AND f.amopstrategy = 3
                                  AND f.amoplefttype = b.base AND f.amoprighttype = b.base))
                OR EXISTS (SELECT FROM pg_catalog.pg_cast t
                           WHERE t.castsource = b.base AND t.casttarget = o.opcintype AND t.castcontext = 'i')
            END AS holds
        FROM asked a
        JOIN bases b ON b.oid = a.ours AND b.typtype <> 'd'
        JOIN bases d ON d.oid = a.theirs AND d.typtype <> 'd'
        JOIN pg_catalog.pg_opclass o ON o.oid = a.class
        JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
        JOIN pg_catalog.pg_type p ON p.oid = o.opcintype
    )
    SELECT CAST(n AS integer) - 1, NOT bool_or(holds) FROM judged GROUP BY n
    UNION ALL SELECT CAST(n AS integer) - 1, NULL FROM asked WHERE ours IS NULL
    """
)


def _refused_by_postgresql(connection: Connection, pairs: Sequence[Pair]) -> set[int]:
    if not pairs:
        return set()
    own = [pair.ours.dialect_impl(connection.dialect) for pair in pairs]
    asked = {
        "types": [_type_name(each, connection) for each in own],
        "bases": [_type_name(each.data_type, connection) if isinstance(each, DOMAIN) else None for each in own],
        "schemas": [pair.table.schema for pair in pairs],
        "names": [pair.table.name for pair in pairs],
        "columns": [pair.column for pair in pairs],
    }
    answers = connection.execute(_POSTGRESQL_REFUSED, asked).all()
    # A type that is not there: an enum that is yet to be created is no type of theirs; of another nothing is known.
    return {n for n, refused in answers if refused or (refused is None and isinstance(own[n], Enum))}


def _type_name(type_: TypeEngine[object], connection: Connection) -> str | None:
    """For ``to_regtype``, which fails on what is more than a type's name: COLLATE, and what a type of the user's adds."""
    said = re.split(r" COLLATE ", written(type_, connection.dialect), maxsplit=1, flags=re.IGNORECASE)[0]
    return said if _TYPE_NAME.fullmatch(said) else None


_NAME = r'(?:"[^"]+"|\w+)'
_TYPE_NAME = re.compile(
    rf"(?:double precision|character varying|bit varying|{_NAME}(?:\.{_NAME})?)"
    r"(?:\([\w, ]*\))?(?: with(?:out)? time zone)?(?:\[\d*\])*",
    re.IGNORECASE,
)
