"""presets.better_auth(): its data beside the real Better Auth, what can be said of it, and what is refused.

The tests with Node.js install Better Auth's packages three times (about 40 s on a new machine) and run its migrator.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, configure_mappers

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard.presets import better_auth
from alembic_guard.presets._better_auth_model import VERSIONS, data_of
from tests.kit import ROOT, Chain, Database, npm_install, run

SCRIPTS = ROOT / "tests" / "presets"
DATA = ROOT / "alembic_guard" / "presets" / "data"
# Each plugin with all of its options; oauthProvider makes what mcp makes.
EVERY = [name for name in data_of("1.7").plugins if name not in ("mcp", "customSession", "captcha", "haveIBeenPwned")]


def packages(version: str) -> Path:
    """The folder with Better Auth's packages of that version."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node.js and npm: the real Better Auth is a TypeScript library")
    return npm_install(ROOT / f".node-{version}", SCRIPTS / version)


def migrate(database: Database, **said: Any) -> dict[str, Any]:
    """What the real migrator of 1.7 found to do, and did."""
    url = f"sqlite:{database.url.database}" if database.dialect == "sqlite" else database.text.replace("+psycopg", "")
    ran = run(["node", str(SCRIPTS / "migrate.mjs"), str(packages("1.7")), url, json.dumps(said)], ROOT)
    assert ran.code == 0, ran.all
    found: dict[str, Any] = json.loads(ran.out)
    return found


NOTHING: dict[str, Any] = {"created": [], "altered": [], "indexes": [], "problems": []}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(GuardError) as caught:
        call()
    (found,) = caught.value.diagnostics
    assert found.code == "AGE108"
    return found.message, found.hint


# The data


@pytest.mark.project
@pytest.mark.parametrize("version", VERSIONS)
def test_the_data_is_what_the_real_better_auth_says(version: str) -> None:
    path = DATA / f"better-auth-{version}.json"
    date = json.loads(path.read_text(encoding="utf-8"))["generated"]

    ran = run(["node", str(SCRIPTS / "better_auth.mjs"), str(packages(version)), date], ROOT)

    assert ran.code == 0, ran.all
    assert ran.out == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_data_says_from_which_version_it_is_and_is_all_used(version: str) -> None:
    data = data_of(version)
    said = json.loads((SCRIPTS / version / "package.json").read_text(encoding="utf-8"))["dependencies"]

    tables = better_auth(plugins=sorted(data.plugins), version=version).metadata.tables  # type: ignore[arg-type]

    assert data.source.items() <= said.items()
    assert data.source["better-auth"].startswith(f"{version}.")
    assert data.generated.count("-") == 2
    assert set(tables) == {*data.core, *(name for plugin in data.plugins.values() for name in plugin.models)}


def test_presets_are_imported_without_alembic_and_sqlglot_and_read_their_data_when_asked() -> None:
    source = (
        "import sys, alembic_guard.presets as presets\n"
        "from alembic_guard.presets._better_auth_model import data_of\n"
        "assert data_of.cache_info().currsize == 0\n"
        "presets.better_auth(plugins=['organization'])\n"
        "assert data_of.cache_info().currsize == 1\n"
        "assert not {'alembic', 'sqlglot', 'alembic_guard._ownership'} & set(sys.modules), sorted(sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", source], check=False, cwd=ROOT).returncode == 0


# With the real Better Auth


