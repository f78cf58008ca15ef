"""What one Python file says about models and tables, as values; read with ``ast``, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from alembic_guard._lint.imports import imported

_COLUMNS = frozenset(["mapped_column", "Column", "deferred", "Field"])
ATTRIBUTE_MAKERS = _COLUMNS | {
    "column_property",
    "synonym",
    "composite",
    "relationship",
    "dynamic_loader",
    "Relationship",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A mapped attribute of a class body: its name, its column's name where it has one, and how it is made."""

    name: str
    line: int
    maker: str
    column: str | None = None
    annotation_only: bool = False


@dataclass(frozen=True, slots=True)
class ClassSource:
    """A class: its bases as they are written, what it maps, the functions that it defines, and which of these are
    properties: a column in their place is read as they are."""

    name: str
    line: int
    bases: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    functions: dict[str, int]
    properties: frozenset[str]
    table: str | None
    keywords: frozenset[str]
    decorators: tuple[str, ...]
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class TableSource:
    """Columns of ``Table(...)``, ``op.create_table(...)``, ``op.add_column(...)``: the call and the names in it."""

    call: str
    name: str | None
    line: int
    columns: tuple[Attribute, ...]
    schema: str | None = None
    metadata: str = ""


@dataclass(slots=True)
class ModuleSource:
    """One file."""

    path: str
    imports: dict[str, str] = field(default_factory=dict)
    assigned: dict[str, str] = field(default_factory=dict)
    classes: dict[str, ClassSource] = field(default_factory=dict)
    tables: list[TableSource] = field(default_factory=list)
    external: dict[str, str] = field(default_factory=dict)
    names: list[tuple[str, int]] = field(default_factory=list)
    """Tables that operations make, and those indexes and constraints whose names are long, with their lines."""
    is_migration: bool = False
    """Whether it says of which revision it is the next: its classes are for its own statements."""
    is_computed: bool = False
    """Whether an operation or a statement in it is given something else than a literal."""


def read_source(tree: ast.Module, path: str, package: str = "") -> ModuleSource:
    """What a file says.

    Args:
        package: The package that ``from . import`` begins at.
    """
    found = ModuleSource(path)
    in_passing: list[ast.AST] = []
    # A walk by a stack over statements, not over every node: a third of the cost of a NodeVisitor.
    stack: list[ast.stmt] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        match node:
            case ast.Import() | ast.ImportFrom():
                found.imports.update((each.local, each.name) for each in imported(node, package))
            case ast.ClassDef():
                found.classes[node.name] = _class(node, found.imports)
                stack += [each for each in node.body if isinstance(each, ast.ClassDef)]
            case ast.Assign() | ast.AnnAssign() | ast.Expr() | ast.Return():
                _statement(node, found, in_passing)
            case ast.With():
                in_passing += (each.context_expr for each in node.items)
                stack += _inner(node)
            case ast.For():
                in_passing.append(node.iter)
                stack += _inner(node)
            case _:
                stack += _inner(node)
    if in_passing and not found.is_computed and any(each.startswith("alembic") for each in found.imports.values()):
        found.is_computed = any(_names_something(each, found.imports) for one in in_passing for each in ast.walk(one))
    return found


def _names_something(node: ast.AST, imports: dict[str, str]) -> bool:
    """Whether an operation inside of another expression is about something else than a literal."""
    if not isinstance(node, ast.Call):
        return False
    last = _called(node, imports)
    return (last in _FIRST_NAMED and _is_computed(node, 0, imports)) or (
        last in _SECOND_NAMED and _is_computed(node, 1, imports)
    )


def _inner(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from handler.body


def _statement(
    node: ast.Assign | ast.AnnAssign | ast.Expr | ast.Return, found: ModuleSource, in_passing: list[ast.AST]
) -> None:
    value = node.value
    if isinstance(node, ast.Assign) and value is not None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                found.is_migration = found.is_migration or target.id == "down_revision"
                found.assigned[target.id] = dotted(value.func if isinstance(value, ast.Call) else value)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        found.is_migration = found.is_migration or node.target.id == "down_revision"
        if isinstance(value, ast.Call):
            found.assigned[node.target.id] = dotted(value.func)
    if isinstance(value, ast.Call):
        _call(value, found)
        if isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Call):  # execute(...).all()
            in_passing.append(value.func.value)
    elif isinstance(value, _HOLDING):
        in_passing.append(value)


_HOLDING = (
    *(ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp, ast.Await, ast.IfExp, ast.BoolOp, ast.NamedExpr),
    *(ast.Attribute, ast.Subscript, ast.Tuple),
)
"""Expressions in which an operation may stand in passing."""


