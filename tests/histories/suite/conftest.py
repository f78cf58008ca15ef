"""The fixtures of a published application's suite; what each test said is written into the file OUTCOMES."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from projects import PROJECT
from sqlalchemy import Engine, create_engine, event

URL = os.environ["DATABASE_URL"]
outcomes: dict[str, str] = {}


@pytest.fixture
def alembic_config() -> Config:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", str(PROJECT.versions))
    return config


@pytest.fixture
def alembic_engine(tmp_path: Path) -> Iterator[Engine]:
    """A new database for each test."""
    engine = create_engine(URL or f"sqlite:///{tmp_path / 'database.sqlite'}")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    PROJECT.before(engine)
    yield engine
    engine.dispose()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    name = report.nodeid.rpartition("::")[2]
    if report.failed:
        outcomes[name] = f"failed\n{report.longrepr}"
    elif report.skipped:
        assert isinstance(report.longrepr, tuple)
        outcomes[name] = f"skipped\n{report.longrepr[2]}"
    elif report.when == "call":
        outcomes[name] = "passed"


def pytest_warning_recorded(warning_message: object, nodeid: str) -> None:
    message = getattr(warning_message, "message", None)
    if type(message).__name__ == "NoRowsWarning":
        name = nodeid.rpartition("::")[2]
        outcomes[f"{name}: {message}"] = "warned"


def pytest_sessionfinish() -> None:
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(outcomes), encoding="utf-8")
