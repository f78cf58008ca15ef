"""What a model's annotation says a key is, held against the type that the key has."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from sqlalchemy import Column
from sqlalchemy.orm import Mapped

from alembic_guard._models import attribute_of, is_sqlmodel


def other_annotation(column: Column[Any], mapped: type) -> tuple[str, str] | None:
    """The annotated Python type and the type of the column's values, where neither is a kind of the other.

    None where there is no ``Mapped[...]`` (in SQLModel: annotation) of one class, or where it cannot be evaluated: nothing
    is known then.
    """
    annotated = _annotated_class(column, mapped)
    try:
        values = column.type.python_type
    except NotImplementedError:
        return None
    if annotated is None or issubclass(annotated, values) or issubclass(values, annotated):
        return None
    return annotated.__name__, values.__name__


def _annotated_class(column: Column[Any], mapped: type) -> type | None:
    name = attribute_of(column, mapped)
    for declaring in mapped.__mro__:
        said = inspect.get_annotations(declaring).get(name)
        if said is not None:
            found = _evaluated(said, declaring)
            return _one_class(found) if is_sqlmodel(mapped) else _one_class_of_mapped(found)
    return None


def _evaluated(said: Any, declaring: type) -> Any:
    if not isinstance(said, str):
        return said
    module = sys.modules.get(declaring.__module__)
    try:
        # As SQLAlchemy does; a name that only the type checker imports is not there.
        return eval(said, {**vars(module), **vars(declaring)} if module else {})
    except Exception:  # noqa: BLE001 - the annotation is the user's code and may raise anything
        return None


def _one_class_of_mapped(annotation: Any) -> type | None:
    if not inspect.isclass(get_origin(annotation)) or not issubclass(get_origin(annotation), Mapped):
        return None
    return _one_class(get_args(annotation)[0])


def _one_class(annotation: Any) -> type | None:
    found = [each for each in _alternatives(annotation) if each is not type(None)]
    if len(found) != 1 or not isinstance(found[0], type):
        return None
    # typing.Any is a class since Python 3.11, and list[str] up to 3.10.
    return None if found[0] is Any or get_origin(found[0]) is not None else found[0]


def _alternatives(type_: Any) -> Iterator[Any]:
    """The members of a union, seen through Annotated, NewType and ``type X = ...``."""
    origin = get_origin(type_)
    if origin in (Union, UnionType):
        for each in get_args(type_):
            yield from _alternatives(each)
    elif origin is Annotated:
        yield from _alternatives(get_args(type_)[0])
    elif (inner := getattr(type_, "__supertype__", None) or getattr(type_, "__value__", None)) is not None:
        yield from _alternatives(inner)
    else:
        yield type_
