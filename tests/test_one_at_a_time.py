"""One run of migrations at a time: in processes, in threads, behind a pooler; how long it waits, and what it says.

Costs 25 s on two cores. `make soak`: 20 rounds of 32 processes on each database.
"""

from __future__ import annotations

import os
import pwd
import random
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import text

from alembic_guard import Guard, GuardError
from alembic_guard._run.lock import one_at_a_time
from tests.at_once import CONCURRENTLY, SOAK, Project
from tests.kit import Chain, Database, statements

TABLE = "op.create_table('first', sa.Column('id', sa.Integer, primary_key=True))"


def guard(**given: object) -> Guard:
    return Guard(sa.MetaData(), **given)  # type: ignore[arg-type]


def versions_of(database: Database) -> str:
    return f"{database.default_schema}.alembic_version"


# Many at once


@pytest.mark.parametrize("round_", range(20 if SOAK else 1))
def test_many_processes_upgrade_a_fresh_database_at_once_and_each_revision_runs_once(
    tmp_path: Path, database: Database, round_: int
) -> None:
    project = Project(tmp_path / "project", database)
    names = project.revisions(3, more=CONCURRENTLY if database.dialect == "postgresql" else "")

    runs = project.at_once(32 if SOAK else 8)

    assert [each.code for each in runs] == [0] * len(runs), "\n".join(each.all for each in runs if each.code)
    assert project.ran() == names
    assert database.rows("SELECT version_num FROM alembic_version") == [(names[-1],)]


def test_threads_of_one_process_have_the_lock_one_after_another(database: Database) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with (
            database.engine() as engine,
            engine.connect() as connection,
            one_at_a_time(connection, versions_of(database), 60),
        ):
            inside.append(1)
            most.append(len(inside))
            connection.execute(text("SELECT 1"))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert most == [1] * 6


# A run that is killed


@pytest.mark.parametrize("round_", range(40 if SOAK else 1))
def test_after_a_kill_the_next_run_goes_on_or_says_what_to_do(tmp_path: Path, database: Database, round_: int) -> None:
    """Five kills of a run of ten revisions; what to do is pasted from the report."""
    database.execute('CREATE TABLE "user" (id VARCHAR(36) PRIMARY KEY)', "INSERT INTO \"user\" VALUES ('u1')")
    theirs = database.snapshot("user")
    project = Project(tmp_path / "project", database)
    names = project.revisions(10, seconds=0.1)
    chance = random.Random(round_)

    for _ in range(5):
        project.killed(after=chance.uniform(0, 1.2))
    _until_it_goes_on(project)

    assert database.rows("SELECT version_num FROM alembic_version") == [(names[-1],)]
    assert set(project.ran()) == set(names)
    if database.dialect != "mariadb":
        assert project.ran() == names
    assert database.snapshot("user") == theirs


def _until_it_goes_on(project: Project) -> None:
    for _ in range(20):
        ran = project.run("upgrade", "head")
        if ran.code == 0:
            return
        assert project.database.dialect == "mariadb", ran.all
        undo = re.search(r"[Tt]ake .*?, then run the command again: ((?:DROP [^;]*; ?)+)", " ".join(ran.all.split()))
        assert undo, ran.all
        project.database.execute(*undo[1].strip(" ;").split("; "))
    pytest.fail("it did not go on")


# A real pooler