@pytest.mark.project
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("said", "options"),
    [
        pytest.param({"plugins": EVERY}, {}, id="every-plugin"),
        pytest.param({"id_type": "uuid", "plugins": EVERY}, {}, id="every-plugin-uuid"),
        pytest.param({"id_type": "serial", "plugins": EVERY}, {}, id="every-plugin-serial"),
        pytest.param(
            {
                "plugins": ["organization.teams"],
                "names": {"user": "users"},
                "columns": {"user": {"email": "email_address"}, "session": {"userId": "user_id"}},
                "fields": {
                    "user": {
                        "company": "string",
                        "tags": {"type": "string[]", "required": False},
                        "code": {"type": "string", "unique": True, "required": False},
                        "score": {"type": "number", "bigint": True, "index": True, "required": False},
                    }
                },
            },
            {
                "user": {
                    "modelName": "users",
                    "fields": {"email": "email_address"},
                    "additionalFields": {
                        "company": {"type": "string"},
                        "tags": {"type": "string[]", "required": False},
                        "code": {"type": "string", "unique": True, "required": False},
                        "score": {"type": "number", "bigint": True, "index": True, "required": False},
                    },
                },
                "session": {"fields": {"userId": "user_id"}},
            },
            id="renamed-and-more",
        ),
    ],
)
def test_what_our_chain_creates_with_plugins_leaves_better_auth_nothing_to_do_and_is_what_it_would_make(
    database: Database, tmp_path: Path, said: dict[str, Any], options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    auth = better_auth(**said, created_by="alembic")
    metadata = sa.MetaData()
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"), primary_key=True),
    )
    guard, chain = Guard(metadata), Chain(tmp_path / "chain", database)
    theirs = sorted(table.name for table in auth.metadata.tables.values())
    given = {"plugins": said["plugins"], "ids": said.get("id_type", "text"), "options": options}
    given["ids"] = None if given["ids"] == "text" else given["ids"]

    chain.revision(guard)
    chain.round_trip(guard)

    assert migrate(database, **given) == NOTHING
    ours = shapes(database, theirs)
    chain.check(guard)
    chain.downgrade(guard)
    assert database.tables() == {"alembic_version"}
    assert migrate(database, **given)["created"] != []
    assert ours == shapes(database, theirs)


def shapes(database: Database, tables: list[str]) -> Any:
    """Columns, keys, uniques and indexes as the database has them, whatever the order."""
    if database.dialect == "postgresql":
        found = {}
        for table, ((columns, *parts), _) in database.snapshot(*tables).items():
            found[table] = [sorted(columns, key=repr), *(json.dumps(part, sort_keys=True) for part in parts[:1])]
            found[table] += [sorted(map(repr, part)) for part in parts[1:]]
        return found
    made = {}
    for table in tables:
        columns = sorted(
            (name, type_.upper(), notnull, default, key)
            for _, name, type_, notnull, default, key in database.rows(f'PRAGMA table_info("{table}")')
        )
        keys = sorted(each[2:] for each in database.rows(f'PRAGMA foreign_key_list("{table}")'))
        indexes = database.rows(f'PRAGMA index_list("{table}")')
        on = sorted((each[2:], database.rows(f'PRAGMA index_info("{each[1]}")')[0][2]) for each in indexes)
        made[table] = (columns, keys, on)
    return made


# Names that Python has taken


def taken_names() -> list[str]:
    """What the installed SQLAlchemy keeps on a mapped class and on Table.c, and Flask-SQLAlchemy's query."""

    class Base(DeclarativeBase):
        pass

    columns = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer)).c
    names = {name for name in [*dir(Base), *dir(columns)] if not name.startswith("_") and name != "id"}
    return sorted(names | {"query"})


def test_a_class_onto_any_of_their_tables_keeps_its_metadata_registry_and_query() -> None:
    fields = {"user": dict.fromkeys(taken_names(), "string")}
    auth = better_auth(plugins=EVERY, fields=fields)  # type: ignore[arg-type]

    class Base(DeclarativeBase):
        query = "Flask-SQLAlchemy's"

    auth.attach(Base.metadata)
    before = Base.metadata, Base.registry, Base.query
    classes = [
        type(f"Model{n}", (Base,), {"__table__": Base.metadata.tables[t.key]})
        for n, t in enumerate(auth.metadata.tables.values())
    ]
    configure_mappers()

    assert {"metadata", "registry", "query", "keys", "items", "values", "get"} <= set(taken_names())
    for each in classes:
        assert (each.metadata, each.registry, each.query) == before
    columns = auth["user"].c
    for name in taken_names():
        assert columns[f"{name}_"].name == name
        assert getattr(columns, f"{name}_").name == name
    assert "email" in columns.keys()  # noqa: SIM118  # the method
    assert auth["organization"].c.metadata_.name == "metadata"


