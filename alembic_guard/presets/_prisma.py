"""What Prisma makes for itself, and the tables of one's own that it migrates.

Source: what `prisma migrate deploy` of Prisma 6.19.3 makes on PostgreSQL, 2026-11-25
(tests/neighbours/schemas/prisma.postgresql.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, func, text

from alembic_guard._external import ExternalTables
from alembic_guard._names import TableName


def prisma(
    tables: Iterable[str | TableName | Table] = (),
    *,
    patterns: Iterable[str] = (),
    relies_on: Mapping[str, Iterable[str]] | None = None,
) -> ExternalTables:
    """The tables of a Prisma schema, and ``_prisma_migrations``.

    Args:
        tables: As the database calls them: a model's name (``"User"``, with its case), or what its ``@@map`` says.
            A Table with columns where a key of ours refers to one.
        patterns: Names with ``*`` and ``?``. An implicit many-to-many relation is ``_PostToTag``: ``"_*To*"``.
        relies_on: Columns that must be there beside those our keys refer to.

    .. versionadded:: 0.1
    """
    return ExternalTables(
        "prisma", [*tables, _MIGRATIONS], patterns=patterns, migrate="npx prisma migrate deploy", relies_on=relies_on
    )


_MOMENT = DateTime(timezone=True)
_MIGRATIONS = Table(
    "_prisma_migrations",
    MetaData(),
    Column("id", String(36), primary_key=True),
    Column("checksum", String(64), nullable=False),
    Column("finished_at", _MOMENT),
    Column("migration_name", String(255), nullable=False),
    Column("logs", Text),
    Column("rolled_back_at", _MOMENT),
    Column("started_at", _MOMENT, nullable=False, server_default=func.now()),
    Column("applied_steps_count", Integer, nullable=False, server_default=text("0")),
)
