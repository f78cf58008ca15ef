"""Python's own functions and methods on plain values: what they give, computed by Python itself."""

from __future__ import annotations

import ast
import itertools
import operator
import re
import string
import textwrap
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

from alembic_guard._history.values import (
    HOLE,
    LONG,
    MANY,
    PLAIN,
    Namespace,
    Native,
    Opaque,
    Unknown,
    Value,
    has_hole,
    is_known,
    truth,
)


class _Hole:
    """Formats as a hole, whatever the format."""

    def __format__(self, spec: str) -> str:
        return HOLE

    def __str__(self) -> str:
        return HOLE

    __repr__ = __str__

    def __getattr__(self, name: str) -> _Hole:
        return self

    def __getitem__(self, key: object) -> _Hole:
        return self


def as_text(value: Value) -> str:
    """A value in a string: itself where it is plain, else a hole."""
    return str(value) if isinstance(value, PLAIN) else HOLE


def size(value: Value) -> int:
    """What a value weighs against the steps of a revision."""
    if isinstance(value, str):
        return len(value) // 1_000
    return len(value) // 100 if isinstance(value, (list, tuple, set, frozenset, dict)) else 0


def is_huge(value: Value) -> bool:
    """Whether a value is one that no revision means: from two such Python would make one that does not fit."""
    if isinstance(value, str):
        return len(value) > LONG
    if isinstance(value, int):
        return value.bit_length() > 1_000
    return isinstance(value, (list, tuple, set, frozenset, dict)) and len(value) > MANY


def _printable(value: Value) -> Value:
    return value if isinstance(value, PLAIN) else _Hole()


def _percent(text: str, right: Value) -> str:
    """``text % right``."""
    if isinstance(right, tuple):
        right = tuple(map(_printable, right))
    elif isinstance(right, dict):
        right = {key: _printable(each) for key, each in right.items()}
    else:
        right = _printable(right)
    longest = max([1, *(len(str(each)) for each in (right if isinstance(right, tuple) else [right]))])
    if _WIDE.search(text) or text.count("%") * longest > LONG:
        raise ValueError
    found: str = text % right
    return found


_WIDE = re.compile(r"%(\(\w*\))?[^a-zA-Z%]*(\*|\d{5})")


class _Format(string.Formatter):
    """``str.format()`` that does not fill a disk."""

    def __init__(self) -> None:
        self.length = 0

    def format_field(self, value: Any, format_spec: str) -> str:
        if re.search(r"\d{5}", format_spec):
            raise ValueError
        found = str(super().format_field(value, format_spec))
        self.length += len(found)
        if self.length > LONG:
            raise ValueError
        return found


_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


def binary(kind: type[ast.operator], left: Value, right: Value) -> Value:
    """``left kind right``."""
    if kind is ast.Add and isinstance(left, str) != isinstance(right, str):
        return as_text(left) + as_text(right)
    if kind is ast.Mod and isinstance(left, str):
        return _tried(_percent, left, right)
    if not (_computable(left) and _computable(right)):
        return Unknown("it is computed from what cannot be read")
    return _tried(_BINARY.get(kind), left, right)


def compare(kind: type[ast.cmpop], left: Value, right: Value) -> Value:
    """``left kind right``: a bool, or Unknown where it cannot be told."""
    if kind in (ast.Is, ast.IsNot) and right is None:
        if isinstance(left, (Unknown, Opaque)):
            return Unknown("a comparison that cannot be decided")
        return (left is None) == (kind is ast.Is)
    if is_known(left) and is_known(right):
        return _tried(_COMPARE[kind], left, right)
    return Unknown("a comparison that cannot be decided")


def negated(value: Value) -> Value:
    found = truth(value)
    return Unknown("a condition that cannot be decided") if found is None else not found


def subscript(value: Value, key: Value) -> Value:
    """``value[key]``."""
    if isinstance(value, (list, tuple, dict, range)) or (isinstance(value, str) and not has_hole(value)):
        return _tried(operator.getitem, value, key) if is_known(key) or isinstance(key, slice) else _unknown("an index")
    if has_hole(value) and isinstance(key, slice) and not key.start and (key.stop is None or key.stop < 0):
        return value[: value.lower().index(HOLE)] + HOLE  # its beginning is known all the same
    return value if isinstance(value, (Opaque, Unknown)) else _unknown("an item of what cannot be read")


