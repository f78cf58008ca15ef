"""Names that are longer than the database keeps."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table
from sqlalchemy.schema import conv

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._lint.sql_names import LIMITS
from alembic_guard._models import source_of
from alembic_guard._ownership import Claims
from alembic_guard._rules import agn101_too_long


def long_names(claims: Claims, dialect: str) -> Iterator[Diagnostic]:
    """AGN101 for each name of ours, and each external table's, that the database would cut."""
    limit = LIMITS.get(dialect)
    if limit is None:
        return
    for name, table in claims.ours.items():
        for each in (
            name.name,
            name.schema or "",
            *(str(column.name) for column in table.columns),
            # A name made from the table's own is mended with it.
            *(_parts(table, limit) if len(name.name.encode()) <= limit else ()),
        ):
            if len(each.encode()) > limit:
                yield agn101_too_long.too_long(each, len(each.encode()), limit, dialect).at(*source_of(table))
    for name in claims.external:
        if len(name.name.encode()) > limit:
            yield agn101_too_long.too_long(name.name, len(name.name.encode()), limit, dialect)


def _parts(table: Table, limit: int) -> Iterator[str]:
    """Names of indexes and constraints, as SQLAlchemy writes them: it shortens generated ones, counting characters and
    not bytes (``IdentifierPreparer._truncate_and_render_maxlen_name``)."""
    for name in [*(each.name for each in table.indexes), *(each.name for each in table.constraints)]:
        if isinstance(name, str):
            shortened = isinstance(name, conv) and len(name) > limit
            yield name[: limit - 8] + "_0000" if shortened else str(name)
