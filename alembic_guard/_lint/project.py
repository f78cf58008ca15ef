"""The files of one run and those that their classes come from: which class is a model, and in which style."""

from __future__ import annotations

import ast
import tokenize
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from os import getcwd, scandir, sep, stat
from os.path import basename, dirname, exists, isfile, join
from pathlib import Path

from alembic_guard._lint.outcome import Style
from alembic_guard._lint.source import ClassSource, ModuleSource, read_source

_WORDS = (
    "Column",
    "mapped_column",
    "Mapped",
    "SQLModel",
    "declarative_base",
    "DeclarativeBase",
    "add_column",
    "ExternalTables",
)

_BASES = {
    "DeclarativeBase": Style.DECLARATIVE_BASE_CLASS,
    "DeclarativeBaseNoMeta": Style.DECLARATIVE_BASE_CLASS,
    "MappedAsDataclass": Style.DATACLASS,
    "SQLModel": Style.SQLMODEL,
}
_CALLS = {
    "declarative_base": Style.DECLARATIVE_BASE,
    "automap_base": Style.DECLARATIVE_BASE,
    "generate_base": Style.DECLARATIVE_BASE,
}


Key = tuple[str, str]
"""A class: its file and its name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A class and the module it stands in."""

    module: ModuleSource
    source: ClassSource

    @property
    def key(self) -> Key:
        return self.module.path, self.source.name


@dataclass(slots=True)
class Project:
    """Every file is read once; a file that cannot be read is in ``unreadable``."""

    unreadable: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    wanted: Callable[[str], bool] | None = None
    """Whether a file is to be parsed for something else than the names in it, by its text."""
    visit: Callable[[str, ast.Module, ModuleSource], None] | None = None
    """Called with each file's text and tree, which is not kept."""
    _modules: dict[str, ModuleSource | None] = field(default_factory=dict)
    _places: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _known_styles: dict[Key, set[Style]] = field(default_factory=dict)
    _above: dict[Key, list[Found]] = field(default_factory=dict)

    def read(self, path: Path) -> ModuleSource | None:
        """One file; None where it holds no model and no migration, by its words, or cannot be parsed."""
        key = str(path)
        if key not in self._modules:
            self._modules[key] = self._read(path)
        return self._modules[key]

    def _read(self, path: Path, *, every: bool = False) -> ModuleSource | None:
        try:
            text = _text_of(str(path))
            named = any(word in text for word in _WORDS)
            if not (every or named or (self.wanted is not None and self.wanted(text))):
                return None
            tree = ast.parse(text, str(path))
            module = read_source(tree, str(path), package_of(dirname(path)))
            if self.visit is not None:
                self.visit(text, tree, module)
            return module
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            self.unreadable[str(path)] = why_not(error)
            return None

    def base_of(self, module: ModuleSource, name: str) -> Found | str:
        """The class that a base's name means, or the dotted name of one that is not in a file beside these."""
        head, _, rest = name.partition(".")
        if not rest and head in module.classes:
            return Found(module, module.classes[head])
        target = module.imports.get(head)
        if target is None:
            return name
        dotted = f"{target}.{rest}" if rest else target
        owner, _, last = dotted.rpartition(".")
        other = self._module(module, owner)
        if other is None or other is module:
            return dotted
        if last in other.classes:
            return Found(other, other.classes[last])
        again = other.imports.get(last)
        if again is not None:  # a package that passes it on
            return self.base_of(other, last)
        made = other.assigned.get(last)
        return f"{made}()" if made else dotted

    def _module(self, module: ModuleSource, name: str) -> ModuleSource | None:
        """The source of a module that another imports, by its place beside it; installed packages are not looked at."""
        folder = dirname(module.path)
        if (folder, name) not in self._places:
            self._places[folder, name] = place(folder, name) if name else None
        path = self._places[folder, name]
        if path is None:
            return None
        if self._modules.get(path) is None:  # not read yet, or left out by its words
            self._modules[path] = self._read(Path(path), every=True)
        return self._modules[path]

    def styles(self, found: Found, seen: frozenset[Key] = frozenset()) -> set[Style]:
        """The styles that a class's bases make it; none where no base is known."""
        key = found.key
        if key in seen:
            return set()
        if key not in self._known_styles:
            self._known_styles[key] = self._find_styles(found, seen)
        return self._known_styles[key]

    def _find_styles(self, found: Found, seen: frozenset[Key]) -> set[Style]:
        styles: set[Style] = set()
        for base in found.source.bases:
            styles |= self._style_of(found.module, base, seen | {found.key})
        if any(
            name.rpartition(".")[2] in ("mapped", "as_declarative", "mapped_as_dataclass")
            for name in found.source.decorators
        ):
            styles.add(Style.DECLARATIVE_BASE)
        return styles

    def _style_of(self, module: ModuleSource, base: str, seen: frozenset[Key]) -> set[Style]:
        made = module.assigned.get(base)
        target: Found | str = f"{made}()" if made and base not in module.imports else self.base_of(module, base)
        if isinstance(target, Found):
            return self.styles(target, seen)
        last = target.rpartition(".")[2]
        if last.endswith("()"):
            return {_CALLS[last[:-2]]} if last[:-2] in _CALLS else set()
        if last == "Model" and self._is_flask(module, base):
            return {Style.FLASK}
        return {_BASES[last]} if last in _BASES else set()

    def _is_flask(self, module: ModuleSource, base: str) -> bool:
        """``db.Model``, where ``db`` was made by Flask-SQLAlchemy's ``SQLAlchemy(...)`` here or in another file."""
        head, _, rest = base.partition(".")
        if rest != "Model":
            return module.imports.get(head, "").startswith("flask_sqlalchemy")
        here = module.assigned.get(head)
        if here is None and (target := module.imports.get(head)) is not None:
            owner, _, last = target.rpartition(".")
            other = self._module(module, owner)
            here = other.assigned.get(last) if other is not None else None
        return here is None or here.rpartition(".")[2] == "SQLAlchemy"

    def ancestors(self, found: Found) -> list[Found]:
        """The classes above one, nearest first, as far as their source is here."""
        if found.key not in self._above:
            self._above[found.key] = list(self._find_ancestors(found))
        return self._above[found.key]

    def _find_ancestors(self, found: Found) -> Iterator[Found]:
        todo, seen = [found], {found.key}
        while todo:
            each = todo.pop(0)
            for base in each.source.bases:
                above = self.base_of(each.module, base)
                if isinstance(above, Found) and above.key not in seen:
                    seen.add(above.key)
                    yield above
                    todo.append(above)


