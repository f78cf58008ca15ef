"""``check_schema``: what of the models the application's own database does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData

from alembic_guard._collection import collected_seldom
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._drift.comparison import Compared, Comparison, named
from alembic_guard._drift.evidence import Seen, gather, see, with_causes
from alembic_guard._drift.identity import DatabaseIdentity, identify
from alembic_guard._drift.live import LiveSchema, read_live
from alembic_guard._drift.report import SchemaReport
from alembic_guard._drift.sources import remember_sources
from alembic_guard._external import ExternalTables
from alembic_guard._models import load_metadata
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims, read_claims
from alembic_guard._rules import agd109_unused_exception, age108_bad_guard
from alembic_guard._run.connection import gives_connections, with_connections
from alembic_guard._stop import stop

if TYPE_CHECKING:
    from alembic.config import Config


def check_schema(
    connectable: Any,
    metadata: MetaData | Sequence[MetaData],
    *,
    config: str | Path | Config | None = None,
    external: Iterable[ExternalTables] = (),
    exceptions: Mapping[str, str] | None = None,
) -> SchemaReport:
    """Hold the models against the database that the application talks to; nothing is written.

    .. code-block:: python

        check_schema(engine, Base.metadata, config="alembic.ini").raise_for_errors()

    A missing table or column is an error, and so are a type that does not take the model's values and a column without
    default that the database requires and no model has. A missing key, index or unique is a warning. Columns that the
    models do not have, and tables that nobody declared, are nothing. An error says why, as far as the evidence goes:
    another database than Alembic's, a revision that has not run, one that was stamped, a process older than its source.

    Args:
        connectable: An Engine, a Connection, or an AsyncEngine, of which a pool of its own is used: in a coroutine
            ``await asyncio.to_thread(check_schema, engine, Base.metadata)`` keeps the loop free. An AsyncConnection through
            its ``run_sync``. A transaction that the caller has begun stays open.
        metadata: The models' MetaData, or several.
        config: Alembic's configuration, asked for the cause when there is an error and only then: the path of alembic.ini,
            for which env.py runs in a process and folder of its own; or a Config, for which it runs here.
        external: Tables of other owners that no key and no ``attach()`` mentions: their ``relies_on`` is checked.
        exceptions: Findings that a rolling deployment has for a while, by table or column, each with its reason:
            ``{"runs.kind": "until revision 3f2a has run"}``. They are told as infos.

    Raises:
        GuardError: AGE106 when the database does not answer, AGE102 when ``metadata`` is none, AGE108 for an exception
            without a reason, and for a Session or a URL in place of an Engine.

    .. versionadded:: 0.1
    """
    if not gives_connections(connectable):
        hint = "session.connection() of a Session, session.get_bind() of a sessionmaker's, create_engine() of a URL."
        expected = "an Engine, a Connection or an AsyncEngine"
        stop(age108_bad_guard.bad_value("check_schema", type(connectable).__name__, expected, hint))
    excused = _checked(exceptions or {})
    found: list[Inspected] = []

    def work(connections: Sequence[Connection]) -> None:
        found.append(inspect_schema(connections[0], claims, exceptions=excused))

    with collected_seldom():
        claims = read_claims(metadatas_of(metadata), external)
        with_connections([connectable], work)
    return found[0].report(claims, config)


def metadatas_of(given: object) -> tuple[MetaData, ...]:
    """One MetaData or several.

    Raises:
        GuardError: AGE102 when it is something else.
    """
    several = given if isinstance(given, (list, tuple)) and given else [given]
    return tuple(load_metadata(each) for each in several)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What one connection said; ``seen`` only where there is a cause to look for."""

    database: DatabaseIdentity
    findings: tuple[Diagnostic, ...]
    compared: Compared
    seen: Seen | None

    def report(self, claims: Claims, config: object) -> SchemaReport:
        """The report, with causes. No connection is needed any more, and Alembic may be asked: this takes its time."""
        if self.seen is None:
            return SchemaReport(self.database, self.findings, self.compared.parts)
        told, cause = with_causes(self.findings, self.compared, gather(self.seen, claims, config))
        return SchemaReport(self.database, tuple(told), self.compared.parts, cause)


def inspect_schema(
    connection: Connection,
    claims: Claims,
    *,
    exceptions: Mapping[str, str] | None = None,
    ask_for_warnings: bool = False,
) -> Inspected:
    """Read and compare; a transaction that this begins is rolled back.

    Args:
        ask_for_warnings: Whether a cause is looked for where nothing is an error too.
    """
    remember_sources()
    open_before = connection.in_transaction()
    try:
        database = identify(connection)
        live = _read(connection, claims)
        compared = _compare(connection, claims, live, str(database))
        findings = tuple(_excused(compared.findings, exceptions or {}, live))
        asking = any(_asks(each, ask_for_warnings) for each in findings)
        seen = see(connection, database, live, compared) if asking else None
    finally:
        if not open_before:
            connection.rollback()
    return Inspected(database, findings, compared, seen)


def _asks(finding: Diagnostic, warnings: bool) -> bool:
    return finding.severity is Severity.ERROR or (warnings and finding.severity is Severity.WARNING)


def _compare(connection: Connection, claims: Claims, live: LiveSchema, database: str) -> Compared:
    return Comparison(claims, live, connection.dialect, database, _translated(connection)).compared()


def _read(connection: Connection, claims: Claims) -> LiveSchema:
    translated = _translated(connection)
    names = named(claims)
    if translated:
        names = (TableName(translated.get(each.schema, each.schema), each.name) for each in names)
    return read_live(connection, names)


def _translated(connection: Connection) -> Mapping[str | None, str | None]:
    found: Mapping[str | None, str | None] = connection.get_execution_options().get("schema_translate_map") or {}
    return found


def _checked(exceptions: Mapping[str, str]) -> Mapping[str, str]:
    for object, reason in exceptions.items():
        if not isinstance(reason, str) or not reason.strip():
            where = f"check_schema(exceptions={{{object!r}: ...}})"
            stop(age108_bad_guard.bad_value(where, reason, "the reason, in words", "until revision 3f2a has run"))
    return exceptions


def _excused(findings: Iterable[Diagnostic], exceptions: Mapping[str, str], live: LiveSchema) -> Iterator[Diagnostic]:
    used: set[str] = set()
    for each in findings:
        object = str(each.location.object)
        spelled = object.removeprefix(f"{live.default_schema}.")
        key = next((name for name in (object, spelled) if name in exceptions), None)
        if key is None:
            yield each
        else:
            used.add(key)
            message = f"{each.message}; excepted: {exceptions[key]}"
            yield replace(each, severity=Severity.INFO, message=message)
    for name in exceptions.keys() - used:
        yield agd109_unused_exception.unused(name, exceptions[name])
