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
from alembic_guard._database import is_mariadb
from alembic_guard._external import MARK, written_default, written_type
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims


def missing(claims: Claims, catalogue: Catalogue) -> dict[TableName, Table]:
    """The tables to create, by their real names."""
    declared = {catalogue.real(name): table for name, table in claims.created.items()}
    if not declared:
        return {}
    there = {catalogue.one_name(name) for name in catalogue.tables}
    return {name: table for name, table in declared.items() if catalogue.one_name(name) not in there}


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
        given = _mariadb_name if is_mariadb(dialect.name) else _postgresql_name
        if name := constraint.name if isinstance(constraint.name, str) else given(plain, constraint):
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


def _mariadb_name(table: Table, constraint: Constraint) -> str | None:
    """The name that MariaDB gives a constraint without one: a unique key its first column's, a foreign key a number."""
    match constraint:
        case UniqueConstraint(columns=columns):
            return str(next(iter(columns)).name)
        case ForeignKeyConstraint():
            ordered = list(dict.fromkeys(key.constraint for each in table.columns for key in each.foreign_keys))
            return f"{table.name}_ibfk_{ordered.index(constraint) + 1}"
    return None


def _postgresql_name(table: Table, constraint: Constraint) -> str | None:
    """The name that PostgreSQL gives a constraint without one (``ChooseConstraintName`` in its source)."""
    match constraint:
        case PrimaryKeyConstraint():
            return f"{table.name}_pkey"
        case UniqueConstraint(columns=columns):
            return "_".join([table.name, *(str(column.name) for column in columns), "key"])
        case ForeignKeyConstraint(columns=columns):
            return "_".join([table.name, *(str(column.name) for column in columns), "fkey"])
    return None
