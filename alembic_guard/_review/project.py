"""What the project's own files say beside its revisions: models, naming conventions, and which other migrators it has."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from alembic_guard._collection import collected_seldom
from alembic_guard._history.sources import text_of
from alembic_guard._lint.outcome import Style
from alembic_guard._lint.project import Found, Project, python_files
from alembic_guard._lint.source import ModuleSource
from alembic_guard._models import shown
from alembic_guard._names import TableName
from alembic_guard._review.values import ModelSource, Place, Sources

OTHERS = ("better-auth", "drizzle-kit", "prisma", "kysely", "knex", "typeorm", "sequelize", "node-pg-migrate")
"""Packages of npm that migrate a database."""

_SKIPPED = frozenset(["node_modules", "__pycache__", "site-packages", "dist-packages", "dist", "build"])


def project_folders(config_file: str | None, script_folder: str) -> list[Path]:
    """Where the project's own files are: the folder of the configuration, or the package that the revisions are in."""
    script = Path(script_folder).absolute()
    home = Path(config_file).absolute().parent if config_file else Path.cwd()
    if home in script.parents and home != Path(sys.prefix) and not (home / "__init__.py").exists():
        return [home]
    top = script
    while (top.parent / "__init__.py").exists():
        top = top.parent
    return [top]


def read_sources(folders: Sequence[Path], versions: Sequence[Path], env: str, dialect: str | None) -> Sources:
    """Read the project's files; revisions, env.py and tests are no models."""
    project, modules = Project(), []
    with collected_seldom():
        for path in python_files(folders):
            apart = any(each in path.parents for each in versions) or str(path) == env or _is_test(path, folders)
            if not apart and (module := project.read(path)) is not None:
                modules.append(module)
    packages = dict(_packages(folders))
    declared = dict(_declared(modules))
    bases = sorted(set(_bases(project, modules)))
    return Sources(
        models=tuple(replace(each, table=each.table.without_default(dialect)) for each in _models(project, modules)),
        bases=tuple(bases),
        aliases=_aliases(modules, bases),
        conventions=tuple(_conventions(modules)),
        packages=packages,
        declared=declared,
        files=tuple(each.path for each in modules),
    )


def _is_test(path: Path, folders: Sequence[Path]) -> bool:
    below = next((path.relative_to(each).parts for each in folders if each in path.parents), path.parts[-1:])
    return not {"tests", "test"}.isdisjoint(below) or path.name.startswith("test_") or path.name == "conftest.py"


def _models(project: Project, modules: Sequence[ModuleSource]) -> Iterator[ModelSource]:
    for module in modules:
        name = module_name(Path(module.path))
        for source in module.classes.values():
            styles = project.styles(Found(module, source))
            named = source.table
            if named is None and Style.SQLMODEL in styles and "table" in source.keywords:
                named = source.name.lower()  # as SQLModel names it
            if named and styles:
                base = _base_of(project, Found(module, source))
                yield ModelSource(TableName(source.schema, named), Place(shown(module.path), source.line), name, base)
        for table in module.tables:
            if table.call == "Table" and table.name and not module.external.get(table.name):
                base = _imported_as(module, name, table.metadata)
                yield ModelSource(
                    TableName(table.schema, table.name), Place(shown(module.path), table.line), name, base
                )


def _base_of(project: Project, found: Found) -> str:
    """The import string of the metadata that a model is in, by the base that it derives from."""
    for each in (found, *project.ancestors(found)):
        for base in each.source.bases:
            if base.rpartition(".")[2] in _BASES:
                return f"{module_name(Path(each.module.path))}:{each.source.name}.metadata"
            if each.module.assigned.get(base, "").rpartition(".")[2] == "declarative_base":
                return f"{module_name(Path(each.module.path))}:{base}.metadata"
            head, dot, rest = base.partition(".")
            target = each.module.imports.get(head)
            if target is not None and isinstance(project.base_of(each.module, base), str):
                owner, _, name = f"{target}{dot}{rest}".rpartition(".")
                return f"{owner}:{name}.metadata"  # of declarative_base() in another file, or of a package
    return ""


