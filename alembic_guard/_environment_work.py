"""Work on the databases that a project's env.py connects to, as ``alembic current`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

_T = TypeVar("_T")


def in_environment(config: Config, script: ScriptDirectory, work: Callable[[MigrationContext], _T]) -> list[_T]:
    """Run env.py as ``alembic current`` does; what the work gave for each database that it connects to."""
    found: list[_T] = []

    def in_place_of_migrations(heads: Any, context: MigrationContext) -> list[Any]:
        found.append(work(context))
        return []

    with EnvironmentContext(config, script, fn=in_place_of_migrations, dont_mutate=True):
        script.run_env()
    return found
