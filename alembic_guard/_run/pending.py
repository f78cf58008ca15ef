"""The requirements of all pending revisions, checked before the first one runs."""

from __future__ import annotations

import ast
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection

from alembic_guard._catalogue import read_catalogue
from alembic_guard._compare.comparison import Comparison
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._operations import RequireTableOp
from alembic_guard._requirements import Requirement, look_up, missing_grants
from alembic_guard._run.attempts import Running
from alembic_guard._run.fence import fence_around
from alembic_guard._run.fence.fence import Fence
from alembic_guard._run.fence.watch import watched
from alembic_guard._run.half_way import telling_what_stays
from alembic_guard._run.print_and_stop import print_and_stop
from alembic_guard._run.proxy import context_options
from alembic_guard._run.timeouts import applied, timeouts_of
from alembic_guard._x_arguments import seconds

log = logging.getLogger("alembic.guard")

Steps = Callable[[Any, MigrationContext], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class GuardedSteps:
    """Alembic's work function, with the check between knowing the pending revisions and running the first.

    Args:
        commands_own: The function of the Alembic command that runs; None outside a command.
        may_let_go: Whether the transaction is this run's own, so that waiting need not hold it: an open one on
            SQLite keeps the owner's migrator out.
    """

    comparison: Comparison
    commands_own: Steps | None
    may_let_go: bool
    running: Running = field(default_factory=Running)

    def __call__(self, heads: Any, context: MigrationContext) -> Iterable[Any]:
        steps = self.look(heads, context)
        return steps if context.as_sql else self._watched(steps, context)

    def look(self, heads: Any, context: MigrationContext) -> list[Any]:
        """What the command will run; stops where a requirement of it is not met."""
        pending = self.pending(heads, context)
        upgrades = [each for each in pending if isinstance(each, RevisionStep) and each.is_upgrade]
        if upgrades and not context.as_sql:
            self._require(upgrades, context, first=not heads)
        return pending

    def _watched(self, steps: Sequence[Any], context: MigrationContext) -> Iterator[Any]:
        """The steps, one after another as Alembic asks for them; each is committed when it asks for the next."""
        connection = context.connection
        assert connection is not None
        runs = [each for each in steps if isinstance(each, RevisionStep)]
        fence = None
        if runs:
            down = not all(each.is_upgrade for each in runs)
            fence = fence_around(context, self.comparison.guard, self.comparison.claims, downgrades=down)
        for step in steps:
            if isinstance(step, RevisionStep):
                step.migration_fn = self._around(step, connection, fence)
            yield step
            if fence is not None:
                fence.stop_if_done()

    def _around(self, step: RevisionStep, connection: Connection, fence: Fence | None) -> Callable[..., None]:
        revision = step.revision
        name = f"revision {revision.revision} ({Path(revision.path).name})"
        timeouts = timeouts_of(self.comparison.guard, revision)
        run = step.migration_fn if fence is None else watched(fence, revision, step.migration_fn)

        @wraps(step.migration_fn)
        def migration(**given: Any) -> None:
            with (
                self.running.migration(name, connection),
                telling_what_stays(name, connection),
                applied(timeouts, connection),
            ):
                run(**given)

        return migration

    def pending(self, heads: Any, context: MigrationContext) -> list[Any]:
        """What the command would run from these heads on."""
        return [] if self.commands_own is None else list(self.commands_own(heads, context))

    def _require(self, upgrades: Sequence[RevisionStep], context: MigrationContext, *, first: bool) -> None:
        created = self.comparison.claims.created  # by the chain itself, on the way; the line asks for them when it runs
        asked = [each for step in upgrades for each in _requirements_of(step, self.comparison)]
        requirements = [each for each in asked if each.table not in created]
        findings = _unmet(requirements, context)
        left = seconds(context.config, "wait")
        if findings and left > 0:
            findings = self._awaited(requirements, context, time.monotonic() + left)
            if first and self.may_let_go and not findings:
                # Alembic made its version table in the transaction that was let go (1.18 - 1.20: no public name).
                context._ensure_version_table()
        if findings:
            print_and_stop(findings)

    def _awaited(
        self, requirements: Sequence[Requirement], context: MigrationContext, deadline: float
    ) -> list[Diagnostic]:
        assert context.connection is not None
        while True:
            findings = _unmet(requirements, context)
            if self.may_let_go:
                context.connection.rollback()
            left = deadline - time.monotonic()
            if not findings or left <= 0:
                return findings
            missing = sorted({str(each.location) for each in findings})
            log.warning("waiting for %s (%.0f s left)", ", ".join(missing), left)
            time.sleep(min(1.0, left))


def with_requirements(comparison: Comparison, fn: Steps | None, *, may_let_go: bool) -> GuardedSteps:
    """The ``fn`` option of ``context.configure()``.

    Every command sets it on its EnvironmentContext (Alembic 1.18 - 1.20); it is found there when env.py gives none.
    """
    own = fn or _commands_fn()
    if isinstance(own, GuardedSteps):  # an env.py that configures twice, for two databases
        own = own.commands_own
    return GuardedSteps(comparison, own, may_let_go)


def _commands_fn() -> Steps | None:
    found: Steps | None = (context_options() or {}).get("fn")
    return found


def _unmet(requirements: Sequence[Requirement], context: MigrationContext) -> list[Diagnostic]:
    connection = context.connection
    if not requirements or connection is None:
        return []
    catalogue = read_catalogue(connection, (each.table.schema for each in requirements))
    found = look_up(connection, requirements, catalogue) or missing_grants(connection, requirements, catalogue)
    return list(dict.fromkeys(found))


def _requirements_of(step: RevisionStep, comparison: Comparison) -> Iterator[Requirement]:
    revision = step.revision
    path = Path(revision.path)
    source = path.read_text(encoding="utf-8") if path.suffix == ".py" and path.exists() else ""
    if "require_table" not in source:
        return
    needed_by = f"revision {revision.revision} ({path.name})"
    for call in _calls(source, comparison.engine):
        operation = _evaluated(call, revision.module)
        if operation is not None:
            yield operation.requirement(needed_by, comparison.claims.migrate_of(operation.owner))


def _calls(source: str, engine: str | None) -> Iterator[ast.Call]:
    """Calls of ``require_table`` that ``upgrade()`` always makes, and of several databases the function that is for this
    one; a call under an ``if`` or in a helper is checked when it runs."""
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and _is_upgrade(function.name, engine):
            for statement in function.body:
                call = statement.value if isinstance(statement, ast.Expr) else None
                if isinstance(call, ast.Call) and getattr(call.func, "attr", None) == "require_table":
                    yield call


def _is_upgrade(name: str, engine: str | None) -> bool:
    return name.startswith("upgrade") if engine is None else name in ("upgrade", f"upgrade_{engine}")


def _evaluated(call: ast.Call, module: Any) -> RequireTableOp | None:
    """The call's arguments in the names of its module, which Alembic has imported to run it; None where they need more."""
    names = {
        **vars(module),
        "_require_table": lambda name, *columns, **options: RequireTableOp(name, columns, **options),
    }
    expression = ast.Expression(
        ast.copy_location(ast.Call(ast.Name("_require_table", ast.Load()), call.args, call.keywords), call)
    )
    try:
        found = eval(compile(ast.fix_missing_locations(expression), str(module.__file__), "eval"), names)
    except NameError:
        return None
    assert isinstance(found, RequireTableOp)
    return found
