"""Each driver that SQLAlchemy has for these databases, from the URL alone: in a command's own process, in a running event
loop, and with what an application hands in. Sync and async differ in how a connection is obtained and in nothing else.

Costs 15 s on two cores: all but a few tests run in this process.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from alembic_guard import Guard, GuardError
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, run
from tests.test_secrets import CANARY, PASSWORD, is_silent

ASYNCHRONOUS = {
    "sqlite+aiosqlite": "sqlite",
    "postgresql+asyncpg": "postgresql",
    "postgresql+psycopg_async": "postgresql",
    "mysql+aiomysql": "mariadb",
}
SYNCHRONOUS = {"sqlite+pysqlite": "sqlite", "postgresql+psycopg": "postgresql", "mysql+pymysql": "mariadb"}


@pytest.fixture
def database(request: pytest.FixtureRequest, driver: str) -> Database:
    """A new, empty database of the driver's kind, which the tests look into with a synchronous one."""
    found: Database = request.getfixturevalue({**SYNCHRONOUS, **ASYNCHRONOUS}[driver])
    return found


@pytest.fixture
def url(database: Database, driver: str) -> URL:
    """The same database by the driver in question."""
    return database.url.set(drivername=driver)


any_driver = pytest.mark.parametrize("driver", [*SYNCHRONOUS, *ASYNCHRONOUS])
asynchronous = pytest.mark.parametrize("driver", ASYNCHRONOUS)


def chat() -> sa.MetaData:
    """Tables of ours; one refers to a table of Better Auth."""
    metadata = sa.MetaData()
    sa.Table(
        "chat_sessions",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), index=True),
        sa.Column("title", sa.String(80), nullable=False, server_default="untitled"),
    )
    return metadata


def with_user(database: Database) -> None:
    id_type = "VARCHAR(36)" if database.dialect == "mariadb" else "TEXT"
    database.execute(f'CREATE TABLE "user" (id {id_type} PRIMARY KEY NOT NULL)')


def plain() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
    return metadata


# From the URL alone


@any_driver
def test_the_story_by_every_driver(chain: Chain, database: Database, url: URL) -> None:
    with_user(database)
    guard = Guard(chat(), url=url)

    source = chain.revision(guard)
    chain.round_trip(guard)

    id_type = "sa.VARCHAR(length=36)" if database.dialect == "mariadb" else "sa.Text()"
    assert f"op.require_table('user', sa.Column('id', {id_type}), owner='better-auth')" in source
    assert "chat_sessions" in database.tables()
    assert chain.sql(guard).count("CREATE TABLE ") == 2  # ours and Alembic's


@asynchronous
def test_a_missing_table_of_another_owner_stops_before_any_ddl(chain: Chain, database: Database, url: URL) -> None:
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer, primary_key=True))")
    chain.write("0002", "op.require_table('user', 'id', owner='better-auth')", down_revision="0001")

    with pytest.raises(GuardError) as caught:
        chain.upgrade(Guard(plain(), url=url))

    assert [each.code for each in caught.value.diagnostics] == ["AGC102"]
    assert database.tables() <= {"alembic_version"}


@asynchronous
def test_each_migration_has_a_transaction_of_its_own(chain: Chain, database: Database, url: URL) -> None:
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer, primary_key=True))")
    chain.write(
        "0002",
        "op.create_table('second', sa.Column('id', sa.Integer, primary_key=True))\nraise RuntimeError('half-way')",
        down_revision="0001",
    )

    with pytest.raises(RuntimeError, match="half-way"):
        chain.upgrade(Guard(plain(), url=url))

    rolled_back = set() if database.dialect != "mariadb" else {"second"}  # MariaDB commits before each DDL statement
    assert database.tables() == {"alembic_version", "first"} | rolled_back
    assert database.rows("SELECT version_num FROM alembic_version") == [("0001",)]


@asynchronous
def test_a_database_that_does_not_answer(tmp_path: Path, chain: Chain, url: URL) -> None:
    nowhere = (
        url.set(database="/no/such/folder/x.db")
        if url.get_backend_name() == "sqlite"
        else url.set(host="127.0.0.1", port=1, password=PASSWORD, query={})
    )

    with pytest.raises(GuardError) as caught:
        chain.upgrade(Guard(plain(), url=nowhere))

    assert [each.code for each in caught.value.diagnostics] == ["AGE106"]
    assert is_silent(str(caught.value) + repr(caught.value.__cause__))


