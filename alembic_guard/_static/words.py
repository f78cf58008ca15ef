"""Where a key may stand, by the words of an expression: what cannot hold one is never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from alembic_guard._history.expressions import last_name

_KEYS = frozenset(["ForeignKey", "ForeignKeyConstraint"])


def last_name_of_call(node: ast.expr | None) -> str:
    """``Column`` of ``sa.Column(...)``; empty for what is no call."""
    return last_name(node) if isinstance(node, ast.Call) else ""


def assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    """The names that an assignment binds."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [each.id for each in targets if isinstance(each, ast.Name)]


def attributes_with_keys(node: ast.ClassDef) -> Iterator[str]:
    """Attributes that may hold a key, and ``__table_args__`` where one may be in it; by what is called in them."""
    for each in node.body:
        if isinstance(each, (ast.Assign, ast.AnnAssign)) and each.value is not None and may_hold_a_key(each.value):
            yield from assigned(each)
        elif isinstance(each, ast.FunctionDef) and each.name == "__table_args__":
            yield each.name


def attributes(node: ast.ClassDef) -> list[str]:
    """Every attribute that is given a value, in their order."""
    return [
        name
        for each in node.body
        if isinstance(each, (ast.Assign, ast.AnnAssign)) and each.value is not None
        for name in assigned(each)
    ]


def annotations_of(node: ast.ClassDef) -> dict[str, ast.expr]:
    """The annotations of a class's attributes."""
    return {
        each.target.id: each.annotation
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }


def may_hold_a_key(node: ast.expr) -> bool:
    """Whether a column, a constraint or several of them name a key, or something that may be one."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return any(map(may_hold_a_key, node.elts))
    if not isinstance(node, ast.Call):
        return False
    named = {each.arg: each.value for each in node.keywords}
    if last_name(node) in _KEYS or "foreign_key" in named:
        return True
    given = [*node.args, *([named["sa_column"]] if "sa_column" in named else [])]
    return any(isinstance(each, (ast.Name, ast.Starred)) or may_hold_a_key(each) for each in given)


def column_in(node: ast.expr) -> str | None:
    """The name of a column where it is written in its place; None for a constraint, and where it is not."""
    if isinstance(node, ast.Call) and last_name(node) == "Column" and node.args:
        name = node.args[0]
        return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
    return None
