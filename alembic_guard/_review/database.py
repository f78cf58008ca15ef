"""What the database says when it answers: which one it is, its revision, its tables, the keys into others'; it is only read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._database import describe_url, is_mariadb
from alembic_guard._diagnostics import Diagnostic, Location
from alembic_guard._drift.identity import DatabaseIdentity, identify
from alembic_guard._errors import GuardError
from alembic_guard._names import TableName
from alembic_guard._review.values import Column, KeySource, Place
from alembic_guard._run.connection import first_line, with_connections
from alembic_guard._run.engine import migration_engine
from alembic_guard._run.schema import work_in
from alembic_guard._types import written

_PATIENCE = {
    **dict.fromkeys(["psycopg", "psycopg2", "pymysql", "mysqldb", "aiomysql", "asyncmy"], "connect_timeout"),
    "asyncpg": "timeout",
}
"""How each driver calls the seconds that it waits for a server."""


@dataclass(slots=True)
class Said:
    """What it said; names are without the default schema, as files write them."""

    why_not: str = ""
    unreachable: Diagnostic | None = None
    identity: DatabaseIdentity | None = None
    dialect: Dialect | None = None
    current: tuple[str, ...] = ()
    tables: Mapping[TableName, str | None] | None = None
    columns: dict[TableName, tuple[Column, ...]] = field(default_factory=dict)
    types: dict[tuple[TableName, str], TypeEngine[object]] = field(default_factory=dict)
    keys: list[KeySource] = field(default_factory=list)


def ask(
    config: Config, url: URL, version_table: str, version_schema: str | None, *, section: str, schema: str | None
) -> Said:
    """Connect and read.

    Args:
        section: Of the configuration, with the engine's options.
        schema: The only one that unqualified names mean: a tenant's.
    """
    if (gone := _no_file(url)) is not None:
        return Said(why_not=gone)
    said = Said()

    def work(connections: Sequence[Connection]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know stays without one
            _read(connections[0], said, describe_url(url), version_table, version_schema)
        connections[0].rollback()

    try:
        engine = migration_engine(config, url, section)
        _be_patient(engine)
        try:
            if schema is not None:
                work_in(engine, schema)
            with_connections([engine], work)
        finally:
            engine.dispose()
    except GuardError as error:
        first = replace(error.diagnostics[0], location=Location(describe_url(url)))
        return Said(why_not=f"{describe_url(url)}: {first.message}", unreachable=first)
    except (
        SQLAlchemyError,
        TypeError,
        ValueError,
        OSError,
    ) as error:  # a driver that does not know an option of the URL
        return Said(why_not=f"{describe_url(url)}: {first_line(error)}")
    return said


def _no_file(url: URL) -> str | None:
    """SQLite makes a file that is not there."""
    if url.get_backend_name() != "sqlite" or str(url.database or "").startswith("file:"):
        return None
    if url.database in (None, "", ":memory:"):
        return "it is in memory, and empty for everybody who asks"
    return None if Path(str(url.database)).exists() else f"{describe_url(url)}: the file does not exist"


def _be_patient(engine: Engine) -> None:
    """Five seconds for a server to answer; a number, which an option of the URL is not."""
    name = _PATIENCE.get(engine.dialect.driver)
    if name is not None:

        @event.listens_for(engine, "do_connect")
        def _(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> None:
            options.setdefault(name, 5)


def _read(connection: Connection, said: Said, shown_url: str, version_table: str, version_schema: str | None) -> None:
    said.dialect = connection.dialect
    said.identity = replace(identify(connection), url=shown_url)
    options = {"version_table": version_table, "version_table_schema": version_schema}
    said.current = tuple(MigrationContext.configure(connection, opts=options).get_current_heads())
    catalogue = read_catalogue(connection)
    home = catalogue.default_schema
    said.tables = {_plain(name, home): why for name, why in catalogue.tables.items() if _matters(name, catalogue)}
    inspector = inspect(connection)
    for schema in sorted({each.schema for each, system in said.tables.items() if system is None}, key=str):
        names = [each.name for each, system in said.tables.items() if system is None and each.schema == schema]
        asked: dict[str, Any] = {"schema": schema, "filter_names": names, "kind": ObjectKind.ANY}
        for (_, name), columns in inspector.get_multi_columns(**asked).items():
            _take_columns(TableName(schema, name), columns, connection, said)
        for (_, name), keys in inspector.get_multi_foreign_keys(**asked).items():
            said.keys += _keys(TableName(schema, name), keys, home, said)


def _take_columns(table: TableName, columns: Sequence[Any], connection: Connection, said: Said) -> None:
    said.columns[table] = tuple(
        Column(each["name"], written(each["type"], connection.dialect), bool(each["nullable"])) for each in columns
    )
    said.types.update({(table, each["name"]): each["type"] for each in columns})


def _matters(name: TableName, catalogue: Catalogue) -> bool:
    """MariaDB's other schemas are other applications' databases."""
    return not is_mariadb(catalogue.dialect) or name.schema == catalogue.default_schema


def _plain(name: TableName, home: str | None) -> TableName:
    return TableName(None, name.name) if name.schema == home else name


def _keys(name: TableName, keys: Sequence[Any], home: str | None, said: Said) -> list[KeySource]:
    found = []
    for key in keys:
        target = _plain(TableName(key["referred_schema"], key["referred_table"]), home)
        options = key.get("options", {})
        for ours, theirs in zip(key["constrained_columns"], key["referred_columns"], strict=False):
            found.append(
                KeySource(
                    name,
                    ours,
                    said.types.get((name, ours)),
                    False,
                    target,
                    theirs,
                    str(options.get("ondelete") or ""),
                    Place(""),
                    "the database",
                )
            )
    return found
