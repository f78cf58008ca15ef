"""Names and what they stand for: a module's, a class's or a function's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from alembic_guard._history.values import Unknown, Value


@dataclass(eq=False, slots=True)
class Later:
    """A value that is computed when it is first asked for."""

    compute: Callable[[], Value]
    _state: str = "waiting"
    _value: Value = None

    def get(self) -> Value:
        if self._state == "computing":
            return Unknown("it refers to itself")
        if self._state == "waiting":
            self._state = "computing"
            self._value = self.compute()
            self._state = "done"
        return self._value


@dataclass(eq=False, slots=True)
class Scope:
    """One level of names.

    Args:
        path: The file it is written in.
        package: The package of that file, for relative imports.
        around: The scope in which unknown names are looked up.
        is_class: A class's own names are not seen from the functions in it.
    """

    path: str
    package: str
    around: Scope | None = None
    is_class: bool = False
    names: dict[str, Value] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)
    """Names that ``global`` or ``nonlocal`` sends to the scope around."""

    def own(self, name: str) -> Value:
        """A name of this very scope, which has it."""
        value = self.names[name]
        return value.get() if isinstance(value, Later) else value

    def look_up(self, name: str, otherwise: Value) -> Value:
        """A name of this scope or of one around it; ``otherwise`` where none has it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope.own(name)
            scope = scope.around
        return otherwise

    def bind(self, name: str, value: Value) -> None:
        """Give a name a value. What waits to be computed may use the old one, so it is computed first."""
        if name in self.outer and self.around is not None:
            self.around.bind(name, value)
            return
        if name in self.names:
            for held in list(self.names.values()):
                if isinstance(held, Later):
                    held.get()
        self.names[name] = value
