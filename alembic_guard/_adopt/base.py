"""The declarative Base that generated models derive from: the project's own, or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import registry

from alembic_guard._guard import Guard
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
}


@dataclass(frozen=True, slots=True)
class Base:
    """How generated code comes by its Base.

    Args:
        name: The class, as the code calls it.
        imports: Modules, and the name that is imported from each.
        is_new: Whether generated code defines the class.
        metadata: The expression for the MetaData of a new class; None where it is new too.
        attributes: What the Base has, so that no column hides it.
        schema: The schema that its MetaData gives to tables that name none.
        convention: Its MetaData's naming convention.
    """

    name: str = "Base"
    imports: tuple[tuple[str, str], ...] = ()
    is_new: bool = True
    metadata: str | None = None
    attributes: frozenset[str] = frozenset()
    schema: str | None = None
    convention: Mapping[str, Any] = field(default_factory=dict)

    def body(self, *, unique_named: bool) -> list[str]:
        """The lines of a new class's body.

        Args:
            unique_named: Whether every unique constraint has a name. SQLite has them without one, and a convention
                would propose to add what is there.
        """
        if self.metadata is not None:
            return [f"metadata = {self.metadata}"]
        given = {kind: name for kind, name in _CONVENTION.items() if kind != "uq" or unique_named}
        return [
            "# Names for what is yet to come: a downgrade drops keys and constraints by their names.",
            "metadata = MetaData(",
            "    naming_convention={",
            *(f"        {kind!r}: {name!r}," for kind, name in given.items()),
            "    }",
            ")",
        ]


def base_of(guard: Guard | None, *, has_models: bool) -> Base:
    """The Base for a project whose env.py has this Guard, or none.

    Raises:
        GuardError: AGE108 when there are models whose MetaData has no name that generated code could import.
    """
    spec = _spec(guard)
    if guard is not None and spec is not None:
        return _imported(spec, guard.load()[0])
    if has_models:
        hint = "Guard('app.models:Base.metadata')"
        stop(age108_bad_guard.bad_value("adopt", "a MetaData in Guard(...)", "an import string of your models", hint))
    return Base()


def _spec(guard: Guard | None) -> str | None:
    given: object = guard.metadata if guard is not None else None
    first = given[0] if isinstance(given, (list, tuple)) and given else given
    return first if isinstance(first, str) else None


def _imported(spec: str, metadata: MetaData) -> Base:
    module, _, path = spec.partition(":")
    holder = path.removesuffix(".metadata")
    found = _look_up(module, holder)
    known: dict[str, Any] = {"schema": metadata.schema, "convention": metadata.naming_convention}
    imports = ((module, path.partition(".")[0]),)
    # A pydantic class (SQLModel) has a registry too, but takes no mapped_column().
    if isinstance(getattr(found, "registry", None), registry) and not hasattr(found, "model_config"):
        return Base(holder, imports, False, attributes=frozenset(dir(found)), **known)
    name = "AdoptedBase" if imports[0][1] == "Base" else "Base"
    return Base(name, imports, metadata=path, **known)


def _look_up(module: str, path: str) -> object:
    found: object = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found
