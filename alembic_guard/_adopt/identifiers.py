"""Names in Python for what a database calls otherwise."""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import count
from keyword import iskeyword
from unicodedata import normalize

from sqlalchemy.orm import DeclarativeBase


class _Probe(DeclarativeBase):
    """Whatever the installed SQLAlchemy puts on a declarative class."""


RESERVED = frozenset({*dir(_Probe), "metadata", "registry", "query"})
"""Attributes that a mapped class cannot give to a column. The list is SQLAlchemy's own and changes with its version;
``query`` is Flask-SQLAlchemy's."""

# A class body reads these while it fills: an attribute of that name would hide them from the columns behind it.
_PYTHON = "bool bytes datetime decimal dict enum float int ipaddress list object set str tuple uuid"
_TYPES = """ARRAY BigInteger Boolean Date DateTime Enum Float Integer Interval JSON LargeBinary Numeric SmallInteger String
Text Time Uuid"""
_SQLALCHEMY = """CheckConstraint Column Computed DeclarativeBase ForeignKey ForeignKeyConstraint Identity Index Mapped
MetaData PrimaryKeyConstraint Sequence Table UniqueConstraint conv mapped_column text"""
READ_BY_CLASS_BODIES = frozenset(
    f"Any Optional ExternalTables sqlalchemy better_auth {_PYTHON} {_TYPES} {_SQLALCHEMY}".split()
)


def class_name(table: str) -> str:
    """``chat_sessions`` is ``ChatSessions``."""
    words = _identifier(table).split("_")
    name = _identifier("".join(word[:1].upper() + word[1:] for word in words)) if any(words) else "Unnamed"
    return f"{name}_" if iskeyword(name) else name  # None, True, False


def attribute_name(column: str, hidden: Callable[[str], bool] = lambda name: False) -> str:
    """The column's own name where an attribute may have it: ``metadata`` is ``metadata_``, ``two words`` is
    ``two_words``.

    Args:
        hidden: Whether the attribute would hide something else.
    """
    name = _identifier(column)
    # A class mangles names that begin with __, and SQLAlchemy ignores or owns those of its own.
    if name.startswith(("__", "_sa_")):
        name = _identifier(name.strip("_") or "column") + "_"
    return f"{name}_" if iskeyword(name) or name in RESERVED or hidden(name) else name


def free_name(wanted: str, taken: Container[str]) -> str:
    """The name itself, or the first with a number that nothing else has."""
    if wanted not in taken:
        return wanted
    return next(name for number in count(2) if (name := f"{wanted.rstrip('_')}_{number}") not in taken)


def _identifier(text: str) -> str:
    # Python reads identifiers in this form, so that two spellings of one are found here.
    name = "".join(each if f"a{each}".isidentifier() else "_" for each in normalize("NFKC", text))
    return name if name.isidentifier() else f"_{name}"
