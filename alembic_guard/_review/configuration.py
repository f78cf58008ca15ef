"""Where each setting of Alembic's configuration comes from, and what names the database; secrets are never shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from configparser import InterpolationError
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from alembic.config import Config
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from alembic_guard import __version__
from alembic_guard._database import describe_url
from alembic_guard._errors import GuardError
from alembic_guard._models import shown
from alembic_guard._review.env_source import EnvSource
from alembic_guard._review.hiding import SECRET_NAME, said, variable_of
from alembic_guard._review.values import Configuration, Place, Setting, UrlSource
from alembic_guard._rules import age108_bad_guard
from alembic_guard._run.url import database_url
from alembic_guard._stop import stop

_KNOWN = (
    "script_location",
    "version_locations",
    "recursive_version_locations",
    "prepend_sys_path",
    "path_separator",
    "version_path_separator",
    "file_template",
    "timezone",
    "truncate_slug_length",
    "revision_environment",
    "sourceless",
    "output_encoding",
)
"""Alembic's own options (Alembic documentation, "Editing the .ini File"); of all others only the name is shown."""


_TEMPLATES = "driver://"
"""What ``sqlalchemy.url`` begins with as ``alembic init`` writes it."""


def read_configuration(config: Config, env: EnvSource, asked: str | None) -> tuple[Configuration, URL | None]:
    """The configuration, and the URL itself where it is known without running anything.

    Args:
        asked: ``--url``: what names the database where env.py computes it.
    """
    source, url = url_source(config, env)
    if asked is not None:
        if not asked.startswith("env:"):
            # Not shown: it may be a URL with its password, as the shell's history has it already.
            stop(
                age108_bad_guard.bad_value(
                    "review --url", "another text", "env: and the name of a variable", "--url env:DATABASE_URL"
                )
            )
        url = _url(config, asked)
        source = UrlSource("variable", asked[4:], Place("--url"), describe_url(url) if url else None)
    known = url or _ini_url(config)
    name = known.get_backend_name() if known is not None else None
    files = tuple(
        shown(str(Path(each).absolute()))
        for each in (config.config_file_name, config.toml_file_name)
        if each and Path(each).exists()
    )
    return Configuration(files, tuple(_settings(config)), source, name, _versions(url)), url


def _settings(config: Config) -> Iterator[Setting]:
    section, parser, lines = config.config_ini_section, config.file_config, _ini_lines(config)
    options = parser.options(section) if parser.has_section(section) else []
    ini = shown(str(Path(config.config_file_name).absolute())) if config.config_file_name else "the configuration"
    inherited = set(parser.defaults())
    for name in (each for each in options if each not in inherited):
        yield Setting(name, _ini_value(config, name), f"{ini}:{lines[name]}" if name in lines else f"{ini} [{section}]")
    for name, value in config.toml_alembic_config.items():
        if name not in options:
            told = str(value) if name in _KNOWN else "(set)"
            yield Setting(str(name), told, f"{shown(str(Path(str(config.toml_file_name)).absolute()))} [tool.alembic]")


def _ini_value(config: Config, name: str) -> str:
    if name == "sqlalchemy.url":
        url = _ini_url(config)
        text = config.file_config.get(config.config_ini_section, name, raw=True)
        if text.startswith("env:"):
            return text
        if text.startswith(_TEMPLATES):
            return "(the template's placeholder)"
        return describe_url(url) if url is not None else "(not a database URL; not shown)" if text else ""
    if name not in _KNOWN:
        return "(set)"
    value = config.file_config.get(config.config_ini_section, name, raw=True)
    return "(not shown)" if "://" in value or SECRET_NAME.search(name) else value


def _ini_lines(config: Config) -> dict[str, int]:
    """The line of each option of the section."""
    if not config.config_file_name or not Path(config.config_file_name).exists():
        return {}
    found: dict[str, int] = {}
    inside = False
    for number, line in enumerate(Path(config.config_file_name).read_text("utf-8", "replace").splitlines(), 1):
        if head := re.match(r"\[(.+)\]", line):
            inside = head[1] == config.config_ini_section
        elif inside and (option := re.match(r"([^\s=:#;][^=:]*?)\s*[=:]", line)):
            found.setdefault(option[1].lower(), number)
    return found


