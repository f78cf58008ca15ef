"""What is looked at in each file beside its names: what it does to others' tables, and its suppressions."""

from __future__ import annotations

import ast
from functools import cache

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._history.interpreter import TooLong
from alembic_guard._history.sources import KNOWN_LIBRARIES, is_standard
from alembic_guard._lint.source import ModuleSource
from alembic_guard._rules import agn115_not_read, ago110_unread
from alembic_guard._static.declared import NearSources, reader_of
from alembic_guard._static.findings import findings
from alembic_guard._static.owners import Owners
from alembic_guard._static.values import Declared
from alembic_guard._suppressions import Suppression, suppressions_in

_NAMES = frozenset(["AGN102", "AGN103", "AGN104", "AGN105", "AGN106", "AGN113", "AGN114"])
_NAMES_OF_A_DATABASE = frozenset(["AGN101", "AGN107", "AGN112"])
_CROSSINGS = frozenset(["AGO120", "AGR101", "AGR110"])
_CROSSINGS_OF_A_DATABASE = frozenset(["AGR112", "AGL101"])


class Visitor:
    """Meets every file that is parsed.

    Args:
        is_new: Whether the files are known to be new.
    """

    def __init__(self, owners: Owners, dialect: str | None, *, is_new: bool) -> None:
        self.found: list[Diagnostic] = []
        self.suppressions: list[Suppression] = []
        self.looked_at: dict[str, frozenset[str]] = {}
        """The codes that can be found in a file, for files with suppressions."""
        self._owners = owners
        self._dialect = dialect
        self._is_new = is_new
        self._sources: dict[str, NearSources] = {}

    def wants(self, text: str) -> bool:
        """Whether a file without a model's words is worth parsing."""
        return "guard:" in text or (bool(self._owners) and ("alembic" in text or "down_revision" in text))

    def visit(self, text: str, tree: ast.Module, module: ModuleSource) -> None:
        suppresses = "guard:" in text
        codes = _NAMES | (_NAMES_OF_A_DATABASE if self._dialect else frozenset())
        named = bool(self._owners) and self._owners.may_matter(text)
        if self._owners and (named or suppresses or module.is_computed or _is_of_the_project(module)):
            is_migration = _is_migration(text, tree)
            if is_migration:
                codes |= _CROSSINGS | (_CROSSINGS_OF_A_DATABASE if self._dialect else frozenset())
            if is_migration or (named and ("ForeignKey" in text or "foreign_key" in text)):
                self._read(tree, text, module.path, is_migration=is_migration)
        if suppresses:
            self.suppressions += suppressions_in(text, module.path)
            self.looked_at[module.path] = codes

    def _read(self, tree: ast.Module, text: str, path: str, *, is_migration: bool) -> None:
        reader = reader_of(path, self._dialect, Declared(), self._sources, self._owners.may_matter)
        try:
            facts = reader.read_migration(tree, text) if is_migration else reader.read_models(tree)
        except (TooLong, RecursionError) as error:
            why, revision = "it takes too many steps to be read", reader.facts.revision
            self.found.append(
                ago110_unread.unread(revision, path, getattr(error, "line", 0), why)
                if is_migration
                else agn115_not_read.not_read(path, f"its keys: {why}")
            )
            facts = reader.facts
        finally:
            reader.forget()
        self.found += findings(facts, self._owners, self._dialect, is_new=self._is_new)


def _is_migration(text: str, tree: ast.Module) -> bool:
    """Whether a file says which revision it is, and has an ``upgrade``, made by ``def`` or in any other way."""
    if "revision" not in text or "upgrade" not in text:
        return False
    for each in tree.body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "revision" for target in targets):
            return True
    return False


def _is_of_the_project(module: ModuleSource) -> bool:
    """Whether a file imports what may do something to tables in its place: a module that is nobody's library."""
    return any(_may_help(name.partition(".")[0]) for name in module.imports.values())


@cache
def _may_help(top: str) -> bool:
    return top not in KNOWN_LIBRARIES and top not in _OURS and not is_standard(top)


_OURS = frozenset(["alembic_guard"])
