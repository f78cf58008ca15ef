"""Where each setting of Alembic's configuration comes from, and what names the database; secrets are never shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from alembic.config import Config
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from alembic_guard import __version__
from alembic_guard._configuration import PLACEHOLDER, configured_url
from alembic_guard._database import describe_url
from alembic_guard._errors import GuardError
from alembic_guard._models import shown
from alembic_guard._review.env_source import EnvSource
from alembic_guard._review.hiding import SECRET_NAME, said, variable_of
from alembic_guard._review.values import Configuration, Place, Setting, UrlSource
from alembic_guard._rules import age108_bad_guard
from alembic_guard._run.url import database_url
from alembic_guard._stop import stop
from alembic_guard._x_arguments import values

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
    "databases",
)
"""Alembic's own options (Alembic documentation, "Editing the .ini File", and its template multidb); of all others only the
name is shown."""


@dataclass(frozen=True, slots=True)
class Named:
    """What names one database: its URL is there where it is known without running anything."""

    source: UrlSource
    url: URL | None
    dialect: str | None


def read_configuration(
    config: Config, env: EnvSource, asked: str | None
) -> tuple[Configuration, dict[str | None, Named]]:
    """The configuration, and what names each database of the layout ``multidb``; under None the only one.

    Args:
        asked: ``--url``: what names the database where env.py computes it.
    """
    names = database_names(config, env)
    if names:
        if asked is not None:
            stop(
                age108_bad_guard.bad_value(
                    "review --url",
                    "one variable",
                    f"a URL for each of {', '.join(names)}",
                    f"sqlalchemy.url = env:DATABASE_URL in the section [{names[0]}]",
                )
            )
        named: dict[str | None, Named] = {each: _named(config, *url_source(config, env, each), each) for each in names}
        together = UrlSource("several", ", ".join(names))
    else:
        named = {None: _named(config, *_asked(config, env, asked), None)}
        together = named[None].source
    dialects = {each.dialect for each in named.values()}
    files = tuple(
        shown(str(Path(each).absolute()))
        for each in (config.config_file_name, config.toml_file_name)
        if each and Path(each).exists()
    )
    settings = [*_settings(config), *(each for name in names for each in _section(config, name))]
    dialect = dialects.pop() if len(dialects) == 1 else None
    urls = [each.url for each in named.values() if each.url is not None]
    return Configuration(files, tuple(settings), together, dialect, _versions(urls)), named


def database_names(config: Config, env: EnvSource) -> list[str]:
    """The databases of the layout ``multidb``; none where there is one, or where their names are computed."""
    listed = listed_databases(config)
    guards = [name for name in env.guards if name is not None]
    if guards:
        return [*(each for each in listed if each in guards), *(each for each in guards if each not in listed)]
    return listed if is_multidb(env) else []


def listed_databases(config: Config) -> list[str]:
    """``databases`` of alembic.ini, for which script.py.mako writes a function each."""
    return [each for each in re.split(r",\s*", config.get_main_option("databases") or "") if each]


def is_multidb(env: EnvSource) -> bool:
    """Whether env.py configures one database after the other: only Alembic's layout ``multidb`` gives tokens."""
    return any("upgrade_token" in env.options(each)[0] for each in env.configures())


def _named(config: Config, source: UrlSource, url: URL | None, section: str | None) -> Named:
    known = url or _ini_url(config, section or config.config_ini_section)
    return Named(source, url, known.get_backend_name() if known is not None else None)


def _asked(config: Config, env: EnvSource, asked: str | None) -> tuple[UrlSource, URL | None]:
    if asked is not None:
        if not asked.startswith("env:"):
            # Not shown: it may be a URL with its password, as the shell's history has it already.
            stop(
                age108_bad_guard.bad_value(
                    "review --url", "another text", "env: and the name of a variable", "--url env:DATABASE_URL"
                )
            )
        url = _url(config, asked)
        return UrlSource("variable", asked[4:], Place("--url"), describe_url(url) if url else None), url
    return url_source(config, env, None)


def _section(config: Config, section: str) -> Iterator[Setting]:
    """The options of a section of alembic.ini."""
    parser, lines = config.file_config, _ini_lines(config, section)
    options = parser.options(section) if parser.has_section(section) else []
    ini = shown(str(Path(config.config_file_name).absolute())) if config.config_file_name else "the configuration"
    inherited = set(parser.defaults())
    for name in (each for each in options if each not in inherited):
        place = f"{ini}:{lines[name]}" if name in lines else f"{ini} [{section}]"
        title = name if section == config.config_ini_section else f"[{section}] {name}"
        yield Setting(title, _ini_value(config, name, section), place)


