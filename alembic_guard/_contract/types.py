"""Column types as text that a person reviews and that only names types: ``VARCHAR(length=36)``, ``mysql.TINYINT()``.

The text is how SQLAlchemy's own ``repr`` and Alembic's migrations write them. It is read as literals, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import ARRAY, Enum, NullType, TypeEngine

_MODULES = {"": sqlalchemy.types, "postgresql": postgresql, "mysql": mysql, "sqlite": sqlite}

# What says which values a column takes; other arguments of types say how Python reads them. A named type's schema is not
# among them: SQLAlchemy gives it its table's when a Table is copied.
_ARGUMENTS = (
    "length",
    "precision",
    "scale",
    "timezone",
    "fsp",
    "fields",
    "varying",
    "dimensions",
    "unsigned",
    "zerofill",
    "display_width",
    "charset",
    "collation",
    "ascii",
    "unicode",
    "binary",
    "national",
    "name",
)


class UnknownType(ValueError):
    """The text or the type is none of SQLAlchemy's."""


def type_as_text(type_: TypeEngine[Any]) -> str | None:
    """The type as text, None for one that SQLAlchemy has no name for (``NullType``).

    Raises:
        UnknownType: When it is not a type of SQLAlchemy's own.
    """
    if isinstance(type_, NullType):
        return None
    # SQLAlchemy 2.0 and 2.1 say only in this private name that a type is another one on another dialect.
    if getattr(type_, "_variant_mapping", None):
        raise UnknownType(f"{_name(type(type_))} with another type on another database")
    arguments = [*_positional(type_), *(f"{name}={value!r}" for name, value in _keywords(type_))]
    return f"{_name(type(type_))}({', '.join(arguments)})"


def type_of_text(text: str | None) -> TypeEngine[Any]:
    """The type that a text names.

    Raises:
        UnknownType: When it names none, or gives it arguments that it does not take.
    """
    if text is None:
        return NullType()
    try:
        parsed = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise UnknownType(text) from error
    return _type(parsed, text)


def _name(cls: type[TypeEngine[Any]]) -> str:
    for module, contents in _MODULES.items():
        if getattr(contents, cls.__name__, None) is cls:
            return f"{module}.{cls.__name__}" if module else cls.__name__
    raise UnknownType(f"{cls.__module__}.{cls.__name__}")


def _positional(type_: Any) -> Iterator[str]:
    if isinstance(type_, (Enum, mysql.SET)):
        yield from map(repr, type_.enums if isinstance(type_, Enum) else type_.values)
    elif isinstance(type_, ARRAY):
        yield str(type_as_text(type_.item_type))
    elif isinstance(type_, postgresql.DOMAIN):
        yield repr(type_.name)
        yield str(type_as_text(type_.data_type))


def _keywords(type_: Any) -> Iterator[tuple[str, Any]]:
    for name in _ARGUMENTS:
        value = getattr(type_, name, None)
        derived = name in _derived(type_)
        if not derived and isinstance(value, (str, int)) and value is not False:
            yield name, value


def _derived(type_: Any) -> tuple[str, ...]:
    """Arguments that follow from others."""
    match type_:
        case mysql.ENUM() | mysql.SET():
            return (
                "length",
                "name",
                "schema",
            )  # MariaDB's enumeration has no name; SQLAlchemy gives it its table's schema
        case Enum():
            return ("length",)
        case _:
            return ("name",)


def _type(parsed: ast.expr, text: str) -> TypeEngine[Any]:
    if not isinstance(parsed, ast.Call) or any(each.arg is None for each in parsed.keywords):
        raise UnknownType(text)
    cls = _class(parsed.func, text)
    arguments = [_value(each, text) for each in parsed.args]
    keywords = {str(each.arg): _value(each.value, text) for each in parsed.keywords}
    try:
        made: TypeEngine[Any] = cls(*arguments, **keywords)
    except (TypeError, ValueError, AttributeError, SQLAlchemyError) as error:
        raise UnknownType(text) from error
    return made


def _class(parsed: ast.expr, text: str) -> Any:
    match parsed:
        case ast.Name(id=name):
            found = getattr(_MODULES[""], name, None)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in _MODULES:
            found = getattr(_MODULES[module], name, None)
        case _:
            found = None
    if not (isinstance(found, type) and issubclass(found, TypeEngine)):
        raise UnknownType(text)
    return found


def _value(parsed: ast.expr, text: str) -> Any:
    if isinstance(parsed, ast.Call):
        return _type(parsed, text)
    try:
        return ast.literal_eval(parsed)
    except ValueError as error:
        raise UnknownType(text) from error