def _imported_as(module: ModuleSource, name: str, metadata: str) -> str:
    """The import string of a MetaData that a file calls ``metadata``."""
    head, dot, rest = metadata.partition(".")
    target = module.imports.get(head)
    if target is None:
        return f"{name}:{metadata}" if metadata else ""
    owner, _, last = target.rpartition(".")
    return f"{owner}:{last}{dot}{rest}"


def _aliases(modules: Sequence[ModuleSource], bases: Sequence[str]) -> dict[str, str]:
    """Import strings that mean one of the bases: of each module that imports it, also from one that does."""
    found: dict[str, str] = {}
    for _ in range(3):  # a package that passes on what a package passes on
        for module in modules:
            name = module_name(Path(module.path))
            for local, target in module.imports.items():
                owner, _, last = target.rpartition(".")
                spec = f"{owner}:{last}.metadata"
                if (base := spec if spec in bases else found.get(spec)) is not None:
                    found[f"{name}:{local}.metadata"] = base
                for base in (each for each in bases if each.partition(":")[0] == target):
                    found[f"{name}:{local}.{base.partition(':')[2]}"] = base  # the module itself is imported
    return found


_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta")


def _bases(project: Project, modules: Sequence[ModuleSource]) -> Iterator[str]:
    """``app.db:Base.metadata`` of each class that derives from DeclarativeBase itself, and of ``declarative_base()``."""
    for module in modules:
        name = module_name(Path(module.path))
        for source in module.classes.values():
            if any(base.rpartition(".")[2] in _BASES for base in source.bases):
                yield f"{name}:{source.name}.metadata"
        for variable, made in module.assigned.items():
            if made.rpartition(".")[2] == "declarative_base":
                yield f"{name}:{variable}.metadata"


def _conventions(modules: Sequence[ModuleSource]) -> Iterator[Place]:
    for module in modules:
        try:
            text = text_of(module.path)
        except (OSError, SyntaxError, ValueError):
            continue
        if "naming_convention" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.keyword) and node.arg == "naming_convention":
                    yield Place(shown(module.path), node.value.lineno)


def _declared(modules: Sequence[ModuleSource]) -> Iterator[tuple[str, tuple[str, Place]]]:
    """What the code itself says of others' tables; under "" a whole preset, ``better_auth()``."""
    for module in modules:
        for table, owner in module.external.items():
            yield table, (owner, Place(shown(module.path)))


def module_name(path: Path) -> str:
    """The dotted name of a file, by the packages it is in; in a folder without ``__init__.py`` as Python finds it on the
    path that is set up."""
    parts = [path.stem] if path.name != "__init__.py" else []
    folder = path.parent
    on_path = {Path(each or ".").resolve() for each in sys.path}
    while (folder / "__init__.py").exists() or (folder.resolve() not in on_path and _is_below(folder, on_path)):
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


def _is_below(folder: Path, places: set[Path]) -> bool:
    return any(each in folder.resolve().parents for each in places)


def _packages(folders: Sequence[Path]) -> Iterator[tuple[str, tuple[str, Place]]]:
    """From package.json files of the project and of the folders beside it that belong to the same repository."""
    for path in _package_files(folders):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        said = {**found.get("devDependencies", {}), **found.get("dependencies", {})} if isinstance(found, dict) else {}
        lines = path.read_text(encoding="utf-8").splitlines()
        for name in OTHERS:
            if name in said:
                line = next((n for n, text in enumerate(lines, 1) if f'"{name}"' in text), 0)
                yield name, (re.sub(r"^[\^~>=]+", "", str(said[name])), Place(shown(str(path)), line))


def _package_files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for root, names, files in os.walk(folder):
            depth = len(Path(root).relative_to(folder).parts)
            names[:] = sorted(each for each in names if each not in _SKIPPED and not each.startswith(".") and depth < 3)
            if "package.json" in files:
                yield Path(root) / "package.json"
