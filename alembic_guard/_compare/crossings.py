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

NewKeys = Mapping[tuple[TableName, tuple[str, ...]], bool]
"""Keys that a diff creates or changes, by table and columns; True where the table is new too."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A key of ours that crosses the border.

    Args:
        target: The table it refers to, by its real name.
        is_new: Whether this diff creates it, or alters its columns.
        table_is_new: Whether this diff creates its table.
    """

    constraint: ForeignKeyConstraint
    owner: str
    target: TableName
    is_new: bool
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
        placed = finding.at(*source_of(self.table, str(self.columns[0].name)))
        return placed if self.is_new else placed.of_what_stands()


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
        yield Crossing(constraint, claims.external[reference.target], target, ours in new, new.get(ours, False))


def key_name(constraint: ForeignKeyConstraint, catalogue: Catalogue) -> tuple[TableName, tuple[str, ...]]:
    """A key of the models by the names that the database has."""
    table = table_name(constraint.table).within(catalogue.default_schema)
    return table, tuple(str(each.parent.name) for each in constraint.elements)


def new_keys(upgrade_ops: UpgradeOps, catalogue: Catalogue) -> NewKeys:
    """What a diff creates, and what it alters the type or the nullability of."""
    found: dict[tuple[TableName, tuple[str, ...]], bool] = {}
    for op in walk(upgrade_ops):
        if isinstance(op, CreateTableOp):
            for constraint in op.to_table().foreign_key_constraints:
                found[key_name(constraint, catalogue)] = True
        elif isinstance(op, CreateForeignKeyOp) and (key := key_of(op, catalogue)):
            found[key.table, key.columns] = False
        elif isinstance(op, AlterColumnOp) and (op.modify_type is not None or op.modify_nullable is not None):
            table = table_of(op)
            assert table is not None
            found[table.within(catalogue.default_schema), (op.column_name,)] = False
    return found
