"""What an expression is worth, without running it."""

from __future__ import annotations

import ast
import builtins
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import reduce
from os.path import commonprefix
from typing import Any

from alembic_guard._history import libraries, plain
from alembic_guard._history.arguments import Arguments, Given
from alembic_guard._history.events import Event, Obscure
from alembic_guard._history.operations import (
    executed,
    metadata_method_events,
    operation_events,
    operation_value,
    table_method_events,
)
from alembic_guard._history.scope import Scope
from alembic_guard._history.values import (
    HOLE,
    PLAIN,
    BatchOp,
    Bind,
    Class,
    DeclarativeBase,
    Dialect,
    Function,
    Instance,
    MetaDataValue,
    Method,
    Module,
    Namespace,
    Native,
    OneOf,
    Op,
    Opaque,
    Partial,
    Sql,
    Super,
    TableValue,
    Unknown,
    Value,
    has_hole,
    is_known,
    truth,
)

_ABSENT = object()
_USES_UP = frozenset(["list", "tuple", "set", "frozenset", "sorted", "dict"])
"""Functions that ask a generator for all that it has."""
_MUTABLE = (list, dict, set)
_STATEMENTS = frozenset(["insert", "update", "delete", "select"])
_RUNS_SQL = frozenset(["execute", "exec_driver_sql", "executescript", "scalar", "scalars", "exec"])