@pytest.mark.parametrize("driver", ["postgresql+asyncpg", "postgresql+psycopg_async"])
def test_a_database_that_refuses_us(chain: Chain, url: URL) -> None:
    with pytest.raises(GuardError) as caught:
        chain.upgrade(Guard(plain(), url=url.set(database="no_such_database")))

    (found,) = caught.value.diagnostics
    assert found.code == "AGE106"
    assert 'database "no_such_database" does not exist' in found.message


@pytest.mark.parametrize("driver", ["sqlite+aiosqlite"])
def test_without_greenlet_the_package_to_install_is_named(tmp_path: Path, url: URL) -> None:
    chain = Chain(tmp_path / "plain", Database(url), env="")
    chain.folder.joinpath("env.py").write_text(
        "import sys\nfrom importlib.abc import MetaPathFinder\nimport sqlalchemy as sa\n"
        "from alembic_guard import Guard, run_migrations\n"
        "metadata = sa.MetaData()\nsa.Table('things', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
        f"run_migrations(Guard(metadata, url={str(url)!r}))\n"
    )
    # As on SQLAlchemy 2.1 without its extra: the import system finds no greenlet.
    hidden = (
        "import sys\nfrom importlib import machinery\nfound = machinery.PathFinder.find_spec\n"
        "class Hiding(machinery.PathFinder):\n    @classmethod\n"
        "    def find_spec(cls, name, *rest):\n        return None if name == 'greenlet' else found(name, *rest)\n"
        "sys.meta_path[sys.meta_path.index(machinery.PathFinder)] = Hiding\n"
        "from alembic import command\nfrom alembic.config import Config\n"
        f"config = Config()\nconfig.set_main_option('script_location', {str(chain.folder)!r})\n"
        "config.set_main_option('path_separator', 'os')\ncommand.current(config)\n"
    )

    ran = run([sys.executable, "-c", hidden], tmp_path)

    assert "GuardError: AGE105 " in ran.err, ran.all
    assert "hint: pip install 'sqlalchemy[asyncio]'" in ran.err, ran.all


# In an application


@any_driver
def test_in_a_running_event_loop(chain: Chain, database: Database, url: URL) -> None:
    guard = Guard(plain(), url=url)

    async def lifespan() -> None:
        chain.revision(guard)
        chain.round_trip(guard)
        await asyncio.sleep(0)  # the loop is as it was

    asyncio.run(lifespan())

    assert "things" in database.tables()


@asynchronous
def test_an_event_loop_that_was_there_before_is_there_afterwards(chain: Chain, url: URL) -> None:
    threads = set(threading.enumerate())

    async def lifespan() -> bool:
        before = asyncio.get_running_loop()
        chain.upgrade(Guard(plain(), url=url))
        return asyncio.get_running_loop() is before

    assert asyncio.run(lifespan())
    for left in set(threading.enumerate()) - threads:
        left.join(5)  # aiosqlite's answers that it has closed a moment before it ends
    assert set(threading.enumerate()) <= threads


@asynchronous
def test_an_async_engine_that_is_in_use_is_used_and_left_as_it_was(chain: Chain, database: Database, url: URL) -> None:
    chain.revision(Guard(plain(), url=url))

    async def lifespan() -> list[str]:
        engine = create_async_engine(url)
        async with engine.connect() as connection:  # its pool now has a connection of this loop
            await connection.execute(sa.text("SELECT 1"))
        chain.upgrade(Guard(plain(), url="sqlite:////nowhere/at/all.db"), connection=engine)
        async with engine.connect() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        await engine.dispose()
        return list(names)

    assert sorted(asyncio.run(lifespan())) == ["alembic_version", "things"]


@asynchronous
def test_an_async_engine_outside_a_loop(chain: Chain, database: Database, url: URL) -> None:
    engine = create_async_engine(url, poolclass=NullPool)

    chain.revision(Guard(plain()), connection=engine)
    chain.upgrade(Guard(plain()), connection=engine)
    chain.check(Guard(plain()), connection=engine.sync_engine)

    assert "things" in database.tables()


