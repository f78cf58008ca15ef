"""What an import statement binds, and to what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple


class Imported(NamedTuple):
    """One name of an import statement: ``Base`` is ``app.models.Base``, of the module ``app.models``."""

    local: str
    name: str
    module: str


def imported(node: ast.Import | ast.ImportFrom, package: str = "") -> Iterator[Imported]:
    """The names that a statement binds.

    Args:
        package: The package that ``from . import`` begins at.
    """
    if isinstance(node, ast.Import):
        for each in node.names:
            top = each.name.partition(".")[0]
            yield Imported(each.asname or top, each.name if each.asname else top, each.name)
        return
    module = _module(node, package)
    for each in node.names:
        yield Imported(each.asname or each.name, f"{module}.{each.name}", module)


def _module(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base
