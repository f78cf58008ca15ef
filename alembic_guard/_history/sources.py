"""Python files found and parsed by the names they are imported by; nothing is imported."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from sysconfig import get_paths

KNOWN_LIBRARIES = frozenset(["alembic", "sqlalchemy", "sqlmodel"])
"""Their modules are known to this reader and never read."""

HINT = re.compile(
    r"create|rename|drop|execute|exec_driver_sql|executescript|_column|batch_alter_table|bulk_insert|_comment|import_module"
)
"""Without one of these words a file does nothing to a table by itself."""


_LIBRARY_HINT = re.compile(r"create_table|create_all|rename_table|drop_table|CREATE TABLE|alembic")


@dataclass(frozen=True, slots=True)
class Source:
    """A module found: its file, and whether it is one of a library and not of the project."""

    path: str
    package: str
    foreign: bool


@dataclass(slots=True)
class Sources:
    """The modules of one reading; each file is parsed once.

    Args:
        home: The folder of the revisions: what lies in the same top-level package is the project's own, also when
            the project is installed.
    """

    home: str = ""
    _found: dict[str, Source | None] = field(default_factory=dict)
    _trees: dict[str, ast.Module] = field(default_factory=dict)

    def find(self, name: str) -> Source | None:
        """The Python file of a module, or None where none is found: a missing package, or one that is no Python."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def tree(self, path: str) -> ast.Module:
        """The syntax tree of a module that revisions import; kept, since several may.

        Raises:
            OSError, SyntaxError, ValueError: When it cannot be read.
        """
        if path not in self._trees:
            self._trees[path] = ast.parse(text_of(path), path)
        return self._trees[path]

    def makes_tables(self, path: str) -> bool:
        """Whether a library's file may do anything to tables, by its words."""
        try:
            return bool(path) and _LIBRARY_HINT.search(text_of(path)) is not None
        except (OSError, SyntaxError, ValueError):
            return True

    def _find(self, name: str) -> Source | None:
        loaded = getattr(sys.modules.get(name), "__file__", None)
        path = loaded or _path_of(name)
        if path is None or (path and not path.endswith(".py")):
            return None
        return Source(path, name if _is_package(path) else name.rpartition(".")[0], self._is_foreign(path))

    def _is_foreign(self, path: str) -> bool:
        top = _top_package(path) if path else None
        return top is not None and top != _top_package(self.home)


def is_standard(name: str) -> bool:
    """Whether a module is Python's own."""
    return name.partition(".")[0] in sys.stdlib_module_names


def text_of(path: str) -> str:
    """A file's text by the encoding it declares.

    Raises:
        OSError, SyntaxError, ValueError: When it cannot be read.
    """
    with tokenize.open(path) as file:
        return file.read()


def _path_of(name: str) -> str | None:
    """Where ``import name`` would find its source, without importing the packages it is in; "" for a folder that is a
    package without a file of its own."""
    top, *rest = name.split(".")
    spec = _spec_of(top)
    if spec is None:
        return None
    path = spec.origin or ""
    folders = [Path(each) for each in spec.submodule_search_locations or ()]
    for part in rest:
        # Not by the finders: for a package without __init__.py they ask sys.modules for its parent.
        found = next((each for folder in folders if (each := _in_folder(folder, part)) is not None), None)
        if found is None:
            return None
        path = found
        folders = [folder / part for folder in folders if (folder / part).is_dir()] if _is_package(path) else []
    return path


def _in_folder(folder: Path, part: str) -> str | None:
    package, module = folder / part / "__init__.py", folder / f"{part}.py"
    if package.is_file():
        return str(package)
    if module.is_file():
        return str(module)
    return "" if (folder / part).is_dir() else None


def _is_package(path: str) -> bool:
    return not path or Path(path).name == "__init__.py"


def _spec_of(name: str) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec = find(name, None) if find is not None else None
        if spec is not None:
            return spec  # type: ignore[no-any-return]  # a finder is an object of any class
    return None


def _top_package(path: str) -> Path | None:
    """The folder below site-packages in which a file lies; None for a file elsewhere."""
    folders = {Path(value).resolve() for key, value in get_paths().items() if key in ("purelib", "platlib")}
    file = Path(path).resolve()
    return next((each for each in (file, *file.parents) if each.parent in folders), None)
