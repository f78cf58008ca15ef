"""A column's type as a file writes it, ``sa.String(36)``, made into SQLAlchemy's own type; nothing else is called."""

from __future__ import annotations

import ast
from inspect import isclass
from typing import Any

import sqlalchemy
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import TypeEngine

_PLACES = (sqlalchemy, postgresql, mysql, sqlite)
_ANNOTATIONS: dict[str, TypeEngine[Any]] = {
    "str": sqlalchemy.String(),
    "int": sqlalchemy.Integer(),
    "UUID": sqlalchemy.Uuid(),
    "bool": sqlalchemy.Boolean(),
    "datetime": sqlalchemy.DateTime(),
}
"""What ``Mapped[...]`` means without a type (SQLAlchemy documentation, "Mapped Column Derives the Datatype")."""

_OTHERS = {"AutoString": "String", "GUID": "Uuid"}
"""Types that are not SQLAlchemy's and that are stored as one that is: SQLModel's, fastapi-users'."""


def type_of(node: ast.expr) -> TypeEngine[object] | None:
    """The type that an expression makes; None where it is not one of SQLAlchemy's with literal arguments."""
    called = node.func if isinstance(node, ast.Call) else node
    dotted = ast.unparse(called)
    name = dotted.rpartition(".")[2]
    name = _OTHERS.get(name, name)
    place = next((each for each in _PLACES[1:] if f"{each.__name__.rpartition('.')[2]}." in dotted), None)
    found = getattr(place, name, None) or next(
        (each for each in (getattr(p, name, None) for p in _PLACES) if each), None
    )
    if not isclass(found) or not issubclass(found, TypeEngine):
        return None
    try:
        arguments = [ast.literal_eval(each) for each in node.args] if isinstance(node, ast.Call) else []
        named = {
            each.arg: ast.literal_eval(each.value)
            for each in (node.keywords if isinstance(node, ast.Call) else ())
            if each.arg
        }
        made: TypeEngine[object] = found(*arguments, **named)
    except (ValueError, TypeError, ArgumentError):
        return None
    return made


def type_of_annotation(node: ast.expr) -> TypeEngine[object] | None:
    """The type of ``Mapped[UUID]`` and ``Mapped[str | None]``."""
    text = ast.unparse(node) if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) else node.value
    inner = text.partition("[")[2].removesuffix("]") or text
    names = [each.strip().rpartition(".")[2] for each in inner.replace("Optional[", "").replace("]", "").split("|")]
    return next((_ANNOTATIONS[each] for each in names if each in _ANNOTATIONS), None)
