"""Alembic's folder of revisions, whose files are read and never imported: importing them imports the application."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from alembic_guard._history.sources import Sources, text_of

_NAMES = ("revision", "down_revision", "branch_labels", "depends_on")


class UnimportedScripts(ScriptDirectory):
    """Revisions by what their files say; a file that cannot be parsed is in ``unreadable``.

    ``_load_revisions``, ``_list_py_dir`` and ``_version_locations`` are private in
    Alembic and the same from 1.18.3 to 1.20.1."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.unreadable: dict[str, str] = {}
        super().__init__(*given, **named)

    def _load_revisions(self) -> Iterator[Script]:
        for folder in self._version_locations:
            for path in Script._list_py_dir(self, Path(folder)) if Path(folder).exists() else ():
                if path.suffix != ".py" or path.name == "__init__.py":
                    continue
                try:
                    module = identifiers(path)
                except (OSError, SyntaxError, ValueError, RecursionError) as error:
                    self.unreadable[str(path)] = f"{type(error).__name__}: {error}"
                    continue
                if module is not None:
                    yield Script(module, module.revision, str(path))


def unimported(config: Config) -> UnimportedScripts:
    """The script directory of a configuration; ``package:folder`` is looked for, and the package not imported.

    Raises:
        CommandError: As Alembic's own, where there is none.
    """
    sys.path[:0] = config.get_prepend_sys_paths_list() or []
    locations = [_without_import(each) for each in config.get_version_locations_list() or ()]
    location = config.get_alembic_option("script_location")
    found = _without_import(location) if location else None
    if location and found != location:
        config.set_main_option("script_location", str(found).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    made = UnimportedScripts(
        script.dir,
        version_locations=locations or None,
        sourceless=script.sourceless,
        recursive_version_locations=script.recursive_version_locations,
    )
    made.file_template = script.file_template
    return made


def _without_import(location: str) -> str:
    """``package:folder`` as a path (``alembic.util.coerce_resource_to_filename`` imports the package)."""
    package, colon, folder = location.partition(":")
    if not colon or Path(location).is_absolute() or not package.replace(".", "").isidentifier():
        return location
    source = Sources().find(package)
    if source is None or not source.path:
        raise CommandError(f"script_location {location}: no package {package} is found")
    return str(Path(source.path).parent / folder)


def identifiers(path: Path) -> ModuleType | None:
    """A module that holds a revision's identifiers and docstring and nothing else; None where the file is no revision.

    Raises:
        OSError, SyntaxError, ValueError, RecursionError: When it cannot be parsed.
    """
    tree = ast.parse(text_of(str(path)), str(path))
    module = ModuleType(path.stem)
    vars(module).update(dict.fromkeys(_NAMES), __doc__=ast.get_docstring(tree) or "")
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                read = _labels if target.id == "branch_labels" else _value
                vars(module)[target.id] = read(value, module)
    return module if isinstance(module.revision, str) else None


def _labels(node: ast.expr, module: ModuleType) -> object:
    """A label that is computed is called by its expression: it is one all the same."""
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    found = [(_value(each, module), ast.unparse(each)) for each in parts]
    return tuple(str(value or text) for value, text in found if text != "None") or None


def _value(node: ast.expr, module: ModuleType) -> object:
    """A literal, or a name that has one; anything else is None."""
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(value for each in node.elts if (value := _value(each, module)) is not None)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
