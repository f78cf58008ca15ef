"""The files in which a project's models and migrations stand, for the linter."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from alembic_guard._compare.comparison import Comparison
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._linting import lint_models
from alembic_guard._models import classes_by_table
from alembic_guard._testing.environment import Environment
from alembic_guard._testing.generated import weighty


def doubtful_names(environment: Environment, comparison: Comparison, dialect: str) -> list[Diagnostic]:
    """What the linter has to say about them, with the Guard's severities."""
    versions = (Path(each) for each in environment.script._version_locations)
    paths = sorted({*_files_of_models(comparison), *(each for each in versions if each.exists())})
    owners = {str(name): owner for name, owner in comparison.claims.external.items()}
    return list(weighty(tuple(comparison.guard.judged(lint_models(paths, dialect=dialect, external=owners)))))


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
