"""The reader of chains beside published applications, whose chains are run for real, and the review of their
environments, which are only unpacked: `make histories`.

The same chains under the suite of `alembic_guard.testing`. The larger ones are in `make histories-all`, which writes
tests/histories/RESULTS.md and REVIEWED.md.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.histories.applications import APPLICATIONS, Application
from tests.histories.confirmed import CONFIRMED
from tests.histories.measure import measure
from tests.histories.no_crash import unpacked
from tests.histories.reviewed import environments, reviewed
from tests.histories.under_suite import golden, outcomes
from tests.kit import Database

pytestmark = pytest.mark.histories


@pytest.mark.parametrize("application", [each for each in APPLICATIONS if each.every_run], ids=lambda each: each.name)
def test_what_a_published_chain_makes_is_what_is_read_of_it(application: Application) -> None:
    measured = measure(application)

    assert measured.real
    assert measured.complaints == []
    assert measured.precision == 1
    assert measured.recall >= 0.99


@pytest.mark.parametrize(
    ("application", "database"),
    [(each, dialect) for each in APPLICATIONS if each.every_run for dialect in each.suite],
    ids=lambda each: each if isinstance(each, str) else each.name,
    indirect=["database"],
)
def test_what_the_suite_says_of_a_published_chain_is_in_the_golden_file(
    application: Application, database: Database
) -> None:
    """SUITE.md says of each finding how it was seen to be true."""
    said, path = outcomes(application, database), golden(application, database.dialect)

    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("requirement", "count"), [("optuna==5.0.0", 1), ("ihatemoney==7.2.1", 1), ("nova==34.0.0", 2)]
)
def test_a_published_environment_is_reviewed_without_being_installed(
    requirement: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = unpacked(requirement, tmp_path).resolve()
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    monkeypatch.chdir(root)

    found = [reviewed(*each) for each in environments(root)]

    assert len(found) == count
    assert all(each.databases[0].chain.revisions and not each.environment.why_unread for each in found)
    assert {code.code for each in found for code in each.findings} <= set(CONFIRMED)