def _ini_url(config: Config) -> URL | None:
    """What the configuration alone says, without asking for a variable's value."""
    try:
        text = config.file_config.get(config.config_ini_section, "sqlalchemy.url", fallback="")
    except InterpolationError:
        text = config.file_config.get(config.config_ini_section, "sqlalchemy.url", raw=True)
    if not text or text.startswith(("env:", _TEMPLATES)):
        return None
    return _url(config, text)


def _url(config: Config, given: str | None) -> URL | None:
    try:
        return database_url(config, given)
    except GuardError:
        return None


def url_source(config: Config, env: EnvSource) -> tuple[UrlSource, URL | None]:
    """What names the database: env.py's own word before the configuration's."""
    if any("upgrade_token" in env.options(each)[0] for each in env.configures()):
        # Alembic's layout multidb: a section for each.
        named = config.file_config.get(config.config_ini_section, "databases", fallback="")
        return UrlSource("several", ", ".join(re.split(r",\s*", named))), None
    nodes = env.urls
    if len(nodes) > 1:
        return UrlSource("computed", " or ".join(said(each) for each in nodes), env.place(nodes[0])), None
    if not nodes:
        found, url = _from_ini(config)
        if found.kind == "none" and (node := env.connection) is not None:
            return UrlSource("computed", said(env.resolved(node)), env.place(node)), None
        return found, url
    node, place = env.resolved(nodes[0]), env.place(nodes[0])
    if (name := variable_of(node)) is not None:
        url = _url(config, f"env:{name}")
        return UrlSource("variable", name, place, describe_url(url) if url else None), url
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _literal(config, node.value, place)
    if _is_of_ini(node):
        return _from_ini(config)
    return UrlSource("computed", said(node), place), None


def _literal(config: Config, text: str, place: Place) -> tuple[UrlSource, URL | None]:
    url = _url(config, text)
    if text.startswith("env:"):
        return UrlSource("variable", text[4:], place, describe_url(url) if url else None), url
    return UrlSource("literal", "", place, describe_url(url) if url else None, _has_password(text)), url


def _is_of_ini(node: ast.expr) -> bool:
    """``config.get_main_option("sqlalchemy.url")``, ``config.get_section(...)["sqlalchemy.url"]``."""
    text = ast.unparse(node)
    return "sqlalchemy.url" in text and "get_" in text and variable_of(node) is None and " or " not in text


def _from_ini(config: Config) -> tuple[UrlSource, URL | None]:
    parser, section = config.file_config, config.config_ini_section
    text = parser.get(section, "sqlalchemy.url", raw=True, fallback="") if parser.has_section(section) else ""
    ini = shown(str(Path(config.config_file_name).absolute())) if config.config_file_name else ""
    place = Place(ini, _ini_lines(config).get("sqlalchemy.url", 0)) if ini else None
    if not text or text.startswith(_TEMPLATES):
        return UrlSource("none", "", place if text else None), None
    url = _url(config, None)
    if text.startswith("env:"):
        return UrlSource("variable", text[4:], place, describe_url(url) if url else None), url
    return UrlSource("ini", "", place, describe_url(url) if url else None, _has_password(text)), url


def _has_password(text: str) -> bool:
    """Whether a URL's text holds one, also where it cannot be read as a URL."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return "@" in text
    return bool(url.password) or any(SECRET_NAME.search(name) for name in url.query)


def _versions(url: URL | None) -> dict[str, str]:
    found = {"Python": python_version(), "alembic-guard-hooks": __version__}
    found.update((name, known) for name in ("alembic", "sqlalchemy") if (known := _installed(name)))
    driver = url.drivername.partition("+")[2] if url is not None else ""
    if driver and (known := _installed(driver)):
        found[driver] = known
    return found


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
