"""Moment 2, rewrite: how a migration is written. Never what changes: pytest-alembic and `compare_metadata` do not
reach this moment (facts of Alembic 1.18 - 1.20)."""
