"""What importing us costs a process, beside Alembic; each in processes of its own that take turns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

_CLOCK = "import time; s = time.process_time(); {}; print(time.process_time() - s)"
_WAYS = {
    "Guard, run_migrations": "import alembic, alembic.command, alembic.context, alembic.autogenerate, alembic.config; "
    + _CLOCK.format("from alembic_guard import Guard, run_migrations"),
    # What Alembic has loaded itself by then does not count.
    "our plugin's module": "import sqlalchemy; " + _CLOCK.format("import alembic_guard.plugin"),
    "presets.better_auth": "import sqlalchemy.orm; " + _CLOCK.format("from alembic_guard.presets import better_auth"),
}


def cells(rounds: int = 15) -> Iterator[dict[str, Any]]:
    """Seconds of processor time of each."""
    took: dict[str, list[float]] = {name: [] for name in _WAYS}
    for _ in range(rounds):
        for name, code in _WAYS.items():
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            took[name].append(float(done.stdout))
    for name, each in took.items():
        print(f"import {name:24} {median(each) * 1000:6.1f} ms (fastest {min(each) * 1000:.1f})", flush=True)
    ways = {name: {"seconds": median(each), "fastest": min(each)} for name, each in took.items()}
    yield {"kind": "import", "dialect": "", "ours": 0, "theirs": 0, "ways": ways}
