"""SQLite files of one name in the folders where a relative path may have meant them."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic_guard._drift.comparison import Missing
from alembic_guard._drift.identity import DatabaseIdentity


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another file of the database's name; ``has``: whether it has what the database lacks."""

    path: str
    has: bool


def namesakes(database: DatabaseIdentity, missing: Sequence[Missing], folders: Iterable[str]) -> tuple[Namesake, ...]:
    """Those in the working folder, in the folders around it and in it, and in the folders that are named."""
    if database.dialect != "sqlite" or database.key[0] != "file":
        return ()
    own = Path(database.url.removeprefix("sqlite:///"))
    found: dict[tuple[int, int], Namesake] = {}
    for folder in _folders([*folders, os.getcwd(), str(own.parent), *_script()]):
        path = folder / own.name
        try:
            status = path.stat()
        except OSError:
            continue
        key = (status.st_dev, status.st_ino)
        if path.is_file() and ("file", *map(str, key)) != database.key and key not in found:
            found[key] = Namesake(str(path), _has(path, missing))
    return tuple(found.values())


def _script() -> Iterator[str]:
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path:
        yield str(Path(path).absolute().parent)


def _folders(near: Iterable[str]) -> Iterator[Path]:
    for each in dict.fromkeys(near):
        folder = Path(each)
        yield folder
        yield folder.parent
        try:
            with os.scandir(folder) as entries:
                yield from sorted(Path(entry.path) for entry in entries if entry.is_dir() and entry.name[0] not in "._")
        except OSError:
            continue


def _has(path: Path, missing: Sequence[Missing]) -> bool:
    """Whether a file is a database that has all of it; it is opened for reading only."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            return bool(missing) and all(_has_one(connection, each) for each in missing)
    except sqlite3.Error:
        return False


def _has_one(connection: sqlite3.Connection, missing: Missing) -> bool:
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (missing.table.name,))
    names = {str(name).lower() for (name,) in rows}
    return bool(names) if missing.column is None else missing.column.lower() in names
