"""What a command is about to do, before it does it."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext

from alembic_guard._run.pending import GuardedSteps
from alembic_guard._run.proxy import context_options


def changes_the_database() -> bool:
    """Whether the running command is one that writes the version table: upgrade, downgrade, stamp."""
    options = context_options() or {}
    return options.get("destination_rev") is not None and not options.get("dont_mutate")


def nothing_to_do(migration_context: MigrationContext) -> bool:
    """Whether a look at the version table, which changes nothing and waits for nobody, shows that all is done."""
    connection, options = migration_context.connection, context_options() or {}
    assert connection is not None
    if options.get("purge"):
        return False
    callers = connection.in_transaction()
    heads = migration_context.get_current_heads()
    if not callers:
        # Alembic would take the transaction for the caller's and leave it to them.
        connection.rollback()
    steps = options["fn"]
    assert isinstance(steps, GuardedSteps)
    return bool(heads) and not steps.pending(heads, migration_context)


def version_table(migration_context: MigrationContext) -> str:
    """The version table's name with the schema that it is in."""
    connection = migration_context.connection
    assert connection is not None
    schema = migration_context.version_table_schema or connection.dialect.default_schema_name
    return f"{schema}.{migration_context.version_table}"
