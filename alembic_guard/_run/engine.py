"""An engine for one run of migrations, and a connection from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, Engine, engine_from_config, event, pool
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from alembic_guard._database import describe_url
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._rules import age105_bad_url, age106_unreachable
from alembic_guard._stop import stop


@contextmanager
def connected(connectable: Any) -> Iterator[Connection]:
    """A connection from an Engine, or the one that was handed in; told apart by what they can do, because
    pytest-alembic and others hand in wrappers.

    Raises:
        GuardError: AGE106 when the database does not answer.
    """
    if not hasattr(connectable, "connect"):
        yield connectable
        return
    if getattr(getattr(connectable, "dialect", None), "is_async", False):
        stop(_asynchronous(connectable.url))
    try:
        connection = connectable.connect()
    except DBAPIError as error:
        stop(age106_unreachable.unreachable(describe_url(connectable.url), _first_line(error)), cause=error)
    with connection:
        yield connection


def migration_engine(config: Config, url: URL) -> Engine:
    """An engine with the configuration's ``sqlalchemy.*`` options and no pool.

    Raises:
        GuardError: AGE105 when the dialect or its driver is unknown here.
    """
    section = _options(config)
    shown = describe_url(url)
    try:
        engine = engine_from_config(section, prefix="sqlalchemy.", url=url, poolclass=pool.NullPool)
    except NoSuchModuleError:
        better = (
            url.set(drivername=url.drivername.replace("postgres", "postgresql", 1))
            if url.drivername.split("+")[0] == "postgres"
            else None
        )
        stop(
            age105_bad_url.bad_url(
                shown,
                f"SQLAlchemy has no dialect {url.drivername!r} here",
                f"Write {describe_url(better)}"
                if better
                else "Install the dialect's package, or mend the part before '://'.",
            )
        )
    except ModuleNotFoundError as error:
        stop(
            age105_bad_url.bad_url(
                shown,
                f"the driver {error.name!r} is not installed; {url.drivername!r} needs it",
                f"pip install {error.name}, or name an installed driver: {url.get_backend_name()}+<driver>://",
            ),
            cause=error,
        )
    except ArgumentError as error:
        stop(age105_bad_url.bad_url(shown, f"SQLAlchemy refuses it: {_first_line(error)}", ""), cause=error)
    if engine.dialect.is_async:
        stop(_asynchronous(url))
    if engine.dialect.name == "sqlite":
        _transactional_ddl(engine)
    return engine


def _asynchronous(url: URL) -> Diagnostic:
    sync = url.set(drivername=_SYNCHRONOUS.get(url.drivername, url.get_backend_name()))
    return age105_bad_url.bad_url(
        describe_url(url),
        "its driver is asynchronous; migrations run on a synchronous one",
        f"Guard(..., url={describe_url(sync)!r}), with the same user, password and database",
    )


_SYNCHRONOUS = {"postgresql+asyncpg": "postgresql+psycopg", "postgresql+psycopg_async": "postgresql+psycopg"}


def _options(config: Config) -> dict[str, Any]:
    section = config.config_ini_section
    if not config.file_config.has_section(section):
        return {}
    names = config.file_config.options(section)
    return {
        name: config.file_config.get(section, name)
        for name in names
        if name.startswith("sqlalchemy.") and name != "sqlalchemy.url"
    }


def _transactional_ddl(engine: Engine) -> None:
    """Let SQLite roll DDL back: the driver itself opens no transaction before it (SQLAlchemy documentation, "SQLite:
    Serializable isolation / Savepoints / Transactional DDL")."""

    @event.listens_for(engine, "connect")
    def _no_driver_transactions(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0].strip() if lines else type(cause).__name__
