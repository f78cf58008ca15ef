"""Known names of other tools' tables: data, used to tell whose a table may be, and which are a migrator's own.

Each entry says where its names come from: ``ran`` is the tool itself at that version, run by tests/neighbours, whose
schemas/ holds what it made; ``read`` is its documentation or source, 2026-11. A name here never makes a table ours or
external by itself: undeclared tables are kept whatever they are called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class Known:
    """Names that a tool gives to its tables; ``schema.name`` where only the schema makes it the tool's."""

    tool: str
    names: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whose a table's name is, a guess for messages only; not ``sure`` where an application may well use it itself."""

    tool: str
    sure: bool

    def __str__(self) -> str:
        return f"its name {'is' if self.sure else 'may be'} one of {self.tool}'s"


HISTORY = (
    Known("Alembic", ("alembic_version*",), "ran alembic 1.20.1"),
    Known("Prisma", ("_prisma_migrations",), "ran prisma 6.19.3"),
    Known("Drizzle", ("__drizzle_migrations",), "ran drizzle-kit 0.31.11"),
    Known("Django", ("django_migrations",), "ran Django 5.2.19"),
    Known(
        "LangGraph", ("checkpoint_migrations", "store_migrations", "vector_migrations"), "ran langgraph-checkpoint 3.2"
    ),
    Known("DBOS", ("dbos.dbos_migrations",), "ran dbos 3.4.0"),
    Known("yoyo", ("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock"), "ran yoyo-migrations 9.0.0"),
    Known("knex", ("knex_migrations", "knex_migrations_lock"), "ran knex 3.3.0"),
    Known("Sequelize", ("SequelizeMeta",), "ran umzug 3.8.3 with sequelize 6.37.8"),
    Known("Kysely", ("kysely_migration", "kysely_migration_lock"), "ran kysely 0.28.19"),
    Known("node-pg-migrate", ("pgmigrations",), "ran node-pg-migrate 9.0.0"),
    Known("graphile-worker", ("graphile_worker.migrations",), "ran graphile-worker 0.17.3"),
    Known("pg-boss", ("pgboss.version",), "ran pg-boss 10.4.2"),
    Known("Flyway", ("flyway_schema_history",), "read Flyway's documentation, flyway.table"),
    Known(
        "Liquibase",
        ("databasechangelog", "databasechangeloglock", "DATABASECHANGELOG", "DATABASECHANGELOGLOCK"),
        "read Liquibase's documentation, tracking tables; PostgreSQL folds the names",
    ),
    Known("Rails", ("ar_internal_metadata",), "read Rails' source, ActiveRecord::InternalMetadata"),
    Known("Rails or golang-migrate", ("schema_migrations",), "read Rails' source and golang-migrate's documentation"),
    Known("goose", ("goose_db_version",), "read goose's documentation"),
    Known("sqlx", ("_sqlx_migrations",), "read sqlx's source, sqlx-core migrate"),
    Known("diesel", ("__diesel_schema_migrations",), "read diesel's documentation, diesel_migrations"),
    Known("Entity Framework", ("__EFMigrationsHistory",), "read EF Core's documentation, custom history table"),
)
"""Tables in which a migrator keeps what it has done: never candidates for anything."""

TABLES = (
    Known(
        "Django",
        (
            *("auth_user", "auth_user_groups", "auth_user_user_permissions"),
            *("auth_group", "auth_group_permissions", "auth_permission", "django_*"),
        ),
        "ran Django 5.2.19",
    ),
    Known("LangGraph", ("checkpoint_blobs", "checkpoint_writes"), "ran langgraph-checkpoint-postgres 3.2.0"),
    Known("LangChain", ("langchain_pg_collection", "langchain_pg_embedding"), "ran langchain-postgres 0.0.19"),
    Known("Celery", ("celery_taskmeta", "celery_tasksetmeta"), "ran celery 5.7.0"),
    Known("APScheduler", ("apscheduler_jobs",), "ran APScheduler 3.11.3"),
    Known("procrastinate", ("procrastinate_*",), "ran procrastinate 3.10.0"),
    Known("pgqueuer", ("pgqueuer", "pgqueuer_*"), "ran pgqueuer 1.6.0"),
    Known("TypeORM", ("typeorm_metadata",), "read TypeORM's documentation, generated columns"),
    Known("PostGIS", ("spatial_ref_sys",), "read PostGIS' manual, 4.5"),
    Known("the extension pg_partman", ("part_config", "part_config_sub"), "read pg_partman's documentation"),
    Known("Auth.js", ("verificationToken", "verification_token", "verification_tokens"), "read Auth.js' adapters"),
)
"""Names that say which tool it is."""

