"""A migration waits for a lock as long as it was told to, and is tried again; nobody waits behind it for longer.

Costs 10 s on two cores.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text

from alembic_guard import Guard, GuardError
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database

KEY = "op.create_table('profiles', sa.Column('user_id', sa.Text, sa.ForeignKey('user.id', ondelete='CASCADE')))"
DROP = "op.drop_table('profiles')"
SETTINGS = (
    "said = op.get_bind().execute(sa.text({!r})).one()\nop.get_context().config.attributes['seen'].append(tuple(said))"
)
ASK = {
    "postgresql": "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')",
    "mariadb": "SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout, @@max_statement_time",
    "sqlite": "PRAGMA busy_timeout",
}


def guard(**given: Any) -> Guard:
    return Guard(sa.MetaData(), external=[better_auth()], **given)


# Time-outs


WITHIN = {
    "postgresql": [("1500ms", "20s"), ("9s", "20s"), ("1500ms", "20s")],
    "mariadb": [(2, 2, 20), (9, 9, 20), (2, 2, 20)],
    "sqlite": [(1500,), (9000,), (1500,)],
}


def test_time_outs_hold_for_a_migration_and_are_put_back(chain: Chain, database: Database) -> None:
    ask = SETTINGS.format(ASK[database.dialect])
    for before, name in ((None, "0001"), ("0001", "0002"), ("0002", "0003")):
        chain.write(name, ask, down_revision=before)
    path = next(chain.versions.glob("0002*"))
    path.write_text(path.read_text() + "\nlock_timeout = 9\n", encoding="utf-8")
    seen: list[Any] = []

    with database.engine() as engine, engine.connect() as connection:
        before = connection.execute(text(ASK[database.dialect])).one()
        connection.rollback()
        chain.upgrade(guard(lock_timeout=1.5, statement_timeout=20), connection=connection, seen=seen)
        after = connection.execute(text(ASK[database.dialect])).one()

    assert seen == WITHIN[database.dialect]
    assert before == after


def test_behind_an_autocommit_block_they_hold_too(tmp_path: Any, postgresql: Database) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write(
        "0001",
        "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')\n" + SETTINGS.format(ASK["postgresql"]),
    )
    seen: list[Any] = []

    chain.upgrade(guard(lock_timeout=1.5), seen=seen)

    assert seen == [("1500ms", "0")]


def test_a_statement_that_runs_too_long_is_ended(tmp_path: Any, postgresql: Database) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer))\nop.execute('SELECT pg_sleep(30)')")

    with pytest.raises(sa.exc.OperationalError, match="statement timeout"):
        chain.upgrade(guard(statement_timeout=0.2))

    assert postgresql.tables() == set()


@pytest.mark.parametrize("wrong", ["soon", -1, True])
def test_what_is_no_number_of_seconds_is_refused(chain: Chain, database: Database, wrong: Any) -> None:
    for name in ("lock_timeout", "statement_timeout", "retry_for"):
        with pytest.raises(GuardError, match=r"^AGE108 "):
            guard(**{name: wrong})
    chain.write("0001", "pass")
    path = next(chain.versions.glob("0001*"))
    path.write_text(f"{path.read_text()}\nlock_timeout = {wrong!r}\n", encoding="utf-8")

    with pytest.raises(GuardError, match=r"^AGE108 lock_timeout or statement_timeout of revision 0001"):
        chain.upgrade(guard())


# Trying again


def test_behind_a_long_reader_the_migration_comes_through_and_nobody_else_waits_long(
    tmp_path: Any, postgresql: Database
) -> None:
    """The reader is in its transaction for 3 s; DROP TABLE takes ACCESS EXCLUSIVE of the table it refers to."""
    postgresql.load(postgresql.better_auth())
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", KEY, DROP)
    chain.upgrade(guard())
    failed: list[Exception] = []
    longest = 0.0

    def down() -> None:
        try:
            chain.downgrade(guard(lock_timeout=0.5))
        except (sa.exc.SQLAlchemyError, GuardError) as error:
            failed.append(error)

    with postgresql.engine() as engine, engine.connect() as reader, engine.connect() as others:
        reader.execute(text('SELECT count(*) FROM "user"'))
        migration = threading.Thread(target=down)
        migration.start()
        until = time.monotonic() + 3
        while time.monotonic() < until:
            began = time.monotonic()
            others.execute(text('SELECT count(*) FROM "user"'))
            others.rollback()
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.01)
        reader.rollback()
        migration.join(60)

    assert failed == []
    assert "profiles" not in postgresql.tables()
    assert 0.3 < longest <= 0.75  # some did wait behind it, or the test shows nothing


def test_after_giving_up_the_schema_is_as_before_and_who_held_the_lock_is_named(
    tmp_path: Any, postgresql: Database
) -> None:
    postgresql.load(postgresql.better_auth())
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer))")
    chain.write("0002", KEY, down_revision="0001")
    reader_is = sa.create_engine(postgresql.url, connect_args={"application_name": "the report"})

    with reader_is.connect() as writer:
        writer.execute(text('LOCK TABLE "user" IN ROW EXCLUSIVE MODE'))
        with pytest.raises(GuardError) as caught:
            chain.upgrade(guard(lock_timeout=0.1, retry_for=0.5))
    reader_is.dispose()

    (found,) = caught.value.diagnostics
    assert found.code == "AGL120"
    assert "revision 0002 (0002_by_hand.py) was tried " in found.message
    assert " times and got no lock (canceling statement due to lock timeout)" in found.message
    assert "application_name 'the report'" in found.message
    assert 'query: LOCK TABLE "user" IN ROW EXCLUSIVE MODE' in found.message
    assert postgresql.tables() == {"user", "session", "account", "verification", "first", "alembic_version"}
    assert postgresql.rows("SELECT version_num FROM alembic_version") == [("0001",)]


def test_a_busy_sqlite_file_is_tried_again(tmp_path: Any, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer))")
    sqlite.execute("CREATE TABLE theirs (id INTEGER)")

    with sqlite.engine() as engine, engine.connect() as writer:
        writer.execute(text("INSERT INTO theirs VALUES (1)"))
        with pytest.raises(GuardError, match=r"^AGL120 .*database is locked.*rolled back"):
            chain.upgrade(guard(lock_timeout=0.05, retry_for=0.2))
        writer.rollback()
    chain.upgrade(guard(lock_timeout=0.05))

    assert sqlite.tables() == {"theirs", "first", "alembic_version"}


def test_what_has_committed_on_its_way_is_not_tried_again(tmp_path: Any, postgresql: Database) -> None:
    postgresql.load(postgresql.better_auth())
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", f"with op.get_context().autocommit_block():\n    op.execute('SELECT 1')\n{KEY}")

    with postgresql.engine() as engine, engine.connect() as writer:
        writer.execute(text('LOCK TABLE "user" IN ROW EXCLUSIVE MODE'))
        with pytest.raises(GuardError) as caught:
            chain.upgrade(guard(lock_timeout=0.1, retry_for=30))

    assert "was tried once and got no lock" in caught.value.diagnostics[0].message
    assert "could not be rolled back as a whole" in caught.value.diagnostics[0].message


def test_on_mariadb_who_is_in_a_transaction_is_named_and_nothing_is_tried_again(
    tmp_path: Any, mariadb: Database
) -> None:
    mariadb.load(mariadb.better_auth())
    chain = Chain(tmp_path / "chain", mariadb)
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer))")
    chain.upgrade(guard())
    chain.write("0002", "op.add_column('first', sa.Column('a', sa.Integer))", down_revision="0001")

    with mariadb.engine() as engine, engine.connect() as reader:
        reader.execute(text("SELECT * FROM first")).all()
        number = reader.scalar(text("SELECT CONNECTION_ID()"))
        with pytest.raises(GuardError) as caught:
            chain.upgrade(guard(lock_timeout=1))

    (found,) = caught.value.diagnostics
    assert (found.code, f"connection {number}, user root" in found.message) == ("AGL120", True)
    assert found.hint.endswith("Guard(lock_timeout=60) waits for longer.")


def test_where_the_version_table_itself_gets_no_lock_the_run_tries_again_too(tmp_path: Any, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    chain.write("0001", "op.create_table('first', sa.Column('id', sa.Integer))")
    sqlite.execute("CREATE TABLE theirs (id INTEGER)")
    impatient = sqlite.url.update_query_dict({"timeout": "0.05"})

    with sqlite.engine() as engine, engine.connect() as writer:
        writer.execute(text("INSERT INTO theirs VALUES (1)"))
        run = threading.Thread(target=chain.upgrade, args=[guard(url=impatient, retry_for=60)])
        run.start()
        time.sleep(0.5)
        writer.rollback()
        run.join(60)

    assert sqlite.tables() == {"theirs", "first", "alembic_version"}


def test_what_a_second_connection_has_committed_is_not_written_twice(tmp_path: Any, postgresql: Database) -> None:
    postgresql.load(postgresql.better_auth())
    postgresql.execute("CREATE TABLE letters (id INTEGER)")
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write(
        "0001",
        "other = sa.create_engine(op.get_bind().engine.url, poolclass=sa.pool.NullPool)\n"
        f"with other.begin() as second:\n    second.execute(sa.text('INSERT INTO letters VALUES (1)'))\n{KEY}",
    )

    with postgresql.engine() as engine, engine.connect() as writer:
        writer.execute(text('LOCK TABLE "user" IN ROW EXCLUSIVE MODE'))
        with pytest.raises(GuardError, match=r"^AGL120 .* was tried once"):
            chain.upgrade(guard(lock_timeout=0.1, retry_for=2))

    assert postgresql.rows("SELECT * FROM letters") == [(1,)]


def test_when_mariadb_ends_the_connection_that_is_what_is_said(tmp_path: Any, mariadb: Database) -> None:
    mariadb.load(mariadb.better_auth())
    chain = Chain(tmp_path / "chain", mariadb)
    chain.write("0001", "op.execute('KILL CONNECTION_ID()')")

    with pytest.raises(sa.exc.OperationalError, match="Connection was killed"):
        chain.upgrade(guard(lock_timeout=5))
