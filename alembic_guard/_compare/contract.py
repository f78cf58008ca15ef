"""What our keys and the listed columns need of other owners' tables, held against the live tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alembic.operations.ops import UpgradeOps
from sqlalchemy import Connection, Table

from alembic_guard._compare.live_types import LiveTypes
from alembic_guard._compare.references import reference_breaks
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import table_name, written_type
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims
from alembic_guard._requirements import LiveColumns, Requirement, live_columns, unmet


def contract_breaks(
    claims: Claims,
    types: LiveTypes,
    created: Mapping[TableName, Table],
    upgrade_ops: UpgradeOps,
    connection: Connection,
) -> Iterator[Diagnostic]:
    """AGC101, AGC102, AGC103 for what is not as declared; then what our keys do that they should not.

    Tables that this diff creates, by their real names, will be as they are declared.
    """
    catalogue, dialect = types.catalogue, connection.dialect.name
    wanted = [*_required_by_keys(claims), *_relied_on(claims, dialect), *_required_by_created(claims, created)]
    requirements = [each for each in wanted if catalogue.real(each.table) not in created]
    live = live_columns(connection, (catalogue.real(each.table) for each in requirements), catalogue)
    yield from dict.fromkeys(unmet(requirements, live, catalogue, connection.dialect))
    live.update(_declared(created))
    yield from reference_breaks(claims, types, created, live, upgrade_ops, connection)


def _required_by_keys(claims: Claims) -> Iterator[Requirement]:
    for reference in claims.references:
        column = reference.key.column
        owner = claims.external[reference.target]
        wanted = ((str(column.name), column.type),)
        yield Requirement(reference.target, wanted, owner, reference.label, claims.migrate_of(owner), _type_fix(owner))


def _relied_on(claims: Claims, dialect: str) -> Iterator[Requirement]:
    for name, columns in claims.relies_on.items():
        table, owner = claims.tables[name], claims.external[name]
        # By name, because a column may have another key; as declared, which may not be the type that reads it.
        wanted = tuple((str(each.name), written_type(each, dialect)) for each in table.columns if each.name in columns)
        yield Requirement(name, wanted, owner, "relies_on", claims.migrate_of(owner), _type_fix(owner))


def _required_by_created(claims: Claims, created: Mapping[TableName, Table]) -> Iterator[Requirement]:
    """Where only some of an owner's tables are missing, their keys lead to those that exist."""
    for table in created.values():
        for key in sorted(table.foreign_keys, key=lambda each: str(each.parent.name)):
            target = table_name(key.column.table)
            wanted, owner = ((str(key.column.name), key.column.type),), claims.external[target]
            needed_by = f"{table_name(table)}.{key.parent.name}"
            yield Requirement(target, wanted, owner, needed_by, claims.migrate_of(owner), _type_fix(owner))


def _declared(created: Mapping[TableName, Table]) -> LiveColumns:
    return {name: {str(column.name): column.type for column in table.columns} for name, table in created.items()}


def _type_fix(owner: str) -> str:
    if owner == "better-auth":
        return 'better_auth(id_type=...): "text" for text ids, "uuid" for uuid, "serial" for integer.'
    return f"Declare the column in {owner}'s ExternalTables with the type the database has."
