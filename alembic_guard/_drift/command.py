"""``python -m alembic_guard drift``: the models of env.py against the database that it connects to."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from alembic_guard._configuration import check_configuration
from alembic_guard._diagnostics import Severity
from alembic_guard._drift.chain import Asked, raised
from alembic_guard._drift.check import inspect_schema, metadatas_of
from alembic_guard._drift.report import JSON_VERSION, SchemaReport, as_json, as_text
from alembic_guard._environment_work import in_the_one_environment
from alembic_guard._errors import GuardError
from alembic_guard._ownership import Claims, read_claims
from alembic_guard._report import as_json as diagnostics_as_json
from alembic_guard._report import as_text as diagnostics_as_text
from alembic_guard._run.connection import first_line

IN_STEP, COULD_NOT_TELL, DRIFT = 0, 2, 4
"""Exit codes. Drift is an error or a warning: whatever a model declares and the database does not have."""


def drift(config: Config, format: str | None = None) -> None:
    """Hold the models against the live database; exit code 0 in step, 4 drift, 2 could not tell."""
    try:
        check_configuration(config)
        script = ScriptDirectory.from_config(config)
        report = in_the_one_environment(config, script, lambda context: _report(config, script, context), "drift")
    except GuardError as error:
        shown = diagnostics_as_json if format == "json" else diagnostics_as_text
        config.print_stdout("%s", shown(error.diagnostics))
        raise SystemExit(COULD_NOT_TELL) from error
    except (CommandError, DBAPIError) as error:
        _could_not_tell(config, format, first_line(error), error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - as the next lines say
        # An env.py may raise anything. Not its text: a URL that cannot be read is shown there with its password.
        _could_not_tell(config, format, raised(error), error)
    config.print_stdout("%s", as_json(report) if format == "json" else as_text(report))
    if any(each.severity is not Severity.INFO for each in report.diagnostics):
        raise SystemExit(DRIFT)


def _could_not_tell(config: Config, format: str | None, why: str, error: BaseException) -> NoReturn:
    unknown = json.dumps({"version": JSON_VERSION, "ok": None, "could_not_tell": why}, indent=2, ensure_ascii=False)
    config.print_stdout("%s", unknown if format == "json" else f"could not tell: {why}")
    raise SystemExit(COULD_NOT_TELL) from error


def _report(config: Config, script: ScriptDirectory, context: MigrationContext) -> SchemaReport:
    if context.connection is None:
        raise CommandError("env.py gave no connection")
    claims = claims_of(context.opts)
    return inspect_schema(context.connection, claims, ask_for_warnings=True).report(
        claims, Asked(config, script, context)
    )


def claims_of(options: dict[str, Any]) -> Claims:
    """What env.py declares: its Guard's, or without one its target_metadata's."""
    comparison = options.get("alembic_guard")
    if comparison is not None:
        claims: Claims = comparison.claims
        return claims
    return read_claims(metadatas_of(options.get("target_metadata")), ())
