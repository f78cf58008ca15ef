"""Alembic's layout `multidb`: a Guard for each database, and Alembic's own script.py.mako.

Costs 15 s on two cores; in this process.
"""

from __future__ import annotations

import asyncio
import shutil
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import alembic
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from alembic_guard import Guard, GuardError
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, body, sqlite_database

MAKO = Path(alembic.__file__).parent / "templates" / "multidb" / "script.py.mako"
ENV = """from alembic import context
from alembic_guard import run_migrations

run_migrations(context.config.attributes["guards"])
"""
OWN_ENV = """from alembic import context
from sqlalchemy import create_engine, pool
from alembic_guard import configure_options

guards, urls = context.config.attributes["guards"], context.config.attributes["urls"]
for name, guard in guards.items():
    engine = create_engine(urls[name], poolclass=pool.NullPool)
    with engine.connect() as connection:
        options = configure_options(
            guard,
            connection=connection,
            upgrade_token="%s_upgrades" % name,
            downgrade_token="%s_downgrades" % name,
        )
        context.configure(**options)
        with context.begin_transaction():
            context.run_migrations(engine_name=name)
    engine.dispose()
"""


class Two:
    """One chain for two databases, `shop` and `stats`, taken through commands in this process."""

    def __init__(self, folder: Path, shop: Database, stats: Database, env: str = ENV) -> None:
        self.chain = Chain(folder, shop, env)
        self.versions = self.chain.versions
        shutil.copy(MAKO, folder / "script.py.mako")
        self.databases = {"shop": shop, "stats": stats}

    def config(self, guards: Any, *, x: Sequence[str] = (), names: str = "shop, stats", **attributes: Any) -> Config:
        config = self.chain.config(Guard(sa.MetaData()), x=x, guards=guards, **attributes)
        config.attributes["urls"] = {name: each.url for name, each in self.databases.items()}
        config.set_main_option("databases", names)
        for name, each in self.databases.items():
            config.set_section_option(name, "sqlalchemy.url", each.text.replace("%", "%%"))
        return config

    def revision(self, guards: Any, rev_id: str = "0001", **given: Any) -> str:
        command.revision(self.config(guards, **given), message="change", autogenerate=True, rev_id=rev_id)
        return self.chain.read(rev_id)

    def upgrade(self, guards: Any, **given: Any) -> None:
        command.upgrade(self.config(guards, **given), "head")

    def round_trip(self, guards: Any, **given: Any) -> None:
        self.upgrade(guards, **given)
        command.check(self.config(guards, **given))
        command.downgrade(self.config(guards, **given), "base")
        self.upgrade(guards, **given)
        command.check(self.config(guards, **given))

    def tables(self) -> tuple[set[str], set[str]]:
        shop, stats = (each.tables() - {"alembic_version"} for each in self.databases.values())
        return shop, stats


def one_table(name: str, target: Any = None) -> sa.MetaData:
    metadata = sa.MetaData()
    key = [sa.Column("user_id", sa.ForeignKey(target, ondelete="CASCADE"), index=True)] if target is not None else []
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *key)
    return metadata


def guards() -> dict[str, Guard]:
    return {"shop": Guard(one_table("orders")), "stats": Guard(one_table("visits"))}


@pytest.fixture
def two(tmp_path: Path, sqlite: Database, postgresql: Database) -> Two:
    """The one on PostgreSQL, the other on SQLite."""
    return Two(tmp_path / "chain", postgresql, sqlite)


def functions(source: str) -> dict[str, str]:
    return {
        f"{way}_{name}": body(source, f"{way}_{name}") for way in ("upgrade", "downgrade") for name in ("shop", "stats")
    }


def test_each_database_has_its_own_functions_and_its_own_tables(two: Two) -> None:
    source = two.revision(guards())
    two.round_trip(guards())

    assert functions(source) == {
        "upgrade_shop": "op.create_table('orders',\n"
        "sa.Column('id', sa.Integer(), nullable=False),\n"
        "sa.PrimaryKeyConstraint('id')\n)",
        "upgrade_stats": "op.create_table('visits',\n"
        "sa.Column('id', sa.Integer(), nullable=False),\n"
        "sa.PrimaryKeyConstraint('id')\n)",
        "downgrade_shop": "op.drop_table('orders')",
        "downgrade_stats": "op.drop_table('visits')",
    }
    assert two.tables() == ({"orders"}, {"visits"})


