"""What a chain says about tables, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a revision file."""

    revision: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Created:
    """A table that the chain creates and has not dropped.

    Args:
        place: The line of the revision; where a helper does the work, the line that calls it.
        conditional: Whether the line runs only under a condition that reading cannot decide (an existence guard).
    """

    name: TableName
    place: Place
    conditional: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """A table that the chain alters or drops and did not create: it may be older than the chain."""

    name: TableName
    place: Place


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that may create, rename or drop a table whose name reading cannot tell, and why not."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class History:
    """What is left after all revisions; names are as they are written, schema None is the default schema."""

    tables: Mapping[TableName, Created] = field(default_factory=dict)
    touched: Mapping[TableName, Touched] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
