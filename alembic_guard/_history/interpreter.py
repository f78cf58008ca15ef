"""Follows the statements of a revision's ``upgrade()``, without running them.

Where a condition cannot be decided both branches are followed in order and what they do is conditional; a name that
they leave with different values is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import count
from pathlib import PurePath
from typing import Any

from alembic_guard._history import libraries, plain
from alembic_guard._history.arguments import Arguments, Given
from alembic_guard._history.events import Event, Obscure
from alembic_guard._history.expressions import Expressions, either, last_name
from alembic_guard._history.scope import Later, Scope
from alembic_guard._history.sources import KNOWN_LIBRARIES, Source, Sources, is_standard
from alembic_guard._history.values import (
    Class,
    Function,
    Instance,
    Module,
    Namespace,
    OneOf,
    Opaque,
    Partial,
    Unknown,
    Value,
    is_known,
    truth,
)

MAX_DEPTH = 40
MAX_STEPS = 200_000
"""Expressions and statements of one revision, beyond which it is not read on."""

MAX_STEPS_OUTSIDE = 20_000
"""The same for one call out of the revision's own file."""

MAX_TURNS = 1_000
"""Turns of a while loop."""


class TooLong(Exception):
    """A revision takes more steps than are worth reading; ``line`` is where that was noticed."""

    def __init__(self, line: int) -> None:
        self.line = line


class Flow(Enum):
    """How a block ends."""

    NEXT = auto()
    BREAK = auto()
    CONTINUE = auto()
    RETURN = auto()
    RAISE = auto()


@dataclass(slots=True)
class Frame:
    """A function at work."""

    path: str
    node: ast.AST | None = None
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    perhaps_left: set[int] = field(default_factory=set)
    """The conditions under which a return before this line may have happened."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event, the line of the revision that it happens at, and whether it happens for sure."""

    event: Event
    line: int
    conditional: bool


