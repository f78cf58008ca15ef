"""The whole body of an env.py."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

from alembic_guard._database import describe_url
from alembic_guard._guard import Guard
from alembic_guard._rules import age105_bad_url
from alembic_guard._run.engine import connected, migration_engine
from alembic_guard._run.log import configure_logging
from alembic_guard._run.options import configure_options
from alembic_guard._run.url import database_url
from alembic_guard._stop import stop


def run_migrations(guard: Guard) -> None:
    """Run whatever Alembic command called env.py, guarded; the whole file is this call.

    .. code-block:: python

        from alembic_guard import Guard, run_migrations

        run_migrations(Guard("app.models:Base.metadata"))

    The database is that of a connection or engine in ``config.attributes["connection"]``, else the Guard's ``url``,
    else ``sqlalchemy.url``. Each migration runs in a transaction of its own, on SQLite too.

    Raises:
        GuardError: With diagnostics; Alembic's command line prints one line of it and no traceback.

    .. versionadded:: 0.1
    """
    configure_logging(context.config)
    if context.is_offline_mode():
        _offline(guard)
        return
    handed_in = context.config.attributes.get("connection")
    if handed_in is not None:
        with connected(handed_in) as connection:
            _online(guard, connection)
        return
    engine = migration_engine(context.config, database_url(context.config, guard.url))
    try:
        with connected(engine) as connection:
            _online(guard, connection, transactional_ddl=True if engine.dialect.name == "sqlite" else None)
    finally:
        engine.dispose()


def _online(guard: Guard, connection: Connection, **more: Any) -> None:
    context.configure(**configure_options(guard, connection=connection, **more))
    with context.begin_transaction():
        context.run_migrations()


def _offline(guard: Guard) -> None:
    url = database_url(context.config, guard.url)
    if url.get_backend_name() == "postgres":
        stop(age105_bad_url.bad_url(describe_url(url), "SQLAlchemy has no dialect 'postgres'", "Write postgresql://"))
    context.configure(**configure_options(guard, url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}))
    with context.begin_transaction():
        context.run_migrations()
