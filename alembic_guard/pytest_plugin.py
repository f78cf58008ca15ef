"""The pytest plugin: fixtures for a suite that uses pytest-alembic. Loads neither Alembic nor it before they are used."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def external_tables(alembic_runner: Any) -> None:
    """The tables of every owner that env.py's Guard knows, made in the database of ``alembic_engine`` before any revision
    runs, with a few rows in each that is empty. Override it where a suite has real ones.

    Each test that takes ``alembic_runner`` has it, where env.py or the suite imports alembic_guard.

    .. versionadded:: 0.1
    """
    from alembic_guard._testing.environment import Environment, comparison_in
    from alembic_guard._testing.owners import create_owners_tables

    create_owners_tables(Environment.of(alembic_runner), comparison_in)


@pytest.fixture
def row_values() -> dict[str, Any]:
    """Values for the rows that ``test_populated_upgrade`` generates, by ``table.column``: a value, or a function that
    makes one of a number. Override it where generated ones will not do.

    .. versionadded:: 0.1
    """
    return {}


@pytest.fixture(autouse=True)
def _external_tables_first(request: pytest.FixtureRequest) -> None:
    if "alembic_runner" in request.fixturenames and _has_to_do_with_us(request.getfixturevalue("alembic_runner")):
        request.getfixturevalue("external_tables")


def _has_to_do_with_us(alembic_runner: Any) -> bool:
    """Being installed changes nothing for the suite of a project that does not use us: its env.py runs when it says so."""
    executor = getattr(alembic_runner, "command_executor", None)
    if executor is None:  # a fixture of that name which is not pytest-alembic's
        return False
    env = Path(executor.script.env_py_location)
    return "alembic_guard.testing" in sys.modules or (env.exists() and b"alembic_guard" in env.read_bytes())
