"""`alembic_guard.testing` in typed calls: checked by mypy --strict, never run."""

from __future__ import annotations

from pytest_alembic import MigrationContext

from alembic_guard import testing


def calls(runner: MigrationContext) -> None:
    testing.create_external_tables(runner)
    testing.test_external_tables_untouched(runner)
    testing.test_populated_upgrade(runner, {"chats.title": lambda number: f"chat {number}"})
    testing.test_downgrade_restores_schema(runner)
