"""Keys of ours into tables of other owners, whole and as values that the rules judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alembic.operations.ops import AlterColumnOp, CreateForeignKeyOp, CreateTableOp, UpgradeOps
from sqlalchemy import Column, ForeignKeyConstraint, Table

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.keys import key_of
from alembic_guard._compare.prune import table_of, walk
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import table_name
from alembic_guard._models import source_of
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims

KeyName = tuple[TableName, tuple[str, ...], TableName]
"""A key's table, its columns, and the table it refers to."""


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What a diff does to keys.

    Args:
        made: The keys it creates; True where their table is new too.
        altered: The columns that get another type, or may be NULL or no longer.
    """

    made: Mapping[KeyName, bool]
    altered: frozenset[tuple[TableName, str]]

    def alters(self, key: KeyName) -> bool:
        table, columns, _ = key
        return any((table, column) in self.altered for column in columns)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A key of ours that crosses the border.

    Args:
        target: The table it refers to, by its real name.
        is_new: Whether this diff creates it.
        is_altered: Whether this diff alters its columns.
        table_is_new: Whether this diff creates its table.
    """

    constraint: ForeignKeyConstraint
    owner: str
    target: TableName
    is_new: bool
    is_altered: bool
    table_is_new: bool

    @property
    def table(self) -> Table:
        return self.constraint.table

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        return tuple(element.parent for element in self.constraint.elements)

    @property
    def target_columns(self) -> tuple[str, ...]:
        return tuple(str(element.column.name) for element in self.constraint.elements)

    @property
    def label(self) -> str:
        return label_of(self.constraint)

    @property
    def target_label(self) -> str:
        return f"{self.target}.{', '.join(self.target_columns)}"

    @property
    def action(self) -> str:
        return action_of(self.constraint)

    def weighed(self, finding: Diagnostic) -> Diagnostic:
        """The finding with its place in the models; an error about a key that stands already is a warning."""
        return self._placed(finding, self.is_new)

    def weighed_by_columns(self, finding: Diagnostic) -> Diagnostic:
        """The same for what is wrong with its columns: an error when they are altered, too."""
        return self._placed(finding, self.is_new or self.is_altered)

    def _placed(self, finding: Diagnostic, is_new: bool) -> Diagnostic:
        placed = finding.at(*source_of(self.table, str(self.columns[0].name)))
        return placed if is_new else placed.of_what_stands()


def label_of(constraint: ForeignKeyConstraint) -> str:
    """``chat_sessions.user_id``, as the models write the names."""
    return f"{table_name(constraint.table)}.{', '.join(str(each.parent.name) for each in constraint.elements)}"


def action_of(constraint: ForeignKeyConstraint) -> str:
    """What ON DELETE says, in capitals; empty where it says nothing."""
    return (constraint.ondelete or "").upper()


def crossings(claims: Claims, catalogue: Catalogue, new: NewKeys) -> Iterator[Crossing]:
    """Each key into an external table, in the order of the models."""
    seen: set[int] = set()
    for reference in claims.references:
        constraint = reference.key.constraint
        if not isinstance(constraint, ForeignKeyConstraint) or id(constraint) in seen:
            continue
        seen.add(id(constraint))
        ours = key_name(constraint, catalogue)
        target = catalogue.real(reference.target)
        made = new.made.get(ours)
        yield Crossing(
            constraint, claims.external[reference.target], target, made is not None, new.alters(ours), bool(made)
        )


def key_name(constraint: ForeignKeyConstraint, catalogue: Catalogue) -> KeyName:
    """A key of the models by the names that the database has."""
    table = table_name(constraint.table).within(catalogue.default_schema)
    columns = tuple(str(each.parent.name) for each in constraint.elements)
    return table, columns, catalogue.real(table_name(constraint.referred_table))


def new_keys(upgrade_ops: UpgradeOps, catalogue: Catalogue) -> NewKeys:
    """What a diff creates, and what it alters the type or the nullability of."""
    made: dict[KeyName, bool] = {}
    altered: set[tuple[TableName, str]] = set()
    for op in walk(upgrade_ops):
        if isinstance(op, CreateTableOp):
            for constraint in op.to_table().foreign_key_constraints:
                made[key_name(constraint, catalogue)] = True
        elif isinstance(op, CreateForeignKeyOp) and (key := key_of(op, catalogue)):
            made[key.table, key.columns, key.target] = False
        elif isinstance(op, AlterColumnOp) and (op.modify_type is not None or op.modify_nullable is not None):
            table = table_of(op)
            assert table is not None
            altered.add((table.within(catalogue.default_schema), op.column_name))
    return NewKeys(made, frozenset(altered))
