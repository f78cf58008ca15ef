"""Alembic's layout ``multidb``: one chain, several databases, a Guard for each."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from alembic import context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from alembic_guard._guard import Guard
from alembic_guard._rules import age108_bad_guard
from alembic_guard._run.options import configure_options
from alembic_guard._run.proxy import context_options
from alembic_guard._run.target import Target
from alembic_guard._stop import stop

log = logging.getLogger("alembic.guard")


def several(config: Config, guards: Mapping[str, Guard]) -> list[Target]:
    """A target for each database, in the order of ``databases`` in alembic.ini.

    Raises:
        GuardError: AGE108 where the mapping and ``databases`` differ: script.py.mako writes a function for each name
            that is listed there, and the operations of any other are lost.
    """
    given: object = guards
    if not isinstance(given, Mapping) or not all(isinstance(each, Guard) for each in given.values()):
        stop(age108_bad_guard.bad_value("run_migrations(...)", given, "a Guard, or a dict of Guards by database"))
    listed = [name for name in re.split(r",\s*", config.get_main_option("databases") or "") if name]
    if sorted(listed) != sorted(guards):
        written = f"databases = {', '.join(guards)}"
        where = f"databases in {config.config_file_name or 'the configuration'}"
        stop(age108_bad_guard.bad_value(where, ", ".join(listed), f"the names of the Guards ({written})", written))
    return [Target(config, guards[name], name) for name in listed]


def migrate_several(targets: Sequence[Target], connections: Sequence[Connection]) -> None:
    """Run the command for each database; all are committed together at the end, as the template does it."""
    pairs = list(zip(targets, connections, strict=True))
    commands_own = dict(context_options() or {})
    for target, connection in pairs:
        target.make_sure(connection)
    if "destination_rev" in commands_own:  # upgrade, downgrade, stamp
        for target, connection in pairs:
            _look_ahead(target, connection, commands_own)
    with ExitStack() as transactions:
        for connection in connections:
            if not connection.in_transaction():
                transactions.enter_context(connection.begin())
        for target, connection in pairs:
            log.info("Migrating database %s", target.name)
            _configure(target, commands_own, connection=connection, **target.more(connection))
            context.run_migrations(engine_name=target.name)


def _look_ahead(target: Target, connection: Connection, commands_own: Mapping[str, Any]) -> None:
    """Look up the requirements of all pending revisions, before any database is changed."""
    callers = connection.in_transaction()
    _configure(target, commands_own, steps=_only_look, connection=connection, dont_mutate=True)
    context.run_migrations(engine_name=target.name)
    if not callers:
        connection.rollback()


def script_several(targets: Iterable[Target]) -> None:
    """Write one script for each database, ``engine1.sql`` in the working folder, as the template does it."""
    commands_own = dict(context_options() or {})
    for target in targets:
        path = Path(f"{target.name}.sql")
        log.info("Writing the script of database %s to %s", target.name, path)
        with path.open("w", encoding="utf-8") as buffer:
            _configure(target, commands_own, output_buffer=buffer, **target.offline_options())
            target.begin_script()
            with context.begin_transaction():
                context.run_migrations(engine_name=target.name)


Steps = Callable[[Any, MigrationContext], Sequence[Any]]


def _configure(
    target: Target, commands_own: Mapping[str, Any], *, steps: Callable[[Steps], Steps] | None = None, **given: Any
) -> None:
    # configure() adds to what the database before has set: each begins with the command's own.
    options = context_options()
    assert options is not None
    options.clear()
    options.update(commands_own)
    tokens = {"upgrade_token": f"{target.name}_upgrades", "downgrade_token": f"{target.name}_downgrades"}
    keywords = configure_options(target.guard, **tokens, **given)
    if steps is not None:
        keywords["fn"] = steps(keywords["fn"])
    context.configure(**keywords)


def _only_look(steps: Steps) -> Steps:
    """The requirements of all pending revisions are looked up; none of them runs."""

    def look(heads: Any, migration_context: MigrationContext) -> Sequence[Any]:
        steps(heads, migration_context)
        return ()

    return look
