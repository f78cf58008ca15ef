"""Column types as a database sees them: in families within which a value fits."""

from __future__ import annotations

import re

from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

# The first words of a type as PostgreSQL and MariaDB print it.
_FAMILIES = {
    "text": (
        "TEXT",
        "VARCHAR",
        "CHAR",
        "CITEXT",
        "NAME",
        "CHARACTER",
        "NVARCHAR",
        "TINYTEXT",
        "MEDIUMTEXT",
        "LONGTEXT",
    ),
    "integer": ("INTEGER", "INT", "BIGINT", "SMALLINT", "SERIAL", "BIGSERIAL", "MEDIUMINT"),
    "uuid": ("UUID",),
    "time": ("TIMESTAMP", "DATETIME"),
    "boolean": ("BOOLEAN", "BOOL", "TINYINT"),
}


def written(type_: TypeEngine[object], dialect: Dialect) -> str:
    """The type as the dialect's DDL writes it, ``VARCHAR(36)``; its class name where it has no DDL."""
    try:
        return type_.compile(dialect=dialect)
    except (CompileError, NotImplementedError):
        return type(type_).__name__.upper()


def same_family(first: TypeEngine[object], second: TypeEngine[object], dialect: Dialect) -> bool:
    """Whether a key between two columns of these types can hold; types without DDL are not judged."""
    one, other = (family(each, dialect) for each in (first, second))
    return one == other or "NULL" in (one, other)


def family(type_: TypeEngine[object], dialect: Dialect) -> str:
    """``text``, ``integer``, ``uuid``, ``time``, ``boolean``, or the type's own name."""
    name = written(type_, dialect).upper()
    if dialect.name == "sqlite":
        return _affinity(name)
    word = re.match(r"[A-Z_0-9]*", name)
    first = word[0] if word else name
    if first == "JSON" and dialect.name in ("mysql", "mariadb"):
        return "text"  # MariaDB's JSON is LONGTEXT (MariaDB manual, "JSON Data Type")
    return next((family for family, words in _FAMILIES.items() if first in words), name)


def _affinity(name: str) -> str:
    """SQLite's column affinity (SQLite manual, "Determination Of Column Affinity"); integer and numeric hold alike."""
    if name in ("NULL", "NULLTYPE"):
        return "NULL"
    if "INT" in name:
        return "numeric"
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    return "blob" if "BLOB" in name else "numeric"
