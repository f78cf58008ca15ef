"""Keys across the border: which columns of ours refer to tables that are not ours, and whether the types meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from alembic_guard._external import table_name, written_type
from alembic_guard._names import TableName
from alembic_guard._review.owners import KnownOwner, dialect_of
from alembic_guard._review.values import KeySource, Owned, OwnKey, Reference, Requirement
from alembic_guard._types import can_refer, written

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
    for key in keys:
        if kinds.get(key.target) == "ours" or kinds.get(key.table) == "external":
            continue
        found[key.table, key.column, key.target] = _reference(key, owners, dialect, live_types)
    return sorted(found.values(), key=lambda each: (each.table, each.column))


def _reference(
    key: KeySource, owners: Sequence[KnownOwner], dialect: Dialect | None, live_types: LiveTypes
) -> Reference:
    theirs = live_types.get((key.target, key.target_column)) or _preset_type(key, owners, dialect)
    ours = key.type
    made = dialect or dialect_of(None)
    told = written(ours, made) if ours is not None else key.said
    shown = written(theirs, made) if theirs is not None else ""
    fits, verdict = _verdict(ours, theirs, dialect, key)
    return Reference(
        key.table,
        key.column,
        told,
        key.target,
        key.target_column,
        shown,
        fits,
        verdict,
        key.on_delete,
        key.place if key.place.path else None,
        key.where,
    )


def _preset_type(key: KeySource, owners: Sequence[KnownOwner], dialect: Dialect | None) -> TypeEngine[object] | None:
    for known in owners:
        for table in known.tables.metadata.tables.values():
            if table_name(table) == key.target and key.target_column in table.c:
                return written_type(table.c[key.target_column], dialect.name if dialect else "postgresql")
    return None


def _verdict(
    ours: TypeEngine[object] | None, theirs: TypeEngine[object] | None, dialect: Dialect | None, key: KeySource
) -> tuple[bool | None, str]:
    if ours is None and not key.said and theirs is not None:
        return True, f"takes the type of {key.target}.{key.target_column}"
    if ours is None:
        return None, "our column's type is not one of SQLAlchemy's own"
    if theirs is None:
        return None, f"the type of {key.target}.{key.target_column} is not known without the database"
    judge = dialect or dialect_of(None)
    if can_refer(ours, theirs, judge):
        return True, "the types meet"
    if judge.name == "sqlite":
        return False, "SQLite takes the key and compares values of two kinds"
    if judge.name not in _JUDGES:
        return None, f"not judged for {judge.name}"
    guessed = "" if dialect else " (whether it is one is not known)"
    return False, f"refused by {_JUDGES[judge.name]}{guessed}"


def own_keys(
    primary: Mapping[TableName, tuple[str, ...]],
    types: Mapping[tuple[TableName, str], tuple[TypeEngine[object] | None, str]],
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
            known = [types.get((table, each), (None, "")) for each in columns]
            found.append(OwnKey(table, columns, tuple(written(t, made) if t is not None else "?" for t, _ in known)))
    return found


def requirements(
    found: Iterable[Reference], tables: Sequence[Owned], owners: Sequence[KnownOwner]
) -> Iterator[Requirement]:
    """What must be there before a migration of ours can run: the targets, by table."""
    known = {each.name: each for each in tables}
    migrates = {each.owner.name: each.owner.migrate for each in owners}
    columns: dict[TableName, set[str]] = {}
    for each in found:
        columns.setdefault(each.target, set()).add(each.target_column)
    for table, needed in sorted(columns.items()):
        owned = known[table]
        yield Requirement(table, tuple(sorted(needed)), owned.owner, migrates.get(owned.owner, ""), owned.live)
