"""What keeps a migrator off the tables of another: rights for ours, settings for theirs."""

from __future__ import annotations

from alembic_guard._protect.command import protect

__all__ = ["protect"]
