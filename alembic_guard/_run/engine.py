"""An engine for one run of migrations."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, Engine, engine_from_config, event, pool
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from alembic_guard._database import describe_url
from alembic_guard._rules import age105_bad_url
from alembic_guard._run.connection import first_line
from alembic_guard._stop import stop


def migration_engine(config: Config, url: URL, section: str) -> Engine:
    """An engine with the ``sqlalchemy.*`` options of a section of the configuration and no pool; a synchronous one also
    for an asynchronous driver, as inside an AsyncEngine.

    Raises:
        GuardError: AGE105 when the dialect or its driver is unknown here.
    """
    options = _options(config, section)
    shown = describe_url(url)
    try:
        engine = engine_from_config(options, prefix="sqlalchemy.", url=url, poolclass=pool.NullPool)
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
        stop(age105_bad_url.bad_url(shown, f"SQLAlchemy refuses it: {first_line(error)}", ""), cause=error)
    if engine.dialect.is_async and find_spec("greenlet") is None:
        stop(
            age105_bad_url.bad_url(
                shown,
                "its driver is asynchronous, and SQLAlchemy needs 'greenlet' for those, which is not installed",
                "pip install 'sqlalchemy[asyncio]'",
            )
        )
    if engine.dialect.name == "sqlite":
        _transactional_ddl(engine)
    return engine


def _options(config: Config, section: str) -> dict[str, Any]:
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