def test_a_requirement_is_written_for_the_database_that_has_the_key(two: Two) -> None:
    two.databases["shop"].execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    mine = guards() | {"shop": Guard(one_table("orders", better_auth()["user"].c.id))}

    source = two.revision(mine)
    two.round_trip(mine)

    assert functions(source)["upgrade_shop"].startswith(
        "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')\n"
        "# AGL101 SHARE ROW EXCLUSIVE on public.user (better-auth) until this migration commits: its writes\n"
        "# wait; an instant, as the new table is empty\n"
        "op.create_table('orders',"
    )
    assert "require_table" not in functions(source)["upgrade_stats"]
    assert two.tables() == ({"orders", "user"}, {"visits"})


REQUIRES = """from alembic import op
import sqlalchemy as sa

revision, down_revision = "0001", None


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def upgrade_shop():
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))


def upgrade_stats():
    op.require_table("user", "id", owner="better-auth")
    op.create_table("visits", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.mark.parametrize("first", ["sqlite", "postgresql", "mariadb"])
def test_what_the_second_database_lacks_stops_before_any_ddl_of_the_first(
    tmp_path: Path, first: str, request: pytest.FixtureRequest
) -> None:
    second = sqlite_database(tmp_path / "second.db")
    two = Two(tmp_path / "chain", request.getfixturevalue(first), second)
    (two.versions / "0001_by_hand.py").write_text(REQUIRES)

    with pytest.raises(GuardError) as caught:
        two.upgrade(guards())

    (found,) = caught.value.diagnostics
    assert (found.code, found.location.object) == ("AGC102", "main.user")
    assert "second.db" in found.message
    assert [each.tables() for each in two.databases.values()] == [set(), set()]

    second.execute("CREATE TABLE user (id TEXT)")
    two.upgrade(guards())
    assert two.tables() == ({"orders"}, {"visits", "user"})


def test_what_fails_in_the_second_database_is_undone_in_the_first(two: Two) -> None:
    two.revision(guards())
    (path,) = two.versions.glob("0001_*.py")
    path.write_text(path.read_text().replace("def upgrade_stats() -> None:", "def upgrade_stats() -> None:\n    1 / 0"))

    with pytest.raises(ZeroDivisionError):
        two.upgrade(guards())

    assert two.tables() == (set(), set())


def test_a_database_that_does_not_answer_stops_before_any_ddl_of_the_others(two: Two) -> None:
    two.revision(guards())

    with pytest.raises(GuardError) as caught:
        two.upgrade(guards() | {"stats": Guard(one_table("visits"), url="sqlite:////no/such/folder/stats.db")})

    assert [each.code for each in caught.value.diagnostics] == ["AGE106"]
    assert two.tables() == (set(), set())


def test_a_table_of_one_database_is_nobodys_in_the_other(two: Two) -> None:
    """What upgrade_shop() created is the chain's own in shop; a table of this name in stats is a neighbour's."""
    (two.versions / "0001_by_hand.py").write_text(REQUIRES.replace("op.require_table", "len  # op.require_table"))
    two.upgrade(guards())
    two.databases["stats"].execute("CREATE TABLE orders (id INTEGER)")
    before = two.databases["stats"].snapshot("orders")
    models = {"shop": Guard(one_table("things")), "stats": Guard(one_table("visits"))}

    with pytest.raises(GuardError) as caught:
        two.revision(models, "0002")
    assert "-x drop=shop:public.orders" in caught.value.diagnostics[0].hint
    assert [(each.code, each.location.object) for each in caught.value.diagnostics if each.code == "AGO104"] == [
        ("AGO104", "public.orders")
    ]

    with pytest.raises(GuardError) as caught:
        two.revision(models, "0002", x=["drop=shop:orders", "drop=stats:orders"])
    assert "orders (undeclared)" in str(caught.value)

    source = two.revision(models, "0002", x=["drop=shop:orders"])
    assert "op.drop_table('orders')" in functions(source)["upgrade_shop"]
    assert functions(source)["upgrade_stats"] == "pass"
    two.upgrade(models)
    assert two.databases["stats"].snapshot("orders") == before


def test_the_templates_own_loop_with_configure_options(tmp_path: Path, sqlite: Database, postgresql: Database) -> None:
    two = Two(tmp_path / "chain", postgresql, sqlite, env=OWN_ENV)
    sqlite.execute("CREATE TABLE user (id TEXT PRIMARY KEY NOT NULL)")
    mine = guards() | {"stats": Guard(one_table("visits", better_auth()["user"].c.id))}

    source = two.revision(mine)
    two.round_trip(mine)

    assert "require_table" not in functions(source)["upgrade_shop"]
    assert functions(source)["upgrade_stats"].startswith("op.require_table('user'")


def test_options_of_one_database_do_not_reach_the_next(two: Two) -> None:
    mine = guards() | {"shop": Guard(one_table("orders"), configure={"version_table": "shop_versions"})}

    two.revision(mine)
    two.upgrade(mine)

    assert two.databases["shop"].tables() == {"orders", "shop_versions"}
    assert two.databases["stats"].tables() == {"visits", "alembic_version"}


def test_sql_is_a_script_for_each_database(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    two.revision(guards())
    for database in two.databases.values():
        database.execute("DROP TABLE alembic_version")  # which Alembic makes when it compares

    command.upgrade(two.config(guards()), "head", sql=True)
    for name, database in two.databases.items():
        database.script((tmp_path / f"{name}.sql").read_text())

    assert two.tables() == ({"orders"}, {"visits"})
    command.check(two.config(guards()))
    command.downgrade(two.config(guards()), "0001:base", sql=True)
    for name, database in two.databases.items():
        database.script((tmp_path / f"{name}.sql").read_text())
    assert two.tables() == (set(), set())


@pytest.mark.parametrize("kind", [sa.create_engine, create_async_engine])
def test_engines_that_are_handed_in_by_name(two: Two, kind: Any) -> None:
    drivers = {"shop": "postgresql+psycopg", "stats": "sqlite+aiosqlite" if kind is create_async_engine else "sqlite"}
    two.revision(guards())

    async def lifespan() -> None:
        engines = {name: kind(each.url.set(drivername=drivers[name])) for name, each in two.databases.items()}
        two.upgrade(guards(), connection=engines)
        for engine in engines.values():
            done = engine.dispose()
            if done is not None:
                await done

    asyncio.run(lifespan())

    assert two.tables() == ({"orders"}, {"visits"})


def test_one_synchronous_and_one_asynchronous_driver(two: Two) -> None:
    shop = two.databases["shop"].url.set(drivername="postgresql+asyncpg")
    mine = guards() | {"shop": Guard(one_table("orders"), url=shop)}

    two.revision(mine)
    two.round_trip(mine)

    assert two.tables() == ({"orders"}, {"visits"})


@pytest.mark.parametrize(
    ("given", "names", "code", "says"),
    [
        ({"shop": Guard(one_table("orders"))}, "shop, stats", "AGE108", "databases = shop"),
        (guards(), "shop", "AGE108", "databases = shop, stats"),
        (guards(), "", "AGE108", "databases = shop, stats"),
        ({"shop": Guard(one_table("orders")), "x": Guard(one_table("visits"))}, "shop, x", "AGE104", "[x] of"),
        ([Guard(one_table("orders"))], "shop, stats", "AGE108", "a dict of Guards"),
        ({"shop": one_table("orders")}, "shop", "AGE108", "a dict of Guards"),
    ],
)
def test_a_mapping_that_does_not_fit(two: Two, given: Any, names: str, code: str, says: str) -> None:
    with pytest.raises(GuardError) as caught:
        two.upgrade(given, names=names)

    assert caught.value.diagnostics[0].code == code
    assert says in str(caught.value)


def test_one_engine_for_two_databases_is_refused(two: Two) -> None:
    with pytest.raises(GuardError) as caught:
        two.upgrade(guards(), connection=sa.create_engine("sqlite://"))

    assert caught.value.diagnostics[0].code == "AGE108"
    assert "a dict of engines by name" in str(caught.value)


def test_the_command_runs_with_no_x_at_all(two: Two) -> None:
    config = two.config(guards())
    config.cmd_opts = Namespace()

    command.revision(config, message="change", autogenerate=True, rev_id="0001")
    command.current(config)

    assert make_url(two.databases["stats"].text).database