PERHAPS = (
    Known("LangGraph", ("checkpoints", "store", "store_vectors"), "ran langgraph-checkpoint-postgres 3.2.0"),
    Known("LangGraph", ("writes",), "ran langgraph-checkpoint-sqlite 3.1.2"),
    Known("TypeORM or Laravel", ("migrations",), "ran typeorm 1.1.1; read Laravel's documentation"),
    Known("Auth.js", ("authenticator", "authenticators"), "read Auth.js' adapters"),
    # Auth.js has user, session and account too, and as users, sessions, accounts, which are everybody's names.
    Known("Better Auth", ("user", "session", "account", "verification"), "ran better-auth 1.7.25"),
    Known(
        "Better Auth",
        (
            *("organization", "member", "invitation", "team", "teamMember", "organizationRole"),
            *("twoFactor", "apikey", "passkey", "jwks", "deviceCode", "ssoProvider", "subscription"),
            *("walletAddress", "rateLimit", "oauthClient", "oauthAccessToken", "oauthRefreshToken", "oauthConsent"),
            *("oauthResource", "oauthClientResource", "oauthClientAssertion", "oauthApplication", "scimProvider"),
            *("scimConnectionBinding", "scimGroup", "scimGroupMember", "scimIdentityTombstone"),
            *("scimProjectionGrant", "scimSubject", "scimUser"),
            *("scimManagedConnection", "scimManagedConnectionEvent", "scimManagedCredential"),
        ),
        "ran better-auth 1.7.25 with its plugins; oauthApplication and scimProvider 1.6",
    ),
)
"""Names that a tool gives its tables and that an application may well give its own."""

SCHEMAS = (
    Known("PostGIS", ("tiger.*", "tiger_data.*", "topology.*"), "read PostGIS' manual, 4.5 and 11"),
    Known("Drizzle", ("drizzle.*",), "ran drizzle-kit 0.31.11"),
    Known("DBOS", ("dbos.*",), "ran dbos 3.4.0"),
    Known("pg-boss", ("pgboss.*",), "ran pg-boss 10.4.2"),
    Known("graphile-worker", ("graphile_worker.*",), "ran graphile-worker 0.17.3"),
    Known("Neon Auth", ("neon_auth.*",), "read Neon's documentation"),
    Known("pg_cron", ("cron.*",), "read pg_cron's documentation"),
    Known("pgmq", ("pgmq.*",), "read pgmq's documentation"),
    Known("pg_partman", ("partman.*",), "read pg_partman's documentation"),
    Known(
        "Supabase",
        (
            *("_analytics.*", "_realtime.*", "realtime.*", "supabase_functions.*", "supabase_migrations.*"),
            *("graphql_public.*", "pgbouncer.*", "pgsodium.*", "pgsodium_masks.*"),
        ),
        "read github.com/supabase/postgres, its migrations",
    ),
)
"""Schemas that say which tool it is."""

SCHEMAS_PERHAPS = (
    Known(
        "Supabase",
        ("auth.*", "storage.*", "vault.*", "extensions.*", "net.*", "graphql.*"),
        "read github.com/supabase/postgres, its migrations",
    ),
)


class _Index:
    """The entries of some groups by name, asked for every table that there is. An exact name is found before a pattern;
    patterns are ``schema.*`` and ``prefix*``."""

    def __init__(self, *groups: Iterable[Known]) -> None:
        entries = [(TableName.parse(name), known.tool) for group in groups for known in group for name in known.names]
        exact = [(name, tool) for name, tool in entries if not name.name.endswith("*")]
        self._anywhere = {name.name: tool for name, tool in exact if name.schema is None}
        self._exact = {name: tool for name, tool in exact if name.schema is not None}
        self._names = {*self._anywhere, *(name.name for name in self._exact)}
        self._schemas = {name.schema: tool for name, tool in entries if name.name == "*"}
        prefixes = [(name, tool) for name, tool in entries if name.name.endswith("*") and name.name != "*"]
        self._prefixes = {name.name[:-1]: tool for name, tool in prefixes}
        self._all_prefixes = tuple(self._prefixes)

    def tool(self, name: TableName) -> str | None:
        text = name.name
        exact = self._anywhere.get(text) or self._exact.get(name) or self._schemas.get(name.schema)
        if exact or not text.startswith(self._all_prefixes):
            return exact
        return next(tool for prefix, tool in self._prefixes.items() if text.startswith(prefix))

    def among(self, schema: str | None, names: Iterable[str]) -> dict[str, str]:
        """The tools of some names of a schema that has ten thousand perhaps."""
        if schema not in self._schemas:
            known, prefixes = self._names, self._all_prefixes
            names = [each for each in names if each in known or each.startswith(prefixes)]
        found = {each: self.tool(TableName(schema, each)) for each in names}
        return {each: tool for each, tool in found.items() if tool}


_HISTORY = _Index(HISTORY)
_SURE = _Index(SCHEMAS, HISTORY, TABLES)
_PERHAPS = _Index(PERHAPS, SCHEMAS_PERHAPS)


def history_of(name: TableName) -> str | None:
    """The migrator whose history table this is, by its name."""
    return _HISTORY.tool(name)


def histories_among(schema: str | None, names: Iterable[str]) -> dict[str, str]:
    """The history tables among some names, each with its migrator."""
    return _HISTORY.among(schema, names)


def looks_like(name: TableName) -> Likeness | None:
    """The tool that makes a table of this name, or a schema of this name."""
    sure = _SURE.tool(name)
    tool = sure or _PERHAPS.tool(name)
    return Likeness(tool, sure is not None) if tool else None
