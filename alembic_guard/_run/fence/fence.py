"""The tables of other owners that a run must leave as they are, and how they looked last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from alembic_guard._catalogue import Catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._guard import Guard
from alembic_guard._names import TableName
from alembic_guard._run.fence.following import Following, read_following
from alembic_guard._run.fence.reading import Moment, Reading
from alembic_guard._run.print_and_stop import print_and_stop


class Reader(Protocol):
    """How one kind of database tells of the tables inside the fence."""

    def read(self, connection: Connection) -> Reading:
        """As this connection sees them now, in one statement."""
        ...

    def begin(self, connection: Connection) -> Moment:
        """Where the connection's transaction stands; empty where the database does not say."""
        ...

    def table_of(self, connection: Connection, part: TableName) -> TableName | None:
        """The table inside the fence that an index, a sequence or a trigger belongs to."""
        ...


class Fence:
    """What a run knows from one migration to the next.

    Each reading ends the watch over one migration and begins that over the next, so that a run costs one more than it
    has migrations.

    Args:
        owners: The tables, and whose they are.
        made_by: Those that a revision of ours created, and which; it may take them away again.
    """

    def __init__(
        self,
        connection: Connection,
        guard: Guard,
        catalogue: Catalogue,
        owners: Mapping[TableName, str],
        reader: Reader,
        made_by: Mapping[TableName, str],
    ) -> None:
        self.connection = connection
        self.guard = guard
        self.catalogue = catalogue
        self.owners = owners
        self.reader = reader
        self.made_by = made_by
        self.dialect = connection.dialect.name
        self.is_mariadb = is_mariadb(self.dialect)
        self.last = reader.read(connection)
        self.following = Following()
        self.done: Sequence[Diagnostic] = ()
        self.follow()

    def follow(self) -> None:
        """Read what theirs follow; on PostgreSQL and SQLite the database itself tells of it."""
        if self.is_mariadb:
            self.following = read_following(self.connection, self.owners)

    def one_name(self, name: TableName) -> TableName:
        """The same for all spellings of the table that a name as written means."""
        return self.catalogue.one_name(self.catalogue.real(name))

    def stop_if_done(self) -> None:
        """Stop behind a migration that changed what is not ours and is committed.

        Raises:
            GuardError: AGO122.
        """
        if self.done:
            print_and_stop(self.done)
