"""Django's own tables.

Source: what `manage.py migrate` of Django 5.2.19 makes on PostgreSQL and SQLite, 2026-11-25
(tests/neighbours/schemas/django.*.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.types import TypeEngine

from alembic_guard._external import ExternalTables
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

DjangoIdType = Literal["integer", "bigint", "uuid"]


def django(
    apps: Iterable[str] = (),
    *,
    user_model: str = "auth_user",
    id_type: DjangoIdType | None = None,
    relies_on: Mapping[str, Iterable[str]] | None = None,
) -> ExternalTables:
    """The tables of ``django.contrib``'s auth, contenttypes, sessions, admin, and ``django_migrations``.

    Columns are those of PostgreSQL; on SQLite the same names, every id an integer.

    Args:
        apps: Labels of further applications, one's own and installed ones: each claims ``label_*``.
        user_model: The table of ``AUTH_USER_MODEL``, with the columns of Django's ``AbstractUser``.
        id_type: Its id: ``"integer"`` is ``auth_user``'s. A model of one's own has what ``DEFAULT_AUTO_FIELD`` or the
            model says, ``"bigint"`` in a project that `startproject` began; there it has to be given.
        relies_on: Columns that must be there beside those our keys refer to: ``{"auth_user": ["email"]}``.

    Raises:
        GuardError: AGE108 when the id type is unknown, or not given for a user model of one's own.

    .. versionadded:: 0.1
    """
    own = user_model != "auth_user"
    if isinstance(apps, str):
        stop(age108_bad_guard.bad_value("django(apps=...)", apps, "a list of labels", f"[{apps!r}]"))
    if (own and id_type is None) or id_type not in (None, *get_args(DjangoIdType)):
        expected = f"one of {get_args(DjangoIdType)}, as the model's primary key is"
        stop(age108_bad_guard.bad_value("django(id_type=...)", id_type, expected))
    return ExternalTables(
        "django",
        _tables(user_model, _IDS[id_type or "integer"]),
        patterns=[f"{app}_*" for app in apps],
        migrate="python manage.py migrate",
        relies_on=relies_on,
    )


# SQLite has rowids for every integer id, and the 32 digits of a UUID.
_BIG: TypeEngine[Any] = BigInteger().with_variant(Integer(), "sqlite")
_IDS: Mapping[str, TypeEngine[Any]] = {
    "integer": Integer(),
    "bigint": _BIG,
    "uuid": Uuid().with_variant(CHAR(32), "sqlite"),
}
_TIME = DateTime(timezone=True)


def _id(type_: TypeEngine[Any] | None = None) -> Column[Any]:
    numbered = [] if isinstance(type_, Uuid) else [Identity(always=False)]
    return Column("id", type_ or Integer(), *numbered, primary_key=True)


def _to(table: Table, name: str, *, nullable: bool = False) -> Column[Any]:
    # Django's foreign keys have no ON DELETE in the database: it follows them itself.
    key = ForeignKey(table.c.id, deferrable=True, initially="DEFERRED")
    return Column(name, table.c.id.type, key, nullable=nullable)


def _tables(user_model: str, id_type: TypeEngine[Any]) -> list[Table | str]:
    metadata = MetaData()
    content_type = Table(
        "django_content_type",
        metadata,
        _id(),
        Column("app_label", String(100), nullable=False),
        Column("model", String(100), nullable=False),
    )
    permission = Table(
        "auth_permission",
        metadata,
        _id(),
        Column("name", String(255), nullable=False),
        _to(content_type, "content_type_id"),
        Column("codename", String(100), nullable=False),
    )
    group = Table("auth_group", metadata, _id(), Column("name", String(150), nullable=False, unique=True))
    user = _user(user_model, metadata, id_type)
    return [
        user,
        group,
        permission,
        content_type,
        *_links(user, group, permission),
        Table(
            "django_session",
            metadata,
            Column("session_key", String(40), primary_key=True),
            Column("session_data", Text, nullable=False),
            Column("expire_date", _TIME, nullable=False),
        ),
        Table(
            "django_admin_log",
            metadata,
            _id(),
            Column("action_time", _TIME, nullable=False),
            Column("object_id", Text),
            Column("object_repr", String(200), nullable=False),
            Column("action_flag", SmallInteger().with_variant(Integer(), "sqlite"), nullable=False),
            Column("change_message", Text, nullable=False),
            _to(content_type, "content_type_id", nullable=True),
            _to(user, "user_id"),
        ),
        Table(
            "django_migrations",
            metadata,
            _id(_BIG),
            Column("app", String(255), nullable=False),
            Column("name", String(255), nullable=False),
            Column("applied", _TIME, nullable=False),
        ),
    ]


def _user(name: str, metadata: MetaData, id_type: TypeEngine[Any]) -> Table:
    return Table(
        name,
        metadata,
        _id(id_type),
        Column("password", String(128), nullable=False),
        Column("last_login", _TIME),
        Column("is_superuser", Boolean, nullable=False),
        Column("username", String(150), nullable=False, unique=True),
        Column("first_name", String(150), nullable=False),
        Column("last_name", String(150), nullable=False),
        Column("email", String(254), nullable=False),
        Column("is_staff", Boolean, nullable=False),
        Column("is_active", Boolean, nullable=False),
        Column("date_joined", _TIME, nullable=False),
    )


def _links(user: Table, group: Table, permission: Table) -> list[Table | str]:
    """The many-to-many tables; a user model of one's own gives their columns its own name, so they are names only."""
    metadata = user.metadata
    granted = _to(group, "group_id"), _to(permission, "permission_id")
    permissions = Table("auth_group_permissions", metadata, _id(_BIG), *granted)
    if user.name != "auth_user":
        return [permissions, f"{user.name}_groups", f"{user.name}_user_permissions"]
    user_permissions = _to(user, "user_id"), _to(permission, "permission_id")
    return [
        permissions,
        Table("auth_user_groups", metadata, _id(_BIG), _to(user, "user_id"), _to(group, "group_id")),
        Table("auth_user_user_permissions", metadata, _id(_BIG), *user_permissions),
    ]
