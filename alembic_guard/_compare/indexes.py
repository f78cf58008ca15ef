"""Indexes as a key needs them: one that begins with its columns, and none that repeats another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Index, Table, UniqueConstraint


def is_covered(table: Table, columns: Sequence[Column[Any]]) -> bool:
    """Whether an index, the primary key or a unique constraint begins with the columns, in any order."""
    wanted = set(columns)
    return any(set(each[: len(wanted)]) == wanted for each in _column_lists(table))


def _column_lists(table: Table) -> Iterator[list[Any]]:
    yield list(table.primary_key.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns)
    # An expression is in the list as itself, so what stands behind it counts as behind it.
    yield from (list(index.expressions) for index in table.indexes)


def repetitions(table: Table, columns: Sequence[Column[Any]]) -> Iterator[tuple[Index, str]]:
    """Plain indexes on exactly the columns that the primary key or a unique constraint has already, and which that is."""
    there = {tuple(table.primary_key.columns): "the primary key"}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            there.setdefault(tuple(constraint.columns), _called(constraint))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        listed = tuple(index.expressions)
        plain = not index.dialect_kwargs  # a condition, a method, an operator class: another index
        if plain and listed in there and listed[: len(columns)] == tuple(columns):
            yield index, there[listed]  # type: ignore[index]


def _called(constraint: UniqueConstraint) -> str:
    if isinstance(constraint.name, str):
        return f"the unique constraint {constraint.name}"
    return f"the unique constraint on {', '.join(str(each.name) for each in constraint.columns)}"
