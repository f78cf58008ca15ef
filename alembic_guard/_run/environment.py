"""The whole body of an env.py, loaded when it runs: naming it costs an import nothing."""

from __future__ import annotations

from collections.abc import Mapping

from alembic_guard._guard import Guard


def run_migrations(guard: Guard | Mapping[str, Guard]) -> None:
    """Run whatever Alembic command called env.py, guarded; the whole file is this call.

    .. code-block:: python

        from alembic_guard import Guard, run_migrations

        run_migrations(Guard("app.models:Base.metadata"))

    The database is that of ``config.attributes["connection"]`` (an Engine, a Connection, an AsyncEngine), else the
    Guard's ``url``, else ``sqlalchemy.url``. The driver may be an asynchronous one, and an event loop may be running.
    Each migration runs in a transaction of its own, on SQLite too. A run that has something to do keeps all others out of
    the database until it ends.

    Args:
        guard: One, or one for each database of Alembic's layout ``multidb``, by the names that ``databases`` in
            alembic.ini lists. Then all databases are connected to, and all requirements are looked up, before the first
            migration runs; each database has one transaction, and all are committed together at the end. With ``--sql``
            each database has a script of its own, ``engine1.sql``.

    Raises:
        GuardError: With diagnostics; Alembic's command line prints one line of it and no traceback.

    .. versionadded:: 0.1
    """
    from alembic_guard._run.body import run

    run(guard)
