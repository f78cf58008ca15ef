"""SQLAlchemy's types, made from the calls that name them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from alembic_guard._history.arguments import Arguments, Given
from alembic_guard._history.values import Namespace, Value, is_known
from alembic_guard._static.values import TypeValue

_ANNOTATIONS: Mapping[str, type[TypeEngine[Any]]] = {
    "str": sqlalchemy.String,
    "int": sqlalchemy.Integer,
    "UUID": sqlalchemy.Uuid,
    "bool": sqlalchemy.Boolean,
    "datetime": sqlalchemy.DateTime,
}
"""What ``Mapped[...]`` means without a type (SQLAlchemy documentation, "Mapped Column Derives the Datatype")."""

_OTHERS = {"AutoString": "sqlalchemy.String", "GUID": "sqlalchemy.Uuid"}
"""Types that are not SQLAlchemy's and that are stored as one that is: SQLModel's, fastapi-users'."""


def as_type(value: Value) -> TypeEngine[Any] | None:
    """The type that a value is: ``Text``, ``Text()``; None where it is none of SQLAlchemy's own."""
    if isinstance(value, TypeValue):
        return value.type
    if isinstance(value, Namespace):
        return type_of_call(value.path, Given())
    return None


def type_of_call(path: str, given: Arguments) -> TypeEngine[Any] | None:
    """The type that a call of SQLAlchemy's makes; None where its arguments cannot be read."""
    cls = type_class(path)
    positional = [each.type if isinstance(each, TypeValue) else each for each in given.positional]
    named = {name: each.type if isinstance(each, TypeValue) else each for name, each in given.named.items()}
    if cls is None or not given.whole:
        return None
    if not all(is_known(each) or isinstance(each, TypeEngine) for each in (*positional, *named.values())):
        return None
    try:
        made: TypeEngine[Any] = cls(*positional, **named)
    except (TypeError, ValueError, AttributeError, SQLAlchemyError):
        return None
    return made


@cache
def type_class(path: str) -> Any:
    """The type that a dotted name of SQLAlchemy's means."""
    module, _, name = path.rpartition(".")
    if name in _OTHERS and module.startswith(("sqlmodel", "fastapi_users")):
        module, _, name = _OTHERS[name].rpartition(".")
    if not module.startswith("sqlalchemy"):
        return None
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return None
    return found if isinstance(found, type) and issubclass(found, TypeEngine) else None


def type_of_annotation(node: ast.expr) -> TypeEngine[Any] | None:
    """The type of ``Mapped[UUID]`` and ``Mapped[str | None]``, and of SQLModel's ``UUID | None``; None where neither has it by
    itself. A ``type_annotation_map`` of a base is not asked."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    inner = text.partition("[")[2].removesuffix("]") if text.partition("[")[0].endswith("Mapped") else text
    names = [each.strip().rpartition(".")[2] for each in inner.replace("Optional[", "").replace("]", "").split("|")]
    return next((_ANNOTATIONS[each]() for each in names if each in _ANNOTATIONS), None)
