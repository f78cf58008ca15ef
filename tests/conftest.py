"""Real databases for every test: SQLite files, PostgreSQL from a wheel (or from ALEMBIC_GUARD_POSTGRESQL), and the
MariaDB of this machine (or of ALEMBIC_GUARD_MARIADB)."""

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
    MariaDB,
    PostgreSQL,
    Story,
    mariadb_server,
    npm_install,
    postgresql_server,
    sqlite_database,
)

pytest_plugins = ["pytester"]
collect_ignore = ["histories/suite"]  # copied beside each published application, and run there

settings.register_profile("ci", max_examples=15, deadline=None, derandomize=True)
settings.register_profile("soak", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("ALEMBIC_GUARD_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test that takes a MariaDB database, by itself or as its parameter, or the real Better Auth carries the marker."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "mariadb_itself" in fixtures or "mariadb" in _parameters(item):
            item.add_marker("mariadb")
        if "better_auth_itself" in fixtures:
            item.add_marker("node")


def _parameters(item: pytest.Item) -> list[object]:
    callspec = getattr(item, "callspec", None)
    return [each for each in callspec.params.values() if isinstance(each, str)] if callspec else []


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server, one for all workers of the run.

    Not under pytest's own temporary folder: of those pytest keeps three, and other runs on the machine take them away.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    with postgresql_server(Path(tempfile.gettempdir()) / f"alembic_guard_{run}") as started:
        yield started


@pytest.fixture(scope="session")
def mariadb_itself() -> MariaDB:
    """The MariaDB server. Where there is none its tests are skipped, or fail where ALEMBIC_GUARD_REQUIRE=mariadb."""
    found = mariadb_server()
    if isinstance(found, MariaDB):
        return found
    if os.environ.get("ALEMBIC_GUARD_REQUIRE") == "mariadb":
        pytest.fail(found, pytrace=False)
    pytest.skip(found)


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """A new, empty SQLite file."""
    return sqlite_database(tmp_path / "database.sqlite")


@pytest.fixture
def postgresql(server: PostgreSQL) -> Iterator[Database]:
    """A new, empty PostgreSQL database."""
    with server.database() as database:
        yield database


@pytest.fixture
def mariadb(mariadb_itself: MariaDB) -> Iterator[Database]:
    """A new, empty MariaDB database."""
    with mariadb_itself.database() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
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
