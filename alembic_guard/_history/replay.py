"""Events in the order of the chain, and what is left of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alembic_guard._history.events import Create, Drop, Event, Obscure, Rename, Touch
from alembic_guard._history.history import Created, History, Place, Touched, Unread
from alembic_guard._names import TableName

_REBUILT = "_alembic_tmp_"
"""Batch mode's own tables on SQLite, which raw SQL of half-failed runs drops: nobody's."""


class Replay:
    """Takes events one by one: create, drop, create again, rename; order decides, not sets.

    Args:
        key: What two spellings of one table have in common on this database (``TableName.as_kept``).
    """

    def __init__(self, key: Callable[[TableName], TableName]) -> None:
        self._key = key
        self._created: dict[TableName, Created] = {}
        self._touched: dict[TableName, Touched] = {}
        self._unread: dict[tuple[str, int, str], Unread] = {}
        self._elsewhere = ""
        """The revision that sends tables without a schema to another one."""
        self._once: set[TableName] = set()
        """Names the chain created at any time: what drops them was dropping its own."""

    def take(self, event: Event, place: Place, conditional: bool) -> None:
        """The next event."""
        match event:
            case Create():
                self._create(event.table, place, conditional or event.guarded)
            case Drop():
                self._gone(event.table, place)
            case Rename():
                self._rename(event, place, conditional)
            case Touch():
                self._touch(event.table, place)
            case Obscure():
                self.cannot_read(place, event.why)
                if event.elsewhere:
                    self._elsewhere = place.revision
                if event.may_drop:
                    # Any table may be gone, and another of its name be somebody else's: none is ours for sure.
                    self._created = {key: replace(each, conditional=True) for key, each in self._created.items()}

    def cannot_read(self, place: Place, message: str) -> None:
        """What cannot be read, once for each line."""
        self._unread.setdefault((place.path, place.line, message), Unread(place, message))

    @property
    def history(self) -> History:
        return History(
            {each.name: each for each in self._created.values()},
            {each.name: each for each in self._touched.values()},
            tuple(self._unread.values()),
        )

    def _create(self, name: TableName, place: Place, conditional: bool) -> None:
        key = self._key(name)
        if name.name.startswith(_REBUILT):
            return
        # Perhaps it is in another schema, and this one's table of that name a neighbour's.
        conditional = conditional or (name.schema is None and self._elsewhere == place.revision)
        before = self._created.get(key)
        if before is None or before.conditional:
            self._created[key] = Created(name, place, conditional)
        self._once.add(key)

    def _gone(self, name: TableName, place: Place) -> Created | None:
        self._touch(name, place)
        self._touched.pop(self._key(name), None)
        return self._created.pop(self._key(name), None)

    def _rename(self, event: Rename, place: Place, conditional: bool) -> None:
        old = self._gone(event.table, place)
        if old is not None:
            self._created[self._key(event.to)] = Created(event.to, place, conditional or old.conditional)
            self._once.add(self._key(event.to))
        elif not event.table.name.startswith(_REBUILT) and self._key(event.to) not in self._created:
            # What it was before the chain it is under its new name.
            self._touched[self._key(event.to)] = Touched(event.to, place)

    def _touch(self, name: TableName, place: Place) -> None:
        key = self._key(name)
        if key not in self._once and not name.name.startswith(_REBUILT):
            self._touched.setdefault(key, Touched(name, place))