def items(value: Value) -> list[Value] | None:
    """What a loop over a value sees; None where that cannot be told."""
    if isinstance(value, (list, tuple, set, frozenset, dict, range)):
        found = sorted(value) if isinstance(value, (set, frozenset)) and _sortable(value) else list(value)
        return found if len(found) <= MANY else None
    if isinstance(value, str) and not has_hole(value):
        return list(value)
    return None


def has_method(value: Value, name: str) -> bool:
    """Whether ``value.name(...)`` is a method that this module computes."""
    return any(isinstance(value, kind) and name in names for kind, names in _METHODS.items())


def call_method(value: Value, name: str, positional: list[Value], named: dict[str, Value]) -> Value:
    """``value.name(...)`` for a plain value."""
    if isinstance(value, str):
        if name == "format":
            given = [_printable(each) for each in positional], {k: _printable(v) for k, v in named.items()}
            return _tried(_Format().vformat, value, *given)
        if name == "join":
            parts = items(positional[0]) if positional else None
            return HOLE if parts is None else _joined(value, [as_text(each) for each in parts])
        if name == "replace" and len(positional) == 2 and _can_replace(value, positional[0]):
            positional = [positional[0], as_text(positional[1])]
        elif not all(map(is_known, positional)) or (has_hole(value) and name not in _KEEP_HOLES):
            return _unknown("a string")
        if _grows_too_long(value, name, positional):
            return _unknown("a long string")
    elif name in ("pop", "get", "setdefault", "index", "remove", "add") and not all(map(_hashable, positional)):
        return _unknown("an item")
    return _tried(getattr(value, name), *positional, **named)


def _joined(separator: str, parts: list[str]) -> str:
    return HOLE if len(separator) * len(parts) + sum(map(len, parts)) > LONG else separator.join(parts)


def _grows_too_long(value: str, name: str, positional: list[Value]) -> bool:
    """Whether a method makes a string that would not be kept."""
    match name, positional:
        case "replace", [str(old), str(new)]:
            return value.count(old) * len(new) > LONG
        case "zfill", [int(width)]:
            return width > LONG
    return False


def _can_replace(value: str, old: Value) -> bool:
    return isinstance(old, str) and is_known(old) and not (has_hole(value) and old.lower() in HOLE)


_KEEP_HOLES = frozenset(["lower", "upper", "strip", "lstrip", "rstrip", "casefold"])
_METHODS: Mapping[type, frozenset[str]] = {
    str: _KEEP_HOLES
    | {"format", "join", "replace", "split", "rsplit", "splitlines", "partition", "rpartition", "title", "capitalize"}
    | {"removeprefix", "removesuffix", "startswith", "endswith", "isupper", "islower", "zfill", "count", "find"},
    list: frozenset(["append", "extend", "insert", "remove", "pop", "index", "copy", "reverse", "clear", "count"]),
    tuple: frozenset(["index", "count"]),
    dict: frozenset(["get", "items", "keys", "values", "update", "setdefault", "pop", "copy", "clear"]),
    set: frozenset(["add", "update", "union", "difference", "intersection", "difference_update", "discard", "remove"])
    | {"clear", "copy", "isdisjoint", "issubset", "issuperset"},
}


CHANGING = frozenset(
    ["append", "extend", "insert", "remove", "pop", "reverse", "clear", "update", "setdefault", "add", "discard"]
) | {"difference_update"}
"""Methods that change their container."""


def _computable(value: Value) -> bool:
    return isinstance(value, (list, tuple, set, dict, *PLAIN))


