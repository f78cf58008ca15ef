"""Foreign keys and primary keys as migrations and models write them, in literal names; what is computed is not listed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.types import TypeEngine

from alembic_guard._history.sources import text_of
from alembic_guard._models import shown
from alembic_guard._names import TableName
from alembic_guard._review.column_types import type_of, type_of_annotation
from alembic_guard._review.env_source import keyword, last
from alembic_guard._review.values import KeySource, Place


@dataclass(slots=True)
class Keys:
    """What files write, in the order in which they are read.

    Args:
        types: The type of each column that was seen, with its text.
        primary: The columns of each primary key.
        created: Every table that a revision creates in plain words, also where a later one drops it.
    """

    foreign: list[KeySource] = field(default_factory=list)
    types: dict[tuple[TableName, str], tuple[TypeEngine[object] | None, str]] = field(default_factory=dict)
    primary: dict[TableName, tuple[str, ...]] = field(default_factory=dict)
    created: set[TableName] = field(default_factory=set)
    _names: dict[tuple[TableName, str], KeySource] = field(default_factory=dict)

    def read_revision(self, path: str) -> None:
        """``upgrade()`` of one revision."""
        tree = _tree(path)
        for function in tree.body if tree else ():
            if isinstance(function, ast.FunctionDef) and function.name != "downgrade":
                self._operations(function, path)

    def read_models(self, path: str) -> None:
        """Classes with ``__tablename__`` and ``Table(...)`` of one file."""
        tree = _tree(path)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ClassDef):
                self._class(node, path)
            elif isinstance(node, ast.Call) and last(node.func) == "Table" and len(node.args) > 2:
                table = _table(node.args[0], keyword(node, "schema"))
                if table is not None:
                    self._columns(table, node.args[2:], path, "a model")

    def _operations(self, function: ast.FunctionDef, path: str) -> None:
        batches: dict[str, TableName] = {}
        for node in _in_order(function):
            if isinstance(node, ast.With):
                batches.update(_batches(node))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                self._operation(node, batches.get(owner), path)

    def _operation(self, call: ast.Call, batch: TableName | None, path: str) -> None:
        name, given = last(call.func), list(call.args)
        if name not in (
            "create_table",
            "add_column",
            "alter_column",
            "create_foreign_key",
            "drop_column",
            "drop_constraint",
        ):
            return
        if name == "create_foreign_key":
            self._create_foreign_key(call, batch, path)
            return
        if name == "drop_constraint":
            self._drop_constraint(call, batch)
            return
        table = batch
        if table is None:
            first = given.pop(0) if given else keyword(call, "table_name")
            table = _table(first, keyword(call, "schema"))
        if table is None:
            return
        if name == "drop_column":
            gone = _text(given[0] if given else keyword(call, "column_name"))
            self.foreign = [each for each in self.foreign if (each.table, each.column) != (table, gone)]
            return
        if name == "alter_column":
            column, type_ = _text(given[0] if given else None), keyword(call, "type_")
            if column and type_ is not None:
                self.types[table, column] = (type_of(type_), ast.unparse(type_))
            return
        if name == "create_table":
            self.created.add(table)
            self.foreign = [each for each in self.foreign if each.table != table]
        self._columns(table, given, path, "a migration")

    def _drop_constraint(self, call: ast.Call, batch: TableName | None) -> None:
        name = _text(call.args[0] if call.args else keyword(call, "constraint_name"))
        table = batch or _table(call.args[1] if len(call.args) > 1 else keyword(call, "table_name"), None)
        gone = self._names.get((table, name)) if table is not None and name is not None else None
        self.foreign = [each for each in self.foreign if each is not gone]

    def _create_foreign_key(self, call: ast.Call, batch: TableName | None, path: str) -> None:
        given = [None, *call.args[1:]] if batch is None else [None, None, *call.args[1:]]
        given += [None] * (5 - len(given))
        source = batch or _table(given[1] or keyword(call, "source_table"), keyword(call, "source_schema"))
        target = _table(given[2] or keyword(call, "referent_table"), keyword(call, "referent_schema"))
        ours = _texts(given[3] or keyword(call, "local_cols"))
        theirs = _texts(given[4] or keyword(call, "remote_cols"))
        if source is not None and target is not None:
            for column, other in zip(ours, theirs, strict=False):
                self._add(source, column, target, other, keyword(call, "ondelete"), call, path, "a migration")
            if ours and theirs and call.args and (name := _text(call.args[0])) is not None:
                self._names[source, name] = self.foreign[-1]

    def _columns(self, table: TableName, arguments: Sequence[ast.expr], path: str, where: str) -> None:
        primary: list[str] = []
        for each in arguments:
            if not isinstance(each, ast.Call):
                continue
            if last(each.func) == "Column" and (column := _column_name(each)) is not None:
                self._column(table, column, each, each.args, None, path, where)
                if _is_true(keyword(each, "primary_key")):
                    primary.append(column)
            elif last(each.func) == "PrimaryKeyConstraint":
                primary += [name for argument in each.args if (name := _text(argument)) is not None]
            elif last(each.func) == "ForeignKeyConstraint" and len(each.args) >= 2:
                for column, target in zip(_texts(each.args[0]), _texts(each.args[1]), strict=False):
                    self._refer(table, column, target, keyword(each, "ondelete"), each, path, where)
                    if (name := _text(keyword(each, "name"))) is not None and self.foreign:
                        self._names[table, name] = self.foreign[-1]
        if primary:
            self.primary[table] = tuple(primary)

    def _column(
        self,
        table: TableName,
        column: str,
        call: ast.Call,
        arguments: Sequence[ast.expr],
        annotation: ast.expr | None,
        path: str,
        where: str,
    ) -> None:
        keys = [each for each in arguments if isinstance(each, ast.Call) and last(each.func) == "ForeignKey"]
        others = [each for each in arguments if each not in keys and _text(each) is None]
        written = others[0] if others else keyword(call, "type_")
        made = type_of(written) if written is not None else None
        said = ast.unparse(written) if written is not None and made is not None else ""
        if written is None and annotation is not None and not keys:
            made = type_of_annotation(annotation)
        self.types[table, column] = (made, said)
        for key in keys:
            if key.args:
                self._refer(table, column, key.args[0], keyword(key, "ondelete"), call, path, where)
        if (short := keyword(call, "foreign_key")) is not None:  # SQLModel's Field
            self.types[table, column] = (type_of_annotation(annotation) if annotation is not None else None, "")
            self._refer(table, column, short, keyword(call, "ondelete"), call, path, where)

    def _refer(
        self,
        table: TableName,
        column: str,
        target: ast.expr | str,
        on_delete: ast.expr | None,
        node: ast.expr,
        path: str,
        where: str,
    ) -> None:
        text = target if isinstance(target, str) else _text(target)
        if text is not None:
            owner, _, other = text.rpartition(".")
            if owner and other:
                self._add(table, column, TableName.parse(owner), other, on_delete, node, path, where)
        elif isinstance(target, ast.Attribute) and (found := _of_external(target)) is not None:
            self._add(table, column, TableName(None, found[0]), found[1], on_delete, node, path, where)

    def _add(
        self,
        table: TableName,
        column: str,
        target: TableName,
        other: str,
        on_delete: ast.expr | None,
        node: ast.expr,
        path: str,
        where: str,
    ) -> None:
        made, said = self.types.get((table, column), (None, ""))
        self.foreign.append(
            KeySource(
                table, column, made, said, target, other, _text(on_delete) or "", Place(shown(path), node.lineno), where
            )
        )

    def _class(self, node: ast.ClassDef, path: str) -> None:
        table: TableName | None = None
        for each in node.body:
            if isinstance(each, ast.Assign) and [getattr(t, "id", "") for t in each.targets] == ["__tablename__"]:
                name = _text(each.value)
                table = TableName(None, name) if name else None
        if table is None:
            return
        primary: list[str] = []
        for each in node.body:
            value = getattr(each, "value", None)
            target = each.target if isinstance(each, ast.AnnAssign) else getattr(each, "targets", [None])[0]
            if not isinstance(value, ast.Call) or not isinstance(target, ast.Name):
                continue
            if last(value.func) not in ("mapped_column", "Column", "Field"):
                continue
            annotation = each.annotation if isinstance(each, ast.AnnAssign) else None
            column = _column_name(value) or target.id
            self._column(table, column, value, value.args, annotation, path, "a model")
            if _is_true(keyword(value, "primary_key")):
                primary.append(column)
        if primary:
            self.primary[table] = tuple(primary)


def _batches(node: ast.With) -> Iterator[tuple[str, TableName]]:
    """``with op.batch_alter_table("chats") as batch_op``."""
    for item in node.items:
        match item:
            case ast.withitem(
                context_expr=ast.Call(func=ast.Attribute(attr="batch_alter_table"), args=[first, *_]) as call,
                optional_vars=ast.Name(id=name),
            ):
                table = _table(first, keyword(call, "schema"))
                if table is not None:
                    yield name, table


def _in_order(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes in the order of the source, a ``with`` before what is in it."""
    todo: list[ast.AST] = list(reversed(function.body))
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(list(ast.iter_child_nodes(node)))


def _tree(path: str) -> ast.Module | None:
    try:
        return ast.parse(text_of(path), path)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _of_external(node: ast.Attribute) -> tuple[str, str] | None:
    """``auth["user"].c.id``."""
    table = node.value.value if isinstance(node.value, ast.Attribute) and node.value.attr in ("c", "columns") else None
    name = _text(table.slice) if isinstance(table, ast.Subscript) else None
    return (name, node.attr) if name is not None else None


def _table(node: ast.expr | None, schema: ast.expr | None) -> TableName | None:
    name = _text(node)
    return TableName(_text(schema), name) if name else None


def _column_name(call: ast.Call) -> str | None:
    return _text(call.args[0]) if call.args else _text(keyword(call, "name"))


def _texts(node: ast.expr | None) -> list[str]:
    return [text for each in getattr(node, "elts", ()) if (text := _text(each)) is not None]


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
