"""Alembic's own folder of revisions, for applications that are not imported while their chain is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from alembic.script import Script, ScriptDirectory


class NotImported(ScriptDirectory):
    """Revisions whose identifiers are read from their files; Alembic itself imports them, and they their application."""

    def _load_revisions(self) -> Iterator[Script]:
        for folder in self._version_locations:
            for path in sorted(Path(folder).glob("*.py")):
                if module := _identifiers(path):
                    yield Script(module, module.revision, str(path))


def _identifiers(path: Path) -> ModuleType | None:
    module = ModuleType(path.stem)
    vars(module).update(revision=None, down_revision=None, branch_labels=None, depends_on=None, __doc__="")
    for node in ast.parse(path.read_bytes()).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and target.id in vars(module) and node.value is not None:  # type: ignore[attr-defined]
                vars(module)[target.id] = _value(node.value, module)  # type: ignore[attr-defined]
    return module if module.revision else None


def _value(node: ast.expr, module: ModuleType) -> object:
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
