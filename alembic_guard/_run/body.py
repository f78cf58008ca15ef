"""What ``run_migrations`` does."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from alembic import context
from alembic.runtime.migration import RevisionStep
from sqlalchemy import Connection

from alembic_guard._guard import Guard
from alembic_guard._run.ahead import changes_the_database, guarded_steps, look, version_table
from alembic_guard._run.attempts import with_attempts
from alembic_guard._run.connection import with_connections
from alembic_guard._run.lock import Turn, keep_sure, one_at_a_time
from alembic_guard._run.log import configure_logging
from alembic_guard._run.options import configure_options
from alembic_guard._run.right_database import make_sure_it_is_meant
from alembic_guard._run.several import migrate_several, script_several, several
from alembic_guard._run.target import Target, disposing


def run(guard: Guard | Mapping[str, Guard]) -> None:
    """Run whatever Alembic command called env.py."""
    configure_logging(context.config)
    if not isinstance(guard, Guard):
        targets = several(context.config, guard)
        if context.is_offline_mode():
            script_several(targets)
            return
        with disposing(targets) as connectables:
            with_connections(connectables, lambda found: migrate_several(targets, found))
        return
    target = Target(context.config, guard)
    if context.is_offline_mode():
        _offline(target)
        return
    with disposing([target]) as connectables:
        with_connections(connectables, lambda found: _online(target, *found))


def _online(target: Target, connection: Connection) -> None:
    target.make_sure(connection)
    _configure(target, connection=connection, **target.more(connection))
    if not changes_the_database():
        _run()
        return
    heads, pending = look(context.get_context())
    if heads and not pending:
        return
    if any(isinstance(each, RevisionStep) for each in pending):
        make_sure_it_is_meant(guarded_steps().comparison, context.get_context(), heads)
    with _turn(target, connection) as turn:
        if turn is not None and turn.waited:
            look(context.get_context())  # who had its turn before may have a newer checkout
        keep_sure(context.get_context(), turn)
        _run_patiently(target)


def _turn(target: Target, connection: Connection) -> AbstractContextManager[Turn | None]:
    if not target.locks:
        return nullcontext()
    return one_at_a_time(connection, version_table(context.get_context()), target.guard.lock_wait)


def _offline(target: Target) -> None:
    _configure(target, **target.offline_options())
    target.begin_script()
    _run()


def _configure(target: Target, **options: Any) -> None:
    context.configure(**configure_options(target.guard, **options))


def _run() -> None:
    with context.begin_transaction():
        context.run_migrations()


def _run_patiently(target: Target) -> None:
    steps, migration_context = guarded_steps(), context.get_context()
    rolls_back = steps.may_let_go and migration_context.impl.transactional_ddl
    with_attempts(_run, migration_context, steps.running, seconds=target.guard.retry_for, rolls_back=rolls_back)