def test_an_in_memory_database_of_an_async_engine_is_the_one_that_is_migrated(tmp_path: Path, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    chain.write("0001", "op.create_table('things', sa.Column('id', sa.Integer, primary_key=True))")

    async def lifespan() -> list[str]:
        engine = create_async_engine("sqlite+aiosqlite://")
        chain.upgrade(Guard(plain()), connection=engine)
        async with engine.connect() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        await engine.dispose()
        return list(names)

    assert sorted(asyncio.run(lifespan())) == ["alembic_version", "things"]


def hand_in_the_sync_connection(chain: Chain, guard: Guard, connection: AsyncConnection) -> Callable[[Any], None]:
    return lambda sync: chain.upgrade(guard, connection=sync)


def hand_in_the_async_connection(chain: Chain, guard: Guard, connection: AsyncConnection) -> Callable[[Any], None]:
    return lambda sync: chain.upgrade(guard, connection=connection)


@asynchronous
@pytest.mark.parametrize("hand_in", [hand_in_the_sync_connection, hand_in_the_async_connection])
def test_a_connection_inside_run_sync(
    chain: Chain,
    database: Database,
    url: URL,
    hand_in: Callable[[Chain, Guard, AsyncConnection], Callable[[Any], None]],
) -> None:
    chain.revision(Guard(plain(), url=url))

    async def lifespan() -> None:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(hand_in(chain, Guard(plain()), connection))
        await engine.dispose()

    asyncio.run(lifespan())

    assert "things" in database.tables()


@asynchronous
def test_a_connection_of_a_loop_that_waits_for_us_is_told(chain: Chain, database: Database, url: URL) -> None:
    async def lifespan() -> GuardError:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            with pytest.raises(GuardError) as caught:
                chain.upgrade(Guard(plain()), connection=connection)
        await engine.dispose()
        return caught.value

    (found,) = asyncio.run(lifespan()).diagnostics
    assert found.code == "AGE112"
    assert "await connection.run_sync(migrate)" in found.hint
    assert database.tables() == set()


@any_driver
def test_the_applications_loggers_stay_alive(tmp_path: Path, chain: Chain, url: URL) -> None:
    ini = tmp_path / "alembic.ini"
    ini.write_text(
        f"[alembic]\nscript_location = {chain.folder}\npath_separator = os\n"
        "[loggers]\nkeys = root\n[handlers]\nkeys = h\n[formatters]\nkeys =\n"
        "[logger_root]\nlevel = ERROR\nhandlers = h\n[handler_h]\nclass = StreamHandler\nargs = (sys.stderr,)\n"
    )
    application = logging.getLogger(f"application.{url.drivername}")
    config = Config(str(ini))
    config.attributes["guard"] = Guard(plain(), url=url)

    command.current(config)

    assert not application.disabled


# The password


@pytest.fixture
def arrived() -> Iterator[list[Any]]:
    """What each new connection gives to its driver."""
    seen: list[Any] = []

    def note(dialect: Any, record: Any, arguments: list[Any], keywords: dict[str, Any]) -> None:
        seen.append(keywords.get("password"))
        keywords.pop("password", None)

    sa.event.listen(sa.Engine, "do_connect", note)
    yield seen
    sa.event.remove(sa.Engine, "do_connect", note)


@pytest.mark.parametrize("driver", [each for each in [*SYNCHRONOUS, *ASYNCHRONOUS] if "sqlite" not in each])
@pytest.mark.parametrize("form", ["text", "URL", "alembic.ini"])
def test_a_password_with_every_odd_character_reaches_each_driver_unchanged(
    chain: Chain, url: URL, form: str, arrived: list[Any]
) -> None:
    odd = url.set(password=PASSWORD)
    text = odd.render_as_string(hide_password=False)
    chain = Chain(chain.folder.parent / "odd", Database(odd))

    command.current(chain.config(Guard(plain(), url={"text": text, "URL": odd, "alembic.ini": None}[form])))

    assert arrived == [PASSWORD]
    assert CANARY in PASSWORD
    assert not set("@:/?#&=+% '\"\\ñ") - set(PASSWORD)
