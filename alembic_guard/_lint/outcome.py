"""What the installed SQLAlchemy (SQLModel, Flask-SQLAlchemy) does with an attribute's name: found by doing it.

A list of reserved names would be wrong with the next release: ``metadata`` raises on SQLAlchemy 2.0 and warns on 2.1,
and what pydantic refuses changes with pydantic. So a class with that name is made, in a registry of its own, and a row
of it is written and read in a SQLite database in memory.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any


class Style(Enum):
    """How a class is declared; the names that make trouble differ."""

    DECLARATIVE_BASE_CLASS = "DeclarativeBase"
    DECLARATIVE_BASE = "declarative_base()"
    DATACLASS = "MappedAsDataclass"
    SQLMODEL = "SQLModel"
    FLASK = "Flask-SQLAlchemy"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a mapped attribute of that name.

    Args:
        error: Why the class cannot be made, or a row not written and read; empty where they can.
        warning: What is warned about when the class is made.
        mapped: Whether the attribute is mapped at all.
        hides: Whether an attribute of the base is hidden by it.
    """

    error: str = ""
    warning: str = ""
    mapped: bool = True
    hides: bool = False

    @property
    def fine(self) -> bool:
        return self.mapped and not (self.error or self.warning or self.hides)


_BY_PYTHON = frozenset(["__static_attributes__"]) if sys.version_info >= (3, 13) else frozenset[str]()
"""What the compiler sets behind the body of a class, whatever is in it (What's New in Python 3.13); a class that is made by
a call, as here, has it not."""


@cache
def outcome(style: Style, name: str) -> Outcome | None:
    """The outcome for one name; None where what the style needs is not installed."""
    known = _known_names(style)
    if known is None or not (name.startswith("_") or name in known):
        return None if known is None else Outcome()
    if name in _BY_PYTHON:
        return Outcome(mapped=False)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # what is collected meanwhile is not the class's doing
        try:
            base, make = _STYLES[style]()
        except ImportError:
            return None
        hides = name in dir(base)  # not hasattr, which runs properties
        try:
            made = make(name)
            mapped = name in made.__mapper__.attrs
        except Exception as error:  # noqa: BLE001 - a name may break anything
            return Outcome(error=_in_words(error), hides=hides)
        said = "; ".join(str(each.message) for each in warned)
    return Outcome(_use(made, name, mapped), said, mapped, hides)


@cache
def _known_names(style: Style) -> frozenset[str] | None:
    """Names that a class of that style has before its columns, those that SQLAlchemy's own base has, and words of the
    bases' annotations, which SQLAlchemy evaluates among the attributes of the class (a column ``type`` meets Flask's
    ``ClassVar[type[Query]]``): no other name needs a try. None where the style is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ordinary = _STYLES[style]()[1]("ordinary_name")
            known = {*dir(ordinary), *dir(_declarative()[0]), *_annotated_with(ordinary)}
            return frozenset(known - {"id", "ordinary_name"})
        except ImportError:
            return None


def _annotated_with(made: type) -> Iterator[str]:
    for each in made.__mro__:
        for annotation in vars(each).get("__annotations__", {}).values():
            yield from re.findall(r"\w+", annotation if isinstance(annotation, str) else "")


def _use(made: Any, name: str, mapped: bool) -> str:
    """Write a row and read it; why that fails."""
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = create_engine("sqlite://")
        try:
            made.__table__.create(engine)
            with Session(engine) as session:
                row = made(id=1)
                if mapped:
                    setattr(row, name, 7)
                session.add(row)
                session.commit()
                session.expunge_all()
                read = getattr(session.get(made, 1), name) if mapped else 7
            return "" if read == 7 else f"reads back {read!r} where 7 was written"
        except Exception as error:  # noqa: BLE001 - a name may break anything
            return _in_words(error)
        finally:
            engine.dispose()


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


_Made = tuple[Any, Callable[[str], Any]]


def _declarative(*bases: type) -> _Made:
    from sqlalchemy import Integer
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    metaclass: Any = type(DeclarativeBase)
    base: Any = metaclass("Base", (*bases, DeclarativeBase), {})
    more: dict[str, Any] = {"default": None} if bases else {}

    def make(name: str) -> Any:
        body = {
            "__annotations__": {"id": Mapped[int], name: Mapped[int]},
            "id": mapped_column(primary_key=True),
            name: mapped_column("probed", Integer, **more),
        }
        return type(base)("Probe", (base,), _namespace(body))

    return base, make


def _dataclass() -> _Made:
    from sqlalchemy.orm import MappedAsDataclass

    return _declarative(MappedAsDataclass)


def _by_columns(base: Any) -> _Made:
    from sqlalchemy import Column, Integer

    def make(name: str) -> Any:
        body = {"id": Column(Integer, primary_key=True), name: Column("probed", Integer)}
        return type(base)("Probe", (base,), _namespace(body))

    return base, make


def _declarative_base() -> _Made:
    from sqlalchemy.orm import declarative_base

    return _by_columns(declarative_base())


def _flask() -> _Made:
    from flask_sqlalchemy import SQLAlchemy

    return _by_columns(SQLAlchemy().Model)


def _sqlmodel() -> _Made:
    from sqlalchemy import Column, Integer
    from sqlalchemy.orm import registry
    from sqlmodel import Field, SQLModel

    metaclass: Any = type(SQLModel)
    base: Any = metaclass("Base", (SQLModel,), _namespace({}), registry=registry())

    def make(name: str) -> Any:
        body = {
            "__annotations__": {"id": int, name: int},
            "id": Field(default=None, primary_key=True),
            name: Field(default=None, sa_column=Column("probed", Integer)),
        }
        return type(base)("Probe", (base,), _namespace(body), table=True)

    return base, make


def _namespace(body: dict[str, Any]) -> dict[str, Any]:
    return {"__module__": __name__, "__qualname__": "Probe", "__tablename__": "probe", **body}


_STYLES: dict[Style, Callable[[], _Made]] = {
    Style.DECLARATIVE_BASE_CLASS: _declarative,
    Style.DECLARATIVE_BASE: _declarative_base,
    Style.DATACLASS: _dataclass,
    Style.SQLMODEL: _sqlmodel,
    Style.FLASK: _flask,
}


@cache
def hidden_in_collection(name: str) -> bool:
    """Whether ``table.c.<name>`` is a method and never the column of that name."""
    from sqlalchemy import Column, Integer, MetaData, Table

    columns = Table("probe", MetaData(), Column(name, Integer)).c
    return getattr(columns, name) is not columns[name]
