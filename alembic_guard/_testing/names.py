"""The files in which a project's models and migrations stand, for the linter."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Table

from alembic_guard._compare.comparison import Comparison
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._linting import lint_models
from alembic_guard._models import classes_by_table
from alembic_guard._testing.environment import Environment
from alembic_guard._testing.generated import weighty


def doubtful_names(environment: Environment, comparison: Comparison, dialect: str) -> list[Diagnostic]:
    """What the linter has to say about them, with the Guard's severities; of the rest that it finds other tests tell more."""
    revisions = {Path(each.path) for each in environment.script.walk_revisions() if each.path.endswith(".py")}
    owners = {str(name): owner for name, owner in comparison.claims.external.items()}
    found = lint_models(sorted({*_files_of_models(comparison), *revisions}), dialect=dialect, external=owners)
    found = [each for each in found if each.code.startswith("AGN")]
    ours = list(comparison.claims.ours.values())
    return list(weighty(tuple(comparison.guard.judged(each for each in found if not _has_gone(each, ours)))))


def _has_gone(finding: Diagnostic, models: Iterable[Table]) -> bool:
    """A column that an old revision made and that its model has no more: a later one renamed or dropped it."""
    table, _, column = (finding.location.object or "").rpartition(".")
    mapped = [each for each in models if table in (each.name, each.fullname)]
    return finding.code == "AGN114" and bool(mapped) and not any(column in _names(each) for each in mapped)


def _names(table: Table) -> set[str]:
    return {column.name for column in table.columns}


def _files_of_models(comparison: Comparison) -> Iterator[Path]:
    given = comparison.guard.metadata
    for spec in [given] if isinstance(given, str) else given if isinstance(given, (list, tuple)) else ():
        module = sys.modules.get(spec.partition(":")[0]) if isinstance(spec, str) else None
        if module is not None and module.__file__:
            yield Path(module.__file__)
    ours = set(comparison.claims.ours.values())
    for table, classes in classes_by_table().items():
        for mapped in classes if table in ours else ():
            try:
                path = inspect.getsourcefile(mapped)
            except TypeError:
                continue
            if path and Path(path).exists():
                yield Path(path)
