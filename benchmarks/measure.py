"""What a piece of work costs: processor time here and in the database's own process, statements, rows, memory.

Processor time and not the clock's: others work on the machine. Quote ratios of medians of runs that took turns.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from tests.kit import traffic

Work = Callable[[Connection], object]


@dataclass(frozen=True)
class Run:
    """One run. Seconds; ``there`` is 0 where the database's process cannot be looked at."""

    here: float
    there: float
    wall: float
    statements: int
    rows: int
    found: object

    @property
    def seconds(self) -> float:
        return self.here + self.there


@dataclass
class Runs:
    """All runs of one way, and its peak memory in MiB (of a run of its own, as tracing takes time)."""

    runs: list[Run] = field(default_factory=list)
    peak: float | None = None

    @property
    def seconds(self) -> float:
        return median(each.seconds for each in self.runs)

    def as_dict(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 5),
            "here": round(median(each.here for each in self.runs), 5),
            "there": round(median(each.there for each in self.runs), 5),
            "wall": round(median(each.wall for each in self.runs), 5),
            "runs": [round(each.seconds, 5) for each in self.runs],
            "statements": self.runs[0].statements,
            "rows": self.runs[0].rows,
            "found": self.runs[0].found,
            "peak_mib": self.peak and round(self.peak, 1),
        }


def interleaved(ways: Mapping[str, tuple[URL, Work]], rounds: int, *, memory: bool = False) -> dict[str, Runs]:
    """Every way once, then every way once more, and so on; the first round is for warmth and not counted."""
    found = {name: Runs() for name in ways}
    for number in range(rounds + 1):
        for name, (url, work) in ways.items():
            run = once(url, work)
            if number or rounds == 0:
                found[name].runs.append(run)
    if memory:
        for name, (url, work) in ways.items():
            found[name].peak = peak(url, work)
    return found


def once(url: URL, work: Work) -> Run:
    """Run it on a new connection, which is made before the clock starts."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection, traffic(engine) as seen:
        there = _backend(connection)
        _warm(connection)
        seen.statements.clear()
        seen.rows = 0
        gc.collect()
        clock, processor, before = time.perf_counter(), time.process_time(), there()
        found = work(connection)
        after, processor, clock = there(), time.process_time() - processor, time.perf_counter() - clock
        run = Run(processor, after - before, clock, len(seen.statements), seen.rows, found)
    engine.dispose()
    return run


def peak(url: URL, work: Work) -> float:
    """MiB that Python holds at the most, beyond what it held before."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        _warm(connection)
        gc.collect()
        tracemalloc.start()
        work(connection)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    engine.dispose()
    return most / 2**20


def _warm(connection: Connection) -> None:
    """SQLite parses its whole schema at the first statement of a connection, whatever that is: 0.4 s for 10,000 tables."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("SELECT count(*) FROM sqlite_master"))
    connection.rollback()


def _backend(connection: Connection) -> Callable[[], float]:
    """The processor time of the database's process that serves a connection: PostgreSQL on this machine (Linux)."""
    if connection.dialect.name != "postgresql":
        return lambda: 0.0
    path = Path(f"/proc/{connection.scalar(text('SELECT pg_backend_pid()'))}/schedstat")
    if not path.exists():
        return lambda: 0.0
    return lambda: int(path.read_text().split()[0]) / 1e9


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of processor time of the fastest run: others work on this machine."""
    found = []
    for _ in range(times):
        gc.collect()
        clock = time.process_time()
        work()
        found.append(time.process_time() - clock)
    return min(found)
