"""The tables of other owners in a test database, with rows like theirs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateSchema

from alembic_guard._catalogue import read_catalogue
from alembic_guard._compare.comparison import Comparison
from alembic_guard._external import external_tables_of, table_name
from alembic_guard._ownership import Claims
from alembic_guard._testing.environment import Environment
from alembic_guard._testing.rows import Filler, NoRowsWarning
from alembic_guard._testing.schema import rows_of


def create_owners_tables(environment: Environment, read: Callable[[MigrationContext], Comparison | None]) -> None:
    """Create the tables, with columns, of every owner that env.py's Guard knows, and put rows into those that are empty.

    What exists is left as it is; tables that our own chain creates are left to it.

    Args:
        read: ``comparison_of``, or ``comparison_in`` where an env.py without a Guard has nothing to create.
    """
    found: list[Comparison] = []

    def look(context: MigrationContext) -> None:
        if (comparison := read(context)) is not None:
            found.append(comparison)

    def create(connections: Sequence[Connection]) -> None:
        for comparison, connection in zip(found, connections, strict=True):
            _create(comparison.claims, connection)

    environment.look(look)
    if found:
        environment.connect([each.engine for each in found], create)


def _create(claims: Claims, connection: Connection) -> None:
    tables = [table for name, table in claims.tables.items() if name not in claims.created]
    if connection.dialect.name == "postgresql":
        for schema in sorted({table.schema for table in tables if table.schema}):
            connection.execute(CreateSchema(schema, if_not_exists=True))
    for metadata in {id(each.metadata): each.metadata for each in map(_at_home, tables)}.values():
        metadata.create_all(connection, tables=[each for each in map(_at_home, tables) if each.metadata is metadata])
    catalogue = read_catalogue(connection, {table.schema for table in tables})
    live = [real for table in tables if (real := catalogue.real(table_name(table))) in catalogue.tables]
    refused = Filler(connection, long=_SHORT).fill([name for name in live if not rows_of(connection, name)], _COUNT)
    for name, why in refused.items():
        warnings.warn(NoRowsWarning(f"{name} has no row: {why}"), stacklevel=2)


def _at_home(table: Table) -> Table:
    """The owner's own Table where this is a copy that was attached, which may not be created."""
    owner = external_tables_of(table)
    return table if owner is None else owner.metadata.tables.get(table.key, table)


_COUNT = 6
"""More than one filling of a table of ours whose rows each need one of their own."""
_SHORT = 12
"""Characters: nothing that is to stay as it is needs long texts."""
