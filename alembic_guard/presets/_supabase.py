"""Supabase's own schemas, and its users.

Source: the migrations of github.com/supabase/auth (the columns of ``auth.users``) and github.com/supabase/postgres (the
schemas), read 2026-11-25; not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Boolean, Column, DateTime, MetaData, String, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from alembic_guard._external import ExternalTables


def supabase(*, relies_on: Mapping[str, Iterable[str]] | None = None) -> ExternalTables:
    """``auth.users`` with the columns one refers to, and whatever is in Supabase's own schemas.

    ``supabase()["users"].c.id`` is a uuid. Secrets and tokens of a user are left out.

    Args:
        relies_on: Columns that must be there beside those our keys refer to: ``{"users": ["email"]}``.

    .. versionadded:: 0.1
    """
    return ExternalTables(
        "supabase",
        [_USERS],
        patterns=[f"{schema}.*" for schema in _SCHEMAS],
        migrate="supabase start  # locally; a hosted project has them",
        relies_on=relies_on,
    )


_SCHEMAS = (
    "_analytics",
    "_realtime",
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgmq",
    "pgsodium",
    "pgsodium_masks",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
)

_MOMENT = DateTime(timezone=True)
_USERS = Table(
    "users",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid),
    Column("aud", String(255)),
    Column("role", String(255)),
    Column("email", String(255)),
    Column("email_confirmed_at", _MOMENT),
    Column("phone", Text),
    Column("phone_confirmed_at", _MOMENT),
    Column("invited_at", _MOMENT),
    Column("last_sign_in_at", _MOMENT),
    Column("raw_app_meta_data", JSONB),
    Column("raw_user_meta_data", JSONB),
    Column("is_super_admin", Boolean),
    Column("created_at", _MOMENT),
    Column("updated_at", _MOMENT),
    schema="auth",
)
