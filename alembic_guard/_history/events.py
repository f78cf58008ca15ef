"""What one line of a revision does to tables."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class Create:
    table: TableName
    guarded: bool = False
    """Whether the operation itself says IF NOT EXISTS."""


@dataclass(frozen=True, slots=True)
class Drop:
    table: TableName


@dataclass(frozen=True, slots=True)
class Rename:
    table: TableName
    to: TableName


@dataclass(frozen=True, slots=True)
class Touch:
    table: TableName


@dataclass(frozen=True, slots=True)
class Obscure:
    """It may do any of these, and cannot be read.

    Args:
        may_drop: Whether it says that it drops or renames something: then no table created so far is there for sure.
        elsewhere: Whether tables that name no schema are made in another one from here to the end of the revision.
    """

    why: str
    may_drop: bool = False
    elsewhere: bool = False


Event = Create | Drop | Rename | Touch | Obscure
