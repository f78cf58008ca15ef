"""A connection for one run of migrations, from whatever names the database: here alone sync and async differ."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

# greenlet_spawn runs a synchronous function so that an asynchronous driver may wait inside it, which in_greenlet tells:
# what AsyncConnection.run_sync() does, but only for a connection that is open already. SQLAlchemy 2.0 and 2.1 have both
# here and do not document them.
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet

from alembic_guard._database import describe_url
from alembic_guard._rules import age106_unreachable, age112_awaited
from alembic_guard._stop import stop

Work = Callable[[Sequence[Connection]], None]


def with_connections(connectables: Sequence[Any], work: Work) -> None:
    """Call ``work`` with a connection of each: an Engine, an AsyncEngine, a Connection, an AsyncConnection, or a wrapper
    that behaves like one (pytest-alembic's), so told apart by what they can do.

    An AsyncEngine is used through an event loop of its own: in this thread, or in another one where a loop runs in this
    one already, which waits meanwhile.

    Raises:
        GuardError: AGE106 when a database does not answer, AGE112 when a connection belongs to a loop that waits for us.
    """
    if any(_is_async_engine(each) for each in connectables):
        _in_a_loop(lambda: _work(connectables, work))
    else:
        _work(connectables, work)


def _work(connectables: Sequence[Any], work: Work) -> None:
    with ExitStack() as stack:
        work([stack.enter_context(_connected(each)) for each in connectables])


def _in_a_loop(function: Callable[[], None]) -> None:
    async def main() -> None:
        before = set(threading.enumerate())
        try:
            await greenlet_spawn(function)
        except BaseException:
            await _end_of(set(threading.enumerate()) - before)
            raise

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(main())
        return
    with ThreadPoolExecutor(1, "alembic_guard") as thread:
        thread.submit(copy_context().run, lambda: asyncio.run(main())).result()


async def _end_of(threads: Iterable[threading.Thread]) -> None:
    """Wait, a second at most: aiosqlite's thread answers once more after a connection has failed, and must find the loop
    open (aiosqlite 0.22)."""
    for _ in range(100):
        if not any(each.is_alive() for each in threads):
            return
        await asyncio.sleep(0.01)


def _sync(connectable: Any) -> Any:
    """What an AsyncEngine or an AsyncConnection stands for; anything else as it is."""
    engine = getattr(connectable, "sync_engine", None)
    return getattr(connectable, "sync_connection", None) or engine or connectable


def is_engine(connectable: Any) -> bool:
    """Whether connections are had from it, as from an Engine, an AsyncEngine, or what behaves like one."""
    return hasattr(_sync(connectable), "connect")


def gives_connections(connectable: Any) -> bool:
    """Whether it is an engine or a connection at all, not a Session or a URL."""
    return is_engine(connectable) or hasattr(_sync(connectable), "exec_driver_sql")


def _is_async_engine(connectable: Any) -> bool:
    given = _sync(connectable)
    return hasattr(given, "connect") and _is_async(given)


def _is_async(given: Any) -> bool:
    return bool(getattr(getattr(given, "dialect", None), "is_async", False))


@contextmanager
def _connected(connectable: Any) -> Iterator[Connection]:
    given = _sync(connectable)
    if not hasattr(given, "connect"):
        if _is_async(given) and not in_greenlet():
            stop(age112_awaited.awaited(describe_url(given.engine.url)))
        yield given
        return
    own_pool = _is_async_engine(connectable) and not isinstance(given.pool, StaticPool)
    engine = with_a_pool_of_its_own(given) if own_pool else given
    try:
        with _open(engine) as connection:
            yield connection
    finally:
        if own_pool:
            engine.dispose()


def _open(engine: Any) -> Connection:
    try:
        connection: Connection = engine.connect()
    except refusals(engine) as error:
        stop(age106_unreachable.unreachable(describe_url(engine.url), first_line(error)), cause=error)
    return connection


def refusals(engine: Any) -> tuple[type[Exception], ...]:
    """What connecting raises where the database says no."""
    # asyncpg's own errors: its SQLAlchemy dialect (2.0 and 2.1) lets those of connecting through as they are.
    if getattr(getattr(engine, "dialect", None), "driver", "") != "asyncpg":
        return (DBAPIError, OSError)
    import asyncpg  # type: ignore[import-not-found,import-untyped,unused-ignore]

    return (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def with_a_pool_of_its_own(engine: Any) -> Any:
    """The same engine with an empty pool: connections in the pool belong to the loop that made them.

    ``dispose(close=False)`` takes a new pool and leaves the old one's connections alone (SQLAlchemy documentation, "Using
    Connection Pools with Multiprocessing"). A StaticPool is kept: an in-memory database is in it. What
    ``Engine.execution_options()`` gives has no pool: a new one would be given to the engine behind it.
    """
    if isinstance(engine, OptionEngine):
        options = dict(engine.get_execution_options())
        return Engine(engine.pool.recreate(), engine.dialect, engine.url, execution_options=options)
    own = copy.copy(engine)
    own.dispose(close=False)
    return own


def first_line(error: BaseException) -> str:
    """What a driver says, in one line."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0].strip() if lines else type(cause).__name__
