"""env.py as its syntax tree: the calls that matter, and what a name in them stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from alembic_guard._history.sources import text_of
from alembic_guard._lint.imports import imported
from alembic_guard._models import shown
from alembic_guard._review.values import Place

_ENGINES = ("create_engine", "create_async_engine")
_FROM_CONFIG = ("engine_from_config", "async_engine_from_config")


@dataclass(slots=True)
class EnvSource:
    """One env.py.

    Args:
        text: Its source; empty where it could not be read, and ``why_unread`` says why.
        imports: What each name was imported as, ``Base`` is ``app.models.Base``.
        modules: The modules that are imported, or imported from.
    """

    path: str
    text: str = ""
    why_unread: str = ""
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))
    imports: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)

    def place(self, node: ast.AST) -> Place:
        return Place(shown(self.path), getattr(node, "lineno", 0))

    def named(self, *names: str) -> Iterator[ast.Call]:
        """Calls of a function by the last part of its name."""
        return (each for each in self.calls if last(each.func) in names)

    def resolved(self, node: ast.expr, depth: int = 5) -> ast.expr:
        """What a name stands for, where it is given exactly one value; ``str(x)`` is x."""
        if isinstance(node, ast.Name) and depth and len(values := self.assigned.get(node.id, [])) == 1:
            return self.resolved(values[0], depth - 1)
        if isinstance(node, ast.Call) and last(node.func) == "str" and len(node.args) == 1:
            return self.resolved(node.args[0], depth)
        inner = _undoubled(node)
        return self.resolved(inner, depth) if inner is not None else node

    @property
    def guards(self) -> dict[str | None, ast.Call]:
        """The Guard of each database by its name, ``run_migrations({"engine1": Guard(...)})``; under None the only one."""
        for each in self.named("run_migrations", "configure_options"):
            given = self.resolved(each.args[0]) if each.args else None
            if isinstance(given, ast.Subscript):  # configure_options(guards[name])
                given = self.resolved(given.value)
            if isinstance(given, ast.Dict):
                pairs = ((key, self.resolved(value)) for key, value in zip(given.keys, given.values, strict=True))
                return {
                    str(key.value): value
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Call) and last(value.func) == "Guard"
                }
        first = next(self.named("Guard"), None)
        return {None: first} if first is not None else {}

    def urls(self, database: str | None = None) -> list[ast.expr]:
        """The expressions that name a database, each once: a Guard's alone, or an engine's made by hand and what is put
        into the configuration. None where the configuration alone does."""
        guards = self.guards
        if guards:
            mine = [guards[database]] if database in guards else []
            return [given for each in mine if (given := keyword(each, "url")) is not None]
        found = [
            *(
                given
                for each in self.named(*_ENGINES)
                if (given := each.args[0] if each.args else keyword(each, "url"))
            ),
            *(given for each in self.named(*_FROM_CONFIG) if (given := keyword(each, "url", "sqlalchemy_url"))),
            *(
                each.args[-1]
                for each in self.named("set_main_option", "set_section_option")
                if len(each.args) >= 2
                and getattr(each.args[-2], "value", None) == "sqlalchemy.url"
                and database in (None, getattr(each.args[0], "value", None))
            ),
            *_subscripts(self.tree),
        ]
        return list({ast.dump(self.resolved(each)): each for each in found}.values())

    def x_argument(self, node: ast.expr) -> str | None:
        """The key of ``-x`` that an expression reads: ``context.get_x_argument(as_dictionary=True)["url"]``."""
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr="get"), args=[ast.Constant(value=str(key)), *_]):
                pass
            case ast.Subscript(value=of, slice=ast.Constant(value=str(key))):
                pass
            case _:
                return None
        found = self.resolved(of)
        return key if isinstance(found, ast.Call) and last(found.func) == "get_x_argument" else None

    @property
    def connection(self) -> ast.expr | None:
        """Where the connection comes from, when neither an engine is made here nor one of the configuration's; the call
        that migrates, when there is no ``context.configure()`` either."""
        if any(self.named(*_ENGINES, *_FROM_CONFIG, "Guard")):
            return None
        given = [value for each in self.configures() if (value := keyword(each, "connection")) is not None]
        return given[-1] if given else None

    def configures(self) -> list[ast.Call]:
        """Calls of ``context.configure()``, whatever ``alembic.context`` is imported as."""
        return [
            each
            for each in self.named("configure")
            if isinstance(each.func, ast.Attribute)
            and (
                last(each.func.value) in ("context", "env")
                or self.imports.get(last(each.func.value)) == "alembic.context"
            )
        ]

    def _before(self, node: ast.expr, line: int) -> ast.expr:
        """What a name stands for at a line: the value that was given to it last above it."""
        given = self.assigned.get(node.id, []) if isinstance(node, ast.Name) else []
        above = [each for each in given if each.lineno < line]
        return max(above, key=lambda each: each.lineno) if above else node

    def options(self, call: ast.Call) -> tuple[dict[str, ast.expr], bool]:
        """The keywords of a call, those in ``**name`` too where the name is given one dict; whether there are more."""
        found: dict[str, ast.expr] = {}
        more = False
        for each in call.keywords:
            if each.arg is not None:
                found[each.arg] = each.value
                continue
            match self._before(each.value, call.lineno):
                case ast.Dict() as given if all(isinstance(key, ast.Constant) for key in given.keys):
                    found.update(
                        (str(getattr(k, "value", "")), v) for k, v in zip(given.keys, given.values, strict=True)
                    )
                case ast.Call(func=ast.Name(id="dict"), args=[]) as given if all(k.arg for k in given.keywords):
                    found.update((str(k.arg), k.value) for k in given.keywords)
                case ast.Call() as given if last(given.func) == "configure_options":
                    found.update((k.arg, k.value) for k in given.keywords if k.arg)
                    more = True
                case _:
                    more = True
        return found, more


def _undoubled(node: ast.expr) -> ast.expr | None:
    """What ``.replace("%", "%%")`` is called on, which Alembic's documentation advises for ConfigParser."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=inner, attr="replace"), args=[ast.Constant(value="%"), ast.Constant(value="%%")]
        ):
            return inner
    return None


def read_env(path: str) -> EnvSource:
    """Read env.py; nothing of it runs."""
    source = EnvSource(path)
    try:
        source.text = text_of(path)
        source.tree = ast.parse(source.text, path)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        source.why_unread = f"{type(error).__name__}: {error}" if not isinstance(error, OSError) else "there is none"
        source.tree = ast.Module([], [])
        return source
    for node in ast.walk(source.tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                for each in imported(node):
                    source.imports[each.local] = each.name
                    source.modules.add(each.module)
            case ast.Assign():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        source.assigned.setdefault(target.id, []).append(node.value)
            case ast.AnnAssign(target=ast.Name(id=name)) if node.value is not None:
                source.assigned.setdefault(name, []).append(node.value)
            case ast.NamedExpr(target=ast.Name(id=name)):
                source.assigned.setdefault(name, []).append(node.value)
            case ast.Call():
                source.calls.append(node)
    source.calls.sort(key=lambda each: (each.lineno, each.col_offset))
    return source


def _subscripts(tree: ast.Module) -> Iterator[ast.expr]:
    """``configuration["sqlalchemy.url"] = ...``"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and getattr(target.slice, "value", None) == "sqlalchemy.url":
                    yield node.value


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of a keyword of a call."""
    return next((each.value for each in call.keywords if each.arg in names), None)


def last(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
