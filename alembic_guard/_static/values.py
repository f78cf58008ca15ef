"""What an expression of a migration or a model can be worth beyond what the reader of chains knows: owners, columns, keys."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.types import TypeEngine

from alembic_guard._external import ExternalTables
from alembic_guard._history.values import TableValue, Value
from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class Owned:
    """A table with columns of another owner: ``auth["user"]``."""

    table: Table


@dataclass(frozen=True, slots=True)
class OwnedColumns:
    """``auth["user"].c``."""

    table: Table


@dataclass(frozen=True, slots=True)
class OwnedColumn:
    """``auth["user"].c.id``."""

    column: Column[Any]


@dataclass(frozen=True, slots=True)
class TypeValue:
    """A column's type; None where it is not one of SQLAlchemy's own, or its arguments cannot be read."""

    type: TypeEngine[Any] | None


@dataclass(frozen=True, slots=True)
class KeyValue:
    """``ForeignKey(...)``; the target is None where it cannot be read.

    Args:
        on_delete: None where the key does not say.
    """

    target: tuple[TableName, str] | None
    on_delete: Value
    line: int
    name: Value = None


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """``Column(...)``, ``mapped_column(...)``; the name is None where the attribute's is meant.

    Args:
        type: None where there is none, or none that can be read.
        typed: Whether it has a type of its own: a column without one takes that of its key's target.
        annotated: Whether the annotation says its type whatever else it has: SQLModel's ``Field``.
    """

    name: Value
    type: TypeEngine[Any] | None
    keys: tuple[KeyValue, ...]
    indexed: bool
    line: int
    typed: bool = True
    primary: bool = False
    annotated: bool = False


@dataclass(frozen=True, slots=True)
class ConstraintValue:
    """A constraint or an index of a table; ``targets`` where it is a key, ``indexed`` where it finds rows by its columns."""

    columns: Value
    line: int
    indexed: bool = False
    targets: Value = None
    on_delete: Value = None
    primary: bool = False
    name: Value = None


@dataclass(frozen=True, slots=True)
class TableWithParts(TableValue):
    """``Table(...)`` with what was given to it."""

    parts: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class RowsWritten:
    """``table.update()``, ``insert(table)``, with whatever is called on it."""

    verb: str
    table: TableValue


@dataclass(frozen=True, slots=True)
class GuardValue:
    """``Guard(...)``; a part that cannot be read is Unknown."""

    path: str
    line: int
    given: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Act:
    """A line that changes a table.

    Args:
        what: The call, or the SQL.
        creates: Whether it makes the table.
        function: ``upgrade`` or ``downgrade``.
    """

    table: TableName
    what: str | ast.Call
    line: int
    creates: bool = False
    function: str = "upgrade"

    @property
    def text(self) -> str:
        """What it does, in one line."""
        return " ".join((self.what if isinstance(self.what, str) else ast.unparse(self.what)).split())


@dataclass(frozen=True, slots=True)
class Key:
    """A key of ours, as far as it can be read.

    Args:
        table: Where it is; the class's name where the table's cannot be read.
        types: Of its columns, None where it is not known.
        takes_type: Whether its columns have no types of their own, and so those of the target.
        on_delete: In capitals; empty where the key does not say, None where it cannot be read.
        indexed: Whether an index begins with its columns; None where it may be in another file.
        waits: The table whose rows are all looked up while the key is made; empty where there are none, or it is NOT VALID.
        cascade: What to write for ON DELETE CASCADE at this place.
    """

    table: TableName
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    line: int
    types: tuple[TypeEngine[Any] | str | None, ...] = ()
    on_delete: str | None = None
    indexed: bool | None = None
    waits: str = ""
    cascade: str = "ondelete='CASCADE'"
    index: str = "index=True"
    not_valid: str = "postgresql_not_valid=True"
    function: str = "upgrade"
    takes_type: bool = False
    path: str = ""

    @property
    def label(self) -> str:
        """Its place in the database: the table, and the columns."""
        return f"{self.table}.{', '.join(self.columns)}"


@dataclass(slots=True)
class FileFacts:
    """What one file does and declares.

    Args:
        revision: Of a migration; empty for any other file.
        unread: Lines that may do something to a table and cannot be read, with the reason.
    """

    path: str
    revision: str = ""
    acts: list[Act] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Declared:
    """Whose tables are whose, as files say it."""

    guards: list[GuardValue] = field(default_factory=list)
    owners: list[ExternalTables] = field(default_factory=list)
    named: dict[TableName, str] = field(default_factory=dict)
    """Models that say ``external(owner)`` of themselves."""
    unread: list[tuple[str, int, str]] = field(default_factory=list)
    """Files and lines that declare an owner and cannot be read, and why."""
