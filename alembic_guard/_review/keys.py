"""The keys and primary keys that revisions leave and models declare, by the same reader as those that ``lint`` looks at."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.types import TypeEngine

from alembic_guard._history.interpreter import TooLong
from alembic_guard._history.sources import text_of
from alembic_guard._models import shown
from alembic_guard._names import TableName
from alembic_guard._review.values import KeySource, Place
from alembic_guard._static.declared import NearSources, reader_of
from alembic_guard._static.reader import Reader
from alembic_guard._static.shapes import Shapes
from alembic_guard._static.values import Declared, Key


@dataclass(frozen=True, slots=True)
class Keys:
    """What files write.

    Args:
        primary: The columns of each primary key with their types, as far as they are known.
    """

    foreign: tuple[KeySource, ...] = ()
    primary: Mapping[TableName, Mapping[str, TypeEngine[Any] | str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InDatabase:
    """One of several databases: what env.py gives to ``upgrade(engine_name)``, and the tables that models declare for it."""

    name: str
    models: frozenset[TableName]


def read_keys(
    revisions: Iterable[str],
    models: Iterable[str],
    dialect: str | None,
    one_name: Callable[[TableName], TableName],
    database: InDatabase | None = None,
) -> Keys:
    """The keys that are left after all revisions, and those of the models.

    Args:
        revisions: Their files, in the order in which they run.
        models: Files that may declare some.
        one_name: Gives all spellings of one table the same name.
        database: Of several the one that is meant.
    """
    engine = database.name if database is not None else None
    known: dict[str, NearSources] = {}
    chain, declared = Shapes(), Shapes(is_model=True)
    for path in revisions:
        _read(path, dialect, known, lambda reader, tree: reader.read_upgrade(tree, chain, engine))
    for path in models:
        _read(path, dialect, known, lambda reader, tree: reader.read_all_of_models(tree, declared))
    found = [
        source
        for shapes, where in ((chain, "a migration"), (declared, "a model"))
        for key in shapes.standing()
        for source in _sources(key, where, one_name)
        if database is None or shapes is chain or source.table in database.models
    ]
    primary = {
        one_name(table): key
        for shapes in (chain, declared)
        for table, key in shapes.primary_keys.items()
        if database is None or shapes is chain or one_name(table) in database.models
    }
    return Keys(tuple(found), primary)


def _read(
    path: str, dialect: str | None, known: dict[str, NearSources], read: Callable[[Reader, ast.Module], None]
) -> None:
    """What cannot be read is told by the reader of chains, and left out here."""
    path = str(Path(path).absolute())
    with suppress(OSError, SyntaxError, ValueError, RecursionError, TooLong):
        read(reader_of(path, dialect, Declared(), known), ast.parse(text_of(path), path))


def _sources(key: Key, where: str, one_name: Callable[[TableName], TableName]) -> Iterator[KeySource]:
    """One for each column of a key."""
    table, target = one_name(key.table), one_name(key.target)
    place = Place(shown(key.path), key.line)
    theirs = key.target_columns or ("",) * len(key.columns)
    for column, type_, other in zip(key.columns, key.types, theirs, strict=False):
        yield KeySource(table, column, type_, key.takes_type, target, other, key.on_delete, place, where)
