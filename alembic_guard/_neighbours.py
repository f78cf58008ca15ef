"""Known names of other tools' tables: data, used to tell whose a table probably is, and which are a migrator's own.

Seen by running each tool (2026-11), or from its documentation where noted. A name here never makes a table ours or
external by itself: undeclared tables are kept whatever they are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from alembic_guard._names import TableName

HISTORY: Mapping[str, str] = {
    "alembic_version*": "Alembic",
    "_prisma_migrations": "Prisma",
    "__drizzle_migrations": "Drizzle",
    "django_migrations": "Django",
    "flyway_schema_history": "Flyway",
    "databasechangelog": "Liquibase",
    "databasechangeloglock": "Liquibase",
    "DATABASECHANGELOG": "Liquibase",
    "DATABASECHANGELOGLOCK": "Liquibase",
    "knex_migrations": "knex",
    "knex_migrations_lock": "knex",
    "SequelizeMeta": "Sequelize",
    "kysely_migration": "Kysely",
    "kysely_migration_lock": "Kysely",
    "pgmigrations": "node-pg-migrate",
    "schema_migrations": "Rails or golang-migrate",
    "ar_internal_metadata": "Rails",
    "_yoyo_log": "yoyo",
    "_yoyo_migration": "yoyo",
    "_yoyo_version": "yoyo",
    "yoyo_lock": "yoyo",
    "checkpoint_migrations": "LangGraph",
    "store_migrations": "LangGraph",
    "goose_db_version": "goose",
    "_sqlx_migrations": "sqlx",
    "__diesel_schema_migrations": "diesel",
    "__EFMigrationsHistory": "Entity Framework",
}
"""Tables in which a migrator keeps what it has done: never candidates for anything."""

TABLES: Mapping[str, str] = {
    "auth_user*": "Django",
    "auth_group*": "Django",
    "auth_permission": "Django",
    "django_*": "Django",
    "checkpoints": "LangGraph",
    "checkpoint_blobs": "LangGraph",
    "checkpoint_writes": "LangGraph",
    "store": "LangGraph",
    "langchain_pg_*": "LangChain",
    "celery_taskmeta": "Celery",
    "celery_tasksetmeta": "Celery",
    "apscheduler_jobs": "APScheduler",
    "procrastinate_*": "procrastinate",
    "pgqueuer*": "pgqueuer",
    "spatial_ref_sys": "PostGIS",
    "pg_stat_statements*": "the extension pg_stat_statements",
    "part_config*": "the extension pg_partman",
    "verificationToken": "Auth.js",
    "verification_token*": "Auth.js",
    "authenticator": "Auth.js",
    "user": "Better Auth",
    "session": "Better Auth",
    "account": "Better Auth",
    "verification": "Better Auth",
}

SCHEMAS: Mapping[str, str] = {
    "tiger": "PostGIS",
    "tiger_data": "PostGIS",
    "topology": "PostGIS",
    "drizzle": "Drizzle",
    "dbos": "DBOS",
    "pgboss": "pg-boss",
    "graphile_worker": "graphile-worker",
    "neon_auth": "Neon Auth",
    "storage": "Supabase",
    "realtime": "Supabase",
    "vault": "Supabase",
    "supabase_functions": "Supabase",
    "supabase_migrations": "Supabase",
}


def history_of(name: TableName) -> str | None:
    """The migrator whose history table this is, by its name."""
    return HISTORY.get(name.name) or ("Alembic" if fnmatchcase(name.name, "alembic_version*") else None)


def looks_like(name: TableName) -> str | None:
    """The tool that makes a table of this name or a schema of this name; a guess, for messages only."""
    return (
        SCHEMAS.get(name.schema or "")
        or TABLES.get(name.name)
        or next((tool for pattern, tool in TABLES.items() if "*" in pattern and fnmatchcase(name.name, pattern)), None)
    )
