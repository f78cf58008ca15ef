"""The tables of one database, ours and theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alembic.migration import MigrationContext
from sqlalchemy import Enum

from alembic_guard._catalogue import read_catalogue
from alembic_guard._chain import OurChain
from alembic_guard._compare.comparison import Comparison
from alembic_guard._names import TableName
from alembic_guard._ownership import Kind, Ownership
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


@dataclass(frozen=True, slots=True)
class Tables:
    """Every name with its schema, where the database has any.

    Args:
        there: Of our models, those that the database has.
        ours: All of ours: models', the chain's, and the table of revisions.
        models: Those that hold data of ours: without the table of revisions.
        theirs: Those that the database has, with their owners.
        enums: Enumerated types of our models.
    """

    dialect: str
    default_schema: str | None
    there: tuple[TableName, ...]
    ours: tuple[TableName, ...]
    models: tuple[TableName, ...]
    theirs: Mapping[TableName, str]
    enums: tuple[TableName, ...]


def tables_of(context: MigrationContext) -> Tables:
    """Ours and theirs, as env.py's Guard and the database say it.

    Raises:
        GuardError: AGE108 where env.py has no Guard.
    """
    connection = context.connection
    assert connection is not None
    comparison = context.opts.get("alembic_guard")
    if not isinstance(comparison, Comparison):
        stop(
            age108_bad_guard.bad_value("protect: env.py", "no Guard", "run_migrations or configure_options of a Guard")
        )
    catalogue = read_catalogue(connection, (name.schema for name in comparison.claims.external))
    chain = OurChain(context, catalogue, comparison.guard.ours, comparison.engine)
    ownership = Ownership(comparison.claims, catalogue, chain)
    answers = {name: ownership.of(name) for name in sorted(catalogue.tables)}
    default = catalogue.default_schema
    models = ownership.ours
    version = TableName(context.version_table_schema, context.version_table).within(default)
    ours = {*models, version, *(name for name, answer in answers.items() if answer.kind is Kind.OURS)}
    return Tables(
        connection.dialect.name,
        default,
        tuple(name for name in sorted(models) if name in catalogue.tables),
        tuple(sorted(ours)),
        tuple(sorted(ours - {version})),
        {name: answer.owner for name, answer in answers.items() if answer.kind is Kind.EXTERNAL},
        tuple(
            sorted(
                {
                    TableName(column.type.schema, column.type.name).within(default)
                    for table in models.values()
                    for column in table.columns
                    if isinstance(column.type, Enum) and column.type.native_enum and column.type.name
                }
            )
        ),
    )
