"""Names that a naming convention gives: what a table's indexes and constraints were called before it was renamed, or
before its columns were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect, Inspector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NullType

from alembic_guard._compare.rename_ops import Kind, RenamedPartOp
from alembic_guard._compare.renames import Renames
from alembic_guard._external import table_name
from alembic_guard._names import TableName

Part = Index | Constraint
Former = Callable[[TableName, "str | None"], str]
"""The former name of a table, or of one of its columns."""

_CAN: Mapping[str, tuple[type[Part], ...]] = {
    "postgresql": (Index, Constraint),
    # MariaDB and MySQL can rename indexes, and a unique constraint is one; SQLite can rename neither.
    "mysql": (Index, UniqueConstraint),
    "mariadb": (Index, UniqueConstraint),
}


def part_renames(
    ours: Iterable[Table], renames: Renames, inspector: Inspector, dialect: Dialect
) -> Iterator[RenamedPartOp]:
    """One operation for each name that the convention made from a former name, where the database has that name."""
    can = _CAN.get(dialect.name)
    for table in ours if can and renames else ():
        if not any(_concerns(each, renames, dialect.default_schema_name) for each in _near(table)):
            continue
        real = table_name(table).within(dialect.default_schema_name)
        schema = None if real.schema == dialect.default_schema_name else real.schema
        names = dict(_changed(table, renames, dialect, can or ()))
        if dialect.name != "postgresql":
            names.update(_of_keys(table, renames.columns.get(real, {})))
        there = _there(inspector, renames.former(real).name, schema) if names else set()
        # Sorted: SQLAlchemy keeps a table's constraints in a set.
        for old, (new, kind) in sorted(names.items()):
            if old in there and new not in there:
                yield RenamedPartOp(kind, real.name, old, new, schema=schema)


def _near(table: Table) -> Iterator[TableName]:
    yield table_name(table)
    for key in table.foreign_keys:
        yield TableName.parse(key.target_fullname.rpartition(".")[0])


def _concerns(table: TableName, renames: Renames, default_schema: str | None) -> bool:
    real = table.within(default_schema)
    return real in renames.columns or real in renames.tables.values()


def _kind(part: Part, dialect: Dialect) -> Kind:
    return "INDEX" if isinstance(part, Index) or dialect.name != "postgresql" else "CONSTRAINT"


def _there(inspector: Inspector, table: str, schema: str | None) -> set[str | None]:
    """Names of all that belongs to a table."""
    parts: list[Any] = [inspector.get_pk_constraint(table, schema=schema)]
    for ask in (
        inspector.get_indexes,
        inspector.get_unique_constraints,
        inspector.get_foreign_keys,
        inspector.get_check_constraints,
    ):
        parts += ask(table, schema=schema)
    return {each.get("name") for each in parts}


def _changed(
    table: Table, renames: Renames, dialect: Dialect, can: tuple[type[Part], ...]
) -> Iterator[tuple[str, tuple[str, Kind]]]:
    default = dialect.default_schema_name

    def former(name: TableName, column: str | None) -> str:
        real = name.within(default)
        return renames.former(real).name if column is None else renames.former_column(real, column)

    for part in [*table.indexes, *table.constraints]:
        if not isinstance(part, can) or not isinstance(part.name, str):
            continue
        # A name that the convention does not give for the new names was given by hand, and stays.
        if _generated(part, table, _as_it_is) != part.name:
            continue
        old, new = _generated(part, table, former, dialect), _generated(part, table, _as_it_is, dialect)
        if old and new and old != new:
            yield old, (new, _kind(part, dialect))


def _of_keys(table: Table, columns: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, Kind]]]:
    """The index that MariaDB makes for a key without a name: it is called like the key's first column, and by that
    Alembic knows it."""
    given = {index.name for index in table.indexes}
    first = {str(next(iter(key.columns)).name) for key in table.foreign_key_constraints}
    for old, new in columns.items():
        if new in first and old not in given:
            yield old, (new, "INDEX")


def _as_it_is(table: TableName, column: str | None) -> str:
    return table.name if column is None else column


def _generated(part: Part, table: Table, former: Former, dialect: Dialect | None = None) -> str | None:
    """The convention's name for a part of a table that has other names; as the dialect keeps it where one is given."""
    metadata = MetaData(naming_convention=table.metadata.naming_convention)
    try:
        made = _made(part, table, metadata, former)
    except (SQLAlchemyError, KeyError, ValueError):
        return None  # a convention of functions that want more than names, or a key into a table that is nowhere
    if made is None or not isinstance(made.name, str):
        return None
    return str(made.name) if dialect is None else _kept(made, dialect)


def _kept(part: Part, dialect: Dialect) -> str | None:
    """A name as the dialect writes it: one that is too long is cut and carries a hash."""
    preparer = dialect.identifier_preparer
    written = preparer.format_index(part) if isinstance(part, Index) else preparer.format_constraint(part)
    return str(preparer.unformat_identifiers(written)[0]) if written else None


def _made(part: Part, table: Table, metadata: MetaData, former: Former) -> Part | None:
    copy = _copied(table, metadata, former)
    match part:
        case Index():
            columns = [each for each in part.expressions if isinstance(each, Column)]
            complete = len(columns) == len(part.expressions)
            return Index(None, *_names(columns, table, copy, former)) if complete else None
        case PrimaryKeyConstraint():
            made: Constraint = PrimaryKeyConstraint(*_names(part.columns, table, copy, former))
        case UniqueConstraint():
            made = UniqueConstraint(*_names(part.columns, table, copy, former))
        case ForeignKeyConstraint():
            targets = [key.column for key in part.elements]
            copies = {each.table: _copied(each.table, metadata, former) for each in targets}
            refers = [_names([each], each.table, copies[each.table], former)[0] for each in targets]
            made = ForeignKeyConstraint(_names(part.columns, table, copy, former), refers)
        case CheckConstraint():
            made = CheckConstraint(text("true"), name=_token(part, table, former))
        case _:
            return None
    copy.append_constraint(made)
    return made


def _copied(table: Table, metadata: MetaData, former: Former) -> Table:
    """A table of the former names, and nothing but names."""
    name = former(table_name(table), None)
    known = metadata.tables.get(f"{table.schema}.{name}" if table.schema else name)
    if known is not None:
        return known
    return Table(
        name,
        metadata,
        *(Column(former(table_name(table), str(each.name)), NullType()) for each in table.columns),
        schema=table.schema,
    )


def _names(columns: Iterable[Column[Any]], table: Table, copy: Table, former: Former) -> list[Column[Any]]:
    return [copy.columns[former(table_name(table), str(each.name))] for each in columns]


_TOKEN = "a_name_of_its_own"


def _token(part: CheckConstraint, table: Table, former: Former) -> str | None:
    """What the model calls a CHECK, which the convention has put into its name and does not keep."""
    metadata = MetaData(naming_convention=table.metadata.naming_convention)
    copy = _copied(table, metadata, _as_it_is)
    probe = CheckConstraint(text("true"), name=_TOKEN)
    copy.append_constraint(probe)
    before, found, after = str(probe.name).partition(_TOKEN)
    name = str(part.name)
    if not found or not name.startswith(before) or not name.endswith(after):
        return None
    return name[len(before) : len(name) - len(after)]
