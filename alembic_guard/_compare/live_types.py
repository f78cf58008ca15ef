"""The types that keys take from the live columns they refer to: on MariaDB, where a key needs the same type and collation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import Catalogue
from alembic_guard._collations import Collations, read_collations
from alembic_guard._database import is_mariadb
from alembic_guard._external import table_name
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims
from alembic_guard._requirements import live_columns
from alembic_guard._types import can_refer, collation_of, has_ddl


@dataclass(frozen=True, slots=True)
class LiveTypes:
    """Types of external columns as the database has them. Empty on other databases: there the declared types serve.

    A model's column that names no type shares the Type object of the external column it refers to, and so do keys to
    that column in turn: it is found by identity.
    """

    catalogue: Catalogue
    dialect: Dialect
    collations: Collations | None = None
    by_declared: Mapping[int, TypeEngine[Any]] = field(default_factory=dict)
    keys: frozenset[int] = frozenset()

    def of(self, declared: TypeEngine[Any], table: Table | None = None) -> TypeEngine[Any] | None:
        """The live type in place of a declared one; without a collation that a column of the table gets by itself."""
        live = self.by_declared.get(id(declared))
        collation = getattr(live, "collation", None)
        if live is None or collation is None or table is None or self.default_collation(table) != collation:
            return live
        return live.adapt(type(live), collation=None)

    def default_collation(self, table: Table) -> str | None:
        """What a column of a table of ours gets that names none: the table's own, else the schema's."""
        if self.collations is None:
            return None
        name = self._real(table)
        if name in self.collations.tables:
            return self.collations.tables[name]
        options = {
            key.removeprefix(f"{self.dialect.name}_").removeprefix("default_"): str(value)
            for key, value in table.kwargs.items()
        }
        charset = options.get("charset") or options.get("character_set")
        return (
            options.get("collate")
            or (self.collations.charsets.get(charset.lower()) if charset else None)
            or self.collations.schemas.get(str(name.schema))
        )

    def collation(self, column: Column[Any]) -> str | None:
        """The collation that a column of ours has, or will have; None where it is no column of characters."""
        if self.collations is None:
            return None
        assert column.table is not None
        collation, charset = collation_of(column.type, self.dialect)
        if charset and not collation:
            collation = self.collations.charsets.get(charset.lower())
        existing = self.collations.columns.get((self._real(column.table), str(column.name)))
        return collation or existing or self.default_collation(column.table)

    def live_collation(self, table: TableName, column: str) -> str | None:
        """The collation of an external column."""
        return self.collations.columns.get((table, column)) if self.collations else None

    def differs(self, inspected: Column[Any], column: Column[Any]) -> bool | None:
        """Whether a column of ours is another than the live one that it takes its type from; None where it takes none.

        A longer one serves as well, and one that has its key already: MariaDB lets neither end of a key be altered
        (errors 1832, 1833). A key's type that MariaDB has no DDL for, such as a String without a length, cannot be
        compared: AGR101 tells of it.
        """
        if id(column) in self.keys and not has_ddl(column.type, self.dialect):
            return False
        live = self.by_declared.get(id(column.type))
        if live is None or self.collations is None:
            return None
        ours, theirs = (getattr(each, "length", None) for each in (inspected.type, live))
        existing = self.collations.columns.get((self._real(column.table), str(column.name)))
        return not inspected.foreign_keys and not (
            can_refer(inspected.type, live, self.dialect)
            and existing == getattr(live, "collation", None)
            and (ours or 0) >= (theirs or 0)
        )

    def _real(self, table: Table) -> TableName:
        return table_name(table).within(self.catalogue.default_schema)


def read_live_types(connection: Connection, claims: Claims, catalogue: Catalogue) -> LiveTypes:
    """Read the columns that our keys refer to, and the collations of their tables and of ours."""
    nothing = LiveTypes(catalogue, connection.dialect)
    if not is_mariadb(catalogue.dialect) or not claims.references:
        return nothing
    targets = {catalogue.real(each.target) for each in claims.references}
    ours = {name.within(catalogue.default_schema) for name in claims.ours}
    live = live_columns(connection, targets, catalogue)
    collations = read_collations(connection, targets | ours)
    found: dict[int, TypeEngine[Any]] = {}
    for reference in claims.references:
        column, table = reference.key.column, catalogue.real(reference.target)
        if (type_ := live.get(table, {}).get(str(column.name))) is not None:
            found[id(column.type)] = _in_full(type_, collations.columns.get((table, str(column.name))))
    keys = frozenset(id(each.key.parent) for each in claims.references)
    return LiveTypes(catalogue, connection.dialect, collations, found, keys)


def _in_full(type_: TypeEngine[Any], collation: str | None) -> TypeEngine[Any]:
    """With the collation that reflection leaves out where it is the table's; without what is for display only."""
    if collation is not None:
        return type_.adapt(type(type_), collation=collation, charset=None)
    if getattr(type_, "display_width", None) is not None:
        return type_.adapt(type(type_), display_width=None)
    return type_
