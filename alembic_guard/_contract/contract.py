"""A contract: the tables of one owner, their columns, keys and uniques. Nothing here is anybody's to create."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Column, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint

from alembic_guard._column_keys import column_key
from alembic_guard._contract.types import type_as_text, type_of_text
from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """A column; ``type`` is SQLAlchemy's as text, None where SQLAlchemy has no type for the database's."""

    type: str | None
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ContractKey:
    """A foreign key to a table of the same contract."""

    columns: tuple[str, ...]
    table: TableName
    refers_to: tuple[str, ...]
    on_delete: str | None = None


@dataclass(frozen=True, slots=True)
class ContractTable:
    """A table; without columns it is a name that the owner claims.

    Args:
        called: The name by which ``[name]`` finds it, where that is another.
        relies_on: Columns that must be there whether a key refers to them or not.
    """

    name: TableName
    columns: Mapping[str, ContractColumn] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    keys: tuple[ContractKey, ...] = ()
    called: str | None = None
    relies_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """All of one owner.

    Args:
        database: The dialect that the types are of; None where nobody said.
    """

    owner: str
    tables: tuple[ContractTable, ...] = ()
    patterns: tuple[str, ...] = ()
    migrate: str | None = None
    database: str | None = None

    def sorted(self) -> Contract:
        """The same in the one order in which a file has it."""
        tables = sorted((_sorted(table) for table in self.tables), key=lambda each: each.name)
        return replace(self, tables=tuple(tables), patterns=tuple(sorted(self.patterns)))


def _sorted(table: ContractTable) -> ContractTable:
    return replace(
        table,
        columns=dict(sorted(table.columns.items())),
        unique=tuple(sorted(set(table.unique))),
        keys=tuple(sorted(set(table.keys), key=lambda each: (each.columns, each.table, each.refers_to))),
        relies_on=tuple(sorted(set(table.relies_on))),
    )


def contract_table(table: Table, within: Iterable[Table]) -> ContractTable:
    """A Table's part of a contract; keys that lead elsewhere are left out."""
    others = {(each.schema, each.name) for each in within}
    return ContractTable(
        TableName(table.schema, str(table.name)),
        {str(each.name): ContractColumn(type_as_text(each.type), bool(each.nullable)) for each in table.columns},
        _names(table.primary_key),
        tuple(_uniques(table)),
        tuple(key for key in map(_key, table.foreign_key_constraints) if (key.table.schema, key.table.name) in others),
    )


def _names(columns: Iterable[Column[object]]) -> tuple[str, ...]:
    return tuple(str(column.name) for column in columns)


def _uniques(table: Table) -> Iterator[tuple[str, ...]]:
    yield from (_names(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint))
    yield from (_names(each.columns) for each in table.indexes if each.unique)


def _key(key: ForeignKeyConstraint) -> ContractKey:
    targets = [element.column for element in key.elements]
    target = targets[0].table
    return ContractKey(_names(key.columns), TableName(target.schema, str(target.name)), _names(targets), key.ondelete)


def tables_of(contract: Contract) -> dict[str, Table | TableName]:
    """The contract's tables, by the names that ``[name]`` finds them by; a name alone where there are no columns."""
    metadata = MetaData()
    often = [table.name.name for table in contract.tables]
    found: dict[str, Table | TableName] = {}
    for table in contract.tables:
        label = table.called or (table.name.name if often.count(table.name.name) == 1 else str(table.name))
        found[label] = _table(table, metadata) if table.columns else table.name
    return found


def _table(said: ContractTable, metadata: MetaData) -> Table:
    columns = [
        Column(name, type_of_text(column.type), key=column_key(name), nullable=column.nullable, autoincrement=False)
        for name, column in said.columns.items()
    ]
    keys = [
        ForeignKeyConstraint(
            [column_key(name) for name in key.columns],
            [f"{key.table}.{column_key(name)}" for name in key.refers_to],
            ondelete=key.on_delete,
        )
        for key in said.keys
    ]
    unique = [UniqueConstraint(*map(column_key, names)) for names in said.unique]
    parts = [*columns, PrimaryKeyConstraint(*map(column_key, said.primary_key)), *unique, *keys]
    return Table(said.name.name, metadata, *parts, schema=said.name.schema)
