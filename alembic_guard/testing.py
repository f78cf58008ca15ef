"""What a suite should prove about migrations in a database that others share: tests to import beside pytest-alembic's.

.. code-block:: python

    from alembic_guard.testing import test_external_tables_untouched

Each takes pytest-alembic's ``alembic_runner``; for another environment of the same suite call it with a runner of that
one, as with pytest-alembic's own tests.

.. versionadded:: 0.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic_guard._testing.environment import Environment
from alembic_guard._testing.owners import create_owners_tables
from alembic_guard._testing.untouched import Untouched
from alembic_guard._testing.walk import walk

if TYPE_CHECKING:
    from pytest_alembic import MigrationContext as Runner
else:
    Runner = Any

__all__ = ["create_external_tables", "test_external_tables_untouched"]


def create_external_tables(alembic_runner: Runner) -> None:
    """Create the tables of every owner that the runner's env.py knows, with rows in those that are empty; what the fixture
    ``external_tables`` does, for a runner of one's own.

    .. versionadded:: 0.1
    """
    create_owners_tables(Environment.of(alembic_runner))


def test_external_tables_untouched(alembic_runner: Runner) -> None:
    """From base to the heads and back: other owners' tables have the same definition and rows after every revision.

    A table that nobody declared and no revision of ours created counts as another owner's.

    .. versionadded:: 0.1
    """
    walk(Environment.of(alembic_runner), Untouched)
