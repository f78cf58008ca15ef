"""External tables that our own chain creates, once, as their owner would; those that exist are never touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrateOperation
from sqlalchemy import (
    Column,
    Constraint,
    DefaultClause,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TextClause,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import conv, sort_tables

from alembic_guard._catalogue import Catalogue
from alembic_guard._external import MARK, written_default, written_type
from alembic_guard._names import TableName, ascii_lower
from alembic_guard._ownership import Claims


def missing(claims: Claims, catalogue: Catalogue) -> dict[TableName, Table]:
    """The tables to create, by their real names."""
    declared = {catalogue.real(name): table for name, table in claims.created.items()}
    there = {_one_name(name, catalogue) for name in catalogue.tables}
    return {name: table for name, table in declared.items() if _one_name(name, catalogue) not in there}


def _one_name(name: TableName, catalogue: Catalogue) -> TableName:
    """SQLite takes User and user for one name."""
    return TableName(name.schema, ascii_lower(name.name)) if catalogue.dialect == "sqlite" else name


def creations(tables: Iterable[Table], dialect: Dialect) -> Iterator[MigrateOperation]:
    """What creates the tables and their indexes; a table comes after those its keys refer to."""
    metadata, ordered = MetaData(), sort_tables(tables)
    for target in {key.column.table for table in ordered for key in table.foreign_keys}.difference(ordered):
        target.to_metadata(metadata)  # it exists; the keys are written against it
    for table in ordered:
        plain = _plain(table, metadata, dialect)
        yield CreateTableOp.from_table(plain)
        yield from map(CreateIndexOp.from_index, sorted(plain.indexes, key=lambda each: str(each.name)))


def _plain(table: Table, metadata: MetaData, dialect: Dialect) -> Table:
    """A copy as the owner writes it on this dialect: nothing of ours in it, and every name written out."""
    plain = table.to_metadata(metadata)
    plain.info = {name: value for name, value in plain.info.items() if name != MARK}
    for column in plain.columns:
        _write(column, dialect)
    # conv: a naming convention of the user's MetaData leaves the name alone. Alembic writes it as op.f(...).
    for constraint in plain.constraints:
        if name := constraint.name if isinstance(constraint.name, str) else _given_name(plain, constraint):
            constraint.name = conv(name)
    for index in plain.indexes:
        index.name = conv(index.name) if index.name else None
    return plain


def _write(column: Column[object], dialect: Dialect) -> None:
    default = written_default(column, dialect.name)
    if isinstance(default, Identity) and not dialect.supports_identity_columns:
        column.identity = default = None
    column.type = written_type(column, dialect.name)
    column.server_default = DefaultClause(default) if isinstance(default, TextClause) else default


def _given_name(table: Table, constraint: Constraint) -> str | None:
    """The name that PostgreSQL gives a constraint without one (``ChooseConstraintName`` in its source)."""
    match constraint:
        case PrimaryKeyConstraint():
            return f"{table.name}_pkey"
        case UniqueConstraint(columns=columns):
            return "_".join([table.name, *(str(column.name) for column in columns), "key"])
        case ForeignKeyConstraint(columns=columns):
            return "_".join([table.name, *(str(column.name) for column in columns), "fkey"])
    return None
