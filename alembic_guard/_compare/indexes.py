"""Indexes as a key needs them: one that begins with its columns, and none that repeats another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Index, Table, TextClause, UniqueConstraint
from sqlalchemy.sql.elements import UnaryExpression


def is_covered(table: Table, columns: Sequence[Column[Any]]) -> bool:
    """Whether an index, the primary key or a unique constraint begins with the columns, in any order."""
    wanted = {str(column.name) for column in columns}
    return any(set(each[: len(wanted)]) == wanted for each in _column_lists(table, wanted))


def _column_lists(table: Table, wanted: set[str]) -> Iterator[list[str | None]]:
    yield [str(column.name) for column in table.primary_key.columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [str(column.name) for column in constraint.columns]
    for index in table.indexes:
        if _may_serve(index, wanted):
            yield [_column_of(each) for each in index.expressions]


_NAME = r'"?(?:\w+\.)?(?P<name>\w+)"?'
_SORTED = re.compile(rf"{_NAME}(?: +(?:asc|desc))?(?: +nulls +(?:first|last))?", re.IGNORECASE)
_NOT_NULL = re.compile(rf"\(?{_NAME} +is +not +null\)?", re.IGNORECASE)


def _column_of(expression: Any) -> str | None:
    """The column an index's entry is, in either direction; None for an expression, behind which others count as behind."""
    if isinstance(expression, UnaryExpression) and expression.modifier is not None:
        return _column_of(expression.element)
    if isinstance(expression, TextClause):
        found = _SORTED.fullmatch(expression.text.strip())
        return found["name"] if found else None
    return str(expression.name) if isinstance(expression, Column) else None


def _may_serve(index: Index, wanted: set[str]) -> bool:
    """Whether it finds rows by equality, and all of them: those without a value refer to nobody."""
    options = {key.partition("_")[2]: value for key, value in index.dialect_kwargs.items()}
    if str(options.get("using") or "btree").lower() not in ("btree", "hash"):
        return False
    if options.get("where") is None:
        return True
    found = _NOT_NULL.fullmatch(str(options["where"]).strip())
    return found is not None and found["name"] in wanted


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
