"""The ``alembic.plugins`` entry point: two comparators, before and after all others.

Alembic loads this module while it is half imported itself (alembic.autogenerate, alembic.command and others cannot be
imported then), so it imports nothing; what it needs is imported when a compare runs.
"""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

# Alembic 1.18.0 - 1.20.0 iterate over what an entry point names, 1.20.1 expects a module (sqlalchemy/alembic#1873):
# a module that yields itself is right for both.


class _PluginModule(ModuleType):
    def __iter__(self) -> Iterator[ModuleType]:
        yield self


sys.modules[__name__].__class__ = _PluginModule


def setup(plugin: Any) -> None:
    """Register the comparators; called by Alembic once per process."""
    from alembic.util import DispatchPriority

    plugin.add_autogenerate_comparator(_begin, "autogenerate", "alembic_guard_begin", priority=DispatchPriority.FIRST)
    plugin.add_autogenerate_comparator(_finish, "autogenerate", "alembic_guard_finish", priority=DispatchPriority.LAST)


def _begin(autogen_context: Any, upgrade_ops: Any) -> Any:
    from alembic.util import PriorityDispatchResult

    from alembic_guard._compare.comparison import begin

    begin(autogen_context)
    return PriorityDispatchResult.CONTINUE


def _finish(autogen_context: Any, upgrade_ops: Any) -> Any:
    from alembic.util import PriorityDispatchResult

    from alembic_guard._compare.comparison import finish

    finish(autogen_context, upgrade_ops)
    return PriorityDispatchResult.CONTINUE
