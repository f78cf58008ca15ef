"""Names that a column cannot have in Python, whatever it is called in the database."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.orm import DeclarativeBase


def column_key(name: str) -> str:
    """The column's name, with ``_`` behind it where a mapped class or ``Table.c`` has an attribute so called.

    ``__table__ = auth["organization"]`` would map the column ``metadata`` over ``Base.metadata`` (SQLAlchemy 2.0 and 2.1
    without an error), and ``table.c.keys`` is a method. Which names those are, the installed SQLAlchemy says; ``query`` is
    Flask-SQLAlchemy's.
    """
    taken = name == "query" or hasattr(_Base, name) or hasattr(_COLUMNS, name)
    return f"{name}_" if taken else name


class _Base(DeclarativeBase):
    """Any base: ``DeclarativeBase`` itself has no ``metadata``."""


_COLUMNS = Table("any", MetaData(), Column("~")).c
