"""The pytest plugin: fixtures for a suite that uses pytest-alembic. Loads neither Alembic nor it before they are used."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def external_tables(alembic_config: Any, alembic_engine: Any) -> None:
    """The tables of every owner that env.py's Guard knows, made in the database of ``alembic_engine`` before any revision
    runs, with a few rows in each that is empty. Override it where a suite has real ones.

    .. versionadded:: 0.1
    """
    from pytest_alembic import runner
    from pytest_alembic.config import Config

    from alembic_guard.testing import create_external_tables

    # A copy: pytest-alembic takes its own options out of a dict, and alembic_runner needs them again.
    given = dict(alembic_config) if isinstance(alembic_config, dict) else alembic_config
    with runner(Config.from_raw_config(given), alembic_engine) as made:
        create_external_tables(made)


@pytest.fixture
def row_values() -> dict[str, Any]:
    """Values for the rows that ``test_populated_upgrade`` generates, by ``table.column``: a value, or a function that
    makes one of a number. Override it where generated ones will not do.

    .. versionadded:: 0.1
    """
    return {}


@pytest.fixture(autouse=True)
def _external_tables_first(request: pytest.FixtureRequest) -> None:
    if "alembic_engine" in request.fixturenames:
        request.getfixturevalue("external_tables")
