"""A contract from a live database: what its catalogue says of the tables, read with one call a kind and schema."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy.exc import SAWarning

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._contract.contract import Contract, ContractColumn, ContractKey, ContractTable
from alembic_guard._contract.types import type_as_text
from alembic_guard._names import TableName
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


def read_live(connection: Connection, owner: str, names: Iterable[str | TableName], *, there: bool = True) -> Contract:
    """The contract of the named tables as the database has them.

    Args:
        names: Tables, and patterns with ``*`` and ``?``, which stay in the contract beside the tables they match.
        there: Whether a table that the database does not have stops it; else it is left out.

    Raises:
        GuardError: AGE108 for a table or a pattern without one; the message lists what the database has.
    """
    catalogue = read_catalogue(connection)
    wanted = [each if isinstance(each, TableName) else TableName.parse(each) for each in names]
    patterns = [each for each in wanted if _is_pattern(each)]
    found: dict[TableName, None] = {}
    for name in wanted:
        matched = sorted(_matching(name, catalogue))
        if there and not matched:
            _no_table(name, owner, catalogue)
        found.update(dict.fromkeys(matched))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know stays without one
        tables = tuple(_tables(inspect(connection), list(found), catalogue))
    return Contract(owner, tables, tuple(map(str, patterns)), database=_dialect(connection)).sorted()


def _dialect(connection: Connection) -> str:
    name = connection.dialect.name
    return "mariadb" if name == "mysql" and getattr(connection.dialect, "is_mariadb", False) else name


def _is_pattern(name: TableName) -> bool:
    return any(letter in str(name) for letter in "*?")


def _matching(name: TableName, catalogue: Catalogue) -> Iterator[TableName]:
    if not _is_pattern(name):
        yield from {catalogue.real(name)} & set(catalogue.tables)
        return
    yield from (table for table, why in catalogue.tables.items() if why is None and table.matches(name))


def _no_table(name: TableName, owner: str, catalogue: Catalogue) -> None:
    there = ", ".join(str(_shown(each, catalogue)) for each in sorted(catalogue.tables) if not catalogue.tables[each])
    expected = f"a table of {catalogue.database} ({there or 'it has none'})"
    stop(age108_bad_guard.bad_value(f"reflect({owner!r}, ...)", str(name), expected))


def _shown(name: TableName, catalogue: Catalogue) -> TableName:
    """The name as a contract has it: without the schema where an unqualified name means this table."""
    return TableName(None, name.name) if catalogue.real(TableName(None, name.name)) == name else name


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the inspector says of one schema's tables."""

    columns: Any
    primary_key: Any
    unique: Any
    indexes: Any
    keys: Any


def _tables(inspector: Inspector, names: list[TableName], catalogue: Catalogue) -> Iterator[ContractTable]:
    wanted = frozenset(names)
    for schema in sorted({name.schema for name in names}, key=str):
        asked = None if schema == catalogue.default_schema else schema
        these = [name.name for name in names if name.schema == schema]
        read: Any = {"schema": asked, "filter_names": these}
        parts = _Parts(
            inspector.get_multi_columns(**read),
            inspector.get_multi_pk_constraint(**read),
            inspector.get_multi_unique_constraints(**read),
            inspector.get_multi_indexes(**read),
            inspector.get_multi_foreign_keys(**read),
        )
        for name in these:
            yield _table(TableName(schema, name), (asked, name), parts, wanted, catalogue)


def _table(
    name: TableName, at: tuple[str | None, str], parts: _Parts, wanted: frozenset[TableName], catalogue: Catalogue
) -> ContractTable:
    return ContractTable(
        _shown(name, catalogue),
        {
            each["name"]: ContractColumn(type_as_text(each["type"]), bool(each["nullable"]))
            for each in parts.columns[at]
        },
        tuple(parts.primary_key[at]["constrained_columns"]),
        tuple(_uniques(parts, at)),
        tuple(_keys(parts.keys[at], wanted, catalogue)),
    )


def _uniques(parts: _Parts, at: tuple[str | None, str]) -> Iterator[tuple[str, ...]]:
    yield from (tuple(each["column_names"]) for each in parts.unique[at])
    for index in parts.indexes[at]:
        options = index.get("dialect_options", {})
        # A partial index, or one on an expression, makes no column unique.
        partial = any(options.get(f"{dialect}_where") for dialect in ("postgresql", "sqlite"))
        if index["unique"] and not partial and None not in index["column_names"]:
            yield tuple(index["column_names"])


def _keys(found: Any, wanted: frozenset[TableName], catalogue: Catalogue) -> Iterator[ContractKey]:
    for each in found:
        target = catalogue.real(TableName(each["referred_schema"], each["referred_table"]))
        if target in wanted:
            ondelete = each.get("options", {}).get("ondelete")
            yield ContractKey(
                tuple(each["constrained_columns"]), _shown(target, catalogue), tuple(each["referred_columns"]), ondelete
            )
