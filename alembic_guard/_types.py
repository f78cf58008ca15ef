"""Column types as a database sees them: in families within which a value fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.types import Enum, TypeDecorator, TypeEngine

from alembic_guard._database import is_mariadb

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
        "STRING",  # written() of a String without a length, for which MariaDB has no DDL
    ),
    "integer": ("INTEGER", "INT", "BIGINT", "SMALLINT", "SERIAL", "BIGSERIAL", "MEDIUMINT"),
    "uuid": ("UUID",),
    "time": ("TIMESTAMP", "DATETIME"),
    "boolean": ("BOOLEAN", "BOOL", "TINYINT"),
}


def written(type_: TypeEngine[object], dialect: Dialect) -> str:
    """The type as the dialect's DDL writes it, ``VARCHAR(36)``; its class name where it has no DDL."""
    return ddl(type_, dialect) or type(type_).__name__.upper()


def has_ddl(type_: TypeEngine[object], dialect: Dialect) -> bool:
    """Whether the dialect can write the type: a String needs a length on MariaDB."""
    return ddl(type_, dialect) is not None


def ddl(type_: TypeEngine[object], dialect: Dialect) -> str | None:
    """The type as the dialect's DDL writes it, None where it cannot."""
    try:
        return type_.compile(dialect=dialect)
    except (CompileError, NotImplementedError):
        return None


def enum_values(type_: TypeEngine[Any], dialect: Dialect) -> Sequence[str]:
    """The values of an Enum that is an enum of the database too; none for any other type."""
    found = type_.type_engine(dialect) if isinstance(type_, TypeDecorator) else type_.dialect_impl(dialect)
    return found.enums if isinstance(found, Enum) and found.native_enum else ()


def can_refer(ours: TypeEngine[object], theirs: TypeEngine[object], dialect: Dialect) -> bool:
    """Whether the database accepts a key of these types, collations aside; types without DDL are not judged.

    MariaDB asks for the same type: CHAR and VARCHAR of any length are one, INTEGER and BIGINT are two (10.11, measured:
    errno 150 for all else).
    """
    return names_can_refer(written(ours, dialect), written(theirs, dialect), dialect.name)


def names_can_refer(ours: str, theirs: str, dialect: str) -> bool:
    """The same of types as they are written in SQL."""
    if is_mariadb(dialect):
        one, other = _mariadb_kind(ours), _mariadb_kind(theirs)
    else:
        one, other = _family_of(ours, dialect), _family_of(theirs, dialect)
    return one == other or "NULL" in (one, other)


def _mariadb_kind(name: str) -> str:
    found = re.match(r"(NATIONAL )?([A-Z_0-9]+)(?:\(.*?\))?( UNSIGNED| ZEROFILL)?", name.upper())
    if found is None:
        return name
    national, word, unsigned = found.groups(default="")
    return national + _MARIADB_WORDS.get(word, word) + (" UNSIGNED" if unsigned else "")


_MARIADB_WORDS = {"VARCHAR": "CHAR", "INT": "INTEGER", "BOOL": "TINYINT", "NUMERIC": "DECIMAL", "NULLTYPE": "NULL"}


def collation_of(type_: TypeEngine[object], dialect: Dialect) -> tuple[str | None, str | None]:
    """The collation and the character set that a type itself names on MariaDB."""
    name = written(type_, dialect)
    found = (re.search(rf"{word} ['\"`]?(\w+)", name, re.I) for word in ("COLLATE", "CHARACTER SET"))
    collation, charset = (each[1] if each else None for each in found)
    return collation, charset


def same_family(first: TypeEngine[object], second: TypeEngine[object], dialect: Dialect) -> bool:
    """Whether values of the one type fit the other; types without DDL are not judged."""
    one, other = (family(each, dialect) for each in (first, second))
    return one == other or "NULL" in (one, other)


def family(type_: TypeEngine[object], dialect: Dialect) -> str:
    """``text``, ``integer``, ``uuid``, ``time``, ``boolean``, or the type's own name."""
    return _family_of(written(type_, dialect), dialect.name)


def _family_of(name: str, dialect: str) -> str:
    name = name.upper()
    if name in ("NULL", "NULLTYPE"):
        return "NULL"
    if dialect == "sqlite":
        return _affinity(name)
    word = re.match(r"[A-Z_0-9]*", name)
    first = word[0] if word else name
    if first == "JSON" and dialect in ("mysql", "mariadb"):
        return "text"  # MariaDB's JSON is LONGTEXT (MariaDB manual, "JSON Data Type")
    return next((family for family, words in _FAMILIES.items() if first in words), name)


def _affinity(name: str) -> str:
    """SQLite's column affinity (SQLite manual, "Determination Of Column Affinity"); integer and numeric hold alike."""
    if "INT" in name:
        return "numeric"
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    return "blob" if "BLOB" in name else "numeric"