class Interpreter(Expressions):
    """Reads one revision.

    Args:
        path: The revision's file.
        dialect: The database's dialect, by which ``bind.dialect.name`` is decided; None when it is not known.
        sources: Where imported modules are found.
    """

    def __init__(self, path: str, dialect: str | None, sources: Sources) -> None:
        super().__init__()
        self.path = path
        self.dialect = dialect
        self.sources = sources
        self.seen: list[Seen] = []
        self._modules: dict[str, Value] = {}
        self._frames: list[Frame] = []
        self._conditions = count()
        self._importing = 0
        self._line = 1
        self._steps = 0
        self._limit = MAX_STEPS

    def read(self, tree: ast.Module, engine: str | None = None) -> None:
        """Follow ``upgrade()``; ``engine`` is what env.py gives it as ``engine_name``, where it is known.

        Raises:
            TooLong: When it takes too many steps.
        """
        scope = self._module_scope(tree, Source(self.path, "", False))
        upgrade = scope.look_up("upgrade", Unknown("there is no upgrade() in the file"))
        if isinstance(upgrade, Function):
            self.call_function(upgrade, given_by_env(upgrade, engine))
        elif isinstance(upgrade, (OneOf, Partial)):
            self.call_value(upgrade, Given())
        else:
            self.tell(Obscure(f"upgrade: {getattr(upgrade, 'why', 'it is computed')}"))

    # --- what Expressions leaves open

    def tell(self, event: Event) -> None:
        if not self._importing:
            self.seen.append(Seen(event, self._line, bool(self.branch)))

    def spend(self, node: ast.AST, steps: int = 1) -> None:
        self._steps += steps
        if self._steps > self._limit:
            raise TooLong(self._line)

    @contextmanager
    def doubting(self) -> Iterator[None]:
        condition = next(self._conditions)
        self.branch += (condition,)
        yield
        # A return inside may have happened: its condition stays.
        self.branch = tuple(each for each in self.branch if each != condition)

    @contextmanager
    def lazily(self) -> Iterator[None]:
        before = len(self.seen)
        yield
        self._in_doubt_since(before)

    def give(self, value: Value) -> None:
        if self._frames:
            self._frames[-1].yields.append(value)

    def call_function(self, function: Function, given: Arguments) -> Value:
        if self._adds_nothing(function, given):
            return Unknown("a call of a function by itself")
        if len(self._frames) >= MAX_DEPTH:
            return self._give_up("calls that are nested too deeply")
        if function.scope.path == self.path or any(frame.path != self.path for frame in self._frames):
            return self._called(function, given)
        # A way out of the revision may lead deep into the application: what comes after it is read all the same.
        limit, self._limit = self._limit, min(self._limit, self._steps + MAX_STEPS_OUTSIDE)
        try:
            return self._called(function, given)
        except TooLong:
            if self._steps > limit:
                raise
            return self._give_up(f"a call that takes too many steps into {function.scope.path}")
        finally:
            self._limit = limit

    def _called(self, function: Function, given: Arguments) -> Value:
        scope = Scope(function.scope.path, function.scope.package, function.scope)
        self._bind_parameters(function, given, scope)
        node, branch, line = function.node, self.branch, self._line
        frame = Frame(scope.path, node)
        before = len(self.seen)
        self._frames.append(frame)
        try:
            if isinstance(node, ast.Lambda):
                return self.evaluate(node.body, scope)
            flow = self.block(node.body, scope)
        finally:
            self._frames.pop()
            self.branch, self._line = branch, line
        if frame.yields:
            if not _is_context_manager(node):
                self._in_doubt_since(before)
            return frame.yields
        if flow is Flow.NEXT or not frame.returns:
            frame.returns.append(None)
        return _one_of(frame.returns)

    def _adds_nothing(self, function: Function, given: Arguments) -> bool:
        """Whether a function calls itself with nothing that could make the second call differ from the first."""
        if all(frame.node is not function.node for frame in self._frames):
            return False
        return not any(is_known(each) for each in (*given.positional, *given.named.values()))

    def _give_up(self, why: str) -> Value:
        """Told only where the functions at work can reach a table at all."""
        paths = {frame.path for frame in self._frames}
        if paths <= {self.path} or any(self.sources.makes_tables(path) for path in paths - {self.path}):
            self.tell(Obscure(why))
        return Unknown(why)

    def import_module(self, name: str) -> Value:
        if name not in self._modules:
            self._modules[name] = Unknown(f"{name} imports itself")
            self._modules[name] = self._imported(name)
        return self._modules[name]

    # --- modules

    def _imported(self, name: str) -> Value:
        top = name.partition(".")[0]
        if top in KNOWN_LIBRARIES or is_standard(name):
            return libraries.module(name)
        source = self.sources.find(name)
        if source is None:
            return Unknown(f"{name} was not found", callable_matters=True)
        if source.foreign and not self.sources.makes_tables(source.path):
            return Opaque(name)
        try:
            tree = self.sources.tree(source.path) if source.path else ast.Module([], [])
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            return Unknown(f"{name} cannot be read ({error})", callable_matters=True)
        return Module(name, source.path, self._module_scope(tree, source))

    def _module_scope(self, tree: ast.Module, source: Source) -> Scope:
        scope = Scope(source.path, source.package)
        scope.names.update(__name__=PurePath(source.path).stem, __file__=source.path)
        with self._not_telling():
            self.block(tree.body, scope)
        return scope

    @contextmanager
    def _not_telling(self) -> Iterator[None]:
        """What a module does while it is imported is not the migration's doing."""
        branch, frames, line = self.branch, self._frames, self._line
        self._importing, self.branch, self._frames = self._importing + 1, (), []
        try:
            yield
        finally:
            self._importing, self.branch, self._frames, self._line = self._importing - 1, branch, frames, line

    # --- functions

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> Function:
        given = {name: each for name, each in _defaults(node.args).items() if not isinstance(each, ast.Constant)}
        if not given:
            return Function(node, scope)
        defaults = Later(lambda: {name: self.evaluate(each, scope) for name, each in given.items()})
        if self._frames:
            defaults.get()
        else:
            # Among the names, where it is computed before one of them changes.
            scope.names[f"defaults in line {node.lineno}"] = defaults
        return Function(node, scope, defaults=defaults)

    def _decorated(self, function: Function, scope: Scope) -> Value:
        assert not isinstance(function.node, ast.Lambda)
        others = [each for each in function.node.decorator_list if last_name(each) not in _KEEP_THEIR_FUNCTION]
        if not others:
            return function
        if self._frames:
            return self._decorated_by(others, function, scope)

        def decorated() -> Value:
            with self._not_telling():
                return self._decorated_by(others, function, scope)

        return Later(decorated)

    def _decorated_by(self, decorators: Sequence[ast.expr], function: Value, scope: Scope) -> Value:
        for each in reversed(decorators):
            decorator = self.evaluate(each, scope)
            if isinstance(decorator, (Opaque, Namespace)):
                continue  # a library's: it calls the function
            made = self.call_value(decorator, Given(function))
            if not isinstance(made, (Function, Class, Partial, OneOf, Opaque)):
                made = OneOf((function, Unknown(f"the decorator {last_name(each)}", callable_matters=True)))
            function = function if isinstance(made, Opaque) else made
        return function

    def _bind_parameters(self, function: Function, given: Arguments, scope: Scope) -> None:
        parameters = function.node.args
        positional = [*function.bound, *given.positional]
        named = dict(given.named)
        missing = Unknown("an argument that was not given" if given.whole else "an argument in a computed * or **")
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        defaults = _defaults(parameters)
        computed = function.defaults.get() if function.defaults else {}
        for name, value in zip(names, positional, strict=False):
            scope.names[name] = value
        for name in [*names, *(each.arg for each in parameters.kwonlyargs)]:
            if name in named:
                scope.names[name] = named.pop(name)
            elif name not in scope.names:
                default = defaults.get(name) if given.whole else None
                if default is None:
                    scope.names[name] = missing
                else:
                    scope.names[name] = computed[name] if name in computed else self.evaluate(default, function.scope)
        if parameters.vararg:
            scope.names[parameters.vararg.arg] = tuple(positional[len(names) :]) if given.whole else missing
        if parameters.kwarg:
            scope.names[parameters.kwarg.arg] = named if given.whole else missing

    # --- statements

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> Flow:
        """Follow statements to the end, or to where they leave the block for sure."""
        for statement in statements:
            flow = self.statement(statement, scope)
            if flow is not Flow.NEXT:
                return flow
        return Flow.NEXT

    def statement(self, node: ast.stmt, scope: Scope) -> Flow:
        self.spend(node)
        if scope.path == self.path and not self._importing:
            self._line = node.lineno
        match node:
            case ast.Expr():
                if not isinstance(node.value, ast.Constant):
                    self.evaluate(node.value, scope)
            case ast.Assign():
                self._assign(node.targets, node.value, scope)
            case ast.AnnAssign():
                if node.value is not None:
                    self._assign([node.target], node.value, scope)
            case ast.Import() | ast.ImportFrom():
                self._import(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.bind(node.name, self._decorated(self.function(node, scope), scope))
            case ast.AugAssign():
                self._augment(node, scope)
            case ast.If():
                return self._if(node, scope)
            case ast.For() | ast.AsyncFor():
                return self._for(node, scope)
            case ast.While():
                return self._while(node, scope)
            case ast.With() | ast.AsyncWith():
                return self._with(node, scope)
            case ast.Try():
                return self._try(node, scope)
            case _ if hasattr(node, "handlers"):  # try ... except*, from Python 3.11 on
                return self._try(node, scope)
            case ast.Match():
                none: list[list[ast.stmt]] = [] if _matches_all(node.cases[-1]) else [[]]
                return self._branches([*(each.body for each in node.cases), *none], scope)
            case ast.Return():
                if self._frames:
                    value = None if node.value is None else self.evaluate(node.value, scope)
                    self._frames[-1].returns.append(value)
                return Flow.RETURN
            case ast.Raise():
                return Flow.RAISE
            case ast.Break():
                return Flow.BREAK
            case ast.Continue():
                return Flow.CONTINUE
            case ast.Global() | ast.Nonlocal():
                scope.outer.update(node.names)
            case ast.Assert():
                self.evaluate(node.test, scope)
            case ast.Delete():
                for target in node.targets:
                    self.delete(target, scope)
            case ast.ClassDef():
                scope.bind(node.name, self._class(node, scope))
        return Flow.NEXT

    def _assign(self, targets: Sequence[ast.expr], value: ast.expr, scope: Scope) -> None:
        lazily = not self._frames and not self.branch and len(targets) == 1
        if lazily and isinstance(targets[0], ast.Name):
            # A module's or class's constants: most are never asked for.
            scope.bind(targets[0].id, Later(lambda: self._aside(value, scope)))
            return
        found = self.evaluate(value, scope)
        for target in targets:
            self.assign(target, found, scope)

    def _aside(self, node: ast.expr, scope: Scope) -> Value:
        with self._not_telling():
            return self.evaluate(node, scope)

    def _augment(self, node: ast.AugAssign, scope: Scope) -> None:
        old = self.evaluate(node.target, scope)
        value = self.evaluate(node.value, scope)
        if isinstance(old, (list, dict, set)):
            self.in_place(old, type(node.op), value)  # whatever else is called so changes with it
        elif isinstance(node.target, ast.Name):
            scope.bind(node.target.id, plain.binary(type(node.op), old, value))
        else:
            self.assign(node.target, Unknown("it is computed step by step"), scope)

    def _if(self, node: ast.If, scope: Scope) -> Flow:
        if _is_type_checking(node.test):
            return self.block(node.orelse, scope)
        test = truth(self.evaluate(node.test, scope))
        if test is not None:
            return self.block(node.body if test else node.orelse, scope)
        return self._branches([node.body, node.orelse], scope)

    def _branches(self, branches: Sequence[Sequence[ast.stmt]], scope: Scope) -> Flow:
        """Branches of which one runs, nobody knows which."""
        before = dict(scope.names)
        flows: list[Flow] = []
        left: list[dict[str, Value]] = []
        for branch in branches:
            scope.names = dict(before)
            with self.doubting():
                flow = self.block(branch, scope)
            flows.append(flow)
            if flow is Flow.NEXT:
                left.append(scope.names)
        scope.names = _merged(left) if left else before
        leaves = [flow for flow in flows if flow not in (Flow.NEXT, Flow.RAISE)]
        if not left:
            return leaves[0] if leaves else Flow.RAISE
        if leaves:
            # What comes after runs only if none of them left; the function, or the loop, takes the doubt back.
            condition = next(self._conditions)
            self.branch += (condition,)
            if Flow.RETURN in leaves and self._frames:
                self._frames[-1].perhaps_left.add(condition)
        return Flow.NEXT

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> Flow:
        items = plain.items(self.evaluate(node.iter, scope))
        with self._loop():
            if items is None:
                self.assign(node.target, Unknown("an item of what cannot be read"), scope)
                return self._perhaps(node.body, scope)
            for item in items:
                self.assign(node.target, item, scope)
                flow = self.block(node.body, scope)
                if flow is Flow.BREAK:
                    return Flow.NEXT
                if flow in (Flow.RETURN, Flow.RAISE):
                    return flow
        return self.block(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> Flow:
        with self._loop():
            before, branch = dict(scope.names), self.branch
            for _ in range(MAX_TURNS):
                test = truth(self.evaluate(node.test, scope))
                if test is None:
                    return self._perhaps(node.body, scope)
                if test is False:
                    break
                flow = self.block(node.body, scope)
                if flow is Flow.BREAK:
                    return Flow.NEXT
                if flow in (Flow.RETURN, Flow.RAISE):
                    return flow
                if self.branch != branch:
                    # Left by now, perhaps: a backfill in batches, until there are no more rows.
                    _forget_changes(scope, before)
                    return Flow.NEXT
            else:
                self.tell(Obscure("a loop that does not end"))
        return self.block(node.orelse, scope)

    @contextmanager
    def _loop(self) -> Iterator[None]:
        """After a loop, only the returns in it are still in doubt."""
        frame = self._frames[-1] if self._frames else Frame(self.path)
        branch = self.branch
        yield
        self.branch = tuple(each for each in self.branch if each in branch or each in frame.perhaps_left)

    def _perhaps(self, body: Sequence[ast.stmt], scope: Scope) -> Flow:
        """A loop of which nobody knows how often it runs."""
        flow = self._branches([body, []], scope)
        return flow if flow is Flow.RETURN else Flow.NEXT

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> Flow:
        left: list[Function] = []
        for item in node.items:
            value = self.evaluate(item.context_expr, scope)
            # A generator function gives what it yields; another context manager mostly itself.
            entered = value[0] if isinstance(value, list) and value else value
            enter, leave = (self._method_of(value, name) for name in ("__enter__", "__exit__"))
            if enter is not None:
                entered = self.call_function(enter, Given())
            if leave is not None:
                left.append(leave)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered, scope)
        before = len(self.seen)
        flow = self.block(node.body, scope)
        for each in reversed(left):
            if truth(self.call_function(each, Given(None, None, None))) is not False:
                self._in_doubt_since(before)
        if any(_is_suppress(item.context_expr) for item in node.items):
            self._in_doubt_since(before)
        return flow

    def _method_of(self, value: Value, name: str) -> Function | None:
        found = self.member(value, name) if isinstance(value, Instance) else None
        return found if isinstance(found, Function) else None

    def _in_doubt_since(self, before: int) -> None:
        """What was told may have failed, because it was there: ``try: op.create_table(...)``, and on with it."""
        self.seen[before:] = [replace(each, conditional=True) for each in self.seen[before:]]

    def _try(self, node: Any, scope: Scope) -> Flow:
        before = len(self.seen)
        flow = self.block(node.body, scope)
        if any(_swallows(each) for each in node.handlers):
            self._in_doubt_since(before)
        if flow is Flow.NEXT:
            flow = self.block(node.orelse, scope)
        names = dict(scope.names)
        for each in node.handlers:
            if each.name:
                scope.bind(each.name, Opaque("an exception"))
        through: list[list[ast.stmt]] = [] if flow is Flow.RAISE else [[]]
        handled = self._branches([*through, *(each.body for each in node.handlers)], scope)
        if any(_catches_import_error(each) for each in node.handlers):
            scope.names = names  # what is imported is there, or unknown when it is used
        last = self.block(node.finalbody, scope)
        if last is not Flow.NEXT:
            return last
        return handled if flow is Flow.RAISE else flow

    # --- imports and classes

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                scope.bind(alias.asname or name, Later(self._importer(name)))
            return
        base = _absolute(node, scope.package)
        for alias in node.names:
            if alias.name == "*":
                self._import_all(base, scope)
            else:
                scope.bind(alias.asname or alias.name, Later(self._importer(base, alias.name)))

    def _importer(self, module: str, name: str | None = None) -> Callable[[], Value]:
        def imported() -> Value:
            found = self.import_module(module)
            return found if name is None else self.member(found, name)

        return imported

    def _import_all(self, module: str, scope: Scope) -> None:
        found = self.import_module(module)
        if isinstance(found, Namespace) and found.path.startswith("sqlalchemy"):
            for name in ("Table", "MetaData", "text", "DDL", "table", "inspect"):
                scope.bind(name, Namespace(f"{found.path}.{name}"))
        elif not isinstance(found, Module):
            why = found.why if isinstance(found, Unknown) else f"{module} is not read"
            scope.bind("*", Unknown(why, callable_matters=True))
        for name in list(found.scope.names) if isinstance(found, Module) else ():
            if not name.startswith("_"):
                scope.bind(name, Later(self._importer(module, name)))

    def _class(self, node: ast.ClassDef, scope: Scope) -> Value:
        inner = Scope(scope.path, scope.package, scope, is_class=True)
        frames, self._frames = self._frames, []
        self.block(node.body, inner)
        self._frames = frames
        fields = tuple(
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        )
        made = Class(node.name, inner, lambda: [self.evaluate(each, scope) for each in node.bases], fields)
        inner.names["__class__"] = made  # for super()
        return made


def given_by_env(function: Function, engine: str | None) -> Given:
    """What env.py gives to ``upgrade()`` of a revision: the name of the database, where it is known."""
    known = {"engine_name": engine} if engine is not None else {}
    return Given(*(known.get(each.arg, Unknown("given by env.py")) for each in function.node.args.args))


_KEEP_THEIR_FUNCTION = frozenset(
    ["staticmethod", "classmethod", "property", "cached_property", "setter", "getter", "deleter", "declared_attr"]
)
"""Decorators of methods, which are read where the method is asked for; a library's own call the function."""


def _defaults(parameters: ast.arguments) -> dict[str, ast.expr]:
    names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    found = dict(zip(reversed(names), reversed(parameters.defaults), strict=False))
    by_name = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    return found | {each.arg: default for each, default in by_name if default is not None}


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _matches_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _forget_changes(scope: Scope, before: Mapping[str, Value]) -> None:
    for name, value in scope.names.items():
        if before.get(name) is not value:
            scope.names[name] = Unknown("it depends on a loop that nobody knows the turns of")


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(each, ast.Name) and each.id in ("ImportError", "ModuleNotFoundError") for each in types)


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether what failed in the body may be passed over; an import that fails is no table's doing."""
    return not isinstance(handler.body[-1], ast.Raise) and not (handler.type and _catches_import_error(handler))


def _is_context_manager(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a generator is one that ``with`` runs to its end."""
    return any(last_name(each) in ("contextmanager", "asynccontextmanager") for each in node.decorator_list)


def _is_suppress(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name == "suppress"


def _merged(left: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    first, *others = left
    merged = dict(first)
    for names in others:
        for name in [*merged, *names]:
            one, other = merged.get(name, _ABSENT), names.get(name, _ABSENT)
            if one is not other:
                merged[name] = other if one is _ABSENT else one if other is _ABSENT else _either(one, other)
    return merged


_ABSENT = object()


def _either(one: Value, other: Value) -> Value:
    if isinstance(one, Later) or isinstance(other, Later):
        return Unknown("it depends on a condition that cannot be decided")
    return either(one, other)


def _one_of(values: Sequence[Value]) -> Value:
    found = values[0]
    for each in values[1:]:
        found = either(found, each)
    return found