def why_not(error: Exception) -> tuple[str, int | None]:
    """Why a file cannot be read, without its name, and the line where that is known."""
    if isinstance(error, SyntaxError):
        said = error.msg.partition(" for '/")  # tokenize names the file
        return f"{type(error).__name__}: {said[0]}{said[2].rpartition(chr(39))[2]}", error.lineno
    return f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}", None


def _text_of(path: str) -> str:
    """A file's text by the encoding it declares; asking tokenize for it costs as much as a tenth of parsing the file."""
    with open(path, "rb") as file:
        raw = file.read()
    if not raw.startswith(BOM_UTF8) and b"coding" not in raw[:200]:
        return raw.decode("utf-8")
    with tokenize.open(path) as file_with_encoding:
        return file_with_encoding.read()


def python_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The Python files of files and folders, each once, in order; hidden folders and environments are left out.

    A folder that cannot be looked into is given itself, so that reading it says why.
    """
    seen: set[Path] = set()
    for given in paths:
        for path in sorted(_below(given)) if given.is_dir() else [given]:
            if path not in seen:
                seen.add(path)
                yield path


def _below(top: Path) -> Iterator[Path]:
    """By what a folder is and not by its name: links may lead round in a circle, and several into one folder."""
    folders, linked = [str(top)], list[str]()
    seen: set[tuple[int, int]] = set()
    while folders or linked:
        folder = folders.pop() if folders else linked.pop()
        try:
            at = stat(folder)
            if (at.st_dev, at.st_ino) in seen:
                continue
            seen.add((at.st_dev, at.st_ino))
            with scandir(folder) as entries:
                listed = list(entries)
            if folder != str(top) and any(each.name == "pyvenv.cfg" for each in listed):
                continue
        except OSError:
            yield Path(folder)
            continue
        for each in listed:
            if each.name.startswith(".") or each.name in _NOT_OURS:
                continue
            if each.is_dir():
                (linked if each.is_symlink() else folders).append(each.path)
            elif each.name.endswith(".py") and (each.is_file() or each.is_symlink()):  # a pipe has no end
                yield Path(each.path)


_NOT_OURS = frozenset(["__pycache__", "node_modules", "site-packages"])


@cache
def package_of(folder: str) -> str:
    """The package that a folder is, by its ``__init__.py`` files."""
    if not isfile(join(folder, "__init__.py")):
        return ""
    above = package_of(dirname(folder))
    return f"{above}.{basename(folder)}" if above else basename(folder)


def place(folder: str, name: str) -> str | None:
    """The file of a module, looked for from every folder above that is still the project's, the nearest first."""
    relative = name.replace(".", sep)
    top = top_of(folder)
    while True:
        for path in (join(folder, f"{relative}.py"), join(folder, relative, "__init__.py")):
            if isfile(path):
                return path
        above = dirname(folder)
        if folder == top or above == folder:
            return None
        folder = above


_CHECKOUT = (".git", ".hg")
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", "alembic.ini")


def top_of(folder: str) -> str:
    """The folder that holds the project of another: its checkout; where there is none, the nearest with a project's file;
    else the working folder, where it is above; else the one that its package is imported from. What lies beyond is
    somebody else's, whatever its name."""
    above = [folder, *map(str, Path(folder).parents)]
    for marks in (_CHECKOUT, _PROJECT):
        for each in above:
            if any(exists(join(each, mark)) for mark in marks):
                return each
    return getcwd() if getcwd() in above else root_of(folder)


def root_of(folder: str) -> str:
    """The folder from which a file's package is imported."""
    package = package_of(folder)
    for _ in package.split(".") if package else ():
        folder = dirname(folder)
    return folder
