"""Alembic for a database you do not own alone.

Public names load when they are first used, so that ``import alembic`` (which finds our plugin) and an application
that only needs the presets pay for nothing else.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic_guard._allow import Allow
    from alembic_guard._diagnostics import Diagnostic, Location, Severity
    from alembic_guard._drift.cause import Cause
    from alembic_guard._drift.check import check_schema
    from alembic_guard._drift.explain import explain_errors
    from alembic_guard._drift.identity import DatabaseIdentity
    from alembic_guard._drift.note import explanation_of
    from alembic_guard._drift.report import SchemaReport
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
    "Cause",
    "DatabaseIdentity",
    "Diagnostic",
    "ExternalTables",
    "Guard",
    "GuardError",
    "Location",
    "SchemaReport",
    "Severity",
    "TableName",
    "check_schema",
    "configure_options",
    "explain_errors",
    "explanation_of",
    "external",
    "lint_models",
    "run_migrations",
]

_HOMES = {
    "Allow": "_allow",
    "Cause": "_drift.cause",
    "DatabaseIdentity": "_drift.identity",
    "Diagnostic": "_diagnostics",
    "ExternalTables": "_external",
    "Guard": "_guard",
    "GuardError": "_errors",
    "Location": "_diagnostics",
    "SchemaReport": "_drift.report",
    "Severity": "_diagnostics",
    "TableName": "_names",
    "check_schema": "_drift.check",
    "configure_options": "_run.options",
    "explain_errors": "_drift.explain",
    "explanation_of": "_drift.note",
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
