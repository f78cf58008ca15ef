"""The user's env.py, run once with work of ours in place of a command's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from alembic_guard._compare.comparison import Comparison
from alembic_guard._errors import GuardError
from alembic_guard._report import as_text
from alembic_guard._run.connection import with_connections

if TYPE_CHECKING:
    from pytest_alembic import MigrationContext as Runner
else:
    Runner = Any

Steps = Callable[[Any, MigrationContext], Iterable[Any]]


@dataclass(frozen=True)
class Environment:
    """An Alembic environment and the database that pytest-alembic runs it on."""

    config: Config
    script: ScriptDirectory
    engine: Any
    skipped: frozenset[str] = frozenset()
    lowest: str | None = None

    @classmethod
    def of(cls, runner: Runner) -> Environment:
        """What pytest-alembic's ``alembic_runner`` stands for; ``skip_revisions`` and ``minimum_downgrade_revision``
        are its options."""
        executor, options = runner.command_executor, runner.config
        return cls(
            executor.alembic_config,
            executor.script,
            runner.connection_executor.connection,
            frozenset(options.skip_revisions or ()),
            options.minimum_downgrade_revision,
        )

    def run(self, work: Steps, **options: Any) -> None:
        """Run env.py with this work in place of a command's."""

        def in_environment() -> None:
            with EnvironmentContext(self.config, self.script, fn=work, **options):
                self.script.run_env()

        self.guarded(in_environment)

    def guarded(self, work: Callable[[], None]) -> None:
        """Do what runs env.py; where the guard stops it the test fails with its report, which is then not printed too."""
        try:
            with redirect_stderr(StringIO()):
                work()
        except GuardError as error:
            fail(as_text(error.diagnostics))

    def look(self, work: Callable[[MigrationContext], None]) -> None:
        """Run env.py as ``alembic current`` does, with the work for each database that it connects to."""

        def steps(_heads: Any, context: MigrationContext) -> list[Any]:
            work(context)
            return []

        self.run(steps, dont_mutate=True)

    def connect(self, databases: Sequence[str | None], work: Callable[[Sequence[Connection]], None]) -> None:
        """Do work on a connection of each of these databases, which env.py has no part in, and commit it; not where a
        Connection that was handed in is within a transaction, which its owner ends."""

        def within(connections: Sequence[Connection]) -> None:
            ours = [each for each in connections if not each.in_transaction()]
            work(connections)
            for connection in ours:
                connection.commit()

        engines = self._engines()
        with_connections([engines[name] if isinstance(engines, Mapping) else engines for name in databases], within)

    def _engines(self) -> Any:
        if self.engine is not None:
            return self.engine
        found: dict[str | None, Any] = {}

        def look(context: MigrationContext) -> None:
            assert context.connection is not None
            comparison = comparison_in(context)
            found[comparison.engine if comparison else None] = context.connection.engine

        self.look(look)  # env.py makes its own
        return found


def comparison_in(context: MigrationContext) -> Comparison | None:
    """What the Guard of env.py says, if there is one."""
    found = context.opts.get("alembic_guard")
    return found if isinstance(found, Comparison) else None


def comparison_of(context: MigrationContext) -> Comparison:
    """What the Guard of env.py says; a test without one fails."""
    found = comparison_in(context)
    if found is None:
        where = context.script.env_py_location if context.script else "env.py"
        hint = "run_migrations(Guard(...)), or context.configure(**configure_options(guard, connection=connection))"
        fail(f"{where} has no Guard, which says who owns which table", hint=hint)
    return found


def fail(text: str, *, hint: str = "") -> NoReturn:
    """Fail the running test with this text alone."""
    # Not pytest.fail(): where an exception is being handled, it would be shown too.
    raise pytest.fail.Exception(f"{text}\n  hint: {hint}" if hint else text, pytrace=False) from None
