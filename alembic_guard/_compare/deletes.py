"""A delete in another owner's table, followed through our own: where does it stop?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alembic_guard._names import TableName

_REFUSING = ("", "NO ACTION", "RESTRICT")


@dataclass(frozen=True, slots=True)
class Step:
    """A key, as far as a delete goes along it.

    Args:
        action: ON DELETE in capitals; empty where the key says nothing, which means NO ACTION.
        takes_null: Whether SET NULL can be carried out.
        is_new: Whether the migration at hand makes it.
    """

    table: TableName
    target: TableName
    action: str
    takes_null: bool
    is_new: bool

    @property
    def refuses(self) -> bool:
        return self.action in _REFUSING or (self.action == "SET NULL" and not self.takes_null)

    def __str__(self) -> str:
        said = self.action or "NO ACTION"
        return f"{self.table.name} ({said}{'' if self.takes_null or said != 'SET NULL' else ' on NOT NULL'})"


@dataclass(frozen=True, slots=True)
class Stop:
    """The place in ``steps`` of a key that refuses, the way there, whether always or only for some rows, and whether
    the migration at hand makes a part of the way."""

    number: int
    path: str
    always: bool
    is_new: bool


def stops(entries: Iterable[Step], steps: Sequence[Step], *, restricts: bool = False) -> Iterator[Stop]:
    """Every key of ``steps`` that refuses a delete which came in through one of ``entries``.

    A key between two tables that both go with the row refuses only rows that belong to different ones, when it is
    checked at the statement's end: NO ACTION on PostgreSQL and SQLite. RESTRICT is checked at once, and so is
    everything by InnoDB, for which ``restricts`` stands.
    """
    ways = _ways(entries, steps)
    for number, step in enumerate(steps):
        if step.target in ways and step.refuses:
            way = ways[step.target]
            late = step.action in ("", "NO ACTION") and not restricts
            yield Stop(
                number,
                " -> ".join([str(way[0].target), *map(str, [*way, step])]),
                always=not (late and step.table in ways),
                is_new=any(each.is_new for each in [*way, step]),
            )


def _ways(entries: Iterable[Step], steps: Sequence[Step]) -> dict[TableName, tuple[Step, ...]]:
    """The tables whose rows go with the deleted one, and the shortest way to each."""
    ways: dict[TableName, tuple[Step, ...]] = {}
    queue: deque[tuple[Step, ...]] = deque((step,) for step in entries if step.action == "CASCADE")
    while queue:
        way = queue.popleft()
        table = way[-1].table
        if table not in ways:
            ways[table] = way
            queue.extend((*way, step) for step in steps if step.target == table and step.action == "CASCADE")
    return ways
