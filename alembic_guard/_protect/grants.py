"""The rights of a role for migrations, which may refer to others' tables and not change them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Connection, text

from alembic_guard._database import describe, is_mariadb
from alembic_guard._names import TableName
from alembic_guard._protect.settings import one_line
from alembic_guard._protect.tables import Tables
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


def grants(connection: Connection, tables: Tables, role: str | None) -> str:
    """GRANT and REVOKE for a role; the one that connects where none is named."""
    theirs, database = tables.theirs, describe(connection)
    if not theirs:
        stop(
            age108_bad_guard.bad_value(f"protect: {database}", "no table of another owner", "one that the Guard names")
        )
    dialect = connection.dialect.name
    if dialect == "postgresql":
        lines = _postgresql(connection, role, theirs)
    elif is_mariadb(dialect):
        lines = _mariadb(connection, role, theirs, tables.there)
    else:
        stop(
            age108_bad_guard.bad_value(
                f"protect: {database}", f"{dialect}, which has no roles", "PostgreSQL or MariaDB"
            )
        )
    return "\n".join([f"-- {database}; as the owner of the tables", *lines])


def _postgresql(connection: Connection, role: str | None, theirs: Mapping[TableName, str]) -> Iterator[str]:
    name = role or str(connection.scalar(text("SELECT CAST(current_user AS text)")))
    quote, quoted = _quote(connection), _quote(connection, always=True)(name)
    for schema in sorted({str(table.schema) for table in theirs}):
        yield f"GRANT USAGE ON SCHEMA {quote(schema)} TO {quoted};"
    for table, owner in theirs.items():
        written = f"{quote(str(table.schema))}.{quote(table.name)}"
        yield f"REVOKE ALL ON TABLE {written} FROM {quoted};"
        yield f"GRANT SELECT, REFERENCES ON TABLE {written} TO {quoted};  -- {one_line(owner)}'s"
    held = connection.execute(_OWNED, {"role": name}).all()
    owned = {TableName(schema, table): by for schema, table, by in held}
    for table in theirs:
        if table in owned:
            written = f"{quote(str(table.schema))}.{quote(table.name)}"
            yield one_line(
                f"-- {name} may alter {table} all the same: it owns the table, or is a member of {owned[table]} that does. "
                f"As a superuser, with a role of {theirs[table]}'s own:"
            )
            yield one_line(f"-- ALTER TABLE {written} OWNER TO ...;")


# A role that is not there yet owns nothing.
_OWNED = text(
    """
    SELECT n.nspname, c.relname, CAST(pg_catalog.pg_get_userbyid(c.relowner) AS text)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles r ON r.rolname = :role
    WHERE c.relkind IN ('r', 'p', 'f') AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE')
    """
)


_ESCAPED = r"\\\1"


def _quote(connection: Connection, *, always: bool = False) -> Callable[[str], str]:
    """A name as it is written in a script: SQLAlchemy doubles % for drivers that put parameters in."""
    preparer = connection.dialect.identifier_preparer
    quote: Callable[[str], str] = preparer.quote_identifier if always else preparer.quote
    return (lambda name: quote(name).replace("%%", "%")) if quote("%").count("%") > 1 else quote


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _mariadb(
    connection: Connection, role: str | None, theirs: Mapping[TableName, str], ours: tuple[TableName, ...]
) -> Iterator[str]:
    """A right on the whole database holds for each table of it, and cannot be taken back for one."""
    named = role or str(connection.scalar(text("SELECT CURRENT_USER()")))
    user, at, host = named.rpartition("@")  # a user's name may hold an @, a host's none
    account = f"{_literal(user)}@{_literal(host or '%')}" if at else f"{_literal(named)}@'%'"
    quote = _quote(connection, always=True)
    for schema in sorted({str(table.schema) for table in theirs}):
        yield f"REVOKE ALL PRIVILEGES ON {quote(schema)}.* FROM {account};  -- where it has any"
        # Of a whole database _ and % are wildcards (MariaDB's documentation, "GRANT", "Database Privileges").
        yield f"GRANT CREATE ON {quote(re.sub(r'([_%])', _ESCAPED, schema))}.* TO {account};"
    for table, owner in theirs.items():
        yield f"GRANT SELECT, REFERENCES ON {quote(str(table.schema))}.{quote(table.name)} TO {account};  -- {one_line(owner)}'s"
    yield "-- A new table of ours needs the same, once it is there:"
    database = str(connection.scalar(text("SELECT DATABASE()")))
    for table in (*ours, TableName(database, "alembic_version")):
        yield f"GRANT ALL PRIVILEGES ON {quote(str(table.schema))}.{quote(table.name)} TO {account};"
