"""The fence: a migration of ours changes no table of another owner, whatever it runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from alembic_guard._catalogue import read_catalogue
from alembic_guard._chain import OurChain
from alembic_guard._database import is_mariadb
from alembic_guard._guard import Guard
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims, Kind, Ownership
from alembic_guard._rules import ago124_role_owns
from alembic_guard._run.fence.fence import Fence, Reader
from alembic_guard._run.fence.mariadb import MariaDBReader
from alembic_guard._run.fence.postgresql import PostgreSQLReader
from alembic_guard._run.fence.sqlite import SQLiteReader

log = logging.getLogger("alembic.guard")


def fence_around(context: MigrationContext, guard: Guard, claims: Claims, *, downgrades: bool) -> Fence | None:
    """The fence around the external tables that are there now; None where there is none, or it is off.

    What our own chain creates in this run, for itself or for another owner, is not inside it; and a revision that once
    created a table may take it away again in its downgrade.
    """
    connection = context.connection
    assert connection is not None
    if not guard.fence or not (claims.external or claims.patterns):
        return None
    # SQLite's authorizer is asked for a file's tables by their names: of what is attached none is inside.
    schemas = () if connection.dialect.name == "sqlite" else {name.schema for name in claims.external}
    catalogue = read_catalogue(connection, schemas)
    ownership = Ownership(claims, catalogue)
    answers = {name: ownership.of(name) for name in catalogue.tables}
    owners = {name: answer.owner for name, answer in answers.items() if answer.kind is Kind.EXTERNAL}
    reader = _reader(connection, owners) if owners else None
    if reader is None:
        return None
    if isinstance(reader, PostgreSQLReader):
        owners |= {name: owners[whole] for name, whole in reader.partitions.items()}
    _warn_of_owning(reader, guard, catalogue.database)
    made = {}
    if downgrades:
        chain = OurChain(context, catalogue)
        made = {name: created.place.revision for name in owners if (created := chain.created(name)) is not None}
    return Fence(connection, guard, catalogue, owners, reader, made)


def _reader(connection: Connection, owners: Mapping[TableName, str]) -> Reader | None:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return PostgreSQLReader(connection, owners)
    if is_mariadb(dialect):
        return MariaDBReader(owners)
    return SQLiteReader(owners) if dialect == "sqlite" else None


def _warn_of_owning(reader: Reader, guard: Guard, database: str) -> None:
    if isinstance(reader, PostgreSQLReader) and reader.owned:
        for each in guard.judged([ago124_role_owns.role_owns(reader.role, reader.owned, database)]):
            log.warning("%s %s; %s", each.code, each.message, each.hint)
