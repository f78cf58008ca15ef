"""`make bench`: a guarded autogenerate compare beside bare Alembic's, in one process, one after the other.

N tables of ours (20 columns, 2 indexes, 1 key each) and M undeclared neighbours of the same shape, on SQLite. Quote the
ratio, not the times: both sides run in turn on the same machine, and the median of the rounds is printed.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, ForeignKey, Integer, MetaData, String, Table, create_engine, event

from alembic_guard import Guard, configure_options

ROUNDS = 5


def schema(prefix: str, count: int) -> MetaData:
    metadata = MetaData()
    for number in range(count):
        parent = ForeignKey(f"{prefix}_{number - 1}.id") if number else ForeignKey(f"{prefix}_0.id")
        columns = [Column(f"c{each}", String(50), index=each < 2) for each in range(18)]
        Table(
            f"{prefix}_{number}",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("parent_id", Integer, parent),
            *columns,
        )
    return metadata


def bare(connection: Connection, ours: MetaData) -> int:
    return len(compare_metadata(MigrationContext.configure(connection), ours))


def guarded(connection: Connection, ours: MetaData) -> int:
    options = configure_options(Guard(ours), connection=connection)
    options.pop("connection")
    return len(compare_metadata(MigrationContext.configure(connection, opts=options), ours))


def timed(run: Callable[[Connection, MetaData], int], url: str, ours: MetaData) -> tuple[float, int, int]:
    engine = create_engine(url)
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(engine, "before_cursor_execute", count)
    with engine.connect() as connection:
        gc.collect()
        started = time.perf_counter()
        diffs = run(connection, ours)
        elapsed = time.perf_counter() - started
    engine.dispose()
    return elapsed, statements, diffs


def measure(ours_count: int, theirs_count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours = schema("ours", ours_count)
        engine = create_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        ours.create_all(engine)
        alone = str(engine.url)
        engine.dispose()
        shared = f"sqlite:///{Path(folder) / 'shared.db'}"
        engine = create_engine(shared)
        ours.create_all(engine)
        schema("theirs", theirs_count).create_all(engine)
        engine.dispose()
        reference, beside, guard = [], [], []
        for _ in range(ROUNDS):
            reference.append(timed(bare, alone, ours))
            beside.append(timed(bare, shared, ours))
            guard.append(timed(guarded, shared, ours))
        zero, bare_, own = (statistics.median(each[0] for each in rounds) for rounds in (reference, beside, guard))
        print(
            f"N={ours_count:<5} M={theirs_count:<6} bare {bare_ * 1000:8.0f} ms {beside[0][1]:6} statements"
            f" {beside[0][2]:6} diffs | guarded {own * 1000:8.0f} ms {guard[0][1]:6} statements {guard[0][2]:6} diffs"
            f" | {own / bare_:5.2f} x bare, {own / zero:5.2f} x bare with M=0"
        )


if __name__ == "__main__":
    for arguments in sys.argv[1:] or ["10,10", "100,100", "100,1000"]:
        measure(*map(int, arguments.split(",")))
