"""What one migration may not touch, and how what it touches is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic.script import Script
from sqlalchemy import Connection

from alembic_guard._database import describe
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._names import TableName
from alembic_guard._run.fence.fence import Fence

Rule = Callable[[TableName, str, str, Sequence[str], str], Diagnostic]


class Scope:
    """The tables inside the fence but those that ``Guard(allow=...)`` names for this revision, or that it created itself.

    Args:
        asking: True while a question of the fence's own runs, which is no statement of the migration.
    """

    def __init__(self, fence: Fence, revision: Script) -> None:
        self.fence = fence
        self.revision = f"revision {revision.revision} ({Path(revision.path).name})"
        self.database = describe(fence.connection)
        self.asking = False
        named = (TableName.parse(each.table) for each in fence.guard.allow if each.revision == revision.revision)
        allowed = {fence.one_name(name) for name in named}
        self.owners = {
            name: owner
            for name, owner in fence.owners.items()
            if fence.one_name(name) not in allowed and fence.made_by.get(name) != revision.revision
        }
        self._by_one_name = {fence.one_name(name): name for name in self.owners}

    def table(self, written: TableName) -> TableName | None:
        """The table inside that a name as written means."""
        return self._by_one_name.get(self.fence.one_name(written))

    def inside(self, found: Mapping[TableName, list[str]]) -> dict[TableName, list[str]]:
        return {name: words for name, words in found.items() if name in self.owners}

    def findings(self, rule: Rule, of: Mapping[TableName, Sequence[str]]) -> list[Diagnostic]:
        return [rule(name, self.owners[name], self.revision, words, self.database) for name, words in of.items()]

    def is_own(self, connection: Connection) -> bool:
        """Whether a connection is the run's."""
        return connection is self.fence.connection

    @contextmanager
    def own_question(self) -> Iterator[None]:
        before, self.asking = self.asking, True
        try:
            yield
        finally:
            self.asking = before
