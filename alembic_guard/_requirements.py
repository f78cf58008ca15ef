"""What a migration needs of another owner's table, and whether the database has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import Catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._names import TableName
from alembic_guard._rules import agc101_column_type, agc102_table_missing, agc103_column_missing, agc105_no_grant
from alembic_guard._types import same_family, written


@dataclass(frozen=True, slots=True)
class Requirement:
    """A table that must be there, its columns (with their types where known), and who asks.

    Args:
        needed_by: The subject of the message: ``revision 1a2b (add_profiles.py)``, ``chat_sessions.user_id``.
        migrate: The command that runs the owner's migrator.
        fix: What to write where the type differs.
    """

    table: TableName
    columns: tuple[tuple[str, TypeEngine[object] | None], ...]
    owner: str
    needed_by: str
    migrate: str | None = None
    fix: str = "Let the live table decide: declare the column's type as the database has it."


LiveColumns = dict[TableName, dict[str, TypeEngine[object]]]
"""By real table name: the columns' types."""


def live_columns(connection: Connection, tables: Iterable[TableName], catalogue: Catalogue) -> LiveColumns:
    """Columns of the named tables that exist; one reflection call per schema."""
    by_schema: dict[str | None, list[str]] = {}
    for table in set(tables):
        if table in catalogue.tables:
            by_schema.setdefault(table.schema, []).append(table.name)
    found: LiveColumns = {}
    inspector = inspect(connection)
    for schema, names in by_schema.items():
        asked = None if schema == catalogue.default_schema else schema
        for (_, name), columns in inspector.get_multi_columns(schema=asked, filter_names=sorted(names)).items():
            found[TableName(schema, name)] = {column["name"]: column["type"] for column in columns}
    return found


def unmet(
    requirements: Iterable[Requirement], live: LiveColumns, catalogue: Catalogue, dialect: Dialect
) -> list[Diagnostic]:
    """AGC102 for each table that is absent, AGC103 and AGC101 for columns that are absent or of another kind."""
    return [found for each in requirements for found in _differences(each, live, catalogue, dialect)]


def look_up(connection: Connection, requirements: Iterable[Requirement], catalogue: Catalogue) -> list[Diagnostic]:
    """The same, with the live columns read for the occasion."""
    wanted = list(requirements)
    live = live_columns(connection, (catalogue.real(each.table) for each in wanted), catalogue)
    return unmet(wanted, live, catalogue, connection.dialect)


def _differences(
    wanted: Requirement, live: LiveColumns, catalogue: Catalogue, dialect: Dialect
) -> Iterator[Diagnostic]:
    table = catalogue.real(wanted.table)
    if table not in live:
        hidden = catalogue.elsewhere(table.name)
        yield agc102_table_missing.table_missing(
            table,
            wanted.owner,
            catalogue.database,
            wanted.migrate,
            needed_by=wanted.needed_by,
            elsewhere=str(hidden) if hidden and not wanted.table.schema else "",
        )
        return
    for name, expected in wanted.columns:
        found = live[table].get(name)
        if found is None:
            yield agc103_column_missing.column_missing(
                table, name, wanted.owner, live[table], catalogue.database, needed_by=wanted.needed_by
            )
        elif expected is not None and not same_family(expected, found, dialect):
            yield agc101_column_type.other_type(
                table,
                name,
                wanted.owner,
                written(expected, dialect),
                written(found, dialect),
                catalogue.database,
                wanted.fix,
            )


def missing_grants(
    connection: Connection, requirements: Iterable[Requirement], catalogue: Catalogue
) -> list[Diagnostic]:
    """AGC105 for each table to which the role may not make a key (PostgreSQL and MariaDB; SQLite has no roles)."""
    asking = _MARIADB_LACKING if is_mariadb(catalogue.dialect) else _LACKING
    if catalogue.dialect != "postgresql" and not is_mariadb(catalogue.dialect):
        return []
    findings = []
    quote = connection.dialect.identifier_preparer.quote
    for each in requirements:
        table = catalogue.real(each.table)
        asked: dict[str, object] = {"schema": table.schema, "name": table.name}
        if not is_mariadb(catalogue.dialect):
            asked["columns"] = [name for name, _ in each.columns]
        lacking = connection.execute(asking, asked).scalars().all()
        if lacking:
            quoted = f"{quote(str(table.schema))}.{quote(table.name)}"
            findings.append(
                agc105_no_grant.no_grant(
                    table,
                    quoted,
                    each.owner,
                    lacking[0],
                    catalogue.database,
                    needed_by=each.needed_by,
                    grantee=_mariadb_account(lacking[0]) if is_mariadb(catalogue.dialect) else None,
                )
            )
    return findings


def _mariadb_account(name: str) -> str:
    """``app@%`` as GRANT wants it; a role has no host."""
    user, at, host = name.rpartition("@")
    return f"'{user}'@'{host}'" if at else f"'{name}'"


# information_schema.columns leaves out tables on which one holds none of the privileges that it shows: SELECT, INSERT,
# UPDATE and REFERENCES, each of which lets a key be made (10.11, measured; CREATE on the schema alone does not).
_MARIADB_LACKING = text(
    """
    SELECT CURRENT_USER() FROM DUAL WHERE NOT EXISTS (
        SELECT 1 FROM information_schema.columns WHERE table_schema = :schema AND table_name = :name)
    """
)
_LACKING = text(
    """
    SELECT CAST(current_user AS text)
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = :name AND a.attname = ANY(:columns)
      AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'REFERENCES')
    """
)
