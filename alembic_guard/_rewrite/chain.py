"""The `process_revision_directives` hook: our rewrites, then the Guard's, then the one env.py already had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.operations.ops import MigrationScript

from alembic_guard._compare.comparison import Comparison
from alembic_guard._database import is_mariadb
from alembic_guard._rewrite.index_order import drop_keys_before_indexes
from alembic_guard._rewrite.locks import mark_locks
from alembic_guard._rewrite.nameless_keys import name_them
from alembic_guard._rewrite.notes import write_notes
from alembic_guard._rewrite.order import external_drops_late, keys_last
from alembic_guard._rewrite.requirements import require_tables
from alembic_guard._rewrite.two_revisions import not_valid, validation

Directives = Callable[..., None]


def rewriter(comparison: Comparison, users: Directives | None) -> Directives:
    """One hook that runs them all in order."""

    def process_revision_directives(context: Any, revision: Any, directives: list[MigrationScript]) -> None:
        guarded = comparison.ownership is not None and bool(directives)
        if guarded:
            if is_mariadb(context.dialect.name):
                _order_for_mariadb(directives[-1])
            _rewrite(directives[-1], comparison, context.dialect.name)
        for each in (*comparison.guard.rewriters, *((users,) if users else ())):
            each(context, revision, directives)
        # After the user's own, which may number the revision, and need not know of a second.
        if guarded and directives:
            _locks(directives, comparison, context)

    return process_revision_directives


def _order_for_mariadb(script: MigrationScript) -> None:
    # Both ways: the downgrade was computed before this hook runs.
    drop_keys_before_indexes(script.upgrade_ops_list[-1])
    drop_keys_before_indexes(script.downgrade_ops_list[-1])


def _rewrite(script: MigrationScript, comparison: Comparison, dialect: str) -> None:
    # One script holds the operations of every database of a multidb run; the last are this run's.
    upgrade_ops, downgrade_ops = script.upgrade_ops_list[-1], script.downgrade_ops_list[-1]
    if upgrade_ops.is_empty():
        return
    assert comparison.ownership is not None
    catalogue = comparison.ownership.catalogue
    keys_last(upgrade_ops, downgrade_ops, catalogue)
    for each in (upgrade_ops, downgrade_ops):
        external_drops_late(each, comparison.is_external, catalogue)
        if dialect == "sqlite":
            name_them(each)
    write_notes(upgrade_ops, comparison.diagnostics, catalogue.database)
    require_tables(upgrade_ops, comparison, dialect)


def _locks(directives: list[MigrationScript], comparison: Comparison, context: Any) -> None:
    script, ownership = directives[-1], comparison.ownership
    assert ownership is not None
    upgrade_ops, downgrade_ops = script.upgrade_ops_list[-1], script.downgrade_ops_list[-1]
    keys = not_valid(upgrade_ops, ownership) if _may_split(comparison, context) else []
    if keys:
        directives.append(validation(script, keys, ownership, context.dialect))
    if comparison.guard.rules.get("AGL101") != "off":
        mark_locks(upgrade_ops, ownership)
        mark_locks(downgrade_ops, ownership)


def _may_split(comparison: Comparison, context: Any) -> bool:
    """Only where each revision commits by itself, so that the first lock is gone; and not among the operations of
    several databases, whose next ones go into the last script."""
    options = context.opts
    alone = options.get("upgrade_token") == "upgrades" and options.get("transaction_per_migration")
    return comparison.guard.locks == "split" and bool(alone)
