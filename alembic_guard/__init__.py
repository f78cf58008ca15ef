"""Alembic for a database you do not own alone.

Public names load when they are first used, so that ``import alembic`` (which finds our plugin) and an application
that only needs the presets pay for nothing else.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic_guard._allow import Allow
    from alembic_guard._diagnostics import Diagnostic, Location, Severity
    from alembic_guard._errors import GuardError
    from alembic_guard._external import ExternalTables, external
    from alembic_guard._guard import Guard
    from alembic_guard._linting import lint_models
    from alembic_guard._names import TableName
    from alembic_guard._run.environment import run_migrations
    from alembic_guard._run.options import configure_options

__version__ = "0.1.0"

__all__ = [
    "Allow",
    "Diagnostic",
    "ExternalTables",
    "Guard",
    "GuardError",
    "Location",
    "Severity",
    "TableName",
    "configure_options",
    "external",
    "lint_models",
    "run_migrations",
]

_HOMES = {
    "Allow": "_allow",
    "Diagnostic": "_diagnostics",
    "ExternalTables": "_external",
    "Guard": "_guard",
    "GuardError": "_errors",
    "Location": "_diagnostics",
    "Severity": "_diagnostics",
    "TableName": "_names",
    "configure_options": "_run.options",
    "external": "_external",
    "lint_models": "_linting",
    "run_migrations": "_run.environment",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
