"""Models and migrations judged as files, before anything imports or runs them."""

from __future__ import annotations

from alembic_guard._linting.failed_imports import load_models
from alembic_guard._linting.lint import lint_models

__all__ = ["lint_models", "load_models"]