def _settings(config: Config) -> Iterator[Setting]:
    options = {each.name for each in _section(config, config.config_ini_section)}
    yield from _section(config, config.config_ini_section)
    for name, value in config.toml_alembic_config.items():
        if name not in options:
            told = str(value) if name in _KNOWN else "(set)"
            yield Setting(str(name), told, f"{shown(str(Path(str(config.toml_file_name)).absolute()))} [tool.alembic]")


def _ini_value(config: Config, name: str, section: str) -> str:
    if name == "sqlalchemy.url":
        url = _ini_url(config, section)
        text = config.file_config.get(section, name, raw=True)
        if text.startswith("env:"):
            return text
        if text.startswith(PLACEHOLDER):
            return "(the template's placeholder)"
        return describe_url(url) if url is not None else "(not a database URL; not shown)" if text else ""
    if name not in _KNOWN:
        return "(set)"
    value = config.file_config.get(section, name, raw=True)
    return "(not shown)" if "://" in value or SECRET_NAME.search(name) else value


def _ini_lines(config: Config, section: str) -> dict[str, int]:
    """The line of each option of a section."""
    if not config.config_file_name or not Path(config.config_file_name).exists():
        return {}
    found: dict[str, int] = {}
    inside = False
    for number, line in enumerate(Path(config.config_file_name).read_text("utf-8", "replace").splitlines(), 1):
        if head := re.match(r"\[(.+)\]", line):
            inside = head[1] == section
        elif inside and (option := re.match(r"([^\s=:#;][^=:]*?)\s*[=:]", line)):
            found.setdefault(option[1].lower(), number)
    return found


def _ini_url(config: Config, section: str) -> URL | None:
    """What the configuration alone says, without asking for a variable's value."""
    text = configured_url(config, section if section != config.config_ini_section else None)
    if not text or text.startswith(("env:", PLACEHOLDER)):
        return None
    return _url(config, text)


def _url(config: Config, given: str | None, section: str | None = None) -> URL | None:
    try:
        return database_url(config, given, section)
    except GuardError:
        return None


def url_source(config: Config, env: EnvSource, database: str | None) -> tuple[UrlSource, URL | None]:
    """What names a database: env.py's own word before the configuration's.

    Args:
        database: Its name in the layout ``multidb``, which is its section too; None for the only one.
    """
    if database is None and is_multidb(env):
        return UrlSource("several"), None  # how many and which is computed
    nodes = env.urls(database)
    if len(nodes) > 1:
        return UrlSource("computed", " or ".join(said(each) for each in nodes), env.place(nodes[0])), None
    if not nodes:
        found, url = _from_ini(config, database)
        if found.kind == "none" and database is None and (node := env.connection) is not None:
            return UrlSource("computed", said(env.resolved(node)), env.place(node)), None
        return found, url
    node, place = env.resolved(nodes[0]), env.place(nodes[0])
    if (name := variable_of(node)) is not None:
        url = _url(config, f"env:{name}")
        return UrlSource("variable", name, place, describe_url(url) if url else None), url
    if (key := env.x_argument(node)) is not None:
        given = list(values(config, key))
        url = _url(config, given[-1]) if given else None
        return UrlSource("argument", f"-x {key}", place, describe_url(url) if url else None), url
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _literal(config, node.value, place)
    if _is_of_ini(node):
        return _from_ini(config, database)
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


def _from_ini(config: Config, database: str | None) -> tuple[UrlSource, URL | None]:
    parser, section = config.file_config, database or config.config_ini_section
    text = parser.get(section, "sqlalchemy.url", raw=True, fallback="") if parser.has_section(section) else ""
    ini = shown(str(Path(config.config_file_name).absolute())) if config.config_file_name else ""
    place = Place(ini, _ini_lines(config, section).get("sqlalchemy.url", 0)) if ini else None
    if not text or text.startswith(PLACEHOLDER):
        return UrlSource("none", "", place if text else None), None
    url = _url(config, None, database)
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


def _versions(urls: Iterable[URL]) -> dict[str, str]:
    found = {"Python": python_version(), "alembic-guard-hooks": __version__}
    found.update((name, known) for name in ("alembic", "sqlalchemy") if (known := _installed(name)))
    drivers = (url.drivername.partition("+")[2] for url in urls)
    found.update({driver: known for driver in drivers if driver and (known := _installed(driver))})
    return found


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
