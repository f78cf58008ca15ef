"""Whether this is the database that is meant, asked before anything is changed in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._compare.comparison import Comparison
from alembic_guard._database import describe
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._neighbours import history_of
from alembic_guard._ownership import Claims, Kind, Ownership
from alembic_guard._report import as_text
from alembic_guard._rules import (
    age108_bad_guard,
    age133_unknown_revision,
    age134_other_tools_database,
    age135_pooler,
)
from alembic_guard._stop import stop
from alembic_guard._x_arguments import values

_ALLOWED = ("pooler", "other-tool")


def make_sure_chain_knows(context: MigrationContext, heads: Sequence[str]) -> None:
    """Stop where the version table names what no revision file has.

    Raises:
        GuardError: AGE133.
    """
    script, connection = context.script, context.connection
    if script is None or connection is None:
        return
    unknown = [head for head in heads if not _known(script, head)]
    if unknown:
        known = sorted(script.get_heads())
        stop(
            age133_unknown_revision.unknown(
                describe(connection), context.version_table, unknown, str(script.dir), known
            )
        )


def _known(script: Any, revision: str) -> bool:
    try:
        return script.get_revision(revision) is not None
    except CommandError:
        return False


def make_sure_it_is_meant(comparison: Comparison, context: MigrationContext, heads: Sequence[str]) -> None:
    """Stop at a pooler, and before a first upgrade among strangers, unless ``-x allow=...`` says that it is meant.

    Raises:
        GuardError: AGE134, AGE135; AGE108 where ``-x allow=`` names something else.
    """
    connection = context.connection
    assert connection is not None
    allowed = set(values(context.config, "allow", engine=comparison.engine))
    for each in sorted(allowed.difference(_ALLOWED)):
        stop(age108_bad_guard.bad_value("-x allow=", each, f"one of {_ALLOWED}", "-x allow=pooler"))
    callers = connection.in_transaction()
    findings: list[Diagnostic] = []
    if "pooler" not in allowed:
        findings += _pooler(connection)
    if "other-tool" not in allowed and not heads:
        findings += _strangers(comparison, context, connection)
    if not callers:
        connection.rollback()
    judged = comparison.guard.judged(findings)
    if judged:
        print(as_text(judged), file=sys.stderr)
    errors = [each for each in judged if each.severity is Severity.ERROR]
    if errors:
        stop(*errors)


# Neon's and Supabase's documentation, connection pooling.
_POOLER_HOST = re.compile(r"-pooler\.|(^|\.)pooler\.supabase\.com$|(^|[.-])pgbouncer([.-]|$)", re.IGNORECASE)


def pooler_in(url: URL) -> str | None:
    """What in a URL says that it is a pooler's."""
    if url.host and _POOLER_HOST.search(url.host):
        return f"the host {url.host}"
    return "pgbouncer in the URL's parameters" if "pgbouncer" in url.query else None


def _pooler(connection: Connection) -> Iterator[Diagnostic]:
    if connection.dialect.name != "postgresql":
        return
    found = pooler_in(connection.engine.url) or _pooler_between(connection)
    if found:
        yield age135_pooler.pooler(describe(connection), found)


def _pooler_between(connection: Connection) -> str | None:
    """A pooler gives its clients numbers of its own; the server tells which process really answers."""
    told = _told_number(connection)
    answers = connection.execute(text("SELECT pg_catalog.pg_backend_pid()")).scalar()
    if told is None or told == answers:
        return None
    return f"it gave this connection the number {told}, and the server's process {answers} answers"


def _told_number(connection: Connection) -> int | None:
    driver: Any = connection.connection.driver_connection
    if hasattr(driver, "info") and hasattr(driver.info, "backend_pid"):  # psycopg, and psycopg2 from 2.8 on
        return int(driver.info.backend_pid)
    if hasattr(driver, "get_server_pid"):  # asyncpg
        return int(driver.get_server_pid())
    return None


def _strangers(comparison: Comparison, context: MigrationContext, connection: Connection) -> Iterator[Diagnostic]:
    claims = comparison.claims
    catalogue = read_catalogue(connection, (name.schema for name in (*claims.ours, *claims.external)))
    if _been_here(comparison, context, catalogue):
        return
    histories = {name: tool for name in catalogue.tables if (tool := history_of(name)) not in (None, "Alembic")}
    if not histories or _anything_known(claims, catalogue, histories):
        return
    found = [(str(name), str(histories[name])) for name in sorted(histories)]
    yield age134_other_tools_database.other_tools(catalogue.database, found, len(catalogue.tables))


def _been_here(comparison: Comparison, context: MigrationContext, catalogue: Catalogue) -> bool:
    """Whether our version table is there, empty behind a downgrade, or with a schema for each tenant another tenant's."""
    own = catalogue.real(TableName(context.version_table_schema, context.version_table))
    tenants = comparison.guard.schema is not None
    return any(name == own or (tenants and name.name == own.name) for name in catalogue.tables)


def _anything_known(claims: Claims, catalogue: Catalogue, histories: Mapping[TableName, str | None]) -> bool:
    """Whether a table is there that the models declare, or the Guard names as somebody's, or the history table of an owner
    whom the Guard names."""
    ownership = Ownership(claims, catalogue)
    owners = {owner.casefold() for owner in (*claims.owners, *claims.external.values())}
    known = (Kind.OURS, Kind.EXTERNAL)
    return any(
        ownership.of(name).kind in known
        or any(each.claims(name) for each in claims.patterns)
        or str(histories.get(name)).casefold() in owners
        for name in catalogue.tables
    )