class Expressions(ABC):
    """Evaluates expressions; what needs statements (calling a function, importing a module) is the interpreter's."""

    dialect: str | None

    def __init__(self) -> None:
        self.branch: tuple[int, ...] = ()
        """The undecidable conditions under which the line at hand is run."""
        self._born: dict[int, tuple[Value, tuple[int, ...]]] = {}
        """Containers and objects by id, and the conditions under which each came to be."""
        self._used_up: set[int] = set()
        """Expressions, by id, of which every item is asked for."""
        self._changed: set[int] = set()
        """Those that may have been changed: under conditions that are not those of their birth."""

    @abstractmethod
    def tell(self, event: Event) -> None:
        """Note what the line at hand does."""

    @abstractmethod
    def call_function(self, function: Function, given: Arguments) -> Value: ...

    @abstractmethod
    def function(self, node: ast.Lambda, scope: Scope) -> Value:
        """The value of a lambda."""

    @abstractmethod
    def doubting(self) -> AbstractContextManager[None]:
        """What is told inside happens only perhaps."""

    @abstractmethod
    def lazily(self) -> AbstractContextManager[None]:
        """What is told inside happens only if somebody asks for it: a generator's doing."""

    @abstractmethod
    def give(self, value: Value) -> None:
        """Note what the function at hand yields."""

    @abstractmethod
    def import_module(self, name: str) -> Value: ...

    @abstractmethod
    def spend(self, node: ast.AST, steps: int = 1) -> None:
        """Count steps."""

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression; Unknown, with the reason, where it has none that can be read."""
        self.spend(node)
        evaluator = _EVALUATORS.get(type(node))
        if evaluator is None:
            return Unknown("an expression that is not read")
        value = evaluator(self, node, scope)
        if plain.is_huge(value):
            return Unknown("a huge value")
        if cost := plain.size(value):
            self.spend(node, cost)
        if type(value) not in _MUTABLE:
            return value
        if id(value) in self._changed:
            return Unknown("it is changed under a condition that cannot be decided")
        self._born.setdefault(id(value), (value, self.branch))
        return value

    def changes(self, value: Value) -> bool:
        """Note that a container is changed here; whether that happens only perhaps, as seen from its birth."""
        _, branch = self._born.get(id(value), (value, ()))
        perhaps = not set(self.branch) <= set(branch)
        if perhaps and type(value) in _MUTABLE:
            self._changed.add(id(value))
        return perhaps

    # --- names and attributes

    def name(self, node: ast.Name, scope: Scope) -> Value:
        found = scope.look_up(node.id, _ABSENT)
        if found is not _ABSENT:
            return found
        if node.id in vars(builtins):
            return plain.BUILTINS.get(node.id, Opaque(node.id))
        # It may come from the last `import *` of a module that could not be read.
        return scope.look_up("*", Unknown(f"nothing that is read gives {node.id} a value", callable_matters=True))

    def attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        return self.member(self.evaluate(node.value, scope), node.attr)

    def member(self, value: Value, name: str) -> Value:
        """``value.name``."""
        match value:
            case Namespace():
                return libraries.member(value.path, name)
            case Op():
                return Op(name)
            case Module():
                return self._module_member(value, name)
            case Class():
                return self._class_member(value, name)
            case Instance():
                return self._instance_member(value, name)
            case Super():
                return self._super_member(value, name)
            case TableValue():
                return _table_member(value, name)
            case MetaDataValue():
                return value.schema if name == "schema" else Method(value, name)
            case DeclarativeBase():
                return value.metadata if name == "metadata" else Opaque(name)
            case Bind():
                return self._bind_member(value, name)
            case Dialect():
                return (self.dialect or Unknown("the dialect")) if name == "name" else Opaque(name)
            case Sql():
                return Method(value, name)
            case Function():
                return getattr(value.node, "name", "<lambda>") if name == "__name__" else Opaque(name)
        if plain.has_method(value, name) or type(value) in _MUTABLE or name in _RUNS_SQL or isinstance(value, BatchOp):
            return Method(value, name)
        if name in _STATEMENTS:
            return Opaque(
                "sqlalchemy.Table"
            )  # what Table.insert() and its like give makes no table, whatever the table
        if isinstance(value, PLAIN) and name in ("value", "name"):
            # A member of an Enum is read as its value.
            return value if name == "value" else Unknown("the name of an Enum's member")
        return value if isinstance(value, (Unknown, Opaque)) else Opaque(name)

    def _bind_member(self, bind: Bind, name: str) -> Value:
        if name == "name":  # an engine's name is its dialect's
            return self.member(Dialect(), name)
        return Dialect() if name == "dialect" else bind if name in _IS_BIND else Method(bind, name)

    def _module_member(self, module: Module, name: str) -> Value:
        if name in module.scope.names:
            return module.scope.own(name)
        found = self.import_module(f"{module.name}.{name}")
        return Unknown(f"{module.name} has no name {name}") if isinstance(found, Unknown) else found

    def _class_member(self, class_: Class, name: str) -> Value:
        for each in self._mro(class_):
            if isinstance(each, Class) and name in each.scope.names:
                found = each.scope.own(name)
                return self._bound(found, class_) if isinstance(found, Function) else found
            if name == "metadata" and isinstance(each, (Namespace, DeclarativeBase)):
                return self.member(each, name)
            if name == "__tablename__" and isinstance(each, Namespace) and each.path.endswith("SQLModel"):
                return class_.name.lower()
        if name == "__table__":
            return self._table_of(class_)
        return class_.name if name in ("__name__", "__qualname__") else Unknown(f"{class_.name} has no {name}")

    def _super_member(self, value: Super, name: str) -> Value:
        for base in value.after.bases():
            for each in self._mro(base) if isinstance(base, Class) else (base,):
                if isinstance(each, Class) and name in each.scope.names:
                    found = each.scope.own(name)
                    return replace(found, bound=(value.of,)) if isinstance(found, Function) else found
                if isinstance(each, Unknown):
                    return each
        return Opaque(name)

    def _super(self, scope: Scope) -> Value:
        """``super()`` in a method: its class is around the function, its object the first argument."""
        inner: Scope | None = scope
        while inner is not None and inner.around is not None and not inner.around.is_class:
            inner = inner.around
        if inner is None or inner.around is None or not isinstance(inner.around.names.get("__class__"), Class):
            return Unknown("super()", callable_matters=True)
        return Super(next(iter(inner.names.values()), None), inner.around.names["__class__"])

    def _mro(self, class_: Class) -> Iterator[Value]:
        yield class_
        for base in class_.bases():
            if isinstance(base, Class):
                yield from self._mro(base)
            else:
                yield base

    def _bound(self, function: Function, owner: Class) -> Value:
        decorators = {last_name(each) for each in getattr(function.node, "decorator_list", ())}
        if "staticmethod" in decorators:
            return function
        if decorators & {"declared_attr", "directive", "hybrid_property"}:
            return self.call_function(replace(function, bound=(owner,)), Given())
        if "classmethod" in decorators:
            return replace(function, bound=(owner,))
        return function

    def _table_of(self, class_: Class) -> Value:
        table_args = self._class_member(class_, "__table_args__")
        last = table_args[-1] if isinstance(table_args, tuple) and table_args else table_args
        schema: Value = last.get("schema") if isinstance(last, dict) else None
        if schema is None:
            metadata = self._class_member(class_, "metadata")
            schema = metadata.schema if isinstance(metadata, MetaDataValue) else None
        return TableValue(self._class_member(class_, "__tablename__"), schema)

    def _instance_member(self, instance: Instance, name: str) -> Value:
        if name in instance.attributes:
            return instance.attributes[name]
        found = self._class_member(instance.of, name)
        if isinstance(found, Function) and not found.bound:
            decorators = {last_name(each) for each in getattr(found.node, "decorator_list", ())}
            if "staticmethod" in decorators:
                return found
            method = replace(found, bound=(instance,))
            if decorators & {"property", "cached_property"}:
                return self.call_function(method, Given())
            return method
        return found

    # --- calls

    def call(self, node: ast.Call, scope: Scope) -> Value:
        given = Arguments(node, lambda each: self.evaluate(each, scope))
        if isinstance(node.func, ast.Name):
            if node.func.id == "super" and not node.args:
                return self._super(scope)
            if node.func.id in _USES_UP:
                self._used_up.update(map(id, node.args))
            if node.func.id == "map":
                with self._lazily_unless_used_up(node):
                    return self._map(given)
            if node.func.id in ("getattr", "setattr", "globals"):
                return self._by_name(node.func.id, given, scope)
        return self.call_value(self.evaluate(node.func, scope), given)

    def call_value(self, callee: Value, given: Arguments) -> Value:
        """``callee(...)``: tell what it does, and say what it gives."""
        match callee:
            case Function():
                return self.call_function(callee, given)
            case Op():
                return self._operation(callee.name, given)
            case Method():
                return self._method(callee, given)
            case Native():
                return self._native(callee, given)
            case Namespace("importlib.import_module"):
                return self._import_by_name(given.get(0, "name"))
            case Namespace("functools.partial"):
                first, *rest = given.positional or [Unknown("functools.partial")]
                return Partial(first, tuple(rest), given.named, given.whole)
            case Namespace():
                return libraries.call(callee.path, given)
            case Class():
                return self._instantiated(callee, given)
            case Unknown():
                if callee.callable_matters:
                    self.tell(Obscure(f"a call: {callee.why}"))
                _ = given.positional, given.named
                return Unknown(f"the result of a call: {callee.why}")
            case Bind():
                return callee  # session.connection()
            case Instance():
                called = self._instance_member(callee, "__call__")
                return self.call_function(called, given) if isinstance(called, Function) else Opaque("an object's call")
            case Partial():
                return self.call_value(callee.of, _joined(callee, given))
            case OneOf():
                with self.doubting():
                    results = [self.call_value(each, given) for each in callee.callables]
                return reduce(either, results)
            case Opaque():
                _ = given.positional, given.named  # op.create_table may be among them
                self._called_back(given)
                return Opaque(callee.what)
        return Unknown("the result of a call")

    def _called_back(self, given: Arguments) -> None:
        """What is given to a library's function may be called by it: ``reduce(make, names)``, ``retry(make)``."""
        for each in (*given.positional, *given.named.values()):
            if isinstance(each, (Function, Op, Partial, OneOf)):
                parameters = each.node.args.args[len(each.bound) :] if isinstance(each, Function) else []
                with self.doubting():
                    self.call_value(each, Given(*(Unknown("given by a library") for _ in parameters)))

    def _operation(self, name: str, given: Arguments) -> Value:
        if name == "run_async":
            return self.call_value(given.get(0, "async_function"), Given(Bind()))
        if name == "execute":
            self.executes(given.get(0, "sqltext"), given, sure=True)
        else:
            self._tell(operation_events(name, given))
        if name == "bulk_insert":
            given.get(0, "table")  # op.bulk_insert(op.create_table(...), rows)
        return operation_value(name, given)

    def _method(self, method: Method, given: Arguments) -> Value:
        value, name = method.of, method.name
        if isinstance(value, TableValue):
            self._tell(table_method_events(name, value, given))
            return value if name in ("to_metadata", "tometadata") else Opaque("sqlalchemy.Table")
        if isinstance(value, MetaDataValue):
            self._tell(metadata_method_events(name, given))
            return Opaque(name)
        if isinstance(value, Sql):
            return value  # its parameters are bound, its columns are named: the text stays
        if plain.has_method(value, name):
            positional, named = given.positional, given.named
            if name in plain.CHANGING and self.changes(value):
                return Unknown("it is changed under a condition that cannot be decided")
            return plain.call_method(value, name, positional, named)
        if name in _RUNS_SQL:
            self.executes(given.get(0, "statement"), given, sure=isinstance(value, Bind))
            return Opaque("sqlalchemy.Result")
        if type(value) in _MUTABLE:  # sort(key=...), popitem(): what is in it then is not known
            self._born.setdefault(id(value), (value, self.branch))
            self._changed.add(id(value))
            return Unknown("the result of a call")
        if name in ("run_sync", "run_callable"):
            return self._run_sync(given)
        if isinstance(value, Bind):
            _ = given.positional
            return Bind() if name in _GIVES_BIND else Opaque(name)
        if name == "__enter__":
            return value if isinstance(value, BatchOp) else BatchOp()
        return Opaque(name)

    def executes(self, statement: Value, given: Arguments, *, sure: bool) -> None:
        """Tell what a statement does; ``sure`` where the receiver is known to run SQL, so that what cannot be read counts."""
        self._tell(executed(statement, self.dialect, sure=sure))

    def _run_sync(self, given: Arguments) -> Value:
        return self.call_value(given.get(0, "fn"), Given(Bind()))

    def _native(self, function: Native, given: Arguments) -> Value:
        positional, named = given.positional, given.named
        if not given.whole:
            return Unknown("the result of a call with computed arguments")
        try:
            return function.takes(*positional, **named)
        except TypeError:
            return Unknown("the result of a call")

    def _instantiated(self, class_: Class, given: Arguments) -> Value:
        instance = Instance(class_, self.branch)
        init = self._class_member(class_, "__init__")
        if isinstance(init, Function):
            self.call_function(replace(init, bound=(instance,)), given)
            return instance
        fields = [name for each in self._mro(class_) if isinstance(each, Class) for name in each.fields]
        instance.attributes.update(zip(fields, given.positional, strict=False))
        instance.attributes.update(given.named)
        after = self._class_member(class_, "__post_init__")
        if isinstance(after, Function):
            self.call_function(replace(after, bound=(instance,)), Given())
        return instance

    def _by_name(self, function: str, given: Arguments, scope: Scope) -> Value:
        if function == "globals":
            while scope.around is not None:
                scope = scope.around
            return {name: scope.own(name) for name in list(scope.names)}
        owner, name = given.get(0, "object"), given.get(1, "name")
        if function == "setattr":
            if isinstance(name, str) and is_known(name):
                self._set_attribute(owner, name, given.get(2, "value"))
            return None
        if not isinstance(name, str) or not is_known(name):
            matters = isinstance(owner, (Op, Module, Namespace, Bind, Class, Instance))
            return Unknown("an attribute whose name is computed", callable_matters=matters)
        return self.member(owner, name)

    def _map(self, given: Arguments) -> Value:
        items = plain.items(given.get(1, "iterable"))
        if items is None or len(given.positional) != 2:
            self.call_value(given.get(0, "function"), Given(Unknown("an item of what cannot be read")))
            return Unknown("map() over what cannot be read")
        return [self.call_value(given.get(0, "function"), Given(item)) for item in items]

    def _lazily_unless_used_up(self, node: ast.expr) -> AbstractContextManager[None]:
        return nullcontext() if id(node) in self._used_up else self.lazily()

    def _import_by_name(self, name: Value) -> Value:
        if not isinstance(name, str) or not is_known(name) or name.startswith("."):
            return Unknown("import_module() of a computed name", callable_matters=True)
        return self.import_module(name)

    def _tell(self, events: Iterator[Event]) -> None:
        for event in events:
            self.tell(event)

    # --- the rest

    def joined(self, node: ast.JoinedStr, scope: Scope) -> Value:
        # As join does, part by part: each is at most as long as a string that is kept.
        return plain.call_method("", "join", [[self._formatted(each, scope) for each in node.values]], {})

    def _formatted(self, node: ast.expr, scope: Scope) -> str:
        if isinstance(node, ast.Constant):
            return str(node.value)
        assert isinstance(node, ast.FormattedValue)
        value = self.evaluate(node.value, scope)
        plainly = node.format_spec is None and node.conversion == -1
        return plain.as_text(value) if plainly else HOLE

    def unary(self, node: ast.UnaryOp, scope: Scope) -> Value:
        value = self.evaluate(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return plain.negated(value)
        return -value if isinstance(node.op, ast.USub) and isinstance(value, (int, float)) else Unknown("a number")

    def bool_op(self, node: ast.BoolOp, scope: Scope) -> Value:
        stops = isinstance(node.op, ast.Or)
        undecided = False
        value: Value = None
        for each in node.values:
            # `exists or op.create_table(...)`: what comes after an undecided one is run only perhaps.
            with self.doubting() if undecided else nullcontext():
                value = self.evaluate(each, scope)
            found = truth(value)
            if found is stops:
                # `unknown or True` is true, but which value it is cannot be told.
                return (
                    Unknown("a condition that cannot be decided")
                    if undecided and not isinstance(value, bool)
                    else value
                )
            undecided = undecided or found is None
        return Unknown("a condition that cannot be decided") if undecided else value

    def compare(self, node: ast.Compare, scope: Scope) -> Value:
        left = self.evaluate(node.left, scope)
        result: Value = True
        for kind, operand in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(operand, scope)
            found = plain.compare(type(kind), left, right)
            if found is False:
                return False
            if found is not True:
                result = Unknown("a comparison that cannot be decided")
            left = right
        return result

    def if_expression(self, node: ast.IfExp, scope: Scope) -> Value:
        test = truth(self.evaluate(node.test, scope))
        if test is not None:
            return self.evaluate(node.body if test else node.orelse, scope)
        with self.doubting():
            one = self.evaluate(node.body, scope)
        with self.doubting():
            other = self.evaluate(node.orelse, scope)
        return either(one, other)

    def subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        value = self.evaluate(node.value, scope)
        if isinstance(value, (Namespace, Class)):
            return value  # Mapped[str]; an Enum by name is rare
        key = self.evaluate(node.slice, scope)
        if isinstance(value, (dict, list, tuple)) and not is_known(key) and not isinstance(key, slice):
            return _one_of_items(value, key)
        return self.item(value, key)

    def item(self, value: Value, key: Value) -> Value:
        """``value[key]``."""
        return plain.subscript(value, key)

    def slice_(self, node: ast.Slice, scope: Scope) -> Value:
        parts = [None if each is None else self.evaluate(each, scope) for each in (node.lower, node.upper, node.step)]
        return slice(*parts) if all(is_known(each) for each in parts) else Unknown("a slice")

    def sequence(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Value:
        found: list[Value] = []
        for each in node.elts:
            if not isinstance(each, ast.Starred):
                found.append(self.evaluate(each, scope))
                continue
            items = plain.items(self.evaluate(each.value, scope))
            if items is None:
                return Unknown("a sequence with a computed part")
            found.extend(items)
        if isinstance(node, ast.Set):
            return set(found) if all(map(is_known, found)) else Unknown("a set of what cannot be read")
        return tuple(found) if isinstance(node, ast.Tuple) else found

    def dictionary(self, node: ast.Dict, scope: Scope) -> Value:
        found: dict[Value, Value] = {}
        for key, each in zip(node.keys, node.values, strict=True):
            value = self.evaluate(each, scope)
            name = None if key is None else self.evaluate(key, scope)
            if key is None and isinstance(value, dict):
                found.update(value)
            elif key is None or not isinstance(name, (*PLAIN, tuple)):
                return Unknown("a dict with a computed part")
            else:
                found[name] = value
        return found

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> Value:
        found: list[Value] = []
        inner = Scope(scope.path, scope.package, scope)
        with self._lazily_unless_used_up(node) if isinstance(node, ast.GeneratorExp) else nullcontext():
            readable = self._generate(node, node.generators, inner, found)
        if not readable:
            return Unknown("a comprehension over what cannot be read")
        if isinstance(node, ast.DictComp):
            return dict(found) if all(isinstance(key, (*PLAIN, tuple)) for key, _ in found) else Unknown("a dict")
        if isinstance(node, ast.SetComp):
            return set(found) if all(map(is_known, found)) else Unknown("a set of what cannot be read")
        return found

    def _generate(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        generators: Sequence[ast.comprehension],
        scope: Scope,
        found: list[Value],
    ) -> bool:
        """Whether every loop and every condition could be read."""
        if not generators:
            if isinstance(node, ast.DictComp):
                found.append((self.evaluate(node.key, scope), self.evaluate(node.value, scope)))
            else:
                found.append(self.evaluate(node.elt, scope))
            return True
        first, *rest = generators
        items = plain.items(self.evaluate(first.iter, scope))
        readable = items is not None
        for item in [Unknown("an item of what cannot be read")] if items is None else items:
            self.assign(first.target, item, scope)
            tests = [truth(self.evaluate(each, scope)) for each in first.ifs]
            if False in tests:
                continue
            if items is None or None in tests:
                readable = False
                with self.doubting():  # what it does it does perhaps; what it gives is not known
                    self._generate(node, rest, scope, [])
            elif not self._generate(node, rest, scope, found):
                readable = False
        return readable

    def assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """``target = value``."""
        match target:
            case ast.Name():
                if target.id in scope.outer and self.branch:
                    value = either(scope.look_up(target.id, _ABSENT), value)
                scope.bind(target.id, value)
            case ast.Tuple() | ast.List():
                self._unpack(target.elts, value, scope)
            case ast.Starred():
                self.assign(target.value, value, scope)
            case ast.Subscript():
                self._set_item(self.evaluate(target.value, scope), self.evaluate(target.slice, scope), value)
            case ast.Attribute():
                self._set_attribute(self.evaluate(target.value, scope), target.attr, value)

    def _unpack(self, targets: Sequence[ast.expr], value: Value, scope: Scope) -> None:
        items = plain.items(value)
        star = next((at for at, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
        if items is not None and star is not None and len(items) >= len(targets) - 1:
            after = len(targets) - star - 1
            items = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
        if items is None or len(items) != len(targets):
            items = [Unknown("an item of what cannot be read")] * len(targets)
        for each, item in zip(targets, items, strict=True):
            self.assign(each, item, scope)

    def _set_attribute(self, owner: Value, name: str, value: Value) -> None:
        if isinstance(owner, Instance):
            if self.branch != owner.branch:
                value = either(owner.attributes.get(name, _ABSENT), value)
            owner.attributes[name] = value
        elif isinstance(owner, (Class, Module)):
            if self.branch:
                value = either(owner.scope.look_up(name, _ABSENT), value)
            owner.scope.bind(name, value)

    def _set_item(self, owner: Value, key: Value, value: Value) -> None:
        def set_it() -> None:
            owner[key] = value

        self._change(owner, key, set_it)

    def delete(self, target: ast.expr, scope: Scope) -> None:
        """``del target``."""
        if isinstance(target, ast.Name):
            scope.bind(target.id, Unknown("it is deleted"))
        elif isinstance(target, ast.Subscript):
            owner, key = self.evaluate(target.value, scope), self.evaluate(target.slice, scope)

            def delete_it() -> None:
                del owner[key]

            self._change(owner, key, delete_it)

    def _change(self, owner: Value, key: Value, change: Callable[[], None]) -> None:
        """Change a list or dict at a key; where that cannot be told apart from the others, what is in it is not known."""
        if not isinstance(owner, (dict, list)) or self.changes(owner):
            return
        try:
            if not (is_known(key) or isinstance(key, slice)):
                raise KeyError
            change()
        except (LookupError, TypeError, ValueError):
            self._changed.add(id(owner))

    def in_place(self, value: Value, kind: type[ast.operator], other: Value) -> Value:
        """``value += other`` and the like, for a container; what it is from then on."""
        name = "extend" if isinstance(value, list) else "update"
        grows = kind is (ast.Add if isinstance(value, list) else ast.BitOr)
        if not self.changes(value):
            if grows and plain.items(other) is not None and (not isinstance(value, dict) or isinstance(other, dict)):
                plain.call_method(value, name, [other], {})
            else:
                self._changed.add(id(value))
        return value

    def yielded(self, node: ast.Yield, scope: Scope) -> Value:
        self.give(None if node.value is None else self.evaluate(node.value, scope))
        return Unknown("what a generator is sent")

    def yielded_from(self, node: ast.YieldFrom, scope: Scope) -> Value:
        items = plain.items(self.evaluate(node.value, scope))
        for each in [Unknown("what another generator yields")] if items is None else items:
            self.give(each)
        return None

    def named(self, node: ast.NamedExpr, scope: Scope) -> Value:
        value = self.evaluate(node.value, scope)
        self.assign(node.target, value, scope)
        return value


def either(one: Value, other: Value) -> Value:
    """The value that both branches of an undecidable condition give; of two strings what both begin with."""
    same = one is other or (type(one) is type(other) and is_known(one) and is_known(other) and one == other)
    if same or (isinstance(one, Opaque) and isinstance(other, Opaque)):
        return one
    if isinstance(one, _CALLABLE) and isinstance(other, _CALLABLE):
        return OneOf((one, other))
    if isinstance(one, str) and isinstance(other, str):
        start = re.sub(r"\w+$", "", commonprefix([one, other]))  # noqa: RUF071  # characters are meant, up to a word's end
        # A hole stands for a name or a value, never for a whole statement.
        if not any(map(_MAKES.search, (one[len(start) :], other[len(start) :]))):
            return start + HOLE
    return Unknown("it depends on a condition that cannot be decided")


_CALLABLE = (Function, Op, Method, Partial, OneOf)


def _one_of_items(value: dict[Value, Value] | list[Value] | tuple[Value, ...], key: Value) -> Value:
    """``value[key]`` with a key that cannot be read; of ``globals()["upgrade_" + engine]`` the beginning can."""
    if isinstance(value, dict):
        start = key[: key.lower().index(HOLE)] if has_hole(key) else ""
        found = [each for name, each in value.items() if isinstance(name, str) and name.startswith(start)]
    else:
        found = list(value)
    callables = tuple(each for each in found if isinstance(each, _CALLABLE))
    if callables and len(callables) == len(found):
        return OneOf(callables)
    return Unknown("an item by a computed key", callable_matters=bool(callables))


_MAKES = re.compile(r"create|drop|rename|into|;", re.IGNORECASE)


def _joined(partial: Partial, given: Arguments) -> Arguments:
    joined = Given(*partial.positional, *given.positional, **{**partial.named, **given.named})
    joined.whole = partial.whole and given.whole
    return joined


def _table_member(table: TableValue, name: str) -> Value:
    if name in ("name", "schema"):
        return getattr(table, name)
    if name == "fullname":
        return f"{table.schema}.{table.name}" if isinstance(table.schema, str) else table.name
    return Method(table, name)


def last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


_IS_BIND = frozenset(["bind", "connection", "engine", "impl"])
_GIVES_BIND = frozenset(["get_bind", "get_context", "connect", "begin", "execution_options", "get_engine"])

_Evaluator = Callable[[Any, Any, Scope], Value]

_EVALUATORS: Mapping[type[ast.AST], _Evaluator] = {
    ast.Constant: lambda self, node, scope: node.value,
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.Call: Expressions.call,
    ast.JoinedStr: Expressions.joined,
    ast.BinOp: lambda self, node, scope: plain.binary(
        type(node.op), self.evaluate(node.left, scope), self.evaluate(node.right, scope)
    ),
    ast.UnaryOp: Expressions.unary,
    ast.BoolOp: Expressions.bool_op,
    ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.if_expression,
    ast.Subscript: Expressions.subscript,
    ast.Slice: Expressions.slice_,
    ast.List: Expressions.sequence,
    ast.Tuple: Expressions.sequence,
    ast.Set: Expressions.sequence,
    ast.Dict: Expressions.dictionary,
    ast.ListComp: Expressions.comprehension,
    ast.SetComp: Expressions.comprehension,
    ast.DictComp: Expressions.comprehension,
    ast.GeneratorExp: Expressions.comprehension,
    ast.Lambda: lambda self, node, scope: self.function(node, scope),
    ast.Await: lambda self, node, scope: self.evaluate(node.value, scope),
    ast.NamedExpr: Expressions.named,
    ast.Yield: Expressions.yielded,
    ast.YieldFrom: Expressions.yielded_from,
}
