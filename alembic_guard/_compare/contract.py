"""What our keys and the listed columns need of other owners' tables, held against the live tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from alembic.operations.ops import CreateForeignKeyOp, CreateTableOp, UpgradeOps
from sqlalchemy import Connection, Table

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.keys import key_of
from alembic_guard._compare.live_types import LiveTypes
from alembic_guard._compare.prune import walk
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._external import table_name, written_type
from alembic_guard._models import source_of
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims, Reference
from alembic_guard._requirements import LiveColumns, Requirement, live_columns, unmet
from alembic_guard._rules import agr101_key_type, agr106_key_collation
from alembic_guard._types import can_refer, written


def contract_breaks(
    claims: Claims,
    types: LiveTypes,
    created: Mapping[TableName, Table],
    upgrade_ops: UpgradeOps,
    connection: Connection,
) -> Iterator[Diagnostic]:
    """AGC101, AGC102, AGC103 for what is not as declared; AGR101 and AGR106 for keys of ours whose type or collation the
    database refuses.

    Tables that this diff creates, by their real names, will be as they are declared.
    """
    catalogue, dialect = types.catalogue, connection.dialect.name
    wanted = [*_required_by_keys(claims), *_relied_on(claims, dialect), *_required_by_created(claims, created)]
    requirements = [each for each in wanted if catalogue.real(each.table) not in created]
    live = live_columns(connection, (catalogue.real(each.table) for each in requirements), catalogue)
    yield from dict.fromkeys(unmet(requirements, live, catalogue, connection.dialect))
    live.update(_declared(created))
    new = set(_new_keys(upgrade_ops, catalogue))
    for reference in claims.references:
        for finding in _refused(reference, live, types):
            # Adoption day: what already exists warns; only new operations are errors.
            yield finding if _column_of(reference, catalogue) in new else replace(finding, severity=Severity.WARNING)


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


def _refused(reference: Reference, live: LiveColumns, types: LiveTypes) -> Iterator[Diagnostic]:
    ours, theirs, dialect = reference.key.parent, reference.key.column, types.dialect
    target = types.catalogue.real(reference.target)
    found = live.get(target, {}).get(str(theirs.name))
    if found is None or ours.type is theirs.type:
        return
    label, place = f"{target}.{theirs.name}", source_of(ours.table, str(ours.name))
    if not can_refer(ours.type, found, dialect):
        yield agr101_key_type.refused_type(
            reference.label, str(ours.key), written(ours.type, dialect), label, written(found, dialect)
        ).at(*place)
    elif (collation := types.live_collation(target, str(theirs.name))) and types.collation(ours) != collation:
        yield agr106_key_collation.refused_collation(
            reference.label, str(ours.key), str(types.collation(ours)), label, collation
        ).at(*place)


def _column_of(reference: Reference, catalogue: Catalogue) -> tuple[TableName, str]:
    column = reference.key.parent
    return table_name(column.table).within(catalogue.default_schema), str(column.name)


def _new_keys(upgrade_ops: UpgradeOps, catalogue: Catalogue) -> Iterator[tuple[TableName, str]]:
    for op in walk(upgrade_ops):
        if isinstance(op, CreateTableOp):
            table = TableName(op.schema, str(op.table_name)).within(catalogue.default_schema)
            yield from ((table, str(column.name)) for column in op.to_table().columns)
        elif isinstance(op, CreateForeignKeyOp) and (key := key_of(op, catalogue)):
            yield from ((key.table, column) for column in key.columns)
