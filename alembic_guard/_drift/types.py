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
    if model.family != live.family:
        return Fit.YES if (model.family, live.family) in _CONVERTED else Fit.NO
    return Fit.NARROWER if dialect != "sqlite" and _is_narrower(model, live) else Fit.YES


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
    numbers = tuple(int(each) for each in inside[1].split(",")) if inside else ()
    zone = "WITH TIME ZONE" in text or "TIMESTAMPTZ" in text
    return _Type(word, family, numbers, array, zone, "UNSIGNED" in text)


def _is_narrower(model: _Type, live: _Type) -> bool:
    if model.family == "text":
        # Without a number: TEXT, or what the database itself bounds far above.
        return bool(live.numbers) and (not model.numbers or live.numbers[0] < model.numbers[0])
    if model.family == "integer":
        return model.unsigned == live.unsigned and _WIDTH.get(live.word, 8) < _WIDTH.get(model.word, 0)
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
