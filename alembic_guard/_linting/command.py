"""``python -m alembic_guard lint``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from alembic.config import Config

from alembic_guard import presets
from alembic_guard._configuration import check_configuration
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._errors import GuardError
from alembic_guard._external import ExternalTables
from alembic_guard._linting.changed import changed_since, checkout_of
from alembic_guard._linting.lint import lint_models
from alembic_guard._report import as_github, as_json, as_text
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

CLEAN, COULD_NOT_LOOK, FOUND = 0, 2, 4
"""Exit codes, as those of ``drift``."""

_FORMATS: Mapping[str, Callable[[Iterable[Diagnostic]], str]] = {
    "text": lambda found: as_text(found) or "No findings.",
    "json": as_json,
    "github": as_github,
}
_FAILS: Mapping[str, Sequence[Severity]] = {
    "error": [Severity.ERROR],
    "warning": [Severity.ERROR, Severity.WARNING],
    "info": list(Severity),
    "never": [],
}


def lint(
    config: Config,
    paths: list[str] | None = None,
    dialect: str | None = None,
    external: list[str] | None = None,
    diff_base: str | None = None,
    fail_on: str = "error",
    format: str = "text",
) -> None:
    """Find in models and migrations what will make trouble, without importing them."""
    show = _FORMATS[format]
    try:
        check_configuration(config)
        found = lint_models(
            paths or ["."],
            dialect=dialect,
            external=[owner_of(each) for each in external or ()],
            config=config,
            changed=None if diff_base is None else _changed(diff_base, paths or ["."]),
        )
    except GuardError as error:
        config.print_stdout("%s", show(error.diagnostics))
        raise SystemExit(COULD_NOT_LOOK) from error
    text = show(found)
    if text:
        config.print_stdout("%s", text)
    if any(each.severity in _FAILS[fail_on] for each in found):
        raise SystemExit(FOUND)


def _changed(ref: str, paths: list[str]) -> frozenset[Path]:
    """What differs in the checkouts that the paths are in."""
    folders = [each if each.is_dir() else each.parent for each in map(Path, paths) if each.exists()]
    checkouts = dict.fromkeys(checkout_of(each) for each in folders)
    return frozenset[Path]().union(*(changed_since(ref, each) for each in checkouts))


def add_options(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("paths", nargs="*", help="files and folders; the working folder without one")
    parser.add_argument("--dialect", help="postgresql, mariadb, sqlite ...; default: that of the configuration")
    parser.add_argument(
        "--external",
        action="append",
        metavar="OWNER",
        help="an owner that env.py does not say: better-auth, django, ...; a contract file; name=table,table_*",
    )
    parser.add_argument("--diff-base", metavar="REF", help="only files that differ from this commit or branch")
    parser.add_argument(
        "--fail-on", choices=list(_FAILS), default="error", help="the weight that makes the exit code 4 (error)"
    )
    parser.add_argument("--format", choices=list(_FORMATS), default="text")


def owner_of(given: str) -> ExternalTables:
    """The tables that ``--external`` means.

    Raises:
        GuardError: AGE108 when it is none of the three forms, AGE120 for a contract file that cannot be read.
    """
    owner, equals, names = given.partition("=")
    if equals and owner and names:
        listed = [each.strip() for each in names.split(",") if each.strip()]
        patterns = [each for each in listed if "*" in each or "?" in each]
        return ExternalTables(owner, [each for each in listed if each not in patterns], patterns=patterns)
    if given.endswith(".json"):
        return ExternalTables.load(given)
    known: dict[str, Callable[[], ExternalTables]] = {
        name.replace("_", "-"): getattr(presets, name) for name in presets.__all__
    }
    if given not in known:
        expected = f"one of {', '.join(known)}, a contract file, or name=table,table_*"
        stop(age108_bad_guard.bad_value("lint --external", given, expected))
    return known[given]()
