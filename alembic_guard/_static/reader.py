"""Reads one file: a migration's operations and keys, a model's keys, an env.py's Guard. Nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from alembic_guard._allow import Allow
from alembic_guard._errors import GuardError
from alembic_guard._external import ExternalTables, external, table_name
from alembic_guard._history.arguments import Arguments, Given
from alembic_guard._history.events import Create, Drop, Event, Obscure, Rename, Touch
from alembic_guard._history.interpreter import Interpreter, given_by_env
from alembic_guard._history.operations import executed
from alembic_guard._history.rows import Write
from alembic_guard._history.scope import Scope
from alembic_guard._history.sources import Source, Sources
from alembic_guard._history.sql import table_events
from alembic_guard._history.statements import Unread, changes
from alembic_guard._history.values import (
    BatchOp,
    Bind,
    Class,
    Function,
    Method,
    Namespace,
    OneOf,
    Opaque,
    Partial,
    Sql,
    TableValue,
    Unknown,
    Value,
    has_hole,
    is_known,
)
from alembic_guard._names import TableName
from alembic_guard._static.shapes import Shapes
from alembic_guard._static.types import as_type, type_class, type_of_annotation, type_of_call
from alembic_guard._static.values import (
    Act,
    ColumnValue,
    ConstraintValue,
    Declared,
    FileFacts,
    GuardValue,
    KeyValue,
    Owned,
    OwnedColumn,
    OwnedColumns,
    RowsWritten,
    TableWithParts,
    TypeValue,
)
from alembic_guard._static.words import (
    annotations_of,
    assigned,
    attributes,
    attributes_with_keys,
    column_in,
    last_name_of_call,
    may_hold_a_key,
)

_WRITES = frozenset(["insert", "update", "delete"])
_FUNCTIONS = ("upgrade", "downgrade")
_IS_LIBRARY = frozenset(["alembic_guard", "flask_sqlalchemy", "flask_migrate", "fastapi_users_db_sqlalchemy"])


class Reader(Interpreter):
    """Reads one file.

    Args:
        declared: Where what it says about owners is put.
        matters: Whether SQL is worth reading, by its text.
    """

    def __init__(
        self,
        path: str,
        package: str,
        dialect: str | None,
        sources: Sources,
        declared: Declared,
        matters: Callable[[str], bool] = lambda text: True,
    ) -> None:
        super().__init__(path, dialect, sources)
        self.facts = FileFacts(path)
        self.declared = declared
        self._source = Source(path, package, False)
        self._matters = matters
        self._shapes = Shapes()
        self._doing: tuple[str | ast.Call, int] = ("", 0)
        """The call, or the SQL, of which is told what it does; and its line."""
        self._function = ""
        self._has_keys = True
        self._reads_all = False
        self._read_scopes: list[Scope] = []
        self._indexed_lines: set[int] = set()
        """Columns, by their lines, that an Index outside of their class begins with."""

    def read_migration(self, tree: ast.Module, text: str) -> FileFacts:
        """Follow ``upgrade()`` and ``downgrade()``."""
        self._has_keys = "ForeignKey" in text
        scope = self._module_scope(tree, self._source)
        self.facts.revision = str(scope.look_up("revision", ""))
        for function in _FUNCTIONS:
            self._shapes = Shapes()
            self._follow(scope, function)
            self.facts.keys += self._shapes.keys(function)
        return self.facts

    def read_upgrade(self, tree: ast.Module, shapes: Shapes, engine: str | None = None) -> None:
        """Follow ``upgrade()``, on top of what the revisions before it have made; every column is read.

        Args:
            engine: Which of several databases it is: what env.py gives to ``upgrade(engine_name)``.
        """
        self._reads_all, self._shapes, shapes.path = True, shapes, self.path
        self._follow(self._module_scope(tree, self._source), "upgrade", engine)

    def read_models(self, tree: ast.Module) -> FileFacts:
        """The keys of the classes and tables that the file declares."""
        self._shapes = Shapes(is_model=True)
        self._read_models(tree)
        self.facts.keys += self._shapes.keys("")
        return self.facts

    def read_all_of_models(self, tree: ast.Module, shapes: Shapes) -> None:
        """The same, with their primary keys and every column."""
        self._reads_all, self._shapes, shapes.path = True, shapes, self.path
        self._read_models(tree)

    def _follow(self, scope: Scope, function: str, engine: str | None = None) -> None:
        self._function = function
        found = scope.look_up(function, None)
        if isinstance(found, Function):
            self.call_function(found, given_by_env(found, engine))
        elif isinstance(found, (OneOf, Partial)):
            self.call_value(found, Given())

    def _read_models(self, tree: ast.Module) -> None:
        scope = self._module_scope(tree, self._source)
        for node in tree.body:  # an Index may stand behind its class, so it comes first
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and last_name_of_call(node.value) in ("Index", "Table"):
                for value in (scope.own(name) for name in assigned(node) if name in scope.names):
                    self._table(value)
            elif isinstance(node, ast.Expr) and last_name_of_call(node.value) == "Table":
                with self._not_telling():
                    self._table(self.evaluate(node.value, scope))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and (names := self._columns_of(node)):
                value = scope.own(node.name) if node.name in scope.names else None
                if isinstance(value, Class) and value.scope.path == self.path:
                    self._model(value, node, names)

    def _table(self, value: Value) -> None:
        if isinstance(value, TableWithParts):
            self._shapes.made(value.name, value.schema, value.parts)

    def _columns_of(self, node: ast.ClassDef) -> Collection[str]:
        """The attributes that are looked at."""
        return attributes(node) if self._reads_all else set(attributes_with_keys(node))

    def forget(self) -> None:
        """Let go of the tree, which names and what they stand for hold in circles: thousands of them fill the memory."""
        for scope in self._read_scopes:
            for value in list(scope.names.values()):
                if isinstance(value, Class):
                    value.scope.names.clear()
            scope.names.clear()
        self._read_scopes.clear()

    def _module_scope(self, tree: ast.Module, source: Source) -> Scope:
        scope = super()._module_scope(tree, source)
        self._read_scopes.append(scope)
        return scope

    def read_declarations(self, tree: ast.Module) -> None:
        """Whatever the file says of owners: its Guard, its ExternalTables, models that name another owner."""
        scope = self._module_scope(tree, self._source)
        for name in list(scope.names):
            value = scope.own(name)
            if isinstance(value, Class) and value.scope.path == self.path:
                self._named_owner(value)
            elif isinstance(value, Function) and not isinstance(value.node, ast.Lambda) and not value.node.args.args:
                with self._not_telling(), suppress(RecursionError):
                    self.call_function(value, Given())

    # --- models

    def _model(self, value: Class, node: ast.ClassDef, names: Collection[str]) -> None:
        table = self._table_of_class(value, node)
        if self._reads_all and table is None:
            return  # a mixin, or a name that is computed
        annotated = annotations_of(node)
        arguments = self._said(value, "__table_args__")
        parts = arguments if isinstance(arguments, tuple) else ()
        columns: list[Value] = []
        for attribute in names:
            found = value.scope.own(attribute) if attribute in value.scope.names else None
            if isinstance(found, ColumnValue):
                typed = _typed(found, annotated.get(attribute))
                columns.append(_called(typed, attribute, indexed=found.line in self._indexed_lines))
        is_whole = not isinstance(arguments, Unknown)
        self._shapes.made(table or value.name, _schema(arguments), (*columns, *parts), is_whole=is_whole)

    def _table_of_class(self, value: Class, node: ast.ClassDef) -> str | None:
        table = self._said(value, "__tablename__")
        if table is None and any(each.arg == "table" for each in node.keywords):
            table = self._class_member(value, "__tablename__")  # SQLModel names it by the class
        return table if isinstance(table, str) and not has_hole(table) else None

    def _said(self, value: Class, name: str) -> Value:
        """An attribute of a class or of one above it; None where none has it."""
        if name in value.scope.names:
            return self._class_member(value, name)
        above = list(self._mro(value))
        unknown = next((each for each in above if isinstance(each, Unknown)), None)
        has_it = any(name in each.scope.names for each in above if isinstance(each, Class))
        return self._class_member(value, name) if has_it else unknown

    def _named_owner(self, value: Class) -> None:
        arguments = value.scope.own("__table_args__") if "__table_args__" in value.scope.names else None
        info = _keywords(arguments).get("info")
        said = info.get("alembic_guard") if isinstance(info, dict) else None
        table = self._said(value, "__tablename__")
        if isinstance(said, dict) and isinstance(said.get("owner"), str) and isinstance(table, str):
            schema = _schema(arguments)
            self.declared.named[TableName(schema if isinstance(schema, str) else None, table)] = said["owner"]

    # --- what the reader of chains leaves open

    def tell(self, event: Event) -> None:
        if self._importing or not self._function:
            return
        match event:
            case Create(table):
                self._acts(table, creates=True)
            case Drop(table):
                self._acts(table)
                self._shapes.dropped(table)
            case Touch(table):
                self._acts(table)
            case Rename(old, new):
                self._acts(old)
                self._acts(new)
                self._shapes.renamed(old, new)
            case Obscure(why):
                self.facts.unread.append((self._doing[1] or self._line, why))

    def _acts(self, table: TableName, *, creates: bool = False) -> None:
        what, line = self._doing
        self.facts.acts.append(Act(table, what, line or self._line, creates, self._function))

    def _imported(self, name: str) -> Value:
        if name.partition(".")[0] in _IS_LIBRARY:
            return Namespace(name)
        return super()._imported(name)

    def member(self, value: Value, name: str) -> Value:
        match value:
            case Owned():
                if name in ("c", "columns"):
                    return OwnedColumns(value.table)
                return getattr(value.table, name) if name in ("name", "schema") else Method(value, name)
            case OwnedColumns():
                return self.item(value, name)
            case RowsWritten() | ExternalTables():
                return Method(value, name)
            case GuardValue():
                return value.given.get(name, Opaque(name))
        return super().member(value, name)

    def item(self, value: Value, key: Value) -> Value:
        if isinstance(value, ExternalTables) and isinstance(key, str) and key in value:
            return Owned(value[key])
        if isinstance(value, OwnedColumns) and isinstance(key, str) and key in value.table.c:
            return OwnedColumn(value.table.c[key])
        return super().item(value, key)

    def call_value(self, callee: Value, given: Arguments) -> Value:
        if isinstance(callee, Namespace):
            found = self._library_call(callee.path, given)
            if found is not None:
                return found
        return super().call_value(callee, given)

    def _library_call(self, path: str, given: Arguments) -> Value:
        top, last = path.partition(".")[0], path.rpartition(".")[2]
        if top == "alembic_guard":
            return self._ours(path, last, given)
        if path == "flask_sqlalchemy.SQLAlchemy":
            return Namespace("sqlalchemy")
        if top not in ("sqlalchemy", "sqlmodel", "flask_sqlalchemy", "fastapi_users_db_sqlalchemy"):
            return None
        match last:
            case "Column" | "mapped_column":
                return self._column(given)
            case "Field":
                return self._field(given)
            case "ForeignKey":
                return self._key(given)
            case "ForeignKeyConstraint":
                return self._constraint(given)
            case "PrimaryKeyConstraint" | "UniqueConstraint":
                primary = last == "PrimaryKeyConstraint"
                return ConstraintValue(list(given.positional), self._line_of(given), indexed=True, primary=primary)
            case "Index":
                first = given.get(1, "column")
                if isinstance(first, ColumnValue) and _finds_rows(given):
                    self._indexed_lines.add(first.line)
                return ConstraintValue(given.positional[1:], self._line_of(given), indexed=_finds_rows(given))
            case "Table" | "table":
                return TableWithParts(
                    *_name_of(super().call_value(Namespace(path), given)), tuple(given.positional[2:])
                )
            case "insert" | "update" | "delete":
                table = given.get(0, "table")
                return RowsWritten(last, written) if (written := _written_table(table)) is not None else None
        return TypeValue(type_of_call(path, given)) if type_class(path) is not None else None

    def _operation(self, name: str, given: Arguments) -> Value:
        before, self._doing = self._doing, (given.node or f"op.{name}", self._line_of(given))
        try:
            if self._function and not self._importing:
                self._shape_of_operation(name, given)
            return super()._operation(name, given)
        finally:
            self._doing = before

    def _method(self, method: Method, given: Arguments) -> Value:
        value, name = method.of, method.name
        if isinstance(value, BatchOp) and self._function and not self._importing:
            self._shapes.batch(value, name, given, self._line_of(given))
        if name in _WRITES and (table := _written_table(value)) is not None:
            return RowsWritten(name, table)
        if isinstance(value, RowsWritten):
            _ = given.positional
            return value
        if isinstance(value, ExternalTables):
            return Opaque(name)
        if isinstance(value, Bind) and not self._function:
            _ = given.named  # context.configure(**configure_options(Guard(...)))
        before, self._doing = self._doing, (given.node or name, self._line_of(given))
        try:
            return super()._method(method, given)
        finally:
            self._doing = before

    def executes(self, statement: Value, given: Arguments, *, sure: bool) -> None:
        if not self._function or self._importing:
            return
        if isinstance(statement, RowsWritten):
            self._rows_of(statement)
            return
        text = statement.text if isinstance(statement, Sql) else statement
        if not isinstance(text, str):
            self._tell(executed(statement, self.dialect, sure=sure))
            return
        if self._matters(text) or has_hole(text):
            before, self._doing = self._doing, (text, self._line_of(given))
            self._sql(text)
            self._doing = before

    def _sql(self, text: str) -> None:
        dialect = self.dialect or ""
        seen: dict[TableName, None] = {}
        with suppress(Unread):
            for each in changes(text, dialect):
                if isinstance(each, Write) and not has_hole(each.table.name) and not has_hole(each.table.schema):
                    seen.setdefault(each.table)
        for table in seen:
            self._acts(table)
        for event in table_events(text, self.dialect):
            match event:
                case Create() | Obscure():
                    self.tell(event)
                case Drop(table):
                    self._shapes.dropped(table)
                case Rename(old, new):
                    self._shapes.renamed(old, new)
        self._shapes.sql(text, dialect, self._doing[1])

    def _rows_of(self, written: RowsWritten) -> None:
        name, schema = written.table.name, written.table.schema
        if isinstance(name, str) and not has_hole(name) and (schema is None or isinstance(schema, str)):
            self._acts(TableName(schema or None, name))

    def _shape_of_operation(self, name: str, given: Arguments) -> None:
        match name:
            case "create_table":
                self._made(given)
            case "bulk_insert":
                if (table := _written_table(given.get(0, "table"))) is not None:
                    self._rows_of(RowsWritten("insert", table))
            case "add_column":
                self._shapes.added(given.get(0, "table_name"), given.keyword("schema"), given.get(1, "column"))
            case "create_foreign_key":
                self._shapes.key(
                    (given.get(1, "source_table"), given.keyword("source_schema")),
                    (given.get(2, "referent_table"), given.keyword("referent_schema")),
                    given.get(3, "local_cols"),
                    given.get(4, "remote_cols"),
                    given.keyword("ondelete"),
                    given.keyword("postgresql_not_valid"),
                    self._line_of(given),
                    given.get(0, "constraint_name"),
                )
            case "alter_column":
                table, column = given.get(0, "table_name"), given.get(1, "column_name")
                self._shapes.altered(table, given.keyword("schema"), column, given)
            case "drop_column":
                table, column = given.get(0, "table_name"), given.get(1, "column_name")
                self._shapes.dropped_column(table, given.keyword("schema"), column)
            case "drop_constraint":
                table, constraint = given.get(1, "table_name"), given.get(0, "constraint_name")
                self._shapes.dropped_constraint(table, given.keyword("schema"), constraint)
            case "create_index" | "create_unique_constraint" | "create_primary_key":
                table, columns = given.get(1, "table_name"), given.get(2, "columns")
                primary = name == "create_primary_key"
                self._shapes.indexed(table, given.keyword("schema"), columns, _finds_rows(given), primary=primary)

    # --- columns, keys, types

    def _made(self, given: Arguments) -> None:
        """``op.create_table``: what can be no key is read only where the table turns out to have one."""
        node, name, schema = given.node, given.get(0, "table_name"), given.keyword("schema")
        if node is None or self._reads_all or any(isinstance(each, ast.Starred) for each in node.args):
            self._shapes.made(name, schema, given.positional[1:])
            return
        rest = node.args[1:]
        keys = [each for each in rest if may_hold_a_key(each) or isinstance(each, ast.Name)] if self._has_keys else []
        others = [each for each in rest if each not in keys] if keys else rest
        values = [given.value_of(each) for each in keys]

        def later(columns: Collection[str]) -> Sequence[Value]:
            return [given.value_of(each) for each in others if column_in(each) in (None, *columns)]

        self._shapes.made(name, schema, values, later=later)

    def _column(self, given: Arguments) -> Value:
        name: Value = given.keyword("name")
        type_: Value = None
        keys: list[KeyValue] = []
        positional = given.positional
        for at, each in enumerate(positional):
            if at == 0 and isinstance(each, str):
                name = each
            elif isinstance(each, KeyValue):
                keys.append(each)
            elif type_ is None and at <= 1:
                type_ = each
        type_ = type_ if type_ is not None else given.keyword("type_")
        found = None if type_ is None else as_type(type_)
        primary = given.keyword("primary_key") is True
        line = self._line_of(given)
        return ColumnValue(name, found, tuple(keys), _is_indexed(given), line, type_ is not None, primary)

    def _field(self, given: Arguments) -> Value:
        column = given.keyword("sa_column")
        if isinstance(column, ColumnValue):
            return column
        target = given.keyword("foreign_key")
        line = self._line_of(given)
        keys = [KeyValue(_target(target), given.keyword("ondelete"), line)] if isinstance(target, str) else []
        type_ = given.keyword("sa_type")
        return ColumnValue(
            None,
            as_type(type_) if type_ is not None else None,
            tuple(keys),
            _is_indexed(given),
            line,
            type_ is not None,
            given.keyword("primary_key") is True,
            annotated=True,
        )

    def _key(self, given: Arguments) -> Value:
        target, name = given.get(0, "column"), given.keyword("name")
        return KeyValue(_target(target), given.keyword("ondelete"), self._line_of(given), name)

    def _constraint(self, given: Arguments) -> Value:
        targets = given.get(1, "refcolumns")
        listed = [_target(each) for each in targets] if isinstance(targets, (list, tuple)) else None
        name, on_delete = given.get(2, "name"), given.keyword("ondelete")
        return ConstraintValue(
            given.get(0, "columns"), self._line_of(given), targets=listed, on_delete=on_delete, name=name
        )

    # --- our own names

    def _ours(self, path: str, last: str, given: Arguments) -> Value:
        node = given.node
        line = node.lineno if node is not None else self._line
        if last == "Guard":
            positional, named = given.positional, given.named
            said = {"metadata": positional[0] if positional else None, **named}
            guard = GuardValue(self._where(), line, said if given.whole else {"external": Unknown("a * or **")})
            if guard not in self.declared.guards:
                self.declared.guards.append(guard)
            return guard
        made = _MAKERS.get(path.removeprefix("alembic_guard."))
        if made is None:
            _ = given.positional, given.named  # run_migrations(Guard(...))
            return Opaque(path)
        try:
            positional, named = [_plain(each) for each in given.positional], _plain(given.named)
            if not given.whole:
                raise _Computed("a * or ** that is computed")
            value: Value = made(*positional, **named)
        except (_Computed, GuardError, TypeError, ValueError, SQLAlchemyError) as error:
            if last not in ("external", "Allow"):
                self.declared.unread.append((self._where(), line, f"{last}(): {' '.join(str(error).split())}"))
            return Unknown(f"{last}() whose arguments cannot be read")
        if isinstance(value, ExternalTables):
            self.declared.owners.append(value)
        return value

    def _where(self) -> str:
        return self._frames[-1].path if self._frames else self.path

    def _line_of(self, given: Arguments) -> int:
        """The call's own line, where it stands in this file; else that of the line that led to it."""
        node = given.node
        here = not self._frames or self._frames[-1].path == self.path
        return node.lineno if node is not None and here and hasattr(node, "lineno") else self._line