def _hashable(value: Value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _sortable(values: Iterable[Value]) -> bool:
    return all(isinstance(each, str) for each in values)


def _unknown(what: str) -> Unknown:
    return Unknown(f"{what} is computed")


def _tried(function: Callable[..., Value] | None, *positional: Value, **named: Value) -> Value:
    """Python's own answer; Unknown where it has none or a huge one."""
    if function is None:
        return _unknown("a value")
    if function is operator.mul and not all(isinstance(each, (int, float)) for each in positional):
        sizes = [each if isinstance(each, int) else len(each) for each in positional if not isinstance(each, float)]
        if len(sizes) < 2 or sizes[0] * sizes[1] > MANY:
            return _unknown("a long value")
    try:
        value = function(*positional, **named)
    except Exception:  # noqa: BLE001 - whatever it is, the revision would have failed there too
        return _unknown("a value")
    if isinstance(value, (type({}.keys()), type({}.items()), type({}.values()))):
        return list(value)
    return value


def _of_known(function: Callable[..., Value]) -> Native:
    def takes(*positional: Value, **named: Value) -> Value:
        if all(map(is_known, positional)) and all(map(is_known, named.values())):
            return _tried(function, *positional, **named)
        return _unknown("a value")

    return Native(takes)


def _of_items(function: Callable[..., Any]) -> Native:
    """A function of iterables; what is in them may be unknown."""

    def takes(*positional: Value, **named: Value) -> Value:
        given = [items(each) for each in positional]
        if any(each is None for each in given):
            return _unknown("an iterable")
        if function is itertools.product and prod(len(each or ()) for each in given) > MANY:
            return _unknown("a huge product")
        return _tried(lambda: list(function(*given, **named)))

    return Native(takes)


def _container(kind: Callable[[list[Value]], Value]) -> Native:
    def takes(*positional: Value, **named: Value) -> Value:
        if not positional:
            return kind([])
        found = items(positional[0])
        return _unknown("an iterable") if found is None else _tried(kind, found)

    return Native(takes)


def _dict(*positional: Value, **named: Value) -> Value:
    given = positional[0] if positional else {}
    pairs = given if isinstance(given, dict) else items(given)
    return _unknown("a dict") if pairs is None else _tried(lambda: {**dict(pairs), **named})


def _sorted(*positional: Value, **named: Value) -> Value:
    if named.keys() - {"reverse"} or not is_known(positional[0] if positional else None):
        return _unknown("an order")
    return _tried(sorted, *positional, **named)


BUILTINS: Mapping[str, Value] = {
    "str": Native(lambda value="", *rest: as_text(value)),
    "repr": _of_known(repr),
    "int": _of_known(int),
    "bool": Native(lambda value=False: _unknown("a truth") if truth(value) is None else truth(value)),
    "len": Native(lambda value: len(value) if isinstance(value, (list, tuple, dict, set)) else _unknown("a length")),
    "min": _of_known(min),
    "max": _of_known(max),
    "sum": _of_known(sum),
    "abs": _of_known(abs),
    "range": _of_known(lambda *given: range(*given) if len(range(*given)) <= MANY else None),
    "sorted": Native(_sorted),
    "enumerate": _of_items(enumerate),
    "zip": _of_items(zip),
    "reversed": Native(
        lambda value: _unknown("an order") if items(value) is None else list(reversed(items(value) or []))
    ),
    "list": _container(list),
    "tuple": _container(tuple),
    "set": _container(set),
    "frozenset": _container(frozenset),
    "dict": Native(_dict),
    "any": _of_known(any),
    "all": _of_known(all),
    "exec": Unknown("exec()", callable_matters=True),
    "eval": Unknown("eval()", callable_matters=True),
    "__import__": Unknown("__import__()", callable_matters=True),
}
"""Names of Python that this reader has a meaning for; any other builtin is Opaque."""

_dedent = Native(lambda text: textwrap.dedent(text) if isinstance(text, str) else _unknown("a text"))

STANDARD: Mapping[str, Value] = {
    "textwrap.dedent": _dedent,
    "inspect.cleandoc": _dedent,
    "typing.cast": Native(lambda type_, value: value),
    "typing.TYPE_CHECKING": False,
    "itertools.product": _of_items(itertools.product),
    "itertools.chain": _of_items(itertools.chain),
    "importlib.import_module": Namespace("importlib.import_module"),
    "functools.partial": Namespace("functools.partial"),
    "runpy.run_path": Unknown("runpy.run_path", callable_matters=True),
}
"""Functions of Python's standard library that may matter; any other is Opaque."""
