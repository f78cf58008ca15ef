"""Is this the database that is meant? Asked before the first DDL. Costs 4 s on two cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard._run.right_database import pooler_in
from alembic_guard.presets import better_auth, django
from tests.kit import Chain, Database
from tests.test_one_at_a_time import pooled as pooled

TABLE = "op.create_table('first', sa.Column('id', sa.Integer))"


def guard(**given: Any) -> Guard:
    metadata = sa.MetaData()
    sa.Table("ours", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return Guard(metadata, **given)


def refused(chain: Chain, given: Guard, **options: Any) -> Any:
    with pytest.raises(GuardError) as caught:
        chain.upgrade(given, **options)
    (found,) = caught.value.diagnostics
    return found


def test_a_revision_that_the_chain_does_not_have(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    database.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('ffff')",
    )

    found = refused(chain, guard())

    assert found.code == "AGE133"
    assert f"expected a revision of {chain.folder} (its heads: 0001), found ffff in alembic_version" in found.message
    assert str(database.url.database) in str(found.location.object)
    assert database.tables() == {"alembic_version"}


def strangers(database: Database) -> None:
    database.execute("CREATE TABLE shop (id INTEGER)", "CREATE TABLE django_migrations (id INTEGER)")


def test_a_first_upgrade_among_strangers_where_another_tool_migrates(chain: Chain, database: Database) -> None:
    strangers(database)
    chain.write("0001", TABLE)

    found = refused(chain, guard())

    assert found.code == "AGE134"
    history = f"{database.default_schema}.django_migrations (Django's)"
    assert f"found 2 tables of others, among them {history}; nothing was changed" in found.message
    assert "alembic -x allow=other-tool upgrade head" in found.hint
    assert database.tables() == {"shop", "django_migrations"}

    chain.upgrade(guard(), x=["allow=other-tool"])
    chain.write("0002", "pass", down_revision="0001")
    chain.upgrade(guard())


@pytest.mark.parametrize("known", ["CREATE TABLE ours (id INTEGER)", 'CREATE TABLE "user" (id INTEGER)'])
def test_where_a_table_is_that_we_know_nobody_is_asked(chain: Chain, database: Database, known: str) -> None:
    strangers(database)
    database.execute(known)
    chain.write("0001", TABLE)

    chain.upgrade(guard(external=[better_auth()]))


@pytest.mark.parametrize(
    "declared",
    [
        django(),
        ExternalTables("Django", ["shop_orders"]),  # its tables are still to come, its migrator has been here
        ExternalTables("the shop", patterns=["django_*"]),
    ],
)
def test_a_migrator_whose_owner_is_declared_is_no_stranger(
    chain: Chain, database: Database, declared: ExternalTables
) -> None:
    strangers(database)
    chain.write("0001", TABLE)

    chain.upgrade(guard(external=[declared]))

    assert "first" in database.tables()


def test_an_owner_who_is_declared_and_not_there_vouches_for_nobody_else(chain: Chain, database: Database) -> None:
    strangers(database)
    chain.write("0001", TABLE)

    assert refused(chain, guard(external=[better_auth()])).code == "AGE134"


def test_one_tenant_more_beside_those_that_are_there(tmp_path: Path, postgresql: Database) -> None:
    strangers(postgresql)
    postgresql.execute("CREATE SCHEMA acme", "CREATE SCHEMA other")
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", TABLE)
    mine = guard(schema="x:tenant")

    assert refused(chain, mine, x=["tenant=acme"]).code == "AGE134"
    chain.upgrade(mine, x=["tenant=acme", "allow=other-tool"])
    chain.upgrade(mine, x=["tenant=other"])


def test_a_database_with_strangers_and_no_other_tool_is_left_to_the_user(chain: Chain, database: Database) -> None:
    database.execute("CREATE TABLE shop (id INTEGER)")
    chain.write("0001", TABLE)

    chain.upgrade(guard())


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (
            "postgresql://app@ep-one-pooler.eu-central-1.aws.neon.tech/app",
            "the host ep-one-pooler.eu-central-1.aws.neon.tech",
        ),
        (
            "postgresql://app@aws-0-eu-central-1.pooler.supabase.com:6543/app",
            "the host aws-0-eu-central-1.pooler.supabase.com",
        ),
        ("postgresql://app@pgbouncer:6432/app", "the host pgbouncer"),
        ("postgresql://app@db/app?pgbouncer=true", "pgbouncer in the URL's parameters"),
        ("postgresql://app@ep-one.eu-central-1.aws.neon.tech/app", None),
        ("postgresql://app@my-poolers.example/app", None),
    ],
)
def test_a_poolers_url(url: str, found: str | None) -> None:
    assert pooler_in(make_url(url)) == found


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_a_real_pooler_is_seen_whatever_it_is_called(tmp_path: Path, pooled: Database, driver: str) -> None:
    chain = Chain(tmp_path / "chain", pooled)
    chain.write("0001", TABLE)
    # asyncpg names what it prepares; behind a pooler each needs a name of its own, or none.
    plain = {"query": {"prepared_statement_cache_size": "0"}} if driver == "asyncpg" else {}
    mine = guard(url=pooled.url.set(drivername=f"postgresql+{driver}", **plain))

    found = refused(chain, mine)

    assert found.code == "AGE135"
    assert "it gave this connection the number " in found.message
    assert pooled.tables() == set()
    if driver == "psycopg":
        chain.upgrade(mine, x=["allow=pooler"])
        assert "first" in pooled.tables()


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_a_direct_connection_is_none(tmp_path: Path, postgresql: Database, driver: str) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", TABLE)

    chain.upgrade(guard(url=postgresql.url.set(drivername=f"postgresql+{driver}")))


def test_a_word_that_allows_nothing_is_refused(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)

    assert refused(chain, guard(), x=["allow=everything"]).code == "AGE108"
