"""What a command is about to do, before it does it."""

from __future__ import annotations

from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from alembic_guard._run.pending import GuardedSteps
from alembic_guard._run.proxy import context_options
from alembic_guard._run.right_database import make_sure_chain_knows


def changes_the_database() -> bool:
    """Whether the running command is one that writes the version table: upgrade, downgrade, stamp."""
    options = context_options() or {}
    return options.get("destination_rev") is not None and not options.get("dont_mutate")


def guarded_steps() -> GuardedSteps:
    """The work function that ``configure_options()`` gave Alembic."""
    steps = (context_options() or {})["fn"]
    assert isinstance(steps, GuardedSteps)
    return steps


def look(migration_context: MigrationContext) -> tuple[tuple[str, ...], list[Any]]:
    """The version table's revisions and what the command would run; changes nothing and waits for nobody.

    Raises:
        GuardError: AGE133.
    """
    connection = migration_context.connection
    assert connection is not None
    callers = connection.in_transaction()
    heads = () if (context_options() or {}).get("purge") else migration_context.get_current_heads()
    if not callers:
        # Alembic would take the transaction for the caller's and leave it to them.
        connection.rollback()
    make_sure_chain_knows(migration_context, heads)
    return heads, guarded_steps().pending(heads, migration_context)


def version_table(migration_context: MigrationContext) -> str:
    """The version table's name with the schema that it is in, or will be made in: without a schema of its own the first
    on PostgreSQL's search_path that has it, as Alembic finds it."""
    connection = migration_context.connection
    assert connection is not None
    name = migration_context.version_table
    schema = migration_context.version_table_schema
    if schema is None and connection.dialect.name == "postgresql":
        callers = connection.in_transaction()
        schema = connection.scalar(_SEEN, {"name": name})
        if not callers:
            connection.rollback()
    return f"{schema or connection.dialect.default_schema_name}.{name}"


_SEEN = text(
    """
    SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = :name AND pg_catalog.pg_table_is_visible(c.oid)
    """
)
