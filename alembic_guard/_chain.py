"""Our own chain at one database: what its revisions created, read when a table is in doubt and not before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from alembic.runtime.migration import MigrationContext

from alembic_guard._catalogue import Catalogue
from alembic_guard._history import Created, History, Touched, Unread, read_history
from alembic_guard._names import TableName


class OurChain:
    """What is known of the tables that our revisions made, by their real names.

    Args:
        context: The migration context of the run; None where there is no chain to read.
        catalogue: The tables of its database.
        ours: Tables that ``Guard(ours=...)`` names; a name as text may hold ``*`` and ``?``.
        engine: Which of several databases it is, for whose tables ``upgrade(engine_name)`` decides.
    """

    def __init__(
        self,
        context: MigrationContext | None,
        catalogue: Catalogue,
        ours: Iterable[str | TableName] = (),
        engine: str | None = None,
    ) -> None:
        self._context = context
        self._engine = engine
        self._catalogue = catalogue
        patterns = [each for each in ours if isinstance(each, str) and not _WILD.isdisjoint(each)]
        names = [
            each if isinstance(each, TableName) else TableName.parse(each) for each in ours if each not in patterns
        ]
        self.named = frozenset(name.within(catalogue.default_schema) for name in names)
        """The tables that are named one by one."""
        self._patterns = tuple(map(TableName.parse, patterns))

    def is_named(self, name: TableName) -> bool:
        """Whether ``Guard(ours=...)`` names a table, by itself or by a pattern."""
        return name in self.named or any(name.matches(pattern) for pattern in self._patterns)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named, created or touched: then no table is in doubt."""
        return not (self.named or self._patterns or self._read.tables or self._read.touched)

    def created(self, name: TableName) -> Created | None:
        """The line that created a table, if an ancestor of this database's current heads did."""
        return self._read.tables.get(self._key(name)) if self._read.tables else None

    def touched(self, name: TableName) -> Touched | None:
        """The line that altered a table which no revision created."""
        return self._read.touched.get(self._key(name)) if self._read.touched else None

    @property
    def unread(self) -> tuple[Unread, ...]:
        """Lines that cannot be read; empty while no table was in doubt."""
        return self._read.unread if "_read" in vars(self) else ()

    @cached_property
    def _read(self) -> _Read:
        history = _history(self._context, self._catalogue, self._engine)
        return _Read(
            {self._key(name): each for name, each in history.tables.items()},
            {self._key(name): each for name, each in history.touched.items()},
            history.unread,
        )

    def _key(self, name: TableName) -> TableName:
        return self._catalogue.one_name(name)


_WILD = frozenset("*?")


@dataclass(frozen=True, slots=True)
class _Read:
    tables: Mapping[TableName, Created] = field(default_factory=dict)
    touched: Mapping[TableName, Touched] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


def _history(context: MigrationContext | None, catalogue: Catalogue, engine: str | None) -> History:
    # compare_metadata() on a context of its own has no environment, hence no revisions to read.
    environment = context.environment_context if context is not None else None
    if context is None or environment is None:
        return History()
    return read_history(
        environment.script,
        context.get_current_heads(),
        dialect=catalogue.dialect,
        one_name=catalogue.one_name,
        engine=engine,
    )
