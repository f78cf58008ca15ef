"""Tables of other owners that our keys refer to, as generated code will name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, Table, Uuid

from alembic_guard._adopt.identifiers import free_name
from alembic_guard._adopt.reflection import Key, Reflected
from alembic_guard._external import ExternalTables, table_name
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims
from alembic_guard.presets import better_auth

UNKNOWN = "unknown-owner"


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Tables of one owner.

    Args:
        variable: What generated code calls the ExternalTables.
        tables: By real name: the name in ``variable[...]``, and the Table that stands there.
        preset: The arguments of ``better_auth()``; None where each table is written out.
        columns: The columns that are referred to, by table.
    """

    variable: str
    owner: str
    tables: Mapping[TableName, tuple[str, Table]]
    columns: Mapping[TableName, tuple[str, ...]]
    preset: Mapping[str, Any] | None = None

    def column(self, table: TableName, name: str) -> str:
        """The expression for a column: ``auth["user"].c.id``."""
        # keys, items and the like are methods of a collection of columns.
        plain = name.isidentifier() and not hasattr(type(self.tables[table][1].c), name)
        return f"{self.variable}[{self.tables[table][0]!r}].c" + (f".{name}" if plain else f"[{name!r}]")


@dataclass(slots=True)
class _Found:
    tables: dict[TableName, tuple[str, Table]] = field(default_factory=dict)
    columns: dict[TableName, tuple[str, ...]] = field(default_factory=dict)


def others_of(reflected: Reflected, claims: Claims, targets: Iterable[TableName], default: str | None) -> list[Others]:
    """The owners of the targets, Better Auth first.

    Args:
        default: The schema that generated code leaves out.
    """
    keys = [key for each in reflected.keys.values() for key in each]
    external = {name.within(default): owner for name, owner in claims.external.items()}
    presets: dict[str | None, _Found] = {}
    written_out: dict[str, _Found] = {}
    for name in targets:
        live = reflected.targets[name]
        columns = _referred(name, live, keys)
        owner = external.get(name) or next((each.owner for each in claims.patterns if each.claims(name)), None)
        core = _core_name(name, owner, live, columns, claims)
        if core is not None:
            found = presets.setdefault(None if name.schema == default else name.schema, _Found())
            found.tables[name] = core, live
        else:
            found = written_out.setdefault(owner or UNKNOWN, _Found())
            found.tables[name] = str(table_name(live)), live
        found.columns[name] = columns
    taken: set[str] = set()
    return [
        *(_preset(schema, found, taken) for schema, found in presets.items()),
        *(_written_out(owner, found, taken) for owner, found in written_out.items()),
    ]


def _referred(name: TableName, live: Table, keys: Iterable[Key]) -> tuple[str, ...]:
    referred = {column for key in keys if key.target == name for column in key.referred}
    return tuple(column for column in map(str, live.columns.keys()) if column in referred)


def _core_name(name: TableName, owner: str | None, live: Table, columns: Iterable[str], claims: Claims) -> str | None:
    """What Better Auth calls the table; None where it is not one of its four, or not as the preset knows it."""
    if owner not in (None, "better-auth"):
        return None
    declared = claims.owners.get("better-auth") if owner else None
    core = _called(name, declared)
    if core is None:
        return None
    expected = better_auth()[core].columns
    # Nobody said whose it is: then it has to look like theirs.
    required = {column.name for column in expected if not column.nullable} if owner is None else set()
    return core if required <= set(live.columns.keys()) and set(columns) <= set(expected.keys()) else None


def _called(name: TableName, declared: ExternalTables | None) -> str | None:
    preset = better_auth()
    known = {each.name: each.name for each in preset.names}
    if declared is not None:
        known |= {declared[core].name: core for core in known if core in declared}
    return known.get(name.name)


def _preset(schema: str | None, found: _Found, taken: set[str]) -> Others:
    arguments: dict[str, Any] = {}
    for core, live in found.tables.values():
        id_type = _id_type(live)
        if id_type != "text":
            arguments["id_type"] = id_type
        if live.name != core:
            arguments["names"] = {**arguments.get("names", {}), core: str(live.name)}
    if schema is not None:
        arguments["schema"] = schema
    stubs = better_auth(**arguments)
    tables = {name: (core, stubs[core]) for name, (core, _) in found.tables.items()}
    return Others(_variable("auth", taken), "better-auth", tables, found.columns, arguments)


def _id_type(live: Table) -> str:
    type_ = live.c.id.type if "id" in live.c else None
    if isinstance(type_, Uuid):
        return "uuid"
    return "serial" if isinstance(type_, Integer) else "text"


def _written_out(owner: str, found: _Found, taken: set[str]) -> Others:
    return Others(_variable(re.sub(r"\W", "_", owner), taken), owner, found.tables, found.columns)


def _variable(wanted: str, taken: set[str]) -> str:
    name = free_name(wanted if wanted.isidentifier() else f"_{wanted}", taken)
    taken.add(name)
    return name
