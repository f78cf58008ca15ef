"""The requirements of all pending revisions, checked before the first one runs."""

from __future__ import annotations

import ast
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep

from alembic_guard._catalogue import read_catalogue
from alembic_guard._compare.comparison import Comparison
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._errors import GuardError
from alembic_guard._operations import RequireTableOp
from alembic_guard._report import as_text
from alembic_guard._requirements import Requirement, missing_grants, unmet
from alembic_guard._run.x_arguments import seconds

log = logging.getLogger("alembic.guard")

Steps = Callable[[Any, MigrationContext], Iterable[Any]]


def with_requirements(comparison: Comparison, fn: Steps | None) -> Steps:
    """Alembic's work function, with the check between knowing the pending revisions and running the first.

    ``fn`` is an option of ``context.configure()`` that every command sets on its EnvironmentContext (Alembic 1.18 -
    1.20); it is found there when env.py gives none.
    """
    commands_own = fn or _commands_fn()

    def steps(heads: Any, context: MigrationContext) -> Sequence[Any]:
        if commands_own is None:
            return []
        pending = list(commands_own(heads, context))
        upgrades = [each for each in pending if isinstance(each, RevisionStep) and each.is_upgrade]
        if upgrades and not context.as_sql:
            _require(upgrades, context, comparison)
        return pending

    return steps


def _commands_fn() -> Steps | None:
    # alembic.context is a proxy of the EnvironmentContext; _proxy is that object (Alembic 1.18 - 1.20), None outside env.py.
    from alembic import context

    environment = getattr(context, "_proxy", None)
    found: Steps | None = environment.context_opts.get("fn") if environment is not None else None
    return found


def _require(upgrades: Sequence[RevisionStep], context: MigrationContext, comparison: Comparison) -> None:
    requirements = [each for step in upgrades for each in _requirements_of(step, comparison)]
    if not requirements:
        return
    findings = _awaited(requirements, context, seconds(context.config, "wait"))
    if findings:
        print(as_text(findings), file=_stderr())
        raise GuardError(findings)


def _awaited(requirements: Sequence[Requirement], context: MigrationContext, wait: float) -> list[Diagnostic]:
    connection = context.connection
    assert connection is not None
    deadline = time.monotonic() + wait
    while True:
        catalogue = read_catalogue(connection)
        findings = unmet(connection, requirements, catalogue) or missing_grants(connection, requirements, catalogue)
        left = deadline - time.monotonic()
        if not findings or left <= 0:
            return list(dict.fromkeys(findings))
        log.warning("waiting for %s (%.0f s left)", ", ".join(str(each.location) for each in findings), left)
        time.sleep(min(1.0, left))


def _requirements_of(step: RevisionStep, comparison: Comparison) -> Iterator[Requirement]:
    revision = step.revision
    path = Path(revision.path)
    source = path.read_text(encoding="utf-8") if path.suffix == ".py" and path.exists() else ""
    if "require_table" not in source:
        return
    needed_by = f"revision {revision.revision} ({path.name})"
    for call in _calls(source):
        operation = _evaluated(call, revision.module)
        if operation is not None:
            yield operation.requirement(needed_by, comparison.migrate_of(operation.owner))


def _calls(source: str) -> Iterator[ast.Call]:
    """Calls of ``require_table`` that ``upgrade()`` always makes; one under an ``if`` or in a helper is checked when it runs."""
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("upgrade"):
            for statement in function.body:
                call = statement.value if isinstance(statement, ast.Expr) else None
                if isinstance(call, ast.Call) and getattr(call.func, "attr", None) == "require_table":
                    yield call


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


def _stderr() -> Any:
    import sys

    return sys.stderr
