"""Every real Better Auth schema under tests/dumps/: better_auth(...) knows all of it, and keys to each of its tables hold.

The dumps were made by the real migrators of better-auth 1.0 to 1.7 (2026-11-22), and by drizzle-kit from the schema that
Better Auth writes for Drizzle (2026-11-25); a dump's name says with which options.
Each is loaded into a database of its own. A chain goes through the cores and those with all plugins on every database,
through each of the others on one of them in turn, about a second each; in a soak through all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alembic_guard import ExternalTables, Guard
from alembic_guard._external import written_type
from alembic_guard._types import same_family
from alembic_guard.presets import better_auth
from alembic_guard.presets._better_auth_model import data_of
from tests.at_once import SOAK
from tests.kit import DUMPS, Chain, Database
from tests.test_dumps import id_type_of, tables_of

SUFFIXES = {"sqlite": "sqlite", "postgresql": "pg", "mariadb": "maria"}
ALL = sorted(DUMPS.glob("ba*.sql"))

# A dump's name behind its version, and how better_auth() says it.
OLD = "twoFactor organization.teams admin apiKey passkey jwt phoneNumber username anonymous deviceAuthorization sso"
MANY = f"{OLD} stripe.subscription siwe lastLoginMethod.storeInDatabase rateLimit"
PLUGINS = {
    "all_plugins": f"{MANY} oauthProvider organization.dynamicAccessControl sso.domainVerification stripe.organization "
    "scim.managedConnections magicLink emailOTP multiSession bearer",
    "many_plugins": f"{MANY} organization.dynamicAccessControl scim",
    "oidc": "jwt oauthProvider",
    "mcp": "mcp",
    "oauthProvider": "jwt oauthProvider",
    "drizzle_all": f"{MANY} oauthProvider organization.dynamicAccessControl sso.domainVerification stripe.organization "
    "scim.managedConnections",
    "drizzle_id_serial": "twoFactor organization.teams organization.dynamicAccessControl",
    "drizzle_id_uuid": "twoFactor organization.teams organization.dynamicAccessControl",
    "drizzle_plural": "twoFactor organization.teams organization.dynamicAccessControl",
    "rateLimit_database": "rateLimit",
    "plugin_lastLoginMethod_db": "lastLoginMethod.storeInDatabase",
    "plugin_mcp": "jwt mcp",
    "plugin_oauthProvider": "jwt oauthProvider",
    "plugin_organization_stripe": "organization stripe.subscription stripe.organization",
    "plugin_organization_teams": "organization.teams",
    "plugin_organization_teams_dynac": "organization.teams organization.dynamicAccessControl",
    "plugin_scim_managed": "scim.managedConnections",
    "plugin_sso_domain": "sso.domainVerification",
    "plugin_stripe": "stripe.subscription",
    "opt_id_serial": "organization",
    "opt_id_uuid": "organization",
    "opt_id_useNumberId": "organization",
    "opt_camelcaseplugin": "organization",
    "opt_plugin_rename": "organization",
    "opt_schemaName_auth": "organization",
    "opt_snake_plural_names_org": "organization twoFactor",
}
SNAKE = {
    "user": {"emailVerified": "email_verified", "createdAt": "created_at", "updatedAt": "updated_at"},
    "session": {
        "expiresAt": "expires_at",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "ipAddress": "ip_address",
        "userAgent": "user_agent",
        "userId": "user_id",
    },
    "account": {
        "accountId": "account_id",
        "providerId": "provider_id",
        "userId": "user_id",
        "accessToken": "access_token",
        "refreshToken": "refresh_token",
        "idToken": "id_token",
        "accessTokenExpiresAt": "access_token_expires_at",
        "refreshTokenExpiresAt": "refresh_token_expires_at",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
    },
    "verification": {"expiresAt": "expires_at", "createdAt": "created_at", "updatedAt": "updated_at"},
}
MORE: dict[str, dict[str, Any]] = {
    **{name: {"adapter": "drizzle"} for name in PLUGINS if name.startswith("drizzle_")},
    "drizzle_plural": {"adapter": "drizzle", "names": "plural"},
    "opt_camelcaseplugin": {"names": "snake_case", "columns": "snake_case"},
    "opt_snake_plural_names": {"names": "plural", "columns": "snake_case"},
    "opt_snake_plural_names_org": {"names": {name: f"{name}s" for name in SNAKE}, "columns": SNAKE},
    "opt_plugin_rename": {
        "names": {"user": "auth_user", "organization": "orgs", "member": "org_members"},
        "columns": {
            "organization": {"createdAt": "created_at"},
            "member": {"organizationId": "org_id", "userId": "user_id"},
            "session": {"activeOrganizationId": "active_org"},
        },
    },
    "opt_schemaName_auth": {"schema": "auth"},
    "opt_secondaryStorage": {"absent": ["session", "verification"]},
    "opt_additionalFields": {
        "fields": {
            "user": {
                "role": "string",
                "lang": {"type": "string", "required": False},
                "kind": {"type": "string", "required": False},
                "score": {"type": "number", "required": False},
                "bigscore": {"type": "number", "bigint": True, "required": False},
                "tags": {"type": "string[]", "required": False},
                "nums": {"type": "number[]", "required": False},
                "meta": {"type": "json", "required": False},
                "born": {"type": "date", "required": False},
                "flag": "boolean",
                "seen": {"type": "date", "default": "now"},
                "code": {"type": "string", "unique": True},
                "idxd": {"type": "string", "index": True, "required": False},
                "firstName": {"type": "string", "required": False},
                "orgId": {
                    "type": "string",
                    "required": False,
                    "references": {"model": "user", "field": "id", "onDelete": "set null"},
                },
                "orgNo": {
                    "type": "string",
                    "required": False,
                    "references": {"model": "user", "field": "email", "onDelete": "no action"},
                },
            }
        },
        "columns": {"user": {"firstName": "first_name"}},
    },
}
# What older versions had and those that the data is of have no more.
LONG_GONE = {
    ("1.0.22", "passkey", "webauthnUserID"),
    ("1.2.12", "member", "teamId"),
    ("1.2.12", "oauthApplication", "redirectURLs"),
    ("1.3.34", "oauthApplication", "redirectURLs"),
}


def version_of(dump: Path) -> str:
    return dump.name.removeprefix("ba").partition("_")[0]


def said_of(dump: Path) -> dict[str, Any]:
    """The arguments of better_auth() for a dump."""
    version, said = version_of(dump), dump.name.partition("_")[2].split(".")[0]
    newest = version.startswith("1.7")
    plugin = said.removeprefix("plugin_") if said.startswith("plugin_") else ""
    plugins = PLUGINS.get(said, plugin).split()
    if not newest:
        plugins = {"oidc": ["oidcProvider"], "opt": []}.get(said.partition("_")[0], plugins)
    return {
        "id_type": id_type_of(dump),
        "plugins": plugins,
        "version": "1.7" if newest else "1.4",
        **(MORE.get(said, {}) if newest else {}),
    }


def in_turn() -> list[Path]:
    """The dumps that a chain goes through."""
    dialects: dict[str, list[Path]] = {}
    for dump in ALL:
        dialects.setdefault(dump.name.removesuffix(".sql").rpartition(".")[0], []).append(dump)
    whole = ("_core", "_all_plugins", "_many_plugins")
    return [
        dump
        for number, (name, dumps) in enumerate(dialects.items())
        for dump in (dumps if SOAK or name.endswith(whole) else [dumps[number % len(dumps)]])
    ]


every_dump = pytest.mark.parametrize("dump", ALL, ids=lambda path: path.name)
each_in_turn = pytest.mark.parametrize("dump", in_turn(), ids=lambda path: path.name)


@pytest.fixture
def loaded(dump: Path, request: pytest.FixtureRequest) -> Database:
    (dialect,) = (each for each, suffix in SUFFIXES.items() if dump.name.endswith(f".{suffix}.sql"))
    database: Database = request.getfixturevalue(dialect)
    database.load(dump)
    if "search_path" in dump.name:
        return Database(database.url.update_query_dict({"options": "-csearch_path=auth,public"}))
    return database


def columns_of(database: Database, schema: str | None) -> dict[str, dict[str, sa.types.TypeEngine[Any]]]:
    with database.connect() as connection:
        inspector = sa.inspect(connection)
        return {
            table: {str(each["name"]): each["type"] for each in inspector.get_columns(table, schema)}
            for table in inspector.get_table_names(schema)
        }


def keys_to(auth: ExternalTables, tables: set[str]) -> Guard:
    """A table of ours for each of theirs that is there, with a key to its id."""
    metadata = sa.MetaData()
    for table in auth.metadata.tables.values():
        if table.name in tables:
            sa.Table(
                f"our_{table.name}",
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column(
                    "their_id", sa.ForeignKey(table.c.id, ondelete="CASCADE", name=f"fk_{table.name}"), index=True
                ),
            )
    return Guard(metadata)


def test_all_of_them_are_here() -> None:
    counts = {suffix: len(list(DUMPS.glob(f"ba*.{suffix}.sql"))) for suffix in SUFFIXES.values()}

    assert counts == {"sqlite": 50, "pg": 79, "maria": 71}


@pytest.mark.project  # the newest versions are enough for so many
@every_dump
def test_the_preset_and_a_contract_file_know_every_column(dump: Path, loaded: Database, tmp_path: Path) -> None:
    said = said_of(dump)
    auth, schema = better_auth(**said), said.get("schema")
    before = columns_of(loaded, schema)

    # The preset knows what is there: all of it, and of the newest version nothing more.
    known = {
        table.name: {column.name: written_type(column, loaded.dialect) for column in table.columns}
        for table in auth.metadata.tables.values()
    }
    assert set(before) <= set(known)
    for table, columns in before.items():
        gone = {name for name in columns if (version_of(dump), table, name) in LONG_GONE}
        assert set(columns) - gone <= set(known[table])
        other = [
            name
            for name in set(columns) - gone
            if not same_family(known[table][name], columns[name], loaded.url.get_dialect()())
        ]
        assert other == []
    if version_of(dump) == "1.7.25":
        assert {table: set(columns) for table, columns in known.items()} == {
            table: set(columns) for table, columns in before.items()
        }

    # A contract file holds what is there.
    with loaded.connect() as connection:
        read = ExternalTables.reflect(
            connection, "better-auth", [f"{schema}.{name}" if schema else name for name in before]
        )
    read.save(tmp_path / "contract.json")
    contract = ExternalTables.load(tmp_path / "contract.json")._as_contract()
    assert contract == read._as_contract()
    assert {table.name.name: set(table.columns) for table in contract.tables} == {
        table: set(columns) for table, columns in before.items()
    }
    assert all(column.type for table in contract.tables for column in table.columns.values())


@pytest.mark.project
@each_in_turn
def test_keys_to_every_table_are_made_kept_and_taken_back_and_nothing_is_done_to_theirs(
    dump: Path, loaded: Database, tmp_path: Path
) -> None:
    said = said_of(dump)
    auth, schema = better_auth(**said), said.get("schema")
    before = columns_of(loaded, schema)
    guard, chain = keys_to(auth, set(before)), Chain(tmp_path / "chain", loaded)

    theirs = set() if schema or "search_path" in dump.name else set(before)
    definitions, worked_on = loaded.snapshot(*theirs), set[str]()
    chain.revision(
        replace(guard, rewriters=[lambda context, revision, scripts: worked_on.update(tables_of(scripts[0]))])
    )
    assert worked_on == {f"our_{table}" for table in before}
    chain.upgrade(guard)
    chain.check(guard)
    assert loaded.snapshot(*theirs) == definitions
    ours = columns_of(loaded, None)
    assert {table: str(ours[f"our_{table}"]["their_id"]) for table in before} == {
        table: str(columns["id"]) for table, columns in before.items()
    }
    chain.downgrade(guard)
    assert loaded.snapshot(*theirs) == definitions
    assert {name for name in columns_of(loaded, None) if name.startswith("our_")} == set()
    assert columns_of(loaded, schema).keys() - {"alembic_version"} == before.keys()


def test_the_plugins_of_the_dumps_are_all_there_are() -> None:
    newest = [said_of(dump) for dump in ALL if version_of(dump) == "1.7.25"]
    seen = {part for said in newest for name in said["plugins"] for part in (name.partition(".")[0], name)}

    without_a_dump = {name for name in set(data_of("1.7").plugins) - seen if data_of("1.7").plugins[name].models}

    assert without_a_dump == set()
