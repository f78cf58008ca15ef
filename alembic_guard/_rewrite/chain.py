"""The `process_revision_directives` hook: our rewrites, then the Guard's, then the one env.py already had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.operations.ops import MigrationScript

from alembic_guard._compare.comparison import Comparison
from alembic_guard._database import is_mariadb
from alembic_guard._rewrite.index_order import drop_keys_before_indexes
from alembic_guard._rewrite.notes import write_notes
from alembic_guard._rewrite.requirements import require_tables

Directives = Callable[..., None]


def rewriter(comparison: Comparison, users: Directives | None) -> Directives:
    """One hook that runs them all in order."""

    def process_revision_directives(context: Any, revision: Any, directives: list[MigrationScript]) -> None:
        if comparison.ownership is not None and directives:
            if is_mariadb(context.dialect.name):
                _order_for_mariadb(directives[-1])
            _rewrite(directives[-1], comparison, context.dialect.name)
        for each in (*comparison.guard.rewriters, *((users,) if users else ())):
            each(context, revision, directives)

    return process_revision_directives


def _order_for_mariadb(script: MigrationScript) -> None:
    # Both ways: the downgrade was computed before this hook runs.
    drop_keys_before_indexes(script.upgrade_ops_list[-1])
    drop_keys_before_indexes(script.downgrade_ops_list[-1])


def _rewrite(script: MigrationScript, comparison: Comparison, dialect: str) -> None:
    # One script holds the operations of every database of a multidb run; the last are this run's.
    upgrade_ops = script.upgrade_ops_list[-1]
    if upgrade_ops.is_empty():
        return
    assert comparison.ownership is not None
    write_notes(upgrade_ops, comparison.diagnostics, comparison.ownership.catalogue.database)
    require_tables(upgrade_ops, comparison, dialect)
