"""Keys across the border: which columns of ours refer to tables that are not ours, and whether the types meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from alembic_guard._external import table_name, written_type
from alembic_guard._names import TableName
from alembic_guard._review.owners import KnownOwner, dialect_of
from alembic_guard._review.values import KeySource, Owned, OwnKey, Reference, Requirement
from alembic_guard._types import names_can_refer, written

_JUDGES = {"postgresql": "PostgreSQL", "mysql": "MariaDB", "mariadb": "MariaDB"}
"""Databases that refuse a key of two types; SQLite compares values of two kinds and says nothing."""

LiveTypes = Mapping[tuple[TableName, str], TypeEngine[object]]


def references(
    keys: Iterable[KeySource],
    tables: Sequence[Owned],
    owners: Sequence[KnownOwner],
    dialect: Dialect | None,
    live_types: LiveTypes,
) -> list[Reference]:
    """The keys whose target is not ours; one line for a key that several files write, the newest."""
    kinds = {each.name: each.kind for each in tables}
    found: dict[tuple[TableName, str, TableName], Reference] = {}
    for key in (_whole(each, owners) for each in keys):
        if kinds.get(key.target) == "ours" or kinds.get(key.table) == "external":
            continue
        found[key.table, key.column, key.target] = _reference(key, owners, dialect, live_types)
    return sorted(found.values(), key=lambda each: (each.table, each.column))


def _reference(
    key: KeySource, owners: Sequence[KnownOwner], dialect: Dialect | None, live_types: LiveTypes
) -> Reference:
    theirs = live_types.get((key.target, key.target_column)) or _preset_type(key, owners, dialect)
    made = dialect or dialect_of(None)
    ours = key.type if isinstance(key.type, str) or key.type is None else written(key.type, made)
    shown = written(theirs, made) if theirs is not None else ""
    fits, verdict = _verdict(ours, shown, dialect, key)
    return Reference(
        key.table,
        key.column,
        ours or ("" if key.takes_type else "?"),
        key.target,
        key.target_column,
        shown,
        fits,
        verdict,
        "?" if key.on_delete is None else key.on_delete,
        key.place if key.place.path else None,
        key.where,
    )


def _preset_type(key: KeySource, owners: Sequence[KnownOwner], dialect: Dialect | None) -> TypeEngine[object] | None:
    for known in owners:
        for table in known.tables.metadata.tables.values():
            if table_name(table) == key.target and key.target_column in table.c:
                return written_type(table.c[key.target_column], dialect.name if dialect else "postgresql")
    return None


def _whole(key: KeySource, owners: Sequence[KnownOwner]) -> KeySource:
    """With the column that a key without one refers to: the primary key."""
    if key.target_column:
        return key
    tables = (each for known in owners for each in known.tables.metadata.tables.values())
    primary = next(([*each.primary_key.columns] for each in tables if table_name(each) == key.target), [])
    return replace(key, target_column=str(primary[0].name)) if len(primary) == 1 else key


def _verdict(ours: str | None, theirs: str, dialect: Dialect | None, key: KeySource) -> tuple[bool | None, str]:
    target = f"{key.target}.{key.target_column}" if key.target_column else f"the primary key of {key.target}"
    if key.takes_type:
        return True, f"takes the type of {target}"
    if not theirs:
        return None, f"the type of {target} is not known without the database"
    if ours is None:
        return None, "our column's type is not read"
    judge = dialect or dialect_of(None)
    if names_can_refer(ours, theirs, judge.name):
        return True, "the types meet"
    if judge.name == "sqlite":
        return False, "SQLite takes the key and compares values of two kinds"
    if judge.name not in _JUDGES:
        return None, f"not judged for {judge.name}"
    guessed = "" if dialect else " (whether it is one is not known)"
    return False, f"refused by {_JUDGES[judge.name]}{guessed}"


def own_keys(
    primary: Mapping[TableName, Mapping[str, TypeEngine[Any] | str | None]],
    tables: Sequence[Owned],
    crossing: Iterable[Reference],
    dialect: Dialect | None,
) -> list[OwnKey]:
    """Primary keys of our own tables: their types are ours to choose, but for those that refer across the border."""
    ours = {each.name for each in tables if each.kind == "ours"}
    refers = {(each.table, each.column) for each in crossing}
    made = dialect or dialect_of(None)
    found = []
    for table, columns in sorted(primary.items()):
        if table in ours and refers.isdisjoint((table, each) for each in columns):
            types = (
                each if isinstance(each, str) else written(each, made) if each else "?" for each in columns.values()
            )
            found.append(OwnKey(table, tuple(columns), tuple(types)))
    return found


def requirements(
    found: Iterable[Reference], tables: Sequence[Owned], owners: Sequence[KnownOwner]
) -> Iterator[Requirement]:
    """What must be there before a migration of ours can run: the targets, by table."""
    known = {each.name: each for each in tables}
    migrates = {each.owner.name: each.owner.migrate for each in owners}
    columns: dict[TableName, set[str]] = {}
    for each in found:
        columns.setdefault(each.target, set()).update([each.target_column] if each.target_column else [])
    for table, needed in sorted(columns.items()):
        owned = known[table]
        yield Requirement(table, tuple(sorted(needed)), owned.owner, migrates.get(owned.owner, ""), owned.live)
