"""Revisions as autogenerate writes them, read straight from the tree: most of a chain is such.

What is taken for plain here has one meaning, whatever else is in the file. Where anything else stands in ``upgrade()``, or
among the module's statements, the interpreter reads the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from alembic_guard._history.arguments import Arguments
from alembic_guard._history.events import Event
from alembic_guard._history.interpreter import Seen
from alembic_guard._history.operations import PLAIN_OPERATIONS, operation_events
from alembic_guard._history.values import LONG, Value

_BATCH = frozenset(
    ["add_column", "alter_column", "drop_column", "create_index", "drop_index", "drop_constraint"]
    + [f"create_{kind}" for kind in ("foreign_key", "unique_constraint", "check_constraint", "primary_key")]
)
"""What is done to the table of a batch, which its ``with`` has told of."""


class _Otherwise(Exception):
    """The file is not plain."""


def events_as_generated(tree: ast.Module) -> list[Seen] | None:
    """What ``upgrade()`` does, in order; None where the file is not plain."""
    try:
        return [Seen(event, line, False) for event, line in _of_block(_upgrade(tree).body)]
    except _Otherwise:
        return None


def _upgrade(tree: ast.Module) -> ast.FunctionDef:
    """The function; ``op`` is Alembic's, and nothing gives either name another meaning."""
    has_op, upgrade = False, None
    for node in tree.body:
        match node:
            case ast.FunctionDef("upgrade") if upgrade is None and not node.decorator_list and not _parameters(node):
                upgrade = node
            case ast.FunctionDef(name) if name not in ("op", "upgrade"):
                pass
            case ast.ImportFrom("alembic", [ast.alias("op", None)], 0) if not has_op:
                has_op = True
            case ast.Import(names) | ast.ImportFrom(names=names):
                # `import op.x` binds op.
                if any((each.asname or each.name.partition(".")[0]) in ("op", "upgrade", "*") for each in names):
                    raise _Otherwise
            case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), value=value):
                if name in ("op", "upgrade") or not _is_literal(value):
                    raise _Otherwise
            case ast.Expr(ast.Constant()):
                pass
            case _:
                raise _Otherwise
    if upgrade is None or not has_op:
        raise _Otherwise
    return upgrade


def _parameters(node: ast.FunctionDef) -> bool:
    given = node.args
    return bool(given.posonlyargs or given.args or given.vararg or given.kwonlyargs or given.kwarg)


def _is_literal(node: ast.expr | None) -> bool:
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(isinstance(each, ast.Constant) for each in node.elts)
    return node is None or isinstance(node, ast.Constant)


def _of_block(statements: Sequence[ast.stmt], batch: str = "") -> Iterator[tuple[Event, int]]:
    for node in statements:
        match node:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("op"), name)) as call) if name in PLAIN_OPERATIONS:
                for event in operation_events(name, Arguments(call, _value)):
                    yield event, node.lineno
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(given), name))) if given == batch and name in _BATCH:
                pass
            case ast.With(
                [ast.withitem(ast.Call(ast.Attribute(ast.Name("op"), "batch_alter_table")) as call, ast.Name(made))],
                body,
            ) if made != "op" and not batch:
                for event in operation_events("batch_alter_table", Arguments(call, _value)):
                    yield event, node.lineno
                yield from _of_block(body, made)
            case ast.Pass() | ast.Expr(ast.Constant()):
                pass
            case _:
                raise _Otherwise


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant(str() as text) if len(text) <= LONG:
            return text
        case ast.Constant(bool() | None as value):
            return value
        case ast.Call(ast.Attribute(ast.Name("op"), "f"), [ast.Constant(str() as text)], []) if len(text) <= LONG:
            return text
    raise _Otherwise
