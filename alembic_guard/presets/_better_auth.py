"""Better Auth's core tables.

Source: the schema that better-auth 1.7.25's own migrator (Kysely adapter) makes on PostgreSQL, MariaDB and SQLite,
dumped 2026-11-22. Databases that an older version made differ (no ON DELETE, timestamps without zone): only the
columns that keys refer to, and those listed in ``relies_on``, are held against the live table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import (
    DATE,
    VARCHAR,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine, UserDefinedType

from alembic_guard._external import MARK, ExternalTables
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

IdType = Literal["text", "uuid", "serial"]
CreatedBy = Literal["better-auth", "alembic"]


def better_auth(
    id_type: IdType = "text",
    *,
    names: Mapping[str, str] | None = None,
    schema: str | None = None,
    relies_on: Mapping[str, Iterable[str]] | None = None,
    created_by: CreatedBy = "better-auth",
) -> ExternalTables:
    """The tables ``user``, ``session``, ``account``, ``verification`` that Better Auth's migrator makes.

    Args:
        id_type: What ``advanced.database.generateId`` makes of ids: ``"text"`` (the default, and with false or a
            function of one's own), ``"uuid"``, ``"serial"``.
        names: Tables that Better Auth was told to call otherwise (``user.modelName``): ``{"user": "users"}``.
        schema: The schema they are in, where the search path does not find them.
        relies_on: Columns that must be there beside those our keys refer to: ``{"user": ["email"]}``.
        created_by: ``"alembic"`` where our own chain creates those of the tables that the database does not have, as
            Better Auth would, so that its migrator finds nothing left to do; from then on they are Better Auth's.

    Raises:
        GuardError: AGE108 when the id type, a table's name or who creates them is unknown.

    .. versionadded:: 0.1
    """
    if id_type not in get_args(IdType):
        stop(age108_bad_guard.bad_value("better_auth(id_type=...)", id_type, f"one of {get_args(IdType)}"))
    if created_by not in get_args(CreatedBy):
        stop(age108_bad_guard.bad_value("better_auth(created_by=...)", created_by, f"one of {get_args(CreatedBy)}"))
    called = {name: name for name in _CORE}
    unknown = sorted(set(names or ()) - set(called))
    if unknown:
        stop(age108_bad_guard.bad_value("better_auth(names=...)", ", ".join(unknown), f"one of {', '.join(called)}"))
    called.update(names or {})
    metadata = MetaData()
    tables = {name: _table(name, called, metadata, schema, id_type) for name in _CORE}
    return ExternalTables(
        "better-auth", tables, migrate="npx auth@latest migrate", relies_on=relies_on, created_by=created_by
    )


# A column: kind, then flags. Kinds: id, string, short (unique or indexed: varchar(255) on MariaDB), boolean, date;
# user: a key to user.id. Flags: ! NOT NULL, u unique, i index, n DEFAULT CURRENT_TIMESTAMP.
_CORE: dict[str, dict[str, str]] = {
    "user": {
        "id": "id !",
        "name": "short !",
        "email": "short !u",
        "emailVerified": "boolean !",
        "image": "string",
        "createdAt": "date !n",
        "updatedAt": "date !n",
    },
    "session": {
        "id": "id !",
        "expiresAt": "date !",
        "token": "short !u",
        "createdAt": "date !n",
        "updatedAt": "date !",
        "ipAddress": "string",
        "userAgent": "string",
        "userId": "user !i",
    },
    "account": {
        "id": "id !",
        "accountId": "string !",
        "providerId": "string !",
        "userId": "user !i",
        "accessToken": "string",
        "refreshToken": "string",
        "idToken": "string",
        "accessTokenExpiresAt": "date",
        "refreshTokenExpiresAt": "date",
        "scope": "string",
        "password": "string",
        "createdAt": "date !n",
        "updatedAt": "date !",
    },
    "verification": {
        "id": "id !",
        "identifier": "short !i",
        "value": "string !",
        "expiresAt": "date !",
        "createdAt": "date !n",
        "updatedAt": "date !n",
    },
}


class _IsoDate(UserDefinedType[str]):
    """A date on SQLite: declared ``date``, kept as ISO text with a T and a Z, which SQLAlchemy's own types do not read."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "DATE"


_TYPES: dict[str, dict[str, TypeEngine[Any]]] = {
    "string": {"": Text()},
    "short": {"": Text(), "mysql": VARCHAR(255)},
    "boolean": {"": Boolean()},
    "date": {"": DateTime(timezone=True), "mysql": mysql.TIMESTAMP(fsp=3), "sqlite": _IsoDate()},
    "text": {"": Text(), "mysql": VARCHAR(36)},
    "uuid": {"": Uuid(as_uuid=False), "mysql": VARCHAR(36), "sqlite": Text()},
    "serial": {"": Integer()},
}


# Where Better Auth's migrator declares another type than the one that reads the values well.
_WRITTEN: dict[str, dict[str, TypeEngine[Any]]] = {"boolean": {"sqlite": Integer()}, "date": {"sqlite": DATE()}}

_NOW = {"": text("CURRENT_TIMESTAMP"), "mysql": text("CURRENT_TIMESTAMP(3)"), "sqlite": None}
_UUID = {"": None, "postgresql": text("gen_random_uuid()")}


class _generated_uuid(GenericFunction[str]):
    """``gen_random_uuid()`` on PostgreSQL, where Better Auth leaves the id to the database; elsewhere none is needed."""

    inherit_cache = True


@compiles(_generated_uuid)
def _other(element: _generated_uuid, compiler: Any, **options: Any) -> str:
    return "NULL"


@compiles(_generated_uuid, "mysql")
@compiles(_generated_uuid, "mariadb")
def _mariadb(element: _generated_uuid, compiler: Any, **options: Any) -> str:
    return "(uuid())"  # NULL would be refused as the default of a NOT NULL column (error 1067)


@compiles(_generated_uuid, "postgresql")
def _postgresql(element: _generated_uuid, compiler: Any, **options: Any) -> str:
    return "gen_random_uuid()"


def _table(name: str, called: Mapping[str, str], metadata: MetaData, schema: str | None, id_type: IdType) -> Table:
    columns = [_column(column, spec, called, schema, id_type) for column, spec in _CORE[name].items()]
    indexed = [column for column, spec in _CORE[name].items() if "i" in _flags(spec)]
    table = Table(called[name], metadata, *columns, schema=schema)
    for column in indexed:
        Index(f"{called[name]}_{column}_idx", table.c[column])
    return table


def _flags(spec: str) -> str:
    return spec.partition(" ")[2]


def _column(name: str, spec: str, called: Mapping[str, str], schema: str | None, id_type: IdType) -> Column[Any]:
    kind, flags = spec.partition(" ")[0], _flags(spec)
    by_dialect = _TYPES[id_type if kind in ("id", "user") else kind]
    arguments: list[Any] = []
    if kind == "user":
        target = ".".join(part for part in (schema, called["user"], "id") if part)
        arguments.append(ForeignKey(target, ondelete="CASCADE"))
    if kind == "id" and id_type == "serial":
        arguments.append(Identity(always=False))
    default: Any = text("CURRENT_TIMESTAMP") if "n" in flags else None
    written: dict[str, Any] = {"types": {**by_dialect, **_WRITTEN.get(kind, {})}}
    if "n" in flags:
        written["defaults"] = _NOW
    if kind == "id" and id_type == "uuid":
        default, written["defaults"] = _generated_uuid(), _UUID
    return Column(
        name,
        _with_variants(by_dialect),
        *arguments,
        primary_key=kind == "id",
        nullable="!" not in flags,
        unique=True if "u" in flags else None,
        server_default=default,
        info={MARK: written},
    )


def _with_variants(by_dialect: Mapping[str, TypeEngine[Any]]) -> TypeEngine[Any]:
    type_ = by_dialect[""]
    for dialect, variant in by_dialect.items():
        if dialect:
            type_ = type_.with_variant(variant, *((dialect, "mariadb") if dialect == "mysql" else (dialect,)))
    return type_
