"""The arguments of a call, each evaluated when it is first asked for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property

from alembic_guard._history.values import Unknown, Value


class Arguments:
    """What a call gives; a column that nobody asks for is never read."""

    def __init__(self, call: ast.Call, evaluate: Callable[[ast.expr], Value]) -> None:
        self._call = call
        self._evaluate = evaluate
        # How many arguments stand before the first `*`.
        self._plain = next((at for at, each in enumerate(call.args) if isinstance(each, ast.Starred)), len(call.args))
        self._has_mapping = any(each.arg is None for each in call.keywords)
        self.whole = True
        """False once a ``*`` or ``**`` turned out to be unreadable."""

    @property
    def node(self) -> ast.Call | None:
        """The call as it is written; None where its arguments are values already."""
        return self._call

    def get(self, position: int, name: str, default: Value = None) -> Value:
        """One argument by position or name; the default where it is not given, Unknown where a ``**`` may give it."""
        for keyword in self._call.keywords:
            if keyword.arg == name:
                return self._evaluate(keyword.value)
        if position < self._plain:
            return self._evaluate(self._call.args[position])
        if self._plain < len(self._call.args) and position < len(self.positional):
            return self.positional[position]
        if self._has_mapping and name in self.named:
            return self.named[name]
        return default if self.whole else Unknown(f"{name} may be in a * or ** that is computed")

    def value_of(self, node: ast.expr) -> Value:
        """What an expression in the call is worth."""
        return self._evaluate(node)

    def keyword(self, name: str, default: Value = None) -> Value:
        """An argument that is only given by name."""
        return self.get(1000, name, default)

    @cached_property
    def positional(self) -> list[Value]:
        found: list[Value] = []
        for each in self._call.args:
            if not isinstance(each, ast.Starred):
                found.append(self._evaluate(each))
                continue
            value = self._evaluate(each.value)
            if isinstance(value, (list, tuple, range)):
                found.extend(value)
            else:
                self.whole = False
                break
        return found

    @cached_property
    def named(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for keyword in self._call.keywords:
            value = self._evaluate(keyword.value)
            if keyword.arg is not None:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found.update({str(key): each for key, each in value.items()})
            else:
                self.whole = False
        return found


class Given(Arguments):
    """Arguments that are values already."""

    def __init__(self, *positional: Value, **named: Value) -> None:
        super().__init__(ast.Call(func=ast.Constant(None), args=[], keywords=[]), lambda node: None)
        self.positional = list(positional)
        self.named = named

    @property
    def node(self) -> ast.Call | None:
        return None

    def get(self, position: int, name: str, default: Value = None) -> Value:
        if position < len(self.positional):
            return self.positional[position]
        return self.named.get(name, default if self.whole else Unknown(f"{name} may be in a * or ** that is computed"))
