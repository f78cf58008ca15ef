"""Work on the databases that a project's env.py connects to, as ``alembic current`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

_T = TypeVar("_T")


def _in_environment(config: Config, script: ScriptDirectory, work: Callable[[MigrationContext], _T]) -> list[_T]:
    """Run env.py as ``alembic current`` does; what the work gave for each database that it connects to."""
    found: list[_T] = []

    def in_place_of_migrations(heads: Any, context: MigrationContext) -> list[Any]:
        found.append(work(context))
        return []

    with EnvironmentContext(config, script, fn=in_place_of_migrations, dont_mutate=True):
        script.run_env()
    return found


def in_the_one_environment(
    config: Config, script: ScriptDirectory, work: Callable[[MigrationContext], _T], command: str
) -> _T:
    """Run env.py as ``alembic current`` does; what the work gave for the one database that it connects to.

    Raises:
        GuardError: AGE108 where env.py connects to none or to several.
    """
    found = _in_environment(config, script, work)
    if len(found) != 1:
        many = f"{len(found)} calls of context.run_migrations()"
        hint = "Give the one you mean an env.py and a configuration of its own for the time: -c one.ini"
        stop(age108_bad_guard.bad_value(f"{command}: env.py", many, "one database", hint))
    return found[0]