def _call(call: ast.Call, found: ModuleSource) -> None:
    last = _called(call, found.imports)
    if last in ("Table", "create_table", "add_column"):
        columns = tuple(_table_columns(call, found.imports))
        if columns:
            schema = next((_text(each.value) for each in call.keywords if each.arg == "schema"), None)
            name = _text(call.args[0]) if call.args else None
            metadata = dotted(call.args[1]) if last == "Table" and len(call.args) > 1 else ""
            found.tables.append(TableSource(last, name, call.lineno, columns, schema, metadata))
    if last in _NEW_NAMES:
        _new_names(last, call, found)
    if last in _FIRST_NAMED and not found.is_computed:
        found.is_computed = _is_computed(call, 0, found.imports)
    elif last in _SECOND_NAMED and not found.is_computed:
        found.is_computed = _is_computed(call, 1, found.imports)
    elif last == "ExternalTables" and len(call.args) >= 2:
        owner, names = _text(call.args[0]), call.args[1]
        for each in getattr(names, "elts", ()):
            if owner and (name := _text(each)):
                found.external[name] = owner
    elif last == "better_auth" and not any(each.arg in ("names", "schema") for each in call.keywords):
        found.external.setdefault("", "better-auth")


_FIRST_NAMED = frozenset(
    [
        "create_table",
        "drop_table",
        "rename_table",
        "add_column",
        "drop_column",
        "alter_column",
        "batch_alter_table",
        "execute",
        "exec_driver_sql",
        "scalar",
        "bulk_insert",
        "create_table_comment",
        "drop_table_comment",
    ]
)
"""Operations whose first argument says what they are about."""

_SECOND_NAMED = frozenset(
    [
        "create_index",
        "drop_index",
        "create_foreign_key",
        "drop_constraint",
        "create_unique_constraint",
        "create_check_constraint",
        "create_primary_key",
        "create_exclude_constraint",
    ]
)
"""Those whose second one does."""


_NEW_NAMES = {
    "create_table": (0, ("table_name",)),
    "rename_table": (1, ("new_table_name",)),
    "alter_column": (9, ("new_column_name",)),
    "create_index": (0, ("index_name",)),
    **dict.fromkeys(["create_foreign_key", "create_unique_constraint"], (0, ("constraint_name",))),
    **dict.fromkeys(["create_check_constraint", "create_primary_key"], (0, ("constraint_name",))),
    "create_exclude_constraint": (0, ("constraint_name",)),
}
"""Operations that give a name: the place of its argument, and its keyword."""


def _new_names(operation: str, call: ast.Call, found: ModuleSource) -> None:
    at, keywords = _NEW_NAMES[operation]
    given = [call.args[at]] if at < len(call.args) else []
    given += [each.value for each in call.keywords if each.arg in keywords]
    table = given[0] if operation == "create_table" and given else None
    if operation == "create_table":
        for part in call.args[1:]:
            if isinstance(part, ast.Call):
                given += [each.value for each in part.keywords if each.arg == "name"]
    for each in given:
        is_table = each is table
        if isinstance(each, ast.Call) and each.args and _called(each, found.imports) == "f":  # op.f("name")
            each = each.args[0]
        name = _text(each)
        if name and (len(name) > _LONG or is_table):
            found.names.append((name, each.lineno))


_LONG = 15
"""Characters, of four bytes at most, that every database keeps of a name."""


_NAMING = frozenset(["table_name", "old_table_name", "source_table", "sqltext", "statement", "table"])
"""Keywords by which an operation can be told what it is about."""


def _is_computed(call: ast.Call, at: int, imports: dict[str, str]) -> bool:
    """Whether what an operation is about is something else than a literal, given by place or by keyword."""
    given = [
        *call.args[at : at + 1],
        *(each.value for each in call.keywords if each.arg in _NAMING or each.arg is None),
    ]
    starred = (each for each in call.args[:at] if isinstance(each, ast.Starred))
    return any(not _is_literal(each, imports) for each in (*given, *starred))


def _is_literal(node: ast.expr, imports: dict[str, str]) -> bool:
    if isinstance(node, ast.Call) and node.args and _called(node, imports) in ("text", "DDL", "f"):
        node = node.args[0]
    return isinstance(node, (ast.Constant, ast.List))  # a list: the columns of a batch operation


def _table_columns(call: ast.Call, imports: dict[str, str]) -> Iterator[Attribute]:
    for argument in call.args:
        if isinstance(argument, ast.Call) and _called(argument, imports) == "Column":
            name = _column_name(argument, imports)
            if name is not None:
                key = next((_text(each.value) for each in argument.keywords if each.arg == "key"), None)
                yield Attribute(key or name, argument.lineno, "Column", name)


