"""``explain_errors``: an unknown column or table says why, where it is raised."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import SingletonThreadPool, StaticPool
from sqlalchemy.util.concurrency import await_only, in_greenlet

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._drift.check import Inspected, inspect_schema, metadatas_of
from alembic_guard._drift.note import MARK, add_note
from alembic_guard._drift.report import SchemaReport
from alembic_guard._drift.sources import remember_sources
from alembic_guard._drift.unknown import is_stale_plan, is_unknown_column, is_unknown_name
from alembic_guard._external import ExternalTables
from alembic_guard._ownership import Claims, read_claims
from alembic_guard._rules import agd101_table_missing
from alembic_guard._run.connection import first_line, with_a_pool_of_its_own, with_connections

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.ext.asyncio import AsyncEngine

_T = TypeVar("_T")

log = logging.getLogger("alembic.guard")

EVERY = 60.0
"""Seconds for which one error is looked into once."""

LIMIT = 30.0
"""Seconds that a failing statement waits for its explanation at most."""

AT_MOST = 10
"""Errors that are looked into within ``EVERY`` seconds, however many distinct ones there are."""

_KEPT = 100


def explain_errors(
    engine: Engine | AsyncEngine,
    metadata: MetaData | Sequence[MetaData],
    *,
    config: str | Path | Config | None = None,
    external: Iterable[ExternalTables] = (),
) -> None:
    """From now on an "unknown column" or "unknown table" of this engine says why.

    .. code-block:: python

        explain_errors(engine, Base.metadata, config="alembic.ini")

    The exception stays the one it is and gets a note (PEP 678; on Python 3.10, which has none, a cause of its own at the
    end of its chain): the finding of ``check_schema``, its cause, the evidence, the next step. Nothing happens before an
    error. Then the database is asked through a connection of its own, not one of the engine's pool; only of a database in
    memory, and of a file that was replaced while it was open, the failing connection is used. An error is looked into
    once a minute; the same error within it gets the same note. One error at a time is looked into, and ten a minute: of
    many distinct ones the others stay without a note. Where an asynchronous engine fails, its task waits and the event
    loop runs on; where a synchronous one fails inside a running loop, nobody waits and the explanation is logged (logger
    ``alembic.guard``).

    Args:
        engine: Called again for one, it replaces what it did.
        metadata: The models' MetaData, or several.
        config: As of ``check_schema``.
        external: As of ``check_schema``.

    Raises:
        GuardError: AGE102 when ``metadata`` is none.

    .. versionadded:: 0.1
    """
    target = engine if isinstance(engine, Engine) else engine.sync_engine
    claims = read_claims(metadatas_of(metadata), external)
    remember_sources()
    if target in _EXPLAINERS:
        event.remove(target, "handle_error", _EXPLAINERS.pop(target))
    if isinstance(config, (str, Path)):
        config = Path(config).absolute()  # whatever the working folder is by then
    _EXPLAINERS[target] = listener = _Explainer(claims, config).listener()
    event.listen(target, "handle_error", listener)


_EXPLAINERS: WeakKeyDictionary[Engine, Callable[[ExceptionContext], None]] = WeakKeyDictionary()
_here = threading.local()


@dataclass(slots=True)
class _Explainer:
    claims: Claims
    config: object
    _notes: OrderedDict[str, tuple[float, str | None]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looks: deque[float] = field(default_factory=deque)
    _busy_until: float = 0.0

    def listener(self) -> Callable[[ExceptionContext], None]:
        """A function of its own, for SQLAlchemy to remove again."""
        return lambda context: self.handle(context)

    def handle(self, context: ExceptionContext) -> None:
        """SQLAlchemy's ``handle_error``. Whatever goes wrong here, the error stays what it was."""
        try:
            if context.sqlalchemy_exception is None or getattr(_here, "looking", False):
                return
            dialect, error = context.dialect.name, context.original_exception
            if is_stale_plan(error, dialect):
                add_note(context.sqlalchemy_exception, _STALE_PLAN)
            elif is_unknown_name(error, dialect) and context.connection is not None:
                said = f"{type(error).__name__} {first_line(error)}"
                failed = _Failed(said, context.statement or "", is_unknown_column(error, dialect))
                note = self._note(failed, context, context.connection)
                if note:
                    add_note(context.sqlalchemy_exception, note)
        except Exception:  # an explanation must never take the place of the error
            log.debug("the error could not be explained", exc_info=True)

    def _note(self, failed: _Failed, context: ExceptionContext, connection: Connection) -> str | None:
        # The same words may be about another table: "Unknown column 'status' in 'SET'".
        key = f"{failed.error} {' '.join(failed.tables(self.claims))}"
        with self._lock:
            at, known = self._notes.get(key, (0.0, None))
            if at and time.monotonic() - at < EVERY:
                return known
            if not self._takes_its_turn():
                return None
            self._notes[key] = (time.monotonic(), None)
            while len(self._notes) > _KEPT:
                self._notes.popitem(last=False)
        note = self._looked_into(failed, context, connection)
        with self._lock:
            self._notes[key] = (time.monotonic(), note)
        return note

    def _takes_its_turn(self) -> bool:
        """Each look is a connection and a process: as many at once as there are errors would take the machine down."""
        now = time.monotonic()
        while self._looks and now - self._looks[0] >= EVERY:
            self._looks.popleft()
        if now < self._busy_until or len(self._looks) >= AT_MOST:
            return False
        self._looks.append(now)
        self._busy_until = now + LIMIT
        return True

    def _looked_into(self, failed: _Failed, context: ExceptionContext, connection: Connection) -> str | None:
        inspected: Inspected | None = None
        in_memory = isinstance(connection.engine.pool, (StaticPool, SingletonThreadPool))
        if context.dialect.name == "sqlite" and in_memory:
            inspected = _looking(lambda: inspect_schema(connection, self.claims))

        def look() -> SchemaReport:
            try:
                return (inspected or self._inspected(connection)).report(self.claims, self.config)
            finally:
                self._busy_until = 0.0

        report: SchemaReport | None
        if context.dialect.is_async and in_greenlet():
            report = await_only(asyncio.wait_for(asyncio.to_thread(_looking, look), LIMIT))
        elif _a_loop_runs():
            _in_a_thread(lambda: log.error("%s\n%s", failed.error, _told(_looking(look), failed)))
            return None
        else:
            report = _in_a_thread(lambda: _looking(look), wait=LIMIT)
        if report is None:
            return None
        if report.ok and context.dialect.name == "sqlite" and self._is_another_file(connection):
            return _OLD_FILE.format(database=report.database)
        return _told(report, failed)

    def _is_another_file(self, connection: Connection) -> bool:
        """Whether the failing connection lacks what the file of its path has: it has one open that was deleted since."""
        return any(
            each.severity is Severity.ERROR
            for each in _looking(lambda: inspect_schema(connection, self.claims)).findings
        )

    def _inspected(self, connection: Connection) -> Inspected:
        """By a connection of one's own, to the same database and with the same options."""
        engine = connection.engine
        # An asynchronous engine's pool is never used from another loop than its own: with_connections takes another one.
        own = engine if engine.dialect.is_async else with_a_pool_of_its_own(engine)
        translated = connection.get_execution_options().get("schema_translate_map")
        found: list[Inspected] = []

        def work(connections: Sequence[Connection]) -> None:
            if translated:
                connections[0].execution_options(schema_translate_map=translated)
            found.append(inspect_schema(connections[0], self.claims))

        try:
            with_connections([own], work)
        finally:
            if own is not engine:
                own.dispose()
        return found[0]