class _Computed(Exception):
    """A part that cannot be read."""


def _plain(value: Value) -> Any:
    """An argument of our own classes as Python has it; tables with the columns that were read."""
    match value:
        case ExternalTables() | Allow() | TableName():
            return value
        case Owned(table):
            return table
        case TableWithParts():
            return _made_table(value)
        case TypeValue(type_) if type_ is not None:
            return type_
        case dict():
            return {_plain(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
    if is_known(value):
        return value
    raise _Computed(getattr(value, "why", "a part of it is computed"))


def _made_table(value: TableWithParts) -> Any:
    from sqlalchemy import Column, MetaData, Table

    if not isinstance(value.name, str) or has_hole(value.name):
        raise _Computed("a table whose name is computed")
    columns = [
        Column(each.name, each.type) if each.type is not None else Column(each.name)
        for each in value.parts
        if isinstance(each, ColumnValue) and isinstance(each.name, str)
    ]
    return Table(value.name, MetaData(), *columns, schema=value.schema if isinstance(value.schema, str) else None)


def _presets() -> Mapping[str, Any]:
    from alembic_guard import presets

    found: dict[str, Any] = {f"presets.{name}": getattr(presets, name) for name in presets.__all__}
    found.update({f"presets._{name}.{name}": getattr(presets, name) for name in presets.__all__})
    return found


_MAKERS: Mapping[str, Any] = {
    **_presets(),
    "ExternalTables": ExternalTables,
    "ExternalTables.load": ExternalTables.load,
    "TableName": TableName,
    "Allow": Allow,
    "external": external,
}


def _keywords(arguments: Value) -> Mapping[str, Value]:
    """The dict of ``__table_args__``, which stands alone or last."""
    last = arguments[-1] if isinstance(arguments, tuple) and arguments else arguments
    return last if isinstance(last, dict) else {}


def _schema(arguments: Value) -> Value:
    return _keywords(arguments).get("schema")


def _typed(column: ColumnValue, annotation: ast.expr | None) -> ColumnValue:
    """With the type of its annotation, where it has none of its own and no key whose target gives it one."""
    if column.typed or annotation is None or (column.keys and not column.annotated):
        return column
    return replace(column, type=type_of_annotation(annotation), typed=True)


def _called(column: ColumnValue, attribute: str, *, indexed: bool) -> ColumnValue:
    name = attribute if column.name is None else column.name
    return replace(column, name=name, indexed=column.indexed or indexed)


def _target(value: Value) -> tuple[TableName, str] | None:
    if isinstance(value, OwnedColumn):
        return table_name(value.column.table), str(value.column.name)
    if isinstance(value, str) and not has_hole(value) and "." in value:
        table, _, column = value.rpartition(".")
        return TableName.parse(table), column
    return None


def _is_indexed(given: Arguments) -> bool:
    return any(given.keyword(each) is True for each in ("primary_key", "index", "unique"))


def _finds_rows(given: Arguments) -> bool:
    """Whether an index finds rows by equality, and all of them."""
    where = [given.keyword(f"{dialect}_where") for dialect in ("postgresql", "sqlite")]
    return given.keyword("postgresql_using") in (None, "btree", "hash") and not any(where)


def _name_of(value: Value) -> tuple[Value, Value]:
    return (value.name, value.schema) if isinstance(value, TableValue) else (Unknown("a table"), None)


def _written_table(value: Value) -> TableValue | None:
    if isinstance(value, Owned):
        return TableValue(str(value.table.name), value.table.schema)
    return value if isinstance(value, TableValue) else None
