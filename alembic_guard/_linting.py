"""Names that will make trouble, found in source files before anything imports them."""

from __future__ import annotations

import gc
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path

from sqlalchemy import MetaData

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._errors import GuardError
from alembic_guard._guard import Guard
from alembic_guard._lint.findings import findings
from alembic_guard._lint.project import Project, python_files
from alembic_guard._lint.source import ModuleSource
from alembic_guard._models import shown
from alembic_guard._rules import age108_bad_guard, agn115_not_read
from alembic_guard._stop import stop
from alembic_guard._suppressions import Suppression, suppressions_in, without_suppressed
from alembic_guard.presets import better_auth


def lint_models(
    paths: Iterable[str | PathLike[str]], *, dialect: str | None = None, external: Mapping[str, str] | None = None
) -> list[Diagnostic]:
    """What is wrong with the names in models and migrations; the files are read and never imported.

    .. code-block:: python

        for finding in lint_models(["app", "alembic/versions"], dialect="postgresql"):
            print(finding.location, finding.message)

    What is reserved is found out with the SQLAlchemy, SQLModel and Flask-SQLAlchemy that are installed.

    Args:
        paths: Files, and folders with all that is below them.
        dialect: The database's (``"postgresql"``), for its reserved words and the length of names; without one neither
            is looked at.
        external: Tables that others own, with the owner's name.

    Returns:
        The findings by file and line, without those that a ``# guard: ignore[...] reason`` covers.

    Raises:
        GuardError: AGE108 when a path does not exist.

    .. versionadded:: 0.1
    """
    given = [Path(each).absolute() for each in ([paths] if isinstance(paths, str) else paths)]
    for path in given:
        if not path.exists():
            stop(age108_bad_guard.bad_value("lint", shown(str(path)), "a file or a folder that exists"))
    project = Project()
    # Collection off: trees die with their file, and walking what is kept again and again costs more than parsing.
    with collection_paused():
        modules = [each for path in python_files(given) if (each := project.read(path)) is not None]
        owners = {**{name: owner for module in modules for name, owner in _owned(module)}, **(external or {})}
        found = [*findings(project, modules, dialect, owners)]
    found += [agn115_not_read.not_read(path, why) for path, why in project.unreadable.items()]
    found.sort(key=lambda each: (each.location.path or "", each.location.line or 0, each.code))
    told = (replace(each, location=replace(each.location, path=shown(each.location.path or ""))) for each in found)
    return list(without_suppressed(told, _suppressions(found)))


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


def _owned(module: ModuleSource) -> Iterator[tuple[str, str]]:
    """Tables that a file says others own: ``ExternalTables("owner", ["name"])``, ``better_auth()``."""
    for name, owner in module.external.items():
        yield from ((each.name, owner) for each in better_auth().names) if not name else [(name, owner)]


def _suppressions(found: Iterable[Diagnostic]) -> Iterator[Suppression]:
    for path in sorted({each.location.path for each in found if each.location.path}):
        try:
            with tokenize.open(path) as file:
                text = file.read()
        except (OSError, SyntaxError, UnicodeDecodeError):
            continue
        if "guard:" in text:
            yield from suppressions_in(text, shown(path))


@contextmanager
def collection_paused() -> Iterator[None]:
    """Without garbage collection, as it was before afterwards."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
