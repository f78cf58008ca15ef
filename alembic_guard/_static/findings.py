"""The verdict on what a file does to tables of other owners, and on its keys to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Column
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.types import TypeEngine

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import written_type
from alembic_guard._names import TableName
from alembic_guard._rules import (
    agl101_lock,
    ago110_unread,
    ago120_refused,
    agr101_key_type,
    agr110_no_on_delete,
    agr112_no_index,
)
from alembic_guard._static.owners import Owners
from alembic_guard._static.values import EVERY, FileFacts, Key
from alembic_guard._types import names_can_refer, written

_INDEXES_ITSELF = ("mysql", "mariadb")
_LOOKS = ("postgresql", "mysql")


def findings(facts: FileFacts, owners: Owners, dialect: str | None, *, is_new: bool) -> Iterator[Diagnostic]:
    """What is wrong in one file.

    Args:
        dialect: The database's; where it is not known, only what no database accepts is told of types, and nothing of
            indexes and locks.
        is_new: Whether the file is known to be new: what a revision made that has run can no more be made otherwise.
    """
    yield from _acts(facts, owners, is_new=is_new)
    for key in facts.keys:
        owner = owners.owner_of(key.target)
        if owner is not None and key.function != "downgrade":
            for each in _key(key, owner, owners, dialect):
                standing = bool(facts.revision) and not is_new and each.code != "AGR101"
                yield (each.of_what_stands() if standing else each).at(facts.path, key.line)
    for line, why in dict.fromkeys(facts.unread):
        yield ago110_unread.unread(facts.revision, facts.path, line, why)


def _acts(facts: FileFacts, owners: Owners, *, is_new: bool) -> Iterator[Diagnostic]:
    made: set[TableName] = set()
    told: set[tuple[TableName, int]] = set()
    for each in facts.acts:
        act = (
            replace(each, table=owners.of_schema(each.table.schema) or each.table) if each.table.name == EVERY else each
        )
        owner = owners.owner_of(act.table)
        if owner is None or act.table in made or owners.allows(facts.revision, act.table):
            continue
        if act.creates:
            made.add(act.table)
            if owners.is_created_by_us(act.table):
                continue
        if (act.table, act.line) not in told:
            told.add((act.table, act.line))
            say = ago120_refused.would_create if act.creates else ago120_refused.would_change
            found = say(act.table, owner, facts.revision, act.text).at(facts.path, act.line)
            yield found.of_what_stands() if act.creates and not is_new else found


def _key(key: Key, owner: str, owners: Owners, dialect: str | None) -> Iterator[Diagnostic]:
    columns = key.target_columns or owners.primary_key(key.target)
    target = ".".join([str(key.target), ", ".join(columns)]) if columns else str(key.target)
    yield from _types(key, columns, owner, owners, dialect)
    if key.on_delete == "":
        stay = key.cascade.replace("CASCADE", "SET NULL")
        yield agr110_no_on_delete.no_on_delete(key.label, target, owner, key.cascade, stay)
    elif key.on_delete in ("NO ACTION", "RESTRICT"):
        yield agr110_no_on_delete.refuses(key.label, target, owner, key.on_delete, key.cascade)
    if key.indexed is False and dialect is not None and dialect not in _INDEXES_ITSELF:
        yield agr112_no_index.no_index(key.label, str(key.target), key.index)
    if key.waits and dialect == "postgresql":
        yield agl101_lock.looks_rows_up(str(key.target), owner, key.label, key.waits, key.not_valid)


def _types(key: Key, columns: tuple[str, ...], owner: str, owners: Owners, dialect: str | None) -> Iterator[Diagnostic]:
    for ours, name in zip(key.types, columns, strict=False):
        theirs = owners.column(key.target, name)
        if ours is None or theirs is None:
            continue
        asked = (_written(ours, theirs, each) for each in ([dialect] if dialect else _LOOKS))
        pairs = [each for each in asked if each is not None]
        if pairs and not any(names_can_refer(mine, their, at) for mine, their, at in pairs):
            mine, their, _ = pairs[0]
            target = f"{key.target}.{name}"
            yield agr101_key_type.refused_by_declaration(key.label, mine, target, their, owner)


def _written(ours: TypeEngine[Any] | str, theirs: Column[Any], dialect: str | None) -> tuple[str, str, str] | None:
    """Both types as one database writes them; None where we know no such database."""
    found = _dialect_of(dialect or "")
    if found is None:
        return None
    mine = ours if isinstance(ours, str) else written(ours, found)
    return mine, written(written_type(theirs, found.name), found), found.name


@cache
def _dialect_of(name: str) -> Dialect | None:
    try:
        return URL.create(name).get_dialect()()
    except NoSuchModuleError:
        return None
