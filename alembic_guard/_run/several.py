"""Alembic's layout ``multidb``: one chain, several databases, a Guard for each."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection

from alembic_guard._guard import Guard
from alembic_guard._rules import age108_bad_guard
from alembic_guard._run.ahead import version_table
from alembic_guard._run.lock import Turn, keep_sure, one_at_a_time
from alembic_guard._run.options import configure_options
from alembic_guard._run.pending import GuardedSteps
from alembic_guard._run.proxy import context_options
from alembic_guard._run.right_database import make_sure_chain_knows, make_sure_it_is_meant
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
    with ExitStack() as around:
        turns: dict[str | None, Turn | None] = {}
        if "destination_rev" in commands_own:  # upgrade, downgrade, stamp
            to_do = [_look_ahead(target, connection, commands_own) for target, connection in pairs]
            if any(found.anything for found in to_do):
                turns = _locked(around, pairs, to_do)
        for connection in connections:
            if not connection.in_transaction():
                around.enter_context(connection.begin())
        for target, connection in pairs:
            log.info("Migrating database %s", target.name)
            _configure(target, commands_own, connection=connection, **target.more(connection))
            keep_sure(context.get_context(), turns.get(target.name))
            context.run_migrations(engine_name=target.name)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What a look at one database found: whether there is anything to do, and its version table."""

    anything: bool
    version_table: str


def _look_ahead(target: Target, connection: Connection, commands_own: Mapping[str, Any]) -> _Ahead:
    """Make sure of the database and look up the requirements of all pending revisions, before any is changed."""
    callers = connection.in_transaction()
    found: list[Any] = []
    _configure(
        target, commands_own, steps=lambda steps: _only_look(steps, found), connection=connection, dont_mutate=True
    )
    context.run_migrations(engine_name=target.name)
    if not callers:
        connection.rollback()
    return _Ahead(bool(found or commands_own.get("purge")), version_table(context.get_context()))


def _locked(
    around: ExitStack, pairs: Sequence[tuple[Target, Connection]], to_do: Sequence[_Ahead]
) -> dict[str | None, Turn | None]:
    """Hold the locks of all databases, taken in one order by every run."""
    return {
        target.name: around.enter_context(one_at_a_time(connection, ahead.version_table, target.guard.lock_wait))
        for (target, connection), ahead in zip(pairs, to_do, strict=True)
        if target.locks
    }


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
    target: Target,
    commands_own: Mapping[str, Any],
    *,
    steps: Callable[[GuardedSteps], Steps] | None = None,
    **given: Any,
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


def _only_look(steps: GuardedSteps, found: list[Any]) -> Steps:
    """The requirements of all pending revisions are looked up; none of them runs."""

    def look(heads: Any, migration_context: MigrationContext) -> Sequence[Any]:
        make_sure_chain_knows(migration_context, heads)
        pending = steps.pending(heads, migration_context)
        if any(isinstance(each, RevisionStep) for each in pending):
            make_sure_it_is_meant(steps.comparison, migration_context, heads)
        found.extend(steps.look(heads, migration_context))
        return ()

    return look
