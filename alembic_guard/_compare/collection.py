"""The comparators of one compare, with garbage collected seldom while they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.util import PriorityDispatcher

from alembic_guard._collection import collected_seldom


class SeldomCollecting:
    """Alembic's own comparators of one compare; what is done for schemas and their tables is done in such a block.

    Alembic has no hook around the comparators of all plugins. The compare's AutogenContext holds them, and ends with it.
    """

    def __init__(self, comparators: PriorityDispatcher) -> None:
        self._comparators = comparators

    def __getattr__(self, name: str) -> Any:
        return getattr(self._comparators, name)

    def dispatch(self, target: str, *, qualifier: str = "default") -> Callable[..., None]:
        """As ``PriorityDispatcher.dispatch``."""
        run = self._comparators.dispatch(target, qualifier=qualifier)
        return collected_seldom()(run) if target == "schema" else run
