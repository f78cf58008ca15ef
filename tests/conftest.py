"""Real databases for every test: SQLite files, and PostgreSQL from a wheel (or from ALEMBIC_GUARD_POSTGRESQL)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.kit import (
    ROOT,
    BetterAuth,
    Chain,
    Database,
    PostgreSQL,
    Story,
    npm_install,
    postgresql_server,
    sqlite_database,
)

pytest_plugins = ["pytester"]

settings.register_profile("ci", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("soak", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("ALEMBIC_GUARD_PROFILE", "ci"))


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server, one for all workers of the run.

    Not under pytest's own temporary folder: of those pytest keeps three, and other runs on the machine take them away.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    with postgresql_server(Path(tempfile.gettempdir()) / f"alembic_guard_{run}") as started:
        yield started


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """A new, empty SQLite file."""
    return sqlite_database(tmp_path / "database.sqlite")


@pytest.fixture
def postgresql(server: PostgreSQL) -> Iterator[Database]:
    """A new, empty PostgreSQL database."""
    with server.database() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on every database."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def chain(tmp_path: Path, database: Database) -> Chain:
    """An empty Alembic environment for that database."""
    return Chain(tmp_path / "chain", database)


@pytest.fixture
def story(tmp_path: Path, database: Database) -> Story:
    """The example project, copied."""
    return Story(tmp_path / "story", database)


@pytest.fixture
def better_auth_itself(database: Database) -> BetterAuth:
    """The real Better Auth for that database."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node.js and npm: the real Better Auth is a TypeScript library")
    return BetterAuth(npm_install(ROOT / ".node"), database)
