"""What our keys ask of the live tables they refer to, and what they do to them: AGR101, AGR107 to AGR114."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alembic.operations.ops import CreateIndexOp, UpgradeOps
from sqlalchemy import Column, Connection, ForeignKeyConstraint, Table, UniqueConstraint

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.annotations import other_annotation
from alembic_guard._compare.crossings import Crossing, NewKeys, action_of, crossings, key_name, label_of, new_keys
from alembic_guard._compare.deletes import Step, stops
from alembic_guard._compare.indexes import is_covered, repetitions
from alembic_guard._compare.line import model_line
from alembic_guard._compare.live_types import LiveTypes
from alembic_guard._compare.prune import walk
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import table_name
from alembic_guard._models import classes_by_table, source_of
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims
from alembic_guard._requirements import LiveColumns
from alembic_guard._rules import (
    agr101_key_type,
    agr106_key_collation,
    agr107_not_unique,
    agr108_set_null,
    agr109_annotation,
    agr110_no_on_delete,
    agr111_delete_stopped,
    agr112_no_index,
    agr113_index_repeated,
    agr114_no_name,
)
from alembic_guard._targets import Pair, UniqueColumns, may_refer, refused_pairs, unique_columns
from alembic_guard._types import can_refer, same_family, written

_INDEXES_ITSELF = ("mysql", "mariadb")
"""InnoDB makes an index for a key that has none, and checks every key at once, NO ACTION like RESTRICT."""


def reference_breaks(
    claims: Claims,
    types: LiveTypes,
    created: Mapping[TableName, Table],
    live: LiveColumns,
    upgrade_ops: UpgradeOps,
    connection: Connection,
) -> Iterator[Diagnostic]:
    """Findings about every key of ours into an external table; tables in ``created`` will be as they are declared."""
    catalogue = types.catalogue
    new = new_keys(upgrade_ops, catalogue)
    found = list(crossings(claims, catalogue, new))
    yield from _types(found, live, created, types, connection)
    yield from (each.weighed_by_columns(finding) for each in found for finding in _collations(each, types))
    unique = {
        **unique_columns(connection, {each.target for each in found}, catalogue),
        **{name: _declared_unique(table) for name, table in created.items()},
    }
    indexes = set(_new_indexes(upgrade_ops))
    classes = classes_by_table() if found else {}
    for each in found:
        yield from map(each.weighed, _target(each, unique, live, catalogue.dialect))
        yield from map(each.weighed_by_columns, _emptied(each))
        yield from map(each.weighed_by_columns, _annotation(each, classes, connection))
        yield from map(each.weighed, _on_delete(each))
        if catalogue.dialect not in _INDEXES_ITSELF:
            yield from map(each.weighed, _no_index(each))
        yield from _repeated(each, indexes)
        yield from _name(each)
    yield from _further_on(claims, found, new, catalogue)


def _new_indexes(upgrade_ops: UpgradeOps) -> Iterator[tuple[str, tuple[str, ...]]]:
    for op in walk(upgrade_ops):
        if isinstance(op, CreateIndexOp):
            yield op.table_name, tuple(str(column.name) for column in op.to_index().columns)


def _types(
    found: Sequence[Crossing],
    live: LiveColumns,
    created: Mapping[TableName, Table],
    types: LiveTypes,
    connection: Connection,
) -> Iterator[Diagnostic]:
    asked: list[tuple[Crossing, Column[Any], Pair]] = []
    for each in found:
        for element in each.constraint.elements:
            column, name = element.parent, str(element.column.name)
            theirs = live.get(each.target, {}).get(name)
            own = column.type is not element.column.type
            # A type that is taken is the live column's (MariaDB), or the declared one, whose family is AGC101's.
            taken = not types.by_declared and same_family(column.type, theirs, connection.dialect) if theirs else False
            if theirs is not None and (own or taken):
                asked.append((each, column, Pair(column.type, each.target, name, theirs)))
    there = [n for n, (each, _, _) in enumerate(asked) if each.target not in created]
    refused = {there[n] for n in refused_pairs(connection, [asked[n][2] for n in there], types.catalogue)}
    refused |= {
        n
        for n, (each, _, pair) in enumerate(asked)
        if each.target in created and not can_refer(pair.ours, pair.theirs, connection.dialect)
    }
    for n, (each, column, pair) in enumerate(asked):
        if n in refused:
            ours, found_there = (written(type_, connection.dialect) for type_ in (pair.ours, pair.theirs))
            label, target = f"{table_name(each.table)}.{column.name}", f"{each.target}.{pair.column}"
            line = model_line(each.constraint)
            yield each.weighed_by_columns(agr101_key_type.refused_type(label, ours, target, found_there, line))


def _collations(each: Crossing, types: LiveTypes) -> Iterator[Diagnostic]:
    """AGR106, on MariaDB."""
    for element in each.constraint.elements:
        ours, theirs = element.parent, element.column
        live = types.live_collation(each.target, str(theirs.name))
        found = types.collation(ours) if live and ours.type is not theirs.type else None
        if found is not None and found != live:
            label = f"{table_name(each.table)}.{ours.name}"
            target = f"{each.target}.{theirs.name}"
            yield agr106_key_collation.refused_collation(label, found, target, str(live), model_line(each.constraint))


def _target(each: Crossing, unique: UniqueColumns, live: LiveColumns, dialect: str) -> Iterator[Diagnostic]:
    there = unique.get(each.target)
    absent = set(each.target_columns) - live.get(each.target, {}).keys()  # AGC102, AGC103
    if there is None or absent or may_refer(each.target_columns, there, dialect):
        return
    listed = [f"{each.target}.{', '.join(columns)}" for columns in sorted(there, key=lambda each: (len(each), each))]
    yield agr107_not_unique.not_unique(each.label, each.target_label, " or ".join(listed) or "no such column")


def _emptied(each: Crossing) -> Iterator[Diagnostic]:
    for column in each.columns:
        found = _cannot_be_emptied(each.action, column)
        if found is not None:
            cascade = model_line(each.constraint, ondelete="CASCADE")
            may = found == "NOT NULL" and not column.primary_key
            if may and len(each.columns) > 1:
                line = f"nullable=True for {', '.join(str(column.name) for column in each.columns)}; or {cascade}"
            else:
                line = model_line(each.constraint, nullable=True) if may else cascade
            label = f"{table_name(each.table)}.{column.name}"
            yield agr108_set_null.cannot_be_emptied(each.label, each.action, label, found, line)


def _annotation(
    each: Crossing, classes: Mapping[Table, Sequence[type]], connection: Connection
) -> Iterator[Diagnostic]:
    mapped = classes.get(each.table, ())
    for column in each.columns if mapped else ():
        other = other_annotation(column, mapped[0])
        if other is not None:
            type_, line = written(column.type, connection.dialect), model_line(each.constraint)
            yield agr109_annotation.other_annotation(each.label, other[0], type_, other[1], line)


def _cannot_be_emptied(action: str, column: Column[Any]) -> str | None:
    if action not in ("SET NULL", "SET DEFAULT"):
        return None
    if column.computed is not None:
        return "a generated column"
    if not column.nullable and not (action == "SET DEFAULT" and column.server_default is not None):
        return "NOT NULL"
    return None


def _on_delete(each: Crossing) -> Iterator[Diagnostic]:
    if each.action not in ("", "NO ACTION", "RESTRICT"):
        return
    cascade = model_line(each.constraint, ondelete="CASCADE")
    if not each.action:
        may_be_null = not any(column.primary_key for column in each.columns)
        set_null = model_line(each.constraint, ondelete="SET NULL", nullable=True) if may_be_null else None
        yield agr110_no_on_delete.no_on_delete(each.label, each.target_label, each.owner, cascade, set_null)
    else:
        yield agr110_no_on_delete.refuses(each.label, each.target_label, each.owner, each.action, cascade)


def _no_index(each: Crossing) -> Iterator[Diagnostic]:
    if not is_covered(each.table, each.columns):
        if len(each.columns) == 1:
            line = model_line(each.constraint)
        else:
            line = f"Index(None, {', '.join(f'{str(column.name)!r}' for column in each.columns)})"
        yield agr112_no_index.no_index(each.label, str(each.target), line)


def _repeated(each: Crossing, created: set[tuple[str, tuple[str, ...]]]) -> Iterator[Diagnostic]:
    for index, repeated in repetitions(each.table, each.columns):
        names = tuple(str(column.name) for column in index.columns)
        line = f"{model_line(each.constraint, index=False).replace(', index=True', '')}  # without index=True"
        if not each.columns[0].index or len(index.columns) > 1:
            line = f"Leave out Index({str(index.name)!r}, ...)."
        finding = agr113_index_repeated.index_repeated(each.label, str(index.name), repeated, line)
        is_new = each.table_is_new or (each.table.name, names) in created
        placed = finding.at(*source_of(each.table, names[0]))
        yield placed if is_new else placed.of_what_stands()


def _name(each: Crossing) -> Iterator[Diagnostic]:
    # What stands already has a name: the database made one up.
    if not each.is_new or isinstance(each.constraint.name, str):
        return
    name = "_".join(["fk", str(each.table.name), *(str(column.name) for column in each.columns)])
    say = agr114_no_name.named_by_the_database if each.table_is_new else agr114_no_name.no_name
    yield each.weighed(say(each.label, model_line(each.constraint, name=name)))


def _further_on(claims: Claims, found: Sequence[Crossing], new: NewKeys, catalogue: Catalogue) -> Iterator[Diagnostic]:
    entries = [_step(each.constraint, each.target, new, catalogue) for each in found]
    owners = {each.target: each.owner for each in found}
    between = list(_between_ours(claims))
    steps = [
        _step(constraint, table_name(constraint.referred_table).within(catalogue.default_schema), new, catalogue)
        for constraint in between
    ]
    for stop in stops(entries, steps, restricts=catalogue.dialect in _INDEXES_ITSELF):
        constraint = between[stop.number]
        owner = next(owner for target, owner in owners.items() if stop.path.startswith(f"{target} -> "))
        finding = agr111_delete_stopped.delete_stopped(
            label_of(constraint), stop.path, owner, model_line(constraint, ondelete="CASCADE"), always=stop.always
        ).at(*source_of(constraint.table, str(constraint.elements[0].parent.name)))
        yield finding if stop.is_new else finding.of_what_stands()


def _between_ours(claims: Claims) -> Iterator[ForeignKeyConstraint]:
    crossing = {id(reference.key.constraint) for reference in claims.references}
    for table in claims.ours.values():
        for constraint in sorted(table.foreign_key_constraints, key=label_of):
            if id(constraint) not in crossing:
                yield constraint


def _step(constraint: ForeignKeyConstraint, target: TableName, new: NewKeys, catalogue: Catalogue) -> Step:
    key, action = key_name(constraint, catalogue), action_of(constraint)
    takes_null = all(each.parent.nullable and each.parent.computed is None for each in constraint.elements)
    cannot_any_more = action == "SET NULL" and not takes_null and new.alters(key)
    return Step(key[0], target, action, takes_null, key in new.made or cannot_any_more)


def _declared_unique(table: Table) -> frozenset[tuple[str, ...]]:
    sets = [table.primary_key, *(each for each in table.constraints if isinstance(each, UniqueConstraint))]
    return frozenset(tuple(str(column.name) for column in each.columns) for each in sets)
