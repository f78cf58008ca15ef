"""What explain_errors costs while nothing fails: statements, and microseconds of each query."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, text

from alembic_guard import explain_errors
from tests.kit import traffic

_QUERIES = 5_000


def cells(rounds: int = 15) -> Iterator[dict[str, Any]]:
    """Seconds of processor time for one query on SQLite, where a query is cheapest; both ways take turns."""
    with tempfile.TemporaryDirectory(prefix="no-error-") as name:
        engines = {each: create_engine(f"sqlite:///{Path(name) / 'app.db'}") for each in ("bare", "explain_errors")}
        explain_errors(engines["explain_errors"], MetaData())
        took: dict[str, list[float]] = {each: [] for each in engines}
        for _ in range(rounds):
            for each, engine in engines.items():
                took[each].append(_one_query(engine))
        ways = {each: {"seconds": median(took[each]), "statements": _statements(engines[each])} for each in engines}
        for engine in engines.values():
            engine.dispose()
    print(f"no error         {ways}", flush=True)
    yield {"kind": "no error", "dialect": "", "ours": 0, "theirs": 0, "ways": ways}


def _one_query(engine: Engine) -> float:
    query = text("SELECT 1")
    with engine.connect() as connection:
        connection.execute(query)
        clock = time.process_time()
        for _ in range(_QUERIES):
            connection.execute(query)
        return (time.process_time() - clock) / _QUERIES


def _statements(engine: Engine) -> int:
    with traffic(engine) as seen, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return len(seen.statements)
