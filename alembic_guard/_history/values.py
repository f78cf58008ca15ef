"""What an expression of a revision can be worth to a reader who does not run it.

Strings, numbers, None, lists, tuples, sets and dictionaries are themselves. A string may hold holes: parts that could
not be read, so that ``f"UPDATE {name} SET a = {value}"`` still says what kind of statement it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic_guard._history.scope import Later, Scope

HOLE = "alembic_guard_hole"
"""What stands in a string for a part that could not be read; letters only, so that it may stand in a name in SQL."""

Value = Any
"""One of the classes below, or a plain Python value built of them."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything at all, and why it could not be read.

    Args:
        callable_matters: Whether calling it may do anything to tables: a function whose source was not found.
    """

    why: str
    callable_matters: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """A thing whose methods and calls make no tables: a column, a type, an inspector, a library's function; ``what``
    is where it comes from."""

    what: str = "a value"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A library that is known and not read: sqlalchemy, alembic, and their modules."""

    path: str


@dataclass(frozen=True, slots=True)
class Op:
    """``alembic.op``, or one of its operations when ``name`` is given."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class BatchOp:
    """What ``op.batch_alter_table()`` gives; its operations touch that table."""

    table: Value = None
    schema: Value = None


@dataclass(frozen=True, slots=True)
class Bind:
    """A connection, an engine or a migration context: what has a dialect and runs SQL."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The dialect of a Bind."""


@dataclass(frozen=True, slots=True)
class Sql:
    """``text()`` or ``DDL()``; the text may be unknown."""

    text: Value


@dataclass(frozen=True, slots=True)
class MetaDataValue:
    schema: Value = None


@dataclass(frozen=True, slots=True)
class DeclarativeBase:
    """What ``declarative_base()`` makes."""

    metadata: Value


@dataclass(frozen=True, slots=True)
class TableValue:
    """A ``Table``; its parts may be unknown."""

    name: Value
    schema: Value = None


@dataclass(frozen=True, slots=True)
class TableDdl:
    """``CreateTable(table)`` or ``DropTable(table)``."""

    verb: str
    table: Value


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a value that this reader knows itself."""

    of: Value
    name: str


@dataclass(frozen=True, slots=True)
class Native:
    """A function that this reader has itself; ``takes`` evaluated arguments."""

    takes: Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Partial:
    """``functools.partial()``; ``whole`` is False where a ``*`` or ``**`` of it could not be read."""

    of: Value
    positional: tuple[Value, ...]
    named: dict[str, Value]
    whole: bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several functions, nobody knows which."""

    callables: tuple[Value, ...]


@dataclass(eq=False, slots=True)
class Module:
    """A module whose source is read; ``scope`` holds its names."""

    name: str
    path: str
    scope: Scope


@dataclass(eq=False, slots=True)
class Function:
    """A function or lambda of the project, with the names around it and the value it is bound to, if it is a method."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    bound: tuple[Value, ...] = ()
    defaults: Later | None = None
    """The defaults that are no constants, by parameter: they are computed where the function is defined."""


@dataclass(eq=False, slots=True)
class Class:
    """A class of the project; ``scope`` holds its attributes, ``bases`` are evaluated when they are asked."""

    name: str
    scope: Scope
    bases: Callable[[], Iterable[Value]]
    fields: tuple[str, ...] = ()
    """Annotated names in order: the arguments of a dataclass or NamedTuple."""


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the project."""

    of: Class
    branch: tuple[int, ...] = ()
    """The conditions under which it came to be."""
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Super:
    """``super()``: the names of the classes that ``after`` derives from, bound to a value."""

    of: Value
    after: Class


PLAIN = (str, int, float, bool, bytes, type(None))


def has_hole(value: Value) -> bool:
    """Whether a value is a string with a part that could not be read."""
    return isinstance(value, str) and HOLE in value.lower()


MANY = 10_000
"""Items, at any depth, beyond which a value is not kept; ``x = [x, x]`` forty times has 2 ** 40."""

LONG = 1_000_000
"""Characters beyond which a string is not kept: more than the SQL of any revision."""


def is_known(value: Value) -> bool:
    """Whether a value is a plain one through and through, and no huge one, so that Python itself may compute with it."""
    if isinstance(value, str):
        return HOLE not in value.lower()
    if isinstance(value, PLAIN):
        return True
    return all(is_known(each) for each in _leaves(value)) if isinstance(value, _CONTAINERS) else False


_CONTAINERS = (list, tuple, set, frozenset, dict, range)


def _leaves(value: Value) -> Iterator[Value]:
    """What is in a container that is no container itself; Unknown once that is too much."""
    waiting, seen = [value], 0
    while waiting:
        each = waiting.pop()
        if not isinstance(each, _CONTAINERS):
            yield each
            continue
        seen += len(each)
        if seen > MANY:
            yield Unknown("a huge value")
            return
        waiting.extend([*each, *each.values()] if isinstance(each, dict) else each)


def truth(value: Value) -> bool | None:
    """Whether a value is true; None where that cannot be told."""
    if isinstance(value, (list, tuple, set, frozenset, dict, range)):
        return bool(value)
    if has_hole(value):
        return True if len(value) > len(HOLE) else None
    if isinstance(value, PLAIN):
        return bool(value)
    if isinstance(value, (Op, Bind, Module, Function, Class, TableValue, MetaDataValue)):
        return True
    return None


def why_unknown(value: Value) -> str:
    """Why a value is not the name it should be, in words."""
    if isinstance(value, Unknown):
        return value.why
    if has_hole(value):
        return "a part of it is computed"
    return f"it is {value.what}" if isinstance(value, Opaque) else "it is computed"