def _class(node: ast.ClassDef, imports: dict[str, str]) -> ClassSource:
    attributes: list[Attribute] = []
    functions: dict[str, int] = {}
    properties: set[str] = set()
    table: str | None = None
    schema: str | None = None
    for each in node.body:
        match each:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                decorators = {dotted(d.func if isinstance(d, ast.Call) else d) for d in each.decorator_list}
                if any(name.split(".")[0] == "declared_attr" or "declared_attr" in name for name in decorators):
                    if not _is_dunder(each.name):
                        attributes.append(Attribute(each.name, each.lineno, "declared_attr"))
                elif not _is_placeholder(each) and not any("abstract" in n or "overload" in n for n in decorators):
                    functions[each.name] = each.lineno
                    if any(n.endswith("property") for n in decorators):
                        properties.add(each.name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                annotation = last_part(dotted_of_annotation(each.annotation), imports)
                if (found := _attribute(name, each.value, each.lineno, annotation, imports)) is not None:
                    attributes.append(found)
            case ast.Assign(targets=[ast.Name(id="__tablename__")], value=ast.Constant(value=str(name))):
                table = name
            case ast.Assign():
                for target in each.targets:
                    if isinstance(target, ast.Name) and target.id == "__table_args__":
                        schema = _schema(each.value)
                    if isinstance(target, ast.Name) and (
                        found := _attribute(target.id, each.value, each.lineno, "", imports)
                    ):
                        attributes.append(found)
    return ClassSource(
        node.name,
        node.lineno,
        tuple(dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases),
        tuple(_mangled(each, node.name) for each in attributes),
        functions,
        frozenset(properties),
        table,
        frozenset(each.arg for each in node.keywords if each.arg and _is_true(each.value)),
        tuple(dotted(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list),
        schema,
    )


def _schema(arguments: ast.expr) -> str | None:
    """Of ``__table_args__``, whose dict stands alone or last."""
    last = arguments.elts[-1] if isinstance(arguments, ast.Tuple) and arguments.elts else arguments
    if not isinstance(last, ast.Dict):
        return None
    return next((_text(v) for k, v in zip(last.keys, last.values, strict=True) if _text(k) == "schema"), None)


def _attribute(
    name: str, value: ast.expr | None, line: int, annotation: str, imports: dict[str, str]
) -> Attribute | None:
    if isinstance(value, ast.Call):
        maker = _called(value, imports)
        if maker in ATTRIBUTE_MAKERS:
            column = (_column_name(value, imports) or name) if maker in _COLUMNS else None
            return Attribute(name, line, maker, column)
    if annotation in ("Mapped", "WriteOnlyMapped", "DynamicMapped"):
        return Attribute(name, line, "mapped_column", name)
    if annotation and annotation != "ClassVar" and not _is_dunder(name):
        # A field where the class is a SQLModel, nothing elsewhere.
        return Attribute(name, line, "Field", name, annotation_only=True)
    return None


def _column_name(call: ast.Call, imports: dict[str, str]) -> str | None:
    """The column's name in the database where the call says it."""
    for keyword in call.keywords:
        if keyword.arg in ("name", "__name_pos"):
            return _text(keyword.value)
        if keyword.arg == "sa_column" and isinstance(keyword.value, ast.Call):
            return _column_name(keyword.value, imports)
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Call) and _called(first, imports) in _COLUMNS:
        return _column_name(first, imports)
    return _text(first)


def _called(call: ast.Call, imports: dict[str, str]) -> str:
    """What a call calls, by the name under which it was defined: ``C(...)`` is Column after ``import Column as C``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    if isinstance(call.func, ast.Name):
        return imports.get(call.func.id, call.func.id).rpartition(".")[2]
    return ""


def last_part(name: str, imports: dict[str, str]) -> str:
    head, dot, rest = name.partition(".")
    return (f"{imports.get(head, head)}{dot}{rest}").rpartition(".")[2]


def _mangled(attribute: Attribute, owner: str) -> Attribute:
    """As Python stores ``__name`` in a class."""
    name = attribute.name
    if not name.startswith("__") or name.endswith("__"):
        return attribute
    hidden = f"_{owner.lstrip('_')}{name}"
    column = hidden if attribute.column == name else attribute.column
    return Attribute(hidden, attribute.line, attribute.maker, column, attribute.annotation_only)


def _is_placeholder(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A mixin's promise that the model has such an attribute: nothing but ``...``, ``pass`` or ``NotImplementedError``."""
    for each in function.body:
        match each:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")) | ast.Name(id="NotImplementedError")):
                continue
            case _:
                return False
    return True


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def dotted(node: ast.expr | None) -> str:
    """``a.b.c`` of a name or attribute; of anything else, nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Call):
        return ".".join([dotted(node.func) + "()", *reversed(parts)])
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def dotted_of_annotation(node: ast.expr) -> str:
    """The outermost type of an annotation, which may be written as text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.partition("[")[0].strip() or "str"
    return dotted(node.value if isinstance(node, ast.Subscript) else node) or "type"


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