@dataclass(frozen=True, slots=True)
class _Failed:
    """What the driver said, in one line, of which statement, and whether of a column: then it has the table."""

    error: str
    statement: str
    of_a_column: bool

    def tables(self, claims: Claims) -> list[str]:
        """The models' tables that it may be about: the one that the driver names, by an alias too, or all that the statement
        names."""
        names = {each.name for each in (*claims.ours, *claims.external)}
        named = sorted(each for each in names if each in self.statement and _names(self.statement, each))
        return [each for each in named if self._is_of(each)] or named

    def about(self, finding: Diagnostic) -> int:
        """How surely it is about a finding: 0 not at all, 3 where the driver names the table too."""
        *_, table, name = ["", *str(finding.location.object).split(".")]
        if not _names(self.error, name):
            return 0
        if finding.code == agd101_table_missing.RULE.code or self._is_of(table):
            return 3
        return 2 if _names(self.statement, table) else 1

    def _is_of(self, table: str) -> bool:
        """Whether the driver names the table, or the alias that the statement gives it."""
        if _names(self.error, table):
            return True
        given = rf"(?<!\w){re.escape(table)}[\"`]?\s+(?:AS\s+)?[\"`]?(\w+)"
        aliases = set(re.findall(r"(\w+)[\"`]?\.[\"`]?\w+", self.error))
        return not aliases.isdisjoint(re.findall(given, self.statement))


def _names(text: str, name: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _looking(work: Callable[[], _T]) -> _T:
    """Errors of our own statements are not looked into: the engine's copy has its listeners."""
    _here.looking = True
    try:
        return work()
    finally:
        _here.looking = False


def _a_loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_a_thread(work: Callable[[], _T], wait: float = 0.0) -> _T | None:
    """What it gave, None where that takes longer. A daemon: nobody waits for it at the end of the process."""
    found: list[_T] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception:
            log.debug("the error could not be explained", exc_info=True)

    thread = threading.Thread(target=run, name="alembic_guard", daemon=True)
    thread.start()
    thread.join(wait)
    return found[0] if found else None


_STALE_PLAN = (
    f"{MARK}stale process: a table changed after this connection had prepared the statement (cached plan)\n"
    "next step: run the statement again in a new transaction; engine.dispose() gives every connection up."
)


_OLD_FILE = (
    f"{MARK}stale process: this connection has a file open that was deleted or replaced since; {{database}} as it is now "
    "has every table and column of the models\n"
    "next step: restart the application; engine.dispose() gives every connection up."
)


def _told(report: SchemaReport, failed: _Failed) -> str:
    """The finding that the error is about, in words."""
    finding = max(report.errors, key=failed.about, default=None)
    if finding is not None and not failed.about(finding):
        finding = None
    if finding is not None and failed.of_a_column and finding.code == agd101_table_missing.RULE.code:
        return (
            f"{MARK}the connection that failed has a table {str(finding.location.object).rpartition('.')[2]}, and a new one "
            f"to {report.database.described} has none: its session was told another schema or search_path"
        )
    if finding is None and report.errors:
        others = ", ".join(f"{each.code} {each.location.object}" for each in report.errors[:3])
        return f"{MARK}the models lack nothing in {report.database} that the statement names; they lack {others}"
    if finding is None:
        return (
            f"{MARK}{report.database} has every table and column of the models now; the statement names something "
            "that is in no model, or the migration ran only just now"
        )
    lines = [f"{MARK}{finding.code} {finding.location}: {finding.message}"]
    if finding.hint:
        lines.append(f"next step: {finding.hint}")
    lines.append(f"database: {report.database.described}")
    return "\n".join(lines)
