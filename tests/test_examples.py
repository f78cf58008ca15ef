"""Every example passes pytest-alembic's four tests and all of ours; those that have no suite of their own borrow one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.kit import EXAMPLES, Database, Story, suite_of
from tests.suites import OURS, THEIRS

pytestmark = pytest.mark.project

WITH_A_SUITE = "better_auth_chat"
BEFORE = "before_alembic_guard"  # has no Guard; tests/test_review.py follows what the review says of it
NAMES = sorted({path.parent.name for path in EXAMPLES.glob("*/alembic.ini")} - {BEFORE})


@pytest.mark.parametrize(
    ("name", "database"),
    [*((name, database) for name in NAMES for database in ("sqlite", "postgresql")), (WITH_A_SUITE, "mariadb")],
    indirect=["database"],
)
def test_an_example_passes_the_whole_suite(name: str, tmp_path: Path, database: Database) -> None:
    folder = tmp_path / name
    if name == WITH_A_SUITE:
        Story(folder, database)
    else:
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(EXAMPLES / WITH_A_SUITE / "tests", folder / "tests")

    ran = suite_of(folder, database)

    assert ran.code == 0, ran.all
    # Alembic writes no script of a batch operation on SQLite; of the examples one has such.
    skipped = (name, database.dialect) == (WITH_A_SUITE, "sqlite")
    count = len([*THEIRS, *OURS])
    assert (f"{count - 1} passed, 1 skipped" if skipped else f"{count} passed") in ran.out, ran.all
