"""`make soak`: the laws with their full counts, and a record of the run under benchmarks/soak/."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import datetime, timezone

from hypothesis import settings

import tests.conftest  # noqa: F401 - registers the profiles
from tests.kit import ROOT

LAWS = [
    "tests/test_laws.py",
    "tests/test_history_laws.py",
    "tests/test_rename_laws.py",
    "tests/test_drift_laws.py",
    "tests/test_fast.py",
    "tests/test_one_at_a_time.py",
    "tests/test_every_dump.py",
    "tests/test_testing.py::test_the_walk_costs_at_most_a_third_of_pytest_alembics",
]


def main(laws: list[str]) -> int:
    """Run the laws, or those of the files that are named; the record says seed, counts, duration and commit."""
    seed = int(os.environ.get("SEED", random.randrange(2**32)))
    started, clock = datetime.now(timezone.utc), time.monotonic()
    command = [sys.executable, "-m", "pytest", *laws, "-q", "-n", "2", "-m", "", f"--hypothesis-seed={seed}"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "ALEMBIC_GUARD_PROFILE": "soak"}, check=False)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    examples = settings.get_profile("soak").max_examples
    record = {
        "started": started.isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "laws": laws,
        "seed": seed,
        "examples_per_law": examples,
        "examples_on_postgresql": examples // 3,
        "examples_of_what_theirs_keeps": {"sqlite": 5000, "postgresql": 500},
        "rounds_of_processes_at_once": {"each database": 20, "behind a pooler": 5, "processes": 32},
        "kills": 200,
        "examples_of_renames": {"sqlite": 2 * examples, "postgresql": examples // 5, "mariadb": examples // 5},
        "examples_on_mariadb": examples // 3,
        "examples_of_drift": {"sqlite": examples // 2, "postgresql": examples // 2, "mariadb": examples // 2},
        "seconds": round(time.monotonic() - clock),
        "python": sys.version.split()[0],
        "passed": done.returncode == 0,
    }
    path = ROOT / "benchmarks" / "soak" / f"{started:%Y%m%dT%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or LAWS))
