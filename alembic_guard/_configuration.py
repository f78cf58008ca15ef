"""Alembic's configuration, looked through before a command relies on it: what is wrong in it is said in one line."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    InterpolationError,
    InterpolationMissingOptionError,
    MissingSectionHeaderError,
    ParsingError,
)
from configparser import Error as IniError
from pathlib import Path
from typing import Any, NoReturn

from alembic.config import Config
from alembic.util import CommandError

from alembic_guard._models import shown
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

_OPTIONS = ("script_location", "file_template", "timezone", "output_encoding")
_URL = "sqlalchemy.url"
PLACEHOLDER = "driver://"
"""What ``sqlalchemy.url`` begins with as ``alembic init`` writes it: no database."""
_BAD = (IniError, UnicodeError, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What Alembic lets through: configparser's, tomllib's (ValueError), and those of ``%`` with TOML's own types."""


def check_configuration(config: Config) -> None:
    """See that the files are there which were asked for, and that Alembic can read what it needs of them.

    Raises:
        GuardError: AGE108 with the file and the reason.
    """
    for name in _asked_for(config):
        if not Path(name).is_file():
            stop(age108_bad_guard.bad_value("the configuration", name, "a file that exists"))
    ini = config.config_file_name
    try:
        parser = config.file_config
    except _BAD as error:
        _stop(str(ini), error)
    try:
        in_toml = config.toml_alembic_config
    except (*_BAD, CommandError) as error:
        _stop(str(config.toml_file_name), error)
    section = config.config_ini_section
    if section != "alembic" and ini and Path(ini).is_file() and not parser.has_section(section):
        there = ", ".join(f"-n {each}" for each in parser.sections() if parser.has_option(each, "script_location"))
        stop(
            age108_bad_guard.bad_value(
                shown(str(Path(ini).absolute())), f"-n {section}", "a section that it has", there
            )
        )
    where = str(ini) if parser.has_section(section) else str(config.toml_file_name)
    for name, read in _settings(config):
        try:
            found = read()
        except _BAD as error:
            _stop(where, error, f" {name}")
        if name == "script_location" and not isinstance(found, (str, type(None))):
            stop(age108_bad_guard.bad_value(f"{shown(str(Path(where).absolute()))} {name}", found, "a text"))
    if in_toml and not isinstance(in_toml.get("version_locations", []), list):
        stop(
            age108_bad_guard.bad_value(
                f"{shown(str(Path(where).absolute()))} version_locations",
                in_toml["version_locations"],
                "a list of texts",
            )
        )


def _asked_for(config: Config) -> Iterator[str]:
    options = config.cmd_opts
    given: Any = getattr(options, "config", None)
    if options is not None and not given:
        given = os.environ.get("ALEMBIC_CONFIG")
    yield from [given] if isinstance(given, str) else given or ()


def _settings(config: Config) -> Iterator[tuple[str, Any]]:
    for name in _OPTIONS:
        yield name, lambda name=name: config.get_alembic_option(name)
    yield "truncate_slug_length", lambda: int(config.get_alembic_option("truncate_slug_length") or 40)
    yield "version_locations", config.get_version_locations_list
    yield "prepend_sys_path", lambda: prepended(config)


def configured_url(config: Config, section: str | None = None) -> str | None:
    """The text of ``sqlalchemy.url``, of a section of alembic.ini or of the main one.

    A lone % (of a password) is taken as it stands; ConfigParser would want it doubled.
    """
    if section and not config.file_config.has_section(section):
        return None
    try:
        return config.get_section_option(section, _URL) if section else config.get_alembic_option(_URL)
    except InterpolationError:
        return config.file_config.get(section or config.config_ini_section, _URL, raw=True)


def prepended(config: Config) -> list[str]:
    """The folders that Alembic puts before ``sys.path``, without its warning about their separator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(config.get_prepend_sys_paths_list() or ())


def _stop(file: str, error: Exception, setting: str = "") -> NoReturn:
    where = f"{shown(str(Path(file).absolute()))}{setting}"
    stop(age108_bad_guard.bad_value(where, _why(error), "what Alembic can read"), cause=error)


def _why(error: Exception) -> str:
    """Not in the error's own words where these quote the file: a line of it may hold a password."""
    match error:
        case MissingSectionHeaderError():
            return f"line {error.lineno}, before which no [section] begins"
        case ParsingError():
            return f"line {error.errors[0][0]}, which is no setting" if error.errors else "a line that is no setting"
        case DuplicateOptionError():
            return f"{error.option} for the second time in [{error.section}], line {error.lineno}"
        case DuplicateSectionError():
            return f"[{error.section}] for the second time, line {error.lineno}"
        case InterpolationMissingOptionError():
            return f"a %({error.reference})s, which is named nowhere"
        case InterpolationError():
            return "a % that stands for nothing; %% is a plain one"
        case KeyError():
            return f"a %({error.args[0]})s, which TOML's settings do not have"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
