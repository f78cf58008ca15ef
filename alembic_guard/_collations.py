"""Collations on MariaDB: a key needs that of the column it refers to, and reflection leaves defaults out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, text

from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class Collations:
    """What columns have, and what a new column would get.

    Args:
        columns: By real table and column: only columns of characters have one.
        tables: By real table, for columns that name none.
        schemas: By schema, for tables that name none.
        charsets: By character set, where only that is named.
    """

    columns: Mapping[tuple[TableName, str], str]
    tables: Mapping[TableName, str]
    schemas: Mapping[str, str]
    charsets: Mapping[str, str]


def read_collations(connection: Connection, tables: Collection[TableName]) -> Collations:
    """Read those of the named tables and of their schemas, from information_schema."""
    asked = {"schemas": sorted({str(each.schema) for each in tables}), "tables": sorted({each.name for each in tables})}
    columns, of_tables = connection.execute(_COLUMNS, asked), connection.execute(_TABLES, asked)
    return Collations(
        columns={(TableName(schema, table), column): collation for schema, table, column, collation in columns},
        tables={TableName(schema, table): collation for schema, table, collation in of_tables},
        schemas={str(schema): str(collation) for schema, collation in connection.execute(_SCHEMAS, asked)},
        charsets={str(charset): str(collation) for charset, collation in connection.execute(_CHARSETS)},
    )


_WHERE = "WHERE table_schema IN :schemas AND table_name IN :tables"
_SCHEMAS_IN: BindParameter[str] = bindparam("schemas", expanding=True)
_TABLES_IN: BindParameter[str] = bindparam("tables", expanding=True)
_COLUMNS = text(
    "SELECT table_schema, table_name, column_name, collation_name"
    f" FROM information_schema.columns {_WHERE} AND collation_name IS NOT NULL"
).bindparams(_SCHEMAS_IN, _TABLES_IN)
_TABLES = text(
    f"SELECT table_schema, table_name, table_collation FROM information_schema.tables {_WHERE}"
    " AND table_collation IS NOT NULL"
).bindparams(_SCHEMAS_IN, _TABLES_IN)
_SCHEMAS = text(
    "SELECT schema_name, default_collation_name FROM information_schema.schemata WHERE schema_name IN :schemas"
).bindparams(_SCHEMAS_IN)
_CHARSETS = text("SELECT character_set_name, default_collate_name FROM information_schema.character_sets")
