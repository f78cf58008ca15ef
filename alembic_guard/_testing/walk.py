"""A walk along the chain in one run of env.py: from base to the heads and back, with a look at every stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol

from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script
from sqlalchemy.exc import DBAPIError

from alembic_guard._database import describe
from alembic_guard._errors import GuardError
from alembic_guard._report import as_text
from alembic_guard._testing.environment import Environment, fail


class Visitor(Protocol):
    """What is done on the way, in the transaction of the step that is about to run or has just run."""

    def before(self, step: RevisionStep) -> None:
        """The step before, if there was one, is committed."""

    def after(self, step: RevisionStep) -> None:
        """What it did is not committed yet."""

    def told(self, step: RevisionStep, error: Exception) -> str:
        """What a reader should know of the rows when the step fails."""
        ...


def walk(environment: Environment, visitor: Callable[[MigrationContext], Visitor], *, back: bool = True) -> None:
    """Take each database of the environment from base to the heads, one revision after another, and back.

    Each revision commits by itself where env.py says ``transaction_per_migration``, as ``run_migrations`` does. The way
    back ends above ``minimum_downgrade_revision`` of pytest-alembic's Config, above a revision without ``downgrade()``, and
    where a downgrade raises NotImplementedError. A database that is not at base is taken there first.
    """
    to_base(environment)

    def steps(_heads: Any, context: MigrationContext) -> list[RevisionStep]:
        guide = _Guide(visitor, context, environment.skipped)
        return [guide.led(step) for step in _route(environment, back=back)]

    try:
        with suppress(_WayBackEnds):
            environment.run(steps, destination_rev="heads")
    except _StepFailed as failed:
        fail(str(failed))


def to_heads(environment: Environment) -> None:
    """The way there alone, without a look."""
    walk(environment, lambda context: _Blind(), back=False)


def name_of(step: RevisionStep) -> str:
    """``upgrade of 0002 (0002_add_role.py)``."""
    return (
        f"{'upgrade' if step.is_upgrade else 'downgrade'} of {step.revision.revision} ({Path(step.revision.path).name})"
    )


class _Blind:
    def before(self, step: RevisionStep) -> None: ...

    def after(self, step: RevisionStep) -> None: ...

    def told(self, step: RevisionStep, error: Exception) -> str:
        return ""


class _StepFailed(Exception):
    """What a revision raised, in words; an Exception, for the fence has a word for some."""


class _WayBackEnds(Exception):
    """A downgrade is not implemented."""


class _Guide:
    """Calls the visitor around each step; it is made when the first step runs, for env.py may ask for the steps twice."""

    def __init__(
        self, visitor: Callable[[MigrationContext], Visitor], context: MigrationContext, skipped: frozenset[str]
    ) -> None:
        self._make = visitor
        self._context = context
        self._skipped = skipped
        self._visitor: Visitor | None = None

    def led(self, step: RevisionStep) -> RevisionStep:
        own = step.migration_fn

        @wraps(own)
        def migrate(**given: Any) -> None:
            self._visitor = self._visitor or self._make(self._context)
            self._visitor.before(step)
            if step.revision.revision not in self._skipped:
                self._migrate(step, own, given)
            self._visitor.after(step)

        step.migration_fn = migrate
        return step

    def _migrate(self, step: RevisionStep, own: Callable[..., None], given: dict[str, Any]) -> None:
        assert self._visitor is not None
        try:
            own(**given)
        except NotImplementedError as error:
            if step.is_downgrade:
                raise _WayBackEnds from error
            raise
        except GuardError as error:
            fail(f"{self._where(step)}\n{as_text(error.diagnostics)}")
        except DBAPIError as error:
            statement = " ".join((error.statement or "").split())
            raise _StepFailed(
                f"{self._where(step)}\n  expected: it runs; found: {' '.join(str(error.orig).split())}\n"
                f"  statement: {statement}{self._visitor.told(step, error)}"
            ) from error
        except Exception as error:
            raise _StepFailed(
                f"{self._where(step)}\n  expected: it runs; found: {type(error).__name__}: {' '.join(str(error).split())}"
                f"{_line_of(step, error)}{self._visitor.told(step, error)}"
            ) from error

    def _where(self, step: RevisionStep) -> str:
        assert self._context.connection is not None
        return f"{name_of(step)} on {describe(self._context.connection)}"


def _line_of(step: RevisionStep, error: Exception) -> str:
    """The last line of the revision's own that ran."""
    path = step.revision.path
    lines = [each for each in extract_tb(error.__traceback__) if each.filename == path]
    return f"\n  line {lines[-1].lineno} of {path}: {lines[-1].line}" if lines else ""


def _route(environment: Environment, *, back: bool) -> Iterator[RevisionStep]:
    script = environment.script
    yield from upgrades(environment)
    for revision in script.walk_revisions() if back else ():
        if revision.revision == environment.lowest or not _goes_back(revision):
            return
        yield MigrationStep.downgrade_from_script(script.revision_map, revision)


def upgrades(environment: Environment) -> Iterator[RevisionStep]:
    """From base to the heads."""
    for revision in reversed(list(environment.script.walk_revisions())):
        yield MigrationStep.upgrade_from_script(environment.script.revision_map, revision)


def to_base(environment: Environment) -> None:
    """Take the database to where no revision has run, by downgrades; those of ``skip_revisions`` do not run."""
    there: list[str] = []
    environment.look(lambda context: there.extend(context.get_current_heads()))
    if not there:
        return

    def steps(heads: Any, context: MigrationContext) -> list[RevisionStep]:
        guide = _Guide(lambda context: _Blind(), context, environment.skipped)
        return [guide.led(step) for step in _down(environment, heads)]

    where = f"the test database is at {', '.join(there)} and cannot be taken to base"
    hint = "let the fixture alembic_engine give each test a new database"
    if environment.lowest is not None:
        where += f" (minimum_downgrade_revision is {environment.lowest})"
    try:
        environment.run(steps, destination_rev="base")
    except _WayBackEnds:
        fail(f"{where}: a downgrade is not implemented", hint=hint)
    except _StepFailed as failed:
        fail(f"{where}\n{failed}", hint=hint)


def _down(environment: Environment, heads: Any) -> Iterator[RevisionStep]:
    script = environment.script
    for revision in script.iterate_revisions(heads, "base", select_for_downgrade=True) if heads else ():
        if not _goes_back(revision):
            raise _WayBackEnds
        yield MigrationStep.downgrade_from_script(script.revision_map, revision)


def _goes_back(revision: Script) -> bool:
    return hasattr(revision.module, "downgrade")
