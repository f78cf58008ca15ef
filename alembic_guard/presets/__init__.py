"""Ready ExternalTables for tools that often share a database with Alembic; each is data with its source and date."""

from __future__ import annotations

from alembic_guard.presets._better_auth import better_auth

__all__ = ["better_auth"]
