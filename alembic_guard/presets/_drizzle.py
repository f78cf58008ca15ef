"""What Drizzle makes for itself, and the tables of one's own that it migrates.

Source: what `drizzle-kit migrate` of drizzle-kit 0.31.11 makes on PostgreSQL, 2026-11-25
(tests/neighbours/schemas/drizzle.postgresql.sql); elsewhere its documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

from alembic_guard._external import ExternalTables
from alembic_guard._names import TableName


def drizzle(
    tables: Iterable[str | TableName | Table] = (),
    *,
    patterns: Iterable[str] = (),
    schema: str | None = "drizzle",
    relies_on: Mapping[str, Iterable[str]] | None = None,
) -> ExternalTables:
    """The tables of a Drizzle schema, and ``__drizzle_migrations``.

    Args:
        tables: As the database calls them: the first argument of ``pgTable``. A Table with columns where a key of ours
            refers to one.
        patterns: Names with ``*`` and ``?``.
        schema: Where the history is (``migrations.schema`` of ``drizzle.config.ts``); None on MariaDB and SQLite, where
            it is beside the tables.
        relies_on: Columns that must be there beside those our keys refer to.

    .. versionadded:: 0.1
    """
    return ExternalTables(
        "drizzle",
        [*tables, _migrations(schema)],
        patterns=patterns,
        migrate="npx drizzle-kit migrate",
        relies_on=relies_on,
    )


def _migrations(schema: str | None) -> Table:
    return Table(
        "__drizzle_migrations",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("hash", Text, nullable=False),
        Column("created_at", BigInteger),
        schema=schema,
    )
