"""``explain_errors``: an unknown column or table says why, where it is raised."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import SingletonThreadPool, StaticPool
from sqlalchemy.util.concurrency import await_only, in_greenlet

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._drift.check import Inspected, inspect_schema, metadatas_of
from alembic_guard._drift.note import MARK, add_note
from alembic_guard._drift.report import SchemaReport
from alembic_guard._drift.sources import remember_sources
from alembic_guard._drift.unknown import is_stale_plan, is_unknown_name
from alembic_guard._external import ExternalTables
from alembic_guard._ownership import Claims, read_claims
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
    memory the failing connection is used. An error is looked into once a minute; the same error within it gets the same
    note. Where an asynchronous engine fails, its task waits and the event loop runs on; where a synchronous one fails
    inside a running loop, nobody waits and the explanation is logged (logger ``alembic.guard``).

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
                note = self._note(f"{type(error).__name__} {first_line(error)}", context, context.connection)
                if note:
                    add_note(context.sqlalchemy_exception, note)
        except Exception:  # an explanation must never take the place of the error
            log.debug("the error could not be explained", exc_info=True)

    def _note(self, error: str, context: ExceptionContext, connection: Connection) -> str | None:
        with self._lock:
            at, known = self._notes.get(error, (0.0, None))
            if at and time.monotonic() - at < EVERY:
                return known
            self._notes[error] = (time.monotonic(), None)
            while len(self._notes) > _KEPT:
                self._notes.popitem(last=False)
        note = self._looked_into(error, context, connection)
        with self._lock:
            self._notes[error] = (time.monotonic(), note)
        return note

    def _looked_into(self, error: str, context: ExceptionContext, connection: Connection) -> str | None:
        inspected: Inspected | None = None
        pool = connection.engine.pool
        if context.dialect.name == "sqlite" and isinstance(pool, (StaticPool, SingletonThreadPool)):
            inspected = _looking(lambda: inspect_schema(connection, self.claims))

        def look() -> str:
            found = inspected or self._inspected(connection)
            return _told(found.report(self.claims, self.config), error)

        if context.dialect.is_async and in_greenlet():
            return await_only(asyncio.wait_for(asyncio.to_thread(_looking, look), LIMIT))
        if _a_loop_runs():
            _in_a_thread(lambda: log.error("%s\n%s", error, _looking(look)))
            return None
        return _in_a_thread(lambda: _looking(look), wait=LIMIT)

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


def _told(report: SchemaReport, error: str) -> str:
    """The finding that the error is about, in words."""
    finding = _about(report.errors, error)
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


def _about(errors: Sequence[Diagnostic], error: str) -> Diagnostic | None:
    """The first whose column or table the error names; none where it names none of them."""
    for each in errors:
        name = str(each.location.object).rpartition(".")[2]
        if name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", error):
            return each
    return None
