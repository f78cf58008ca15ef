"""`make bench`: what imports, files, a guarded compare and the drift check cost beside others, in one run.

Every way takes its turn in one process; what is printed are ratios of medians of processor time, here and in PostgreSQL's
own process. The record goes to benchmarks/results/, the picture to docs/explanation/. Half an hour; ``--quick`` a minute.
A run has parts, each a process and a file of its own: ``--part sqlite`` measures one, and ``--resume`` only those that this
commit has not.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.engine import URL

from benchmarks import autogenerate, drift, history, lint, no_error, plot, starting
from benchmarks.databases import Place, create, places, schema
from benchmarks.measure import Runs, Work, interleaved
from benchmarks.targets import judged

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PARTS = ("imports", "files", "sqlite", "postgresql", "schemas")
Cell = dict[str, Any]
Ways = dict[str, tuple[URL, Work]]


@dataclass(frozen=True)
class Sizes:
    """How many tables of ours and of others, how many schemas, how often, and how many files."""

    ours: list[int]
    theirs: list[int]
    schemas: list[int]
    rounds: int
    files: int = 5000


def cells(place: Place, sizes: Sizes) -> Iterator[Cell]:
    """Every measurement on one database, from small to large."""
    most, rounds, before = sizes.theirs[-1], sizes.rounds, 0
    with place.database() as alone, place.database() as growing, place.database() as shared:
        create(shared, "theirs", most)
        fresh = {"guarded": (shared, autogenerate.guarded(schema("ours", 100)))}
        yield cell("first deployment", place, 100, most, interleaved(fresh, 1))
        for count in sizes.ours:
            metadata = schema("ours", count)
            create(alone, "ours", count, after=before)
            ways = {"bare": (alone, autogenerate.bare(metadata)), "guarded": (alone, autogenerate.guarded(metadata))}
            yield cell("autogenerate", place, count, 0, interleaved(ways, rounds, memory=count <= 1000))
            if count <= 1000:
                create(shared, "ours", count, after=before)
                yield cell("autogenerate", place, count, most, interleaved(_beside(metadata, alone, shared), rounds))
                yield cell("drift", place, count, 0, interleaved(drift.ways(metadata, alone), rounds, memory=True))
            if count == 100:
                yield from _at_a_hundred(place, metadata, alone, growing, shared, sizes)
            before = count


def _beside(metadata: MetaData, alone: URL, shared: URL) -> Ways:
    found = {
        "bare, M=0": (alone, autogenerate.bare(metadata)),
        "guarded, M=0": (alone, autogenerate.guarded(metadata)),
        "guarded": (shared, autogenerate.guarded(metadata)),
    }
    if len(metadata.tables) <= 100:  # on SQLite its time grows with the product of N and M
        found["include_name"] = (shared, autogenerate.include_name(metadata))
    return found


def _at_a_hundred(place: Place, ours: MetaData, alone: URL, growing: URL, shared: URL, sizes: Sizes) -> Iterator[Cell]:
    """Other tools, the cookbook's filter, and the growth with others' tables."""
    yield cell("drift peers", place, 100, 0, interleaved(drift.peers(schema("ours", 100), alone), sizes.rounds))
    cookbook = {
        "include_object": (shared, autogenerate.include_object(ours)),
        "guarded": (shared, autogenerate.guarded(ours)),
    }
    yield cell("cookbook", place, 100, sizes.theirs[-1], interleaved(cookbook, 0))
    create(growing, "ours", 100)
    before = 0
    for count in sizes.theirs[:-1]:
        create(growing, "theirs", count, after=before)
        before = count
        yield cell(
            "autogenerate", place, 100, count, interleaved(autogenerate.ways(ours, growing, alone), sizes.rounds)
        )


def schemas(place: Place, sizes: Sizes) -> Iterator[Cell]:
    """Ten tables in each of more and more schemas, with include_schemas."""
    for count in sizes.schemas:
        with place.database() as url:
            metadata = schema("ours", 10 * count, schemas=count)
            create(url, "ours", 10 * count, schemas=count)
            ways = {name: (url, getattr(autogenerate, name)(metadata)) for name in ("include_name", "guarded")}
            yield cell("schemas", place, 10 * count, 0, interleaved(ways, 1), schemas=count)


def cell(kind: str, place: Place, ours: int, theirs: int, found: dict[str, Runs], **more: Any) -> Cell:
    """One measurement, told as it comes."""
    first = next(iter(found.values())).seconds
    print(f"{kind:16} {place.dialect:10} N={ours:<5} M={theirs:<6} {more or ''}", flush=True)
    for name, runs in found.items():
        said = runs.as_dict()
        peak = f"{said['peak_mib']:8} MiB" if said["peak_mib"] else ""
        print(
            f"    {name:18} {runs.seconds * 1000:9.1f} ms {runs.seconds / first:7.2f} x  {said['statements']:6} statements"
            f" {said['rows']:7} rows  {said['found']} differences {peak}",
            flush=True,
        )
    return {
        "kind": kind,
        "dialect": place.dialect,
        "ours": ours,
        "theirs": theirs,
        **more,
        "ways": {name: runs.as_dict() for name, runs in found.items()},
    }


def measured(part: str, sizes: Sizes) -> list[Cell]:
    """The cells of one part."""
    with places() as known:
        sqlite, postgresql = known
        measure: dict[str, Callable[[], Iterable[Cell]]] = {
            "imports": starting.cells,
            "files": lambda: [*history.cells(sizes.files), *lint.cells(sizes.files), *no_error.cells()],
            "sqlite": lambda: cells(sqlite, sizes),
            "postgresql": lambda: cells(postgresql, sizes),
            "schemas": lambda: schemas(postgresql, sizes),
        }
        return list(measure[part]())


def main() -> int:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, no record")
    parser.add_argument("--ours", type=_numbers, default=[10, 100, 300, 1000, 3000], help="N, growing: 10,100,300")
    parser.add_argument("--theirs", type=_numbers, default=[100, 1000, 10_000], help="M, growing")
    parser.add_argument("--schemas", type=_numbers, default=[1, 2, 10, 50])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=PARTS, help="measure this one, for a later --resume")
    parser.add_argument("--resume", action="store_true", help="do not measure parts again that this commit has")
    given = parser.parse_args()
    sizes = Sizes(given.ours, given.theirs, given.schemas, given.rounds)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    at = _commit()
    if given.quick:
        small = Sizes([10, 100], [100, 300], [1, 2], 1, 100)
        print("\n".join(judged([cell for part in PARTS[1:] for cell in measured(part, small)])))
    elif given.part is not None:
        _keep(given.part, at, done := measured(given.part, sizes))
        print("\n".join(judged(done)))
    else:
        for part in PARTS:
            if not (given.resume and _done(part, at)):
                # A process of its own: what another part leaves behind makes Python collect garbage more seldom.
                again = [each for each in sys.argv[1:] if each != "--resume"]
                subprocess.run([sys.executable, "-m", "benchmarks", "--part", part, *again], cwd=ROOT, check=True)
        _record(at, sizes, [cell for part in PARTS for cell in _done(part, at) or ()])
    return 0


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def _record(commit: str, sizes: Sizes, found: list[Cell]) -> None:
    record = {
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": commit,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("alembic", "sqlalchemy", "psycopg")},
        "processors": os.cpu_count(),
        "rounds": sizes.rounds,
        "cells": found,
    }
    lines = list(judged(found))
    print("\n".join(lines))
    (RESULTS / "latest.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = RESULTS / f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    plot.draw(record, ROOT / "docs" / "explanation" / "compare.svg")
    print(path.relative_to(ROOT))


def _done(part: str, commit: str) -> list[Cell] | None:
    """The cells of a part that was measured; at this commit, where one is given."""
    path = RESULTS / "parts" / f"{part}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return kept["cells"] if kept and commit in ("", kept["commit"]) else None


def _keep(part: str, commit: str, measured: list[Cell]) -> None:
    path = RESULTS / "parts" / f"{part}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"commit": commit, "cells": measured}), encoding="utf-8")


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
