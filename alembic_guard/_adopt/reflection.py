"""Tables as the database has them, and their keys with whom they refer to."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, Table, event, inspect, text
from sqlalchemy import Sequence as NumberSequence
from sqlalchemy.exc import SAWarning

from alembic_guard._adopt.mariadb import as_in_models
from alembic_guard._catalogue import Catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._names import TableName
from alembic_guard._sqlite_keys import actions_of


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: our columns, the table it refers to by its real name, and that table's columns."""

    columns: tuple[str, ...]
    target: TableName
    referred: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reflected:
    """What the database has.

    Args:
        tables: Those asked for, by their real names, each behind those it refers to where no cycle forbids that.
        keys: Their foreign keys.
        targets: Tables they refer to and that were not asked for.
    """

    metadata: MetaData
    tables: Mapping[TableName, Table]
    keys: Mapping[TableName, tuple[Key, ...]]
    targets: Mapping[TableName, Table]


def reflect(context: MigrationContext, names: Iterable[TableName], catalogue: Catalogue) -> Reflected:
    """Reflect these tables and what they refer to; no other table is looked at."""
    assert context.connection is not None
    metadata = MetaData()
    # A convention, the default one too, lets sqlacodegen leave out names; a Base with another would give others.
    metadata.naming_convention = {}
    sequences = _follow_sequences(metadata, context)
    wanted = sorted(names)
    keys = {name: tuple(_keys(context.connection, name, catalogue)) for name in wanted}
    others = sorted({key.target for each in keys.values() for key in each} - set(wanted))
    with warnings.catch_warnings():
        # Types and indexes that SQLAlchemy does not know; Alembic's compare says the same of the same tables.
        warnings.simplefilter("ignore", SAWarning)
        tables = {name: _table(context.connection, metadata, name, catalogue) for name in _in_order(keys)}
        targets = {
            name: _table(context.connection, metadata, name, catalogue) for name in others if name in catalogue.tables
        }
    _missing(metadata, tables, keys, targets)
    there = {**tables, **targets}
    keys = {name: tuple(_as_spelled(key, there[key.target], catalogue) for key in each) for name, each in keys.items()}
    keys = {name: tuple(_broken_up(name, key, list(tables)) for key in each) for name, each in keys.items()}
    for table in tables.values():
        _note_sequences(table, sequences)
    return Reflected(metadata, tables, keys, targets)


def written(name: TableName, catalogue: Catalogue) -> TableName:
    """The name as models write it: without the schema where it is the default one."""
    return TableName(None, name.name) if name.schema == catalogue.default_schema else name


def _table(connection: Connection, metadata: MetaData, name: TableName, catalogue: Catalogue) -> Table:
    shown = written(name, catalogue)
    table = Table(shown.name, metadata, schema=shown.schema, autoload_with=connection, resolve_fks=False)
    if is_mariadb(catalogue.dialect):
        as_in_models(table, connection)
    return table


def _keys(connection: Connection, name: TableName, catalogue: Catalogue) -> Iterator[Key]:
    shown = written(name, catalogue)
    unseen = actions_of(connection, name) if catalogue.dialect == "sqlite" else {}
    for found in inspect(connection).get_foreign_keys(shown.name, shown.schema):
        columns = tuple(found["constrained_columns"])
        options = {option: value for option, value in found.get("options", {}).items() if value is not None}
        options |= unseen.get((columns, found["referred_table"]), {})
        yield Key(
            columns,
            catalogue.real(TableName(found["referred_schema"], found["referred_table"])),
            tuple(found["referred_columns"]),
            {**options, **({"name": found["name"]} if found["name"] else {})},
        )


def _as_spelled(key: Key, target: Table, catalogue: Catalogue) -> Key:
    """The key with its target's columns as the target spells them; SQLite keeps a key as it was written."""
    columns = {catalogue.fold(name): name for name in map(str, target.columns.keys())}
    return replace(key, referred=tuple(columns.get(catalogue.fold(each), each) for each in key.referred))


def _in_order(keys: Mapping[TableName, tuple[Key, ...]]) -> list[TableName]:
    """Each table behind those it refers to; the keys of a cycle are names, which any order resolves."""
    ordered: dict[TableName, None] = {}

    def visit(name: TableName, seen: frozenset[TableName]) -> None:
        for key in keys[name]:
            if key.target in keys and key.target not in seen and key.target not in ordered:
                visit(key.target, seen | {key.target})
        ordered.setdefault(name)

    for name in keys:
        visit(name, frozenset({name}))
    return list(ordered)


def _broken_up(name: TableName, key: Key, ordered: Sequence[TableName]) -> Key:
    """A key that closes a cycle is made after both tables; without ``use_alter`` SQLAlchemy warns of the cycle."""
    closes = key.target in ordered and ordered.index(key.target) > ordered.index(name)
    return replace(key, options={**key.options, "use_alter": True}) if closes else key


def _missing(
    metadata: MetaData,
    tables: Mapping[TableName, Table],
    keys: Mapping[TableName, tuple[Key, ...]],
    targets: dict[TableName, Table],
) -> None:
    """A stand-in for a table that is not there: SQLite lets keys refer to one."""
    for name, each in keys.items():
        for key in each:
            if key.target in tables or key.target in targets:
                continue
            columns = [
                Column(referred, tables[name].c[ours].type)
                for ours, referred in zip(key.columns, key.referred, strict=False)
            ]
            targets[key.target] = Table(key.target.name, metadata, *columns)


_Sequences = dict[tuple[str, str], tuple[str, bool]]
"""By table and column: the default that takes a number, and whether Alembic's compare leaves it out."""


def _follow_sequences(metadata: MetaData, context: MigrationContext) -> _Sequences:
    """Reflect defaults as Alembic's compare does: it leaves out that of a SERIAL (``autogen_column_reflect``)."""
    found: _Sequences = {}

    @event.listens_for(metadata, "column_reflect")
    def _reflected(inspector: Any, table: Table, column: dict[str, Any]) -> None:
        default = column.get("default")
        context.impl.autogen_column_reflect(inspector, table, column)  # type: ignore[no-untyped-call]
        if isinstance(default, str) and default.startswith("nextval("):
            found[table.key, column["name"]] = default, column.get("default") is None

    return found


def _note_sequences(table: Table, found: _Sequences) -> None:
    """Let a column name its sequence, so that create_all() makes it; SQLAlchemy makes that of a serial key itself."""
    from sqlacodegen.utils import decode_postgresql_sequence

    for column in table.columns:
        default, left_out = found.get((table.key, column.name), ("", False))
        schema, name = decode_postgresql_sequence(text(default))
        serial = left_out and column is table.autoincrement_column and name == f"{table.name}_{column.name}_seq"
        if name and not serial:
            column.default = NumberSequence(name, schema=schema)
