"""Some tables at one moment, as values: what tells two readings apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows this transaction wrote so far."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def since(self, before: Rows) -> Iterator[str]:
        """In words, what came after."""
        for what, now, then in (
            ("inserted", self.inserted, before.inserted),
            ("updated", self.updated, before.updated),
            ("deleted", self.deleted, before.deleted),
        ):
            if now > then:
                yield f"{now - then} row{'s' * (now - then > 1)} {what}"


@dataclass(frozen=True, slots=True)
class TableReading:
    """One table.

    Args:
        definition: A line for each of its parts, which begins with what it is and its name.
    """

    definition: str
    rows: Rows = Rows()


@dataclass(frozen=True, slots=True)
class Reading:
    """Some tables; one that is gone is not among them.

    Args:
        transaction: The one it was made in, where the database says so.
    """

    tables: Mapping[TableName, TableReading] = field(default_factory=dict)
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A transaction at its begin.

    Args:
        rows: What PostgreSQL has counted before: it keeps the counts of earlier transactions for up to a second.
    """

    transaction: str = ""
    rows: Mapping[TableName, Rows] = field(default_factory=dict)


def redefined(before: Reading, after: Reading) -> dict[TableName, list[str]]:
    """What differs in the definition of each table, in words."""
    found = {}
    for name, then in before.tables.items():
        now = after.tables.get(name)
        words = ["the table is gone"] if now is None else [*_parts(then.definition, now.definition)]
        if words:
            found[name] = words
    return found


def written(began: Moment, after: Reading) -> dict[TableName, list[str]]:
    """The rows that were written in each table since a transaction began, in words."""
    found = {name: [*each.rows.since(began.rows.get(name, Rows()))] for name, each in after.tables.items()}
    return {name: words for name, words in found.items() if words}


def _parts(then: str, now: str) -> Iterator[str]:
    if then == now:
        return
    before, after = _named(then), _named(now)
    for part in sorted({*before, *after}):
        if part not in after:
            yield f"{part} is gone"
        elif part not in before:
            yield f"{part} is new"
        elif before[part] != after[part]:
            yield f"{part} is another"


def _named(definition: str) -> dict[str, str]:
    """The lines by what they are: ``column email``, ``privileges``; a comment's text may have lines of its own."""
    found: dict[str, str] = {}
    for line in definition.splitlines():
        kind, _, rest = line.partition(" ")
        single = kind in ("name", "owner", "storage", "privileges", "table")
        part = kind if single else f"{kind} {_first(rest)}"
        found[part] = f"{found.get(part, '')}\n{rest}"  # an index has a line for each of its columns on MariaDB
    return found


def _first(text: str) -> str:
    """The first word; one in double quotes may hold blanks."""
    if not text.startswith('"'):
        return text.partition(" ")[0]
    end = text.find('" ', 1)
    return text[: end + 1] if end > 0 else text
