"""The rules over files: names, owners, references, locks; suppressions with their reasons."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from os import PathLike
from pathlib import Path

from alembic.config import Config
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from alembic_guard._allow import Allow
from alembic_guard._collection import collected_seldom
from alembic_guard._configuration import PLACEHOLDER, configured_url
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._errors import GuardError
from alembic_guard._external import ExternalTables
from alembic_guard._guard import Guard
from alembic_guard._lint.findings import findings
from alembic_guard._lint.project import Project, python_files
from alembic_guard._lint.source import ModuleSource
from alembic_guard._linting.suppressed import without_suppressed_or_unused
from alembic_guard._linting.visitor import Visitor
from alembic_guard._models import shown
from alembic_guard._names import TableName
from alembic_guard._rules import age108_bad_guard, agn115_not_read, ago130_owners_not_read
from alembic_guard._static.declared import declared_by, env_py, externals_of
from alembic_guard._static.owners import Owners
from alembic_guard._static.values import Declared
from alembic_guard._stop import stop
from alembic_guard.presets import better_auth

External = Mapping[str, str] | Sequence[ExternalTables]


def lint_models(
    paths: Iterable[str | PathLike[str]],
    *,
    dialect: str | None = None,
    external: External | None = None,
    config: Config | None = None,
    changed: Collection[Path] | None = None,
) -> list[Diagnostic]:
    """What is wrong in models and migrations; the files are read and never imported.

    .. code-block:: python

        for finding in lint_models(["app", "alembic/versions"], dialect="postgresql"):
            print(finding.location, finding.message)

    What is reserved is found out with the SQLAlchemy, SQLModel and Flask-SQLAlchemy that are installed.

    Args:
        paths: Files, and folders with all that is below them.
        dialect: The database's (``"postgresql"``): its reserved words and the length of names, which types a key may
            have, which keys need an index, what locks. None: what ``config`` says; where that says nothing neither is
            looked at.
        external: Tables that others own, with the owner's name; or ExternalTables. Beside those that the project says.
        config: Alembic's configuration: the owners are those of its env.py, as far as they can be read there; the dialect is
            that of the Guard's URL, else of ``sqlalchemy.url``.
        changed: Tell of these files alone; what they do that a revision before them did not is then new.

    Returns:
        The findings by file and line, without those that a ``# guard: ignore[...] reason`` covers.

    Raises:
        GuardError: AGE108 when a path does not exist.

    .. versionadded:: 0.1
    """
    given = [_absolute(Path(each)) for each in ([paths] if isinstance(paths, (str, PathLike)) else paths)]
    for path in given:
        if not path.exists():
            stop(age108_bad_guard.bad_value("lint", shown(str(path)), "a file or a folder that exists"))
    # Trees die with their file, and walking what is kept again and again costs more than parsing.
    with collected_seldom():
        return _Lint(given, dialect, external or {}, config, changed).found()


class _Lint:
    """One run."""

    def __init__(
        self,
        given: Sequence[Path],
        dialect: str | None,
        external: External,
        config: Config | None,
        changed: Collection[Path] | None,
    ) -> None:
        self._files = list(python_files(given))
        self._asked = {str(each) for each in self._files}
        self._changed = None if changed is None else {str(path) for path in changed}
        self._external = external
        self._declared = _declared(config, dialect)
        self._says_nothing = config is not None and self._declared is None and not external
        self.dialect = dialect or _dialect(config, self._declared)

    def found(self) -> list[Diagnostic]:
        owners, unread = self._owners()
        visitor = Visitor(owners, self.dialect, is_new=self._changed is not None)
        project = Project(wanted=visitor.wants, visit=visitor.visit)
        modules = [each for path in self._files if (each := project.read(path)) is not None]
        names = {**{name: owner for module in modules for name, owner in _owned(module)}, **owners.by_name}
        found = [*findings(project, modules, self.dialect, names), *visitor.found, *unread]
        if (
            self._says_nothing
            and (migration := next((each for each in modules if each.is_migration), None)) is not None
        ):
            found.append(ago130_owners_not_read.no_configuration(migration.path))
        found += [agn115_not_read.not_read(path, *why) for path, why in project.unreadable.items()]
        told = [each for each in self._judged(found) if self._is_asked(each)]
        told.sort(key=lambda each: (each.location.path or "", each.location.line or 0, each.code))
        shorter = (replace(each, location=replace(each.location, path=_shown(each.location.path))) for each in told)
        asked = [each for each in visitor.suppressions if self._is_asked_path(each.path)]
        mine = [replace(each, path=shown(each.path)) for each in asked]
        looked_at = {shown(path): codes for path, codes in visitor.looked_at.items()}
        return list(without_suppressed_or_unused(list(shorter), mine, looked_at))

    def _owners(self) -> tuple[Owners, list[Diagnostic]]:
        given = self._external
        named = {TableName.parse(name): owner for name, owner in given.items()} if isinstance(given, Mapping) else {}
        tables = [] if isinstance(given, Mapping) else list(given)
        declared = self._declared
        if declared is None:
            return Owners(tables, named, (), self.dialect), []
        theirs = [externals_of([guard], declared) for guard in declared.guards]
        unread = [ago130_owners_not_read.not_read(*each) for each in declared.unread]
        if len({_set_of(each) for each in theirs}) > 1:
            places = sorted({(guard.path, guard.line) for guard in declared.guards})
            return Owners(tables, named, (), self.dialect), [ago130_owners_not_read.several(*places[0]), *unread]
        listed = [*(theirs[0] if theirs else ()), *declared.owners, *tables]
        return Owners(listed, {**declared.named, **named}, _allowed(declared), self.dialect), unread

    def _judged(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """With the weights of the Guard, where they can be read."""
        for guard in self._declared.guards if self._declared is not None else ():
            rules = guard.given.get("rules")
            if isinstance(rules, dict):
                with suppress(GuardError):
                    return Guard(MetaData(), rules=rules).judged(found)
        return found

    def _is_asked(self, found: Diagnostic) -> bool:
        return self._is_asked_path(found.location.path) or found.code == ago130_owners_not_read.RULE.code

    def _is_asked_path(self, path: str | None) -> bool:
        if path is None or path not in self._asked:
            return False
        # What git calls changed goes by its own name, without links on the way.
        return self._changed is None or bool(self._changed & {path, _without_links(path)})


def _absolute(path: Path) -> Path:
    """From the root on, without ``..``, which another tool would not follow."""
    return path.resolve() if ".." in path.parts else path.absolute()


def _without_links(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def _declared(config: Config | None, dialect: str | None) -> Declared | None:
    """What the project of a configuration says; None where there is none."""
    if config is None:
        return None
    try:
        env = env_py(config)
    except FileNotFoundError as error:
        return Declared(
            unread=[
                (*_written_in(config), f"script_location {str(error)!r}, from the working folder on, has no env.py")
            ]
        )
    return declared_by(config, env, dialect) if env is not None else None


def _written_in(config: Config) -> tuple[str, int]:
    """The file and line that name the folder of env.py."""
    names = [each for each in (config.config_file_name, config.toml_file_name) if each]
    for path in (Path(each).absolute() for each in names):
        with suppress(OSError, UnicodeDecodeError):
            lines = path.read_text(encoding="utf-8").splitlines()
            for line, text in enumerate(lines, 1):
                if text.lstrip().startswith("script_location"):
                    return str(path), line
    return str(Path(names[0]).absolute()) if names else "", 0


def _set_of(tables: Iterable[ExternalTables]) -> frozenset[str]:
    return frozenset(map(repr, tables))


def _allowed(declared: Declared) -> Iterator[Allow]:
    for guard in declared.guards:
        given = guard.given.get("allow")
        yield from (each for each in (given if isinstance(given, (list, tuple)) else ()) if isinstance(each, Allow))


def _dialect(config: Config | None, declared: Declared | None) -> str | None:
    """The dialect of the database that a run would go to, where the text or a variable of this process says it: the
    Guard's URL, else that of the configuration."""
    given = [guard.given.get("url") for guard in declared.guards] if declared is not None else []
    texts = [each for each in given if isinstance(each, str)]
    if config is not None and not any(given):
        texts = [configured_url(config) or ""]
    for text in texts:
        url = os.environ.get(text.removeprefix("env:"), "") if text.startswith("env:") else text
        if not url.startswith(PLACEHOLDER):
            with suppress(ArgumentError, ValueError):
                return make_url(url).get_backend_name()
    return None


def _shown(path: str | None) -> str | None:
    return shown(path) if path else path


def _owned(module: ModuleSource) -> Iterator[tuple[str, str]]:
    """Tables that a file says others own: ``ExternalTables("owner", ["name"])``, ``better_auth()``."""
    for name, owner in module.external.items():
        yield from ((each.name, owner) for each in better_auth().names) if not name else [(name, owner)]
