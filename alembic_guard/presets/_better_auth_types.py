"""How each way of Better Auth's into the database (its own migrator, Drizzle, Prisma) writes the kinds of its fields.

Sources, read 2026-11-25: ``getType`` in better-auth 1.7.25 (``db/get-migration``); ``generateDrizzleSchema`` and
``generatePrismaSchema`` in auth 1.7.7; Prisma's own defaults for ``DateTime`` and ``String`` (Prisma's manual).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import ARRAY, DATE, JSON, VARCHAR, BigInteger, Boolean, DateTime, Integer, Text, Uuid
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine, UserDefinedType

from alembic_guard.presets._better_auth_model import Field

Adapter = Literal["kysely", "drizzle", "prisma"]
IdType = Literal["text", "uuid", "serial"]

ByDialect = Mapping[str, TypeEngine[Any]]
"""The type by dialect; ``""`` where none of its own is said, ``mysql`` for MariaDB too."""


class IsoDate(UserDefinedType[str]):
    """A date on SQLite: declared ``date``, kept as ISO text with a T and a Z, which SQLAlchemy's own types do not read."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "DATE"


_NUMBER: ByDialect = {"": Integer()}
_BIGINT: ByDialect = {"": BigInteger()}
_BOOLEAN: ByDialect = {"": Boolean()}
_JSON: ByDialect = {"": JSON(), "postgresql": postgresql.JSONB()}
_IDS: dict[IdType, ByDialect] = {
    "text": {"": Text(), "mysql": VARCHAR(36)},
    "uuid": {"": Uuid(as_uuid=False), "mysql": VARCHAR(36), "sqlite": Text()},
    "serial": {"": Integer()},
}
_KYSELY: dict[str, ByDialect] = {
    "number": _NUMBER,
    "boolean": _BOOLEAN,
    "date": {"": DateTime(timezone=True), "mysql": mysql.TIMESTAMP(fsp=3), "sqlite": IsoDate()},
    "json": _JSON,
    "string[]": _JSON,
    "number[]": _JSON,
}
_DRIZZLE: dict[str, ByDialect] = {
    **_KYSELY,
    "date": {"": DateTime(), "mysql": mysql.TIMESTAMP(fsp=3), "sqlite": BigInteger()},
    "string[]": {"": JSON(), "postgresql": ARRAY(Text())},
    "number[]": {"": JSON(), "postgresql": ARRAY(Integer())},
}
_PRISMA: dict[str, ByDialect] = {
    **_DRIZZLE,
    "date": {"": postgresql.TIMESTAMP(precision=3), "mysql": mysql.DATETIME(fsp=3), "sqlite": DateTime()},
}
_KINDS: dict[Adapter, dict[str, ByDialect]] = {"kysely": _KYSELY, "drizzle": _DRIZZLE, "prisma": _PRISMA}

# Where Better Auth's migrator declares another type than the one that reads the values well.
_WRITTEN: dict[str, ByDialect] = {
    "boolean": {"sqlite": Integer()},
    "date": {"sqlite": DATE()},
    **{kind: {"sqlite": Text()} for kind in ("json", "string[]", "number[]")},
}


def id_type_of(id_type: IdType, adapter: Adapter) -> ByDialect:
    """The type of an id and of a reference to one."""
    if adapter == "prisma" and id_type != "serial":
        return {**_IDS[id_type], "mysql": VARCHAR(191)}
    return _IDS[id_type]


def type_of(field: Field, adapter: Adapter) -> ByDialect:
    """The type of any other field."""
    if field.kind == "string":
        return {"": Text(), "mysql": _mysql_string(field, adapter)}
    if field.kind == "number" and field.bigint:
        return _BIGINT
    return _KINDS[adapter][field.kind]


def written_type_of(field: Field) -> ByDialect:
    """What Better Auth's own migrator declares instead."""
    return _WRITTEN.get(field.kind, {})


def _mysql_string(field: Field, adapter: Adapter) -> TypeEngine[Any]:
    if field.mysql_length:
        return VARCHAR(field.mysql_length)
    if adapter == "prisma":
        return VARCHAR(191) if field.unique or field.references else Text()
    if field.unique:
        return VARCHAR(255)
    if field.references:
        return VARCHAR(36)
    return VARCHAR(255) if field.sortable or field.index else Text()