def test_keys_to_and_reliance_on_a_column_with_another_key(database: Database, tmp_path: Path) -> None:
    auth = better_auth(plugins=["organization"], relies_on={"organization": ["metadata"]})
    metadata, chain = sa.MetaData(), Chain(tmp_path / "chain", database)
    sa.Table(
        "teams",
        metadata,
        sa.Column("org", sa.ForeignKey(auth["organization"].c.id, ondelete="CASCADE"), primary_key=True),
    )
    with database.connect() as connection:
        auth.create_all(connection)

    chain.revision(Guard(metadata))
    chain.round_trip(Guard(metadata))
    database.execute("ALTER TABLE organization RENAME COLUMN metadata TO meta")

    with pytest.raises(GuardError, match=r"^AGC103 \w+\.organization\.metadata"):
        chain.check(Guard(metadata))


# What is said


def test_an_options_plugin_comes_with_it_and_adds_what_it_adds() -> None:
    auth = better_auth(plugins=["organization.teams"])

    assert "organization" in auth
    assert "teamId" in auth["invitation"].c
    assert "teamId" not in better_auth(plugins=["organization"])["invitation"].c


def test_every_table_can_be_plural_or_snake_case_and_keys_follow() -> None:
    plural = better_auth(plugins=["twoFactor"], names="plural", columns="snake_case")
    snake = better_auth(plugins=["twoFactor", "passkey"], names="snake_case", columns="snake_case", schema="auth")

    assert sorted(plural.metadata.tables) == ["accounts", "sessions", "twoFactors", "users", "verifications"]
    assert [key.target_fullname for key in plural["twoFactor"].c.user_id.foreign_keys] == ["users.id"]
    assert snake["twoFactor"].fullname == "auth.two_factor"
    assert "credential_id" in snake["passkey"].c


def test_a_table_that_is_kept_elsewhere_is_not_there_and_no_key_leads_to_it() -> None:
    auth = better_auth(plugins=["jwt", "oauthProvider"], absent=["session", "verification"])

    assert "session" not in auth
    assert auth["oauthRefreshToken"].c.sessionId.foreign_keys == set()
    message, hint = refusal(lambda: auth["session"])
    assert "found 'session'" in message
    assert hint == "better_auth(absent=...) says that session is kept elsewhere; no key can refer to it."


def test_a_key_by_name_to_an_absent_table_is_an_error(tmp_path: Path, sqlite: Database) -> None:
    auth, metadata = better_auth(absent=["session"]), sa.MetaData()
    auth.attach(metadata)
    sa.Table("visits", metadata, sa.Column("session_id", sa.Text, sa.ForeignKey("session.id"), primary_key=True))

    with pytest.raises(GuardError, match=r"^AGR102 visits\.session_id"):
        Chain(tmp_path / "chain", sqlite).revision(Guard(metadata, external=[auth]))


def test_a_plugins_table_without_the_plugin_names_it() -> None:
    assert refusal(lambda: better_auth()["organization"])[1] == "better_auth(plugins=['organization'])"
    assert refusal(lambda: better_auth()["scimProvider"]) == (
        "expected one of its tables (account, session, user, verification), found 'scimProvider'",
        "",
    )
    assert refusal(lambda: better_auth(version="1.6")["scimProvider"])[1] == "better_auth(plugins=['scim'])"


