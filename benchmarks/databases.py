"""Databases of N tables of ours and M of others, for the benchmarks: 20 columns, 2 indexes and 1 key each."""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Engine, ForeignKey, Integer, MetaData, String, Table, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.kit import PostgreSQL, postgresql_server

COLUMNS = 18
"""Beside the primary key and the foreign key."""

_AT_ONCE = 50
"""Tables in one transaction: PostgreSQL holds a lock on each."""


def schema(prefix: str, count: int, *, schemas: int = 0) -> MetaData:
    """The models: a chain of tables, each with a key to the one before; spread over schemas ``s0``, ``s1``, ..."""
    metadata = MetaData()
    for number in range(count):
        where = f"s{number % schemas}" if schemas else None
        before = f"{where}." if where else ""
        step = max(schemas, 1)
        parent = ForeignKey(f"{before}{prefix}_{number - step if number >= step else number}.id")
        columns = [Column(f"c{each}", String(50), index=each < 2) for each in range(COLUMNS)]
        Table(
            f"{prefix}_{number}",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("parent_id", Integer, parent),
            *columns,
            schema=where,
        )
    return metadata


@dataclass(frozen=True)
class Place:
    """Where databases are made: a folder for SQLite's files, or a server of PostgreSQL."""

    dialect: str
    folder: Path
    server: PostgreSQL | None = None

    @contextmanager
    def database(self) -> Iterator[URL]:
        """A new, empty database."""
        if self.server is not None:
            with self.server.database() as made:
                yield made.url
            return
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield make_url(f"sqlite:///{Path(name) / 'bench.db'}")


@contextmanager
def places() -> Iterator[list[Place]]:
    """SQLite, and PostgreSQL of the wheel; or the server of ALEMBIC_GUARD_POSTGRESQL."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        server = stack.enter_context(postgresql_server(folder / "postgresql"))
        yield [Place("sqlite", folder), Place("postgresql", folder, server)]


def create(url: URL, prefix: str, count: int, *, after: int = 0, schemas: int = 0) -> None:
    """The tables of ``schema(prefix, count)`` in a database, but for its first ones that are there."""
    engine = create_engine(url, poolclass=NullPool)
    sql = list(_statements(prefix, count, after, schemas, engine))
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as plain:
            plain.executescript(f"PRAGMA synchronous = OFF; BEGIN; {' '.join(sql)} COMMIT;")
    else:
        with engine.connect() as connection:
            for number in range(schemas):
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS s{number}"))
            for start in range(0, len(sql), _AT_ONCE):
                connection.execute(text("SET LOCAL synchronous_commit = off"))
                connection.exec_driver_sql(" ".join(sql[start : start + _AT_ONCE]))
                connection.commit()
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    engine.dispose()


def _statements(prefix: str, count: int, after: int, schemas: int, engine: Engine) -> Iterator[str]:
    """The first tables as SQLAlchemy writes them, all others in their image: that takes a hundredth of the time."""
    step = max(schemas, 1)
    written = [_ddl(table, engine) for table in schema(prefix, min(count, 2 * step), schemas=schemas).tables.values()]
    for number in range(after, count):
        if number < 2 * step:
            yield written[number]
        else:
            model = step + number % step
            text_ = re.sub(
                rf"\b(ix_(?:s\d+_)?)?{prefix}_{model}(?=_c\d|\b)", rf"\g<1>{prefix}_{number}", written[model]
            )
            yield re.sub(rf"\b{prefix}_{model - step}\b", f"{prefix}_{number - step}", text_)


def _ddl(table: Table, engine: Engine) -> str:
    indexes = sorted(table.indexes, key=lambda each: str(each.name))
    statements = [CreateTable(table), *(CreateIndex(index) for index in indexes)]
    return " ".join(f"{str(each.compile(engine)).strip()};" for each in statements)
