"""A value for a column: of its type, as long as it may be, the same for the same number."""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from hashlib import md5
from typing import Any
from uuid import UUID

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine

LONG = 300
"""Characters of a text without a limit: more than a VARCHAR(255) takes."""


_SHORT = 32


class NoValue(Exception):
    """A type of which no value is known, or of whose values there are no more."""


def value_of(type_: TypeEngine[Any], number: int, *, key: bool = False, long: int = LONG) -> Any:
    """The value with that number.

    Args:
        key: Whether it tells rows apart or refers to one: a text is then an id of 32 characters, as Better Auth's are.

        long: Characters of a text without a limit.

    Raises:
        NoValue: There is none.
    """
    match type_:
        case types.Enum():
            return _one_of(list(type_.enums), number)
        case mysql.SET():
            return type_.values[number % len(type_.values)]
        case types.Boolean():
            return _one_of([True, False], number)
        case types.Integer() if type(type_).__name__ == "TINYINT":
            return number % 100
        case types.BigInteger():
            return number + 1 if key else 3_000_000_000 + number
        case types.SmallInteger():
            return number + 1 if key else 20_000 + number
        case types.Integer():
            return number + 1 if key else 100_000 + number
        case types.Float():
            return 1000.5 + number
        case types.Numeric():
            return _decimal(type_, number)
        case types.DateTime():
            made = datetime(2024, 2, 29, 12, 30, 15) + timedelta(seconds=number)
            return made.replace(tzinfo=timezone.utc) if type_.timezone else made
        case types.Date():
            return date(2024, 2, 29) + timedelta(days=number)
        case types.Time():
            return time(12, number // 60 % 60, number % 60)
        case types.Interval():
            return timedelta(seconds=90 + number)
        case types.JSON():
            return {"number": number}
        case types.Uuid():
            made_id = UUID(_hex(number))
            return made_id if type_.as_uuid else str(made_id)
        case types.LargeBinary() | types._Binary():
            return _hex(number).encode()[: type_.length or None]
        case types.ARRAY():
            return [value_of(type_.item_type, number)]
        case mysql.TINYTEXT():
            return _text(255, number, key=key, long=long)
        case types.String():
            return _text(type_.length, number, key=key, long=long)
        case postgresql.DOMAIN():
            # SQLAlchemy 2.0 and 2.1 do not read the length that it may have.
            return value_of(type_.data_type, number, key=key, long=_SHORT)
        case postgresql.BIT():
            return f"{number:b}".zfill(type_.length or 1)[-(type_.length or 1) :]
        case mysql.BIT():
            return number % 2 ** min(type_.length or 1, 63)
    spoken = _SPOKEN.get(type(type_).__name__.upper())
    if spoken is None:
        raise NoValue(f"no value is known for the type {type_!r}")
    day, after = (date(2024, 2, 29) + timedelta(days=each) for each in (number, number + 1))
    byte = number % 250
    return spoken.format(number=number, after=number + 1, byte=byte, two=f"{byte:02x}", day=day, day_after=after)


_SPOKEN = {
    "INET": "10.0.0.{byte}",
    "CIDR": "10.0.{byte}.0/24",
    "MACADDR": "08:00:2b:01:02:{two}",
    "TSVECTOR": "word{number}",
    "HSTORE": "number=>{number}",
    "MONEY": "{number}",
    "OID": "{number}",
    "INTERVAL": "{number} seconds",
    "YEAR": "2024",
    "JSONPATH": "$.number{number}",
    "REGCLASS": "pg_class",
    **dict.fromkeys(["INT4RANGE", "INT8RANGE", "NUMRANGE"], "[{number},{after})"),
    **dict.fromkeys(["DATERANGE", "TSRANGE", "TSTZRANGE"], "[{day},{day_after})"),
    **dict.fromkeys(["INT4MULTIRANGE", "INT8MULTIRANGE", "NUMMULTIRANGE"], "{{[{number},{after})}}"),
    **dict.fromkeys(["DATEMULTIRANGE", "TSMULTIRANGE", "TSTZMULTIRANGE"], "{{[{day},{day_after})}}"),
    "NUMERIC": "{number}",
}
"""Types that take a text."""


def _one_of(values: list[Any], number: int) -> Any:
    if number >= len(values):
        raise NoValue(f"there are only {len(values)} different values")
    found = values[number]
    return found.value if isinstance(found, enum.Enum) else found


def _decimal(type_: types.Numeric[Any], number: int) -> Any:
    scale = type_.scale or 0
    whole = 10 ** min((type_.precision or 9) - scale, 6) - 1 - number
    if whole < 0:
        raise NoValue(f"{type_!r} has no more values")
    found = Decimal(whole) + (1 - Decimal(1).scaleb(-scale) if scale else 0)
    return found if type_.asdecimal else float(found)


def _hex(number: int) -> str:
    return md5(str(number).encode(), usedforsecurity=False).hexdigest()


def _text(length: int | None, number: int, *, key: bool, long: int) -> str:
    made = _hex(number)
    if length == 36:
        return str(UUID(made))
    if key:
        return made[:length] if length else made
    long = min(length or long, 4000)
    return (made + "x" * long)[:long]