@pytest.fixture
def pooled(postgresql: Database, tmp_path: Path) -> Iterator[Database]:
    """The database behind a real PgBouncer in transaction mode, which gives each transaction another connection."""
    if shutil.which("pgbouncer") is None:
        pytest.skip("needs pgbouncer, which is a package of Debian's")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = postgresql.url
    host = url.query.get("host", url.host)
    user, password = url.username or "postgres", url.password or ""
    (tmp_path / "users.txt").write_text(f'"{user}" "{password}"\n')
    (tmp_path / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={host} port={url.port or 5432}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {tmp_path}/users.txt\npool_mode = transaction\ndefault_pool_size = 12\nmax_client_conn = 200\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    shared = shutil.copytree(tmp_path, Path("/tmp") / f"alembic_guard_pgbouncer_{port}")
    ini = (shared / "pgbouncer.ini").read_text().replace(str(tmp_path), str(shared))
    (shared / "pgbouncer.ini").write_text(ini)
    # It does not run as root; the folder of the server's socket is for the server's user alone.
    owner = pwd.getpwuid(os.stat(str(host)).st_uid).pw_name if str(host).startswith("/") else "nobody"
    as_user = ["-u", owner] if os.geteuid() == 0 else []
    process = subprocess.Popen(["pgbouncer", "-q", *as_user, str(shared / "pgbouncer.ini")])
    through = Database(url.set(host="127.0.0.1", port=port, query={}, username=user, password=password or None))
    try:
        _answers(through)
        yield through
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(shared)


def _answers(database: Database) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            assert database.rows("SELECT 1") == [(1,)]
            return
        except sa.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize("round_", range(5 if SOAK else 1))
def test_many_processes_behind_a_pooler_in_transaction_mode(tmp_path: Path, pooled: Database, round_: int) -> None:
    project = Project(tmp_path / "project", pooled)
    names = project.revisions(3, more=CONCURRENTLY)

    runs = project.at_once(32 if SOAK else 4, "-x", "allow=pooler", "upgrade", "head")

    assert [each.code for each in runs] == [0] * len(runs), "\n".join(each.all for each in runs if each.code)
    assert project.ran() == names


def test_a_waiter_behind_a_pooler_asks_as_often_as_it_likes(pooled: Database) -> None:
    """psycopg prepares a statement that it has run five times; this PgBouncer knows no prepared statements."""
    with (
        pooled.engine() as engine,
        engine.connect() as holder,
        engine.connect() as waiter,
        one_at_a_time(holder, "public.alembic_version", 0),
    ):
        with pytest.raises(GuardError, match=r"^AGE130 "), one_at_a_time(waiter, "public.alembic_version", 2.5):
            pass
        here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        assert holder.scalar(text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {here}")) == 1


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_an_index_is_made_concurrently_however_many_migrations_came_before(
    tmp_path: Path, postgresql: Database, driver: str
) -> None:
    """It waits for every snapshot, and what looks at the lock behind each migration must keep none."""
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0000", TABLE)
    for number in range(7):
        chain.write(f"000{number + 1}", "pass", down_revision=f"000{number}")
    chain.write(
        "0008",
        "with op.get_context().autocommit_block():\n    op.execute(\"SET statement_timeout = '20s'\")\n"
        "    op.create_index('ix_first', 'first', ['id'], postgresql_concurrently=True)",
        down_revision="0007",
    )

    chain.upgrade(guard(url=postgresql.url.set(drivername=f"postgresql+{driver}")))

    assert postgresql.rows("SELECT version_num FROM alembic_version") == [("0008",)]


# Waiting


def test_who_waits_too_long_is_told_who_holds_the_lock_and_nothing_changes(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    with database.engine() as engine, engine.connect() as connection:  # noqa: SIM117
        with one_at_a_time(connection, versions_of(database), 0), pytest.raises(GuardError) as caught:
            chain.upgrade(guard(lock_wait=0.2))

    (found,) = caught.value.diagnostics
    assert found.code == "AGE130"
    assert "waited 0.2 s for its lock, which is held by " in found.message
    process = f"process {os.getpid()} on {socket.gethostname()}"
    assert ("connection " if database.dialect == "mariadb" else process) in found.message
    assert database.tables() == set()


def test_the_lock_is_free_after_a_run_and_after_a_run_that_failed(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    chain.write("0002", "raise RuntimeError('half-way')", down_revision="0001")

    with pytest.raises(RuntimeError, match="half-way"):
        chain.upgrade(guard())

    with (
        database.engine() as engine,
        engine.connect() as connection,
        one_at_a_time(connection, versions_of(database), 0),
    ):
        pass


def test_who_comes_second_behind_a_newer_checkout_is_told_so(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    raised: list[GuardError] = []

    def upgrade() -> None:
        with pytest.raises(GuardError) as caught:
            chain.upgrade(guard(lock_wait=60))
        raised.append(caught.value)

    with (
        database.engine() as engine,
        engine.connect() as connection,
        one_at_a_time(connection, versions_of(database), 0),
    ):
        second = threading.Thread(target=upgrade)
        second.start()
        time.sleep(1)
        database.execute(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('ffff')",
        )
    second.join(60)

    assert [each.diagnostics[0].code for each in raised] == ["AGE133"]
    assert database.tables() == {"alembic_version"}


def test_who_comes_second_finds_the_work_done(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    codes: list[object] = []
    with database.engine() as engine, engine.connect() as connection:
        with one_at_a_time(connection, versions_of(database), 0):
            waiter = threading.Thread(target=lambda: codes.append(chain.upgrade(guard(lock_wait=60))))
            waiter.start()
            database.execute(
                "CREATE TABLE first (id INTEGER PRIMARY KEY)",
                "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
                "INSERT INTO alembic_version VALUES ('0001')",
            )
        waiter.join()

    assert codes == [None]


# At head


def test_at_head_nothing_is_asked_that_bare_alembic_does_not_ask(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    chain.upgrade(guard())

    def asked(unlocked: bool) -> list[str]:
        with database.engine() as engine, statements(engine) as seen:
            command.upgrade(chain.config(guard(lock=not unlocked), connection=engine), "head")
        return seen

    assert asked(unlocked=False) == asked(unlocked=True)


def test_at_head_nobody_waits(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    chain.upgrade(guard())

    with database.engine() as engine, engine.connect() as connection:  # noqa: SIM117
        with one_at_a_time(connection, versions_of(database), 0):
            chain.upgrade(guard(lock_wait=0))
            command.stamp(chain.config(guard(lock_wait=0)), "head")


# Whose turn is whose


def test_chains_with_version_tables_of_their_own_do_not_wait_for_each_other(
    tmp_path: Path, postgresql: Database
) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", TABLE)

    with postgresql.engine() as engine, engine.connect() as connection, one_at_a_time(connection, "public.theirs", 0):
        chain.upgrade(guard(lock_wait=0))

    assert "first" in postgresql.tables()


def test_two_search_paths_that_lead_to_one_version_table_are_one_chain(tmp_path: Path, postgresql: Database) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", TABLE)
    chain.upgrade(guard())
    postgresql.execute("CREATE SCHEMA app")
    other = sa.create_engine(postgresql.url, connect_args={"options": "-c search_path=app,public"})

    with postgresql.engine() as engine, engine.connect() as holder:  # noqa: SIM117
        with one_at_a_time(holder, "public.alembic_version", 0), pytest.raises(GuardError, match=r"^AGE130 "):
            chain.downgrade(guard(lock_wait=0), connection=other)
    other.dispose()


def test_two_spellings_of_a_sqlite_file_are_one_database(sqlite: Database, tmp_path: Path) -> None:
    sqlite.execute("CREATE TABLE t (id INTEGER)")
    (tmp_path / "link.sqlite").symlink_to(str(sqlite.url.database))
    other = Database(sqlite.url.set(database=str(tmp_path / "link.sqlite")))

    with sqlite.engine() as one, other.engine() as two, one.connect() as first, two.connect() as second:  # noqa: SIM117
        with one_at_a_time(first, "main.alembic_version", 0), pytest.raises(GuardError, match=r"^AGE130 "):
            with one_at_a_time(second, "main.alembic_version", 0):
                pass


def test_a_sqlite_database_in_memory_has_no_others(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", Database(sa.make_url("sqlite://")))
    chain.write("0001", TABLE)

    chain.upgrade(guard())

    assert sorted(each.name for each in tmp_path.iterdir()) == ["chain"]


# A connection that was handed in, and no connection


def test_a_connection_that_is_handed_in_is_not_locked_unless_asked_for(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    with database.engine() as engine, engine.connect() as holder, engine.connect() as given:  # noqa: SIM117
        with one_at_a_time(holder, versions_of(database), 0):
            with pytest.raises(GuardError, match=r"^AGE130 "):
                chain.upgrade(guard(lock=True, lock_wait=0), connection=given)
            chain.upgrade(guard(lock_wait=0), connection=given)
            given.commit()

    assert "first" in database.tables()


def test_an_engine_that_is_handed_in_is_locked_by_a_connection_beside_its_pool(
    chain: Chain, database: Database
) -> None:
    chain.write("0001", TABLE)
    small = sa.create_engine(database.url, poolclass=sa.pool.QueuePool, pool_size=1, max_overflow=0, pool_timeout=1)

    chain.upgrade(guard(), connection=small)

    small.dispose()
    assert "first" in database.tables()


def test_a_script_needs_no_lock(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    with database.engine() as engine, engine.connect() as holder, one_at_a_time(holder, versions_of(database), 0):
        assert "CREATE TABLE first" in chain.sql(guard(lock_wait=0))


def test_downgrade_and_stamp_wait_too(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE)
    chain.upgrade(guard())
    with database.engine() as engine, engine.connect() as holder, one_at_a_time(holder, versions_of(database), 0):
        for run in (chain.downgrade, lambda wait: command.stamp(chain.config(wait), "base")):
            with pytest.raises(GuardError, match=r"^AGE130 "):
                run(guard(lock_wait=0))


# A lock that is lost


KILL = {
    "postgresql": "op.execute(\"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = \"\n"
    '           "(SELECT oid FROM pg_database WHERE datname = current_database())")',
    "mariadb": """mine = op.get_bind().scalar(sa.text("SELECT CONNECTION_ID()"))
others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> :mine"
for (number,) in op.get_bind().execute(sa.text(others), {"mine": mine}).all():
    op.execute(f"KILL {number}")""",
}


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
def test_a_lost_lock_stops_the_run_before_the_migration_is_committed(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE + "\n" + KILL[database.dialect])
    chain.write("0002", TABLE.replace("first", "second"), down_revision="0001")

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard())

    assert caught.value.diagnostics[0].code == "AGE131"
    assert "second" not in database.tables()
    if database.rolls_ddl_back:
        assert database.tables() == set()


def test_where_no_lock_can_be_had_the_run_does_not_begin(tmp_path: Path, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    chain.write("0001", TABLE)
    Path(f"{sqlite.url.database}.alembic_guard.lock").mkdir()

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard())

    assert caught.value.diagnostics[0].code == "AGE132"
    assert sqlite.tables() == set()
    chain.upgrade(guard(lock=False))


@pytest.mark.parametrize(
    "given", [{"lock": "yes"}, {"lock_wait": -1}, {"lock_wait": "60"}, {"lock_wait": float("inf")}]
)
def test_a_guard_refuses_what_makes_no_sense(given: dict[str, object]) -> None:
    with pytest.raises(GuardError, match=r"^AGE108 "):
        guard(**given)