@pytest.mark.parametrize(
    ("adapter", "id_type", "dialect", "column", "type_"),
    [
        ("kysely", "text", "postgresql", "createdAt", "TIMESTAMP WITH TIME ZONE"),
        ("drizzle", "text", "postgresql", "created_at", "TIMESTAMP WITHOUT TIME ZONE"),
        ("prisma", "text", "postgresql", "createdAt", "TIMESTAMP(3) WITHOUT TIME ZONE"),
        ("prisma", "text", "mysql", "id", "VARCHAR(191)"),
        ("prisma", "uuid", "postgresql", "id", "UUID"),
        ("kysely", "text", "mysql", "id", "VARCHAR(36)"),
        ("kysely", "uuid", "sqlite", "id", "TEXT"),
    ],
)
def test_types_are_the_adapters(adapter: Any, id_type: Any, dialect: str, column: str, type_: str) -> None:
    found = better_auth(id_type, adapter=adapter)["user"].c[column].type

    assert found.compile(dialect=sa.create_mock_engine(f"{dialect}://", None).dialect) == type_  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"plugins": ["organisation"]}, "expected one of admin, anonymous, apiKey, "),
        ({"plugins": ["organization.team"]}, "found 'organization.team'"),
        ({"plugins": ["oidcProvider"]}, "found 'oidcProvider'"),
        ({"plugins": "organization"}, "expected a list of names, ['organization'], found 'organization'"),
        ({"names": {"users": "people"}}, "expected one of user, session, account, verification, found 'users'"),
        ({"names": {"user": "account"}}, "expected another name for each, found 'account'"),
        ({"names": "plurals"}, "expected one of ('plural', 'snake_case'), found 'plurals'"),
        ({"columns": {"users": {}}}, "expected one of user, session, "),
        ({"columns": {"user": {"mail": "email"}}}, "expected one of id, name, email, "),
        ({"columns": {"user": {"email": "name"}}}, "expected another name for each, found 'name'"),
        ({"columns": "camelCase"}, "expected one of ('snake_case',), found 'camelCase'"),
        ({"fields": {"users": {"company": "string"}}}, "expected one of user, session, "),
        ({"fields": {"user": {"company": "text"}}}, "expected a type of ('string', 'number', "),
        ({"fields": {"user": {"company": {"type": "string", "null": True}}}}, "expected one of type, required, "),
        (
            {"fields": {"user": {"o": {"type": "string", "references": {"model": "org", "field": "id"}}}}},
            "expected one of user, session, account, verification, found 'org'",
        ),
        (
            {"fields": {"user": {"o": {"type": "string", "references": {"model": "user", "field": "no"}}}}},
            "expected a field of user (id, name, ",
        ),
        ({"absent": ["sessions"]}, "expected one of user, session, "),
        ({"adapter": "typeorm"}, "expected one of ('kysely', 'drizzle', 'prisma'), found 'typeorm'"),
        ({"version": "2.0"}, "expected one of ('1.7', '1.6', '1.4'), found '2.0'"),
        ({"created_by": "alembic", "adapter": "drizzle"}, "expected adapter='kysely' and version='1.7'"),
        ({"created_by": "alembic", "version": "1.4"}, "expected adapter='kysely' and version='1.7'"),
        ({"relies_on": {"user": ["role"]}}, "expected columns of user (id, name, "),
    ],
)
def test_what_is_unknown_is_refused_with_what_there_is(said: dict[str, Any], message: str) -> None:
    assert message in refusal(lambda: better_auth(**said))[0]


def test_who_migrates_is_the_adapters() -> None:
    migrates = {adapter: better_auth(adapter=adapter).migrate for adapter in ("kysely", "drizzle", "prisma")}  # type: ignore[arg-type]

    assert migrates == {
        "kysely": "npx auth@latest migrate",
        "drizzle": "npx drizzle-kit migrate",
        "prisma": "npx prisma migrate deploy",
    }
    assert isinstance(better_auth(), ExternalTables)
