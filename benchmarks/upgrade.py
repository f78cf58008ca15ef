"""`make bench`: what one upgrade costs beside a hundred tables of another owner, with and without lock, look and fence.

Two kinds of run take turns in one process: `upgrade head` of one new table, through an env.py that calls run_migrations.
Quote the difference. MariaDB is left out where none answers (ALEMBIC_GUARD_MARIADB, or this machine); its figure is without
TLS, which the tests' kit turns off: PyMySQL's takes 17 ms more of the lock's connection.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from alembic_guard import ExternalTables, Guard
from benchmarks.databases import schema
from tests.kit import Chain, Database, MariaDB, mariadb_server, postgresql_server, sqlite_database, statements

ROUNDS = 15
THEIRS = 100
TABLE = "op.create_table('first', sa.Column('id', sa.Integer, primary_key=True))"


@contextmanager
def databases(folder: Path) -> Iterator[list[Database]]:
    with ExitStack() as stack:
        found = [sqlite_database(folder / "app.db")]
        found.append(stack.enter_context(stack.enter_context(postgresql_server(folder / "postgresql")).database()))
        mariadb = mariadb_server()
        if isinstance(mariadb, MariaDB):
            found.append(stack.enter_context(mariadb.database()))
        yield found


def upgraded(chain: Chain, guard: Guard) -> tuple[float, int]:
    """Milliseconds and statements of one `upgrade head`; taken back before it returns."""
    with chain.database.engine() as engine, statements(engine) as seen:
        started = time.perf_counter()
        chain.upgrade(guard, connection=engine)
        took = time.perf_counter() - started
    chain.downgrade(Guard(sa.MetaData(), lock=False, fence=False))
    return took * 1000, len(seen)


def measure(database: Database, folder: Path) -> None:
    theirs = schema("theirs", THEIRS)
    with database.engine() as engine:
        theirs.create_all(engine)
    chain = Chain(folder / database.dialect, database)
    chain.write("0001", TABLE, "op.drop_table('first')")
    external = [ExternalTables("crm", list(theirs.tables))]
    bare, safe = [], []
    for _ in range(ROUNDS):
        bare.append(upgraded(chain, Guard(sa.MetaData(), external=external, lock=False, fence=False)))
        safe.append(upgraded(chain, Guard(sa.MetaData(), external=external)))
    without, with_ = (statistics.median(each[0] for each in runs) for runs in (bare, safe))
    print(
        f"upgrade beside {THEIRS} tables, {database.dialect:10} without {without:6.1f} ms {bare[0][1]:3} statements"
        f" | with lock, look and fence {with_:6.1f} ms {safe[0][1]:3} statements | + {with_ - without:5.1f} ms"
        f" (fastest + {min(each[0] for each in safe) - min(each[0] for each in bare):.1f} ms)"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as found:
        for each in found:
            measure(each, Path(name))
