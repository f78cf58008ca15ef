"""An import of the models that fails because of a name says which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import MetaData

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._errors import GuardError
from alembic_guard._guard import Guard
from alembic_guard._linting.lint import lint_models
from alembic_guard._stop import stop


def load_models(guard: Guard) -> tuple[MetaData, ...]:
    """Import the models; where that fails because of a name, say which.

    Raises:
        GuardError: AGN102 with file and line where a name is the reason, else as ``Guard.load``.
    """
    try:
        return guard.load()
    except GuardError as error:
        names = _names_behind(error)
        if names:
            stop(*names, cause=error.__cause__)
        raise


def _names_behind(error: GuardError) -> list[Diagnostic]:
    """The names that an import failed for; none where it failed for another reason."""
    cause, (failed, *_) = error.__cause__, error.diagnostics
    if (
        failed.code != "AGE101"
        or not failed.location.path
        or cause is None
        or isinstance(cause, (ImportError, SyntaxError))
    ):
        return []
    path = Path(failed.location.path)
    # Where warnings are errors, what is warned about stops the import too.
    codes = {"AGN102", "AGN103"} if isinstance(cause, Warning) else {"AGN102"}
    for where in (path, path.parent):  # the column may stand in a mixin beside it
        if found := [each for each in lint_models([where]) if each.code in codes]:
            return [replace(each, severity=Severity.ERROR) for each in found]
    return []
