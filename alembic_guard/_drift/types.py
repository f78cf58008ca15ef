"""Whether values of a model's type fit a column as the database prints it; what nobody knows is not judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from alembic_guard._database import is_mariadb


class Fit(Enum):
    """``NARROWER``: some values do not fit, the longest or largest ones."""

    YES = "yes"
    NARROWER = "narrower"
    NO = "no"


_FAMILIES = {
    "text": "TEXT VARCHAR CHAR CHARACTER CITEXT BPCHAR NVARCHAR NCHAR NATIONAL CLOB TINYTEXT MEDIUMTEXT LONGTEXT",
    "integer": "INTEGER INT BIGINT SMALLINT MEDIUMINT TINYINT SERIAL BIGSERIAL SMALLSERIAL INT2 INT4 INT8",
    "number": "NUMERIC DECIMAL DEC REAL FLOAT DOUBLE DOUBLE_PRECISION",
    "boolean": "BOOLEAN BOOL",
    "uuid": "UUID",
    "date": "DATE",
    "timestamp": "TIMESTAMP DATETIME",
    "time": "TIME",
    "interval": "INTERVAL",
    "bytes": "BYTEA BLOB TINYBLOB MEDIUMBLOB LONGBLOB VARBINARY BINARY",
    "json": "JSON JSONB",
}
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words.split()}

# By (the model's, the database's): what the database itself converts, and the driver reads back as the model wants it.
_CONVERTED = {("integer", "number"), ("date", "timestamp")}

# On MariaDB: BOOL is TINYINT(1), JSON is LONGTEXT (MariaDB manual), and a UUID is read from text.
_MARIADB = {"boolean": "integer", "json": "text", "uuid": "text"}

# On SQLite a column takes any value; what is not right is only text in a column that makes numbers of it, and numbers
# that come back as text. Dates and JSON are text to it wherever they are (SQLite manual, "Datatypes In SQLite").
_SQLITE = {"integer": "number", "number": "number", "boolean": "number", "text": "text"}

# What fits where no length is written, in characters or bytes (PostgreSQL manual, "Character Types"; MariaDB manual,
# "String Data Types": a UUID is read from 36 characters).
_LENGTH = {"CHAR": 1, "CHARACTER": 1, "NCHAR": 1, "NATIONAL CHAR": 1, "BINARY": 1}
_LENGTH_MARIADB = {
    "TINYTEXT": 255,
    "TINYBLOB": 255,
    "TEXT": 65_535,
    "BLOB": 65_535,
    "UUID": 36,
    "MEDIUMTEXT": 16_777_215,
    "MEDIUMBLOB": 16_777_215,
}
# Digits that an integer of so many bytes takes, whichever they are.
_DIGITS = {1: 2, 2: 4, 3: 6, 4: 9, 8: 18}

_WIDTH = {"TINYINT": 1, "BOOL": 1, "BOOLEAN": 1, "SMALLINT": 2, "INT2": 2, "MEDIUMINT": 3, "INTEGER": 4, "INT": 4}
_WIDTH.update({"INT4": 4, "SERIAL": 4, "BIGINT": 8, "INT8": 8, "BIGSERIAL": 8, "SMALLSERIAL": 2})


@dataclass(frozen=True, slots=True)
class _Type:
    word: str
    family: str | None
    numbers: tuple[int, ...]
    array: bool
    zone: bool
    unsigned: bool


@lru_cache(maxsize=4096)  # thousands of columns have a few dozen pairs of types
def fit(ours: str, theirs: str, dialect: str) -> Fit:
    """Judge two types as text: the model's DDL, and what the database prints."""
    model, live = (_read(each, dialect) for each in (ours, theirs))
    if model.family is None or live.family is None:
        return Fit.YES
    if model.array != live.array:
        return Fit.NO
    if (model.family, live.family) == ("number", "integer") and model.word in _EXACT and model.numbers:
        return _of_whole_numbers(model, live)
    if model.family != live.family:
        return Fit.YES if (model.family, live.family) in _CONVERTED else Fit.NO
    return Fit.NARROWER if dialect != "sqlite" and _is_narrower(model, live) else Fit.YES


def is_integer(written: str) -> bool:
    """Whether a type as PostgreSQL or MariaDB prints it is one of whole numbers."""
    return _read(written, "postgresql").family == "integer"


def _read(written: str, dialect: str) -> _Type:
    text = written.upper().strip()
    array = text.endswith("[]")
    word = (re.match(r"[A-Z_0-9]+", text) or [""])[0]
    family = _FAMILY.get(word)
    if dialect == "sqlite":
        family = _SQLITE.get(family or "")
    elif is_mariadb(dialect):
        family = _MARIADB.get(family or "", family)
    inside = re.search(r"\(([\d, ]+)\)", text)
    numbers = tuple(int(each) for each in inside[1].split(",")) if inside else _length(text, dialect)
    zone = "WITH TIME ZONE" in text or "TIMESTAMPTZ" in text
    return _Type(word, family, numbers, array, zone, "UNSIGNED" in text)


def _length(text: str, dialect: str) -> tuple[int, ...]:
    written = text.removesuffix("[]").partition(" COLLATE ")[0].strip()
    found = _LENGTH.get(written) or (_LENGTH_MARIADB.get(written) if is_mariadb(dialect) else None)
    return (found,) if found else ()


def _of_whole_numbers(model: _Type, live: _Type) -> Fit:
    whole, scale = _split(model.numbers)
    if scale:
        return Fit.NO
    return Fit.YES if whole <= _DIGITS[_WIDTH.get(live.word, 8)] else Fit.NARROWER


def _is_narrower(model: _Type, live: _Type) -> bool:
    if model.family in ("text", "bytes"):
        # Without a number: whatever the database takes.
        return bool(live.numbers) and (not model.numbers or live.numbers[0] < model.numbers[0])
    if model.family == "integer":
        ours, theirs = _WIDTH.get(model.word, 0), _WIDTH.get(live.word, 8)
        # What is unsigned here and not there needs the next wider one. The other way round only numbers below zero are
        # refused, and hardly any column of a number has them.
        return theirs <= ours if model.unsigned and not live.unsigned else theirs < ours
    if model.family == "number":
        return _digits_lost(model.numbers, live.numbers) if {model.word, live.word} <= _EXACT else False
    return model.family in ("timestamp", "time") and model.zone and not live.zone


_EXACT = {"NUMERIC", "DECIMAL", "DEC"}


def _digits_lost(model: tuple[int, ...], live: tuple[int, ...]) -> bool:
    if not model or not live:
        return False  # without precision PostgreSQL takes any number, MariaDB ten digits: the model does not say
    (whole, scale), (live_whole, live_scale) = _split(model), _split(live)
    return live_whole < whole or live_scale < scale


def _split(numbers: tuple[int, ...]) -> tuple[int, int]:
    precision, scale = (*numbers, 0)[:2]
    return precision - scale, scale
