"""Where a project says whose tables are whose: env.py's Guard, and the package of its models."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from os.path import dirname
from pathlib import Path

from alembic.config import Config
from alembic.util import CommandError

from alembic_guard._configuration import prepended
from alembic_guard._external import ExternalTables
from alembic_guard._history.interpreter import TooLong
from alembic_guard._history.sources import Source, Sources, text_of
from alembic_guard._history.values import Unknown, Value
from alembic_guard._lint.project import package_of, place, python_files, root_of
from alembic_guard._static.reader import Reader
from alembic_guard._static.values import Declared, GuardValue


class NearSources(Sources):
    """Modules by their place beside a file first: the project need not be importable from here."""

    def find(self, name: str) -> Source | None:
        if name not in self._found:
            path = place(self.home, name)
            if path is None:
                return super().find(name)
            package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
            self._found[name] = Source(path, package, False)
        return self._found[name]


def reader_of(
    path: str,
    dialect: str | None,
    declared: Declared,
    known: dict[str, NearSources],
    matters: Callable[[str], bool] = lambda text: True,
) -> Reader:
    """A reader of one file; files of one package share what they import."""
    folder = root_of(dirname(path))
    sources = known.setdefault(folder, NearSources(folder))
    return Reader(path, package_of(dirname(path)), dialect, sources, declared, matters)


def env_py(config: Config) -> Path | None:
    """The env.py of a configuration, where it can be found without importing anything; None without a configuration.

    Raises:
        FileNotFoundError: With the place, where the configuration names one that has no env.py.
    """
    try:
        location = config.get_alembic_option("script_location")
    except CommandError:
        return None
    if not location:
        return None
    package, colon, below = location.partition(":")
    if colon and not Path(location).is_absolute():
        found = find_module(package, [str(Path.cwd()), *map(_absolute, prepended(config))])
        location = str(Path(found).parent / below) if found else location
    path = Path(location).absolute() / "env.py"
    if not path.is_file():
        raise FileNotFoundError(location)
    return path


def _absolute(folder: str) -> str:
    return str(Path(folder).absolute())


def find_module(name: str, folders: Iterable[str]) -> str | None:
    """The file of a module: beside these folders and above them, else where an import would find it."""
    beside = (place(folder, name) for folder in folders)
    found = next((each for each in beside if each is not None), None)
    if found is not None:
        return found
    installed = Sources().find(name)
    return installed.path or None if installed is not None else None


def declared_by(config: Config, env: Path, dialect: str | None) -> Declared:
    """What env.py and the package of its models say."""
    declared = Declared()
    known: dict[str, NearSources] = {}
    read_declarations([str(env)], dialect, declared, known)
    seen: set[str] = {str(env)}
    folders = [*map(_absolute, prepended(config)), str(env.parent)]
    for guard in list(declared.guards):
        for module in _modules(guard.given.get("metadata")):
            path = find_module(module, folders)
            if path is None:
                if guard.given.get("external"):  # then the owners are known without it
                    continue
                why = f"Guard({module!r}): no such module is found"
                declared.unread.append((guard.path, guard.line, why))
                continue
            files = [each for each in _package_files(path) if each not in seen]
            seen.update(files)
            read_declarations(files, dialect, declared, known)
    return declared


def read_declarations(
    paths: Iterable[str], dialect: str | None, declared: Declared, known: dict[str, NearSources]
) -> None:
    """Read the files that mention this library at all."""
    for path in paths:
        try:
            text = text_of(path)
            if "alembic_guard" in text:
                reader_of(path, dialect, declared, known).read_declarations(ast.parse(text, path))
        except (OSError, SyntaxError, ValueError, RecursionError, TooLong) as error:
            declared.unread.append((path, 1, f"it cannot be read: {error}"))


def _modules(metadata: Value) -> Iterator[str]:
    for each in metadata if isinstance(metadata, (list, tuple)) else [metadata]:
        if isinstance(each, str):
            yield each.partition(":")[0]


def _package_files(path: str) -> Sequence[str]:
    """The files of the top package that a module is in; of a module that stands alone, its folder's."""
    package = package_of(dirname(path))
    if not package:
        return sorted(str(each) for each in Path(path).parent.glob("*.py"))
    folder = Path(root_of(dirname(path))) / package.partition(".")[0]
    return [str(each) for each in python_files([folder])]


def externals_of(guards: Sequence[GuardValue], declared: Declared) -> list[ExternalTables]:
    """The ExternalTables that Guards name; what of them cannot be read is added to what is unread."""
    found: list[ExternalTables] = []
    for guard in guards:
        given = guard.given.get("external", ())
        for each in given if isinstance(given, (list, tuple)) else [given]:
            if isinstance(each, ExternalTables):
                found.append(each)
            else:
                why = each.why if isinstance(each, Unknown) else "it is computed"
                declared.unread.append((guard.path, guard.line, f"Guard(external=...): {why}"))
    return found
