"""The script that ``alembic upgrade heads --sql`` writes, held against what the same upgrade does online."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_guard._catalogue import read_catalogue
from alembic_guard._database import describe, is_mariadb
from alembic_guard._errors import GuardError
from alembic_guard._names import TableName
from alembic_guard._run.connection import with_connections
from alembic_guard._testing.environment import Environment, comparison_of, fail
from alembic_guard._testing.restored import schema_differences
from alembic_guard._testing.schema import Schema, SchemaReader
from alembic_guard._testing.walk import to_base, to_heads


def script_does_the_same(environment: Environment) -> None:
    """Fail where the script cannot be written, does not run, or makes another schema.

    Between the two, what the upgrade made since base is dropped: a chain need not have downgrades.
    """
    version_tables = _version_tables(environment)
    to_base(environment)
    script = written(environment)
    before = _schema(environment)
    to_heads(environment)
    online = _schema(environment)
    _on_engine(environment, lambda connection: _drop(connection, before, online, version_tables))
    _on_engine(environment, lambda connection: _run(connection, script))
    offline = _schema(environment)
    lines = schema_differences(
        {name: facts for name, facts in online.items() if name not in version_tables},
        {name: facts for name, facts in offline.items() if name not in version_tables},
    )
    if lines:
        fail(
            f"the script of upgrade heads --sql makes another schema than upgrade heads on {_database(environment)}\n"
            "  expected: none of these differences; found (- is missing, + is there beside):\n"
            + "\n".join(f"    {line}" for line in lines),
            hint="a revision asks the database, or context.is_offline_mode(), what to do: let it say the same in both",
        )


def written(environment: Environment) -> str:
    """The script from base to the heads; nothing is connected to."""
    config, buffer = environment.config, StringIO()
    url = environment.engine.url.render_as_string(hide_password=False).replace("%", "%%")
    with _set(config, "output_buffer", buffer), _url(config, url):
        try:
            environment.guarded(lambda: command.upgrade(config, "heads", sql=True))
        except GuardError:
            raise
        except Exception as error:  # noqa: BLE001 - a revision is the user's code and may raise anything
            _not_written(environment, error, buffer.getvalue())
    return buffer.getvalue()


def _not_written(environment: Environment, error: Exception, script: str) -> None:
    if isinstance(error, CommandError) and "batch mode" in str(error) and environment.engine.dialect.name == "sqlite":
        pytest.skip(f"Alembic writes no script of a batch operation on SQLite: {error}")
    running = re.findall(r"^-- Running (.*)$", script, re.MULTILINE)
    fail(
        f"{running[-1] if running else 'upgrade heads'} --sql on {_database(environment)}\n"
        f"  expected: SQL without a connection; found: {type(error).__name__}: {' '.join(str(error).split())}",
        hint="if not context.is_offline_mode(): around what asks the database",
    )


@contextmanager
def _set(target: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(target, name)
    setattr(target, name, value)
    try:
        yield
    finally:
        setattr(target, name, before)


@contextmanager
def _url(config: Any, url: str) -> Iterator[None]:
    parser, section = config.file_config, config.config_ini_section
    before = parser.get(section, "sqlalchemy.url", raw=True, fallback=None)
    config.set_section_option(section, "sqlalchemy.url", url)
    try:
        yield
    finally:
        if before is None:
            parser.remove_option(section, "sqlalchemy.url")
        else:
            parser.set(section, "sqlalchemy.url", before)


def _version_tables(environment: Environment) -> set[TableName]:
    found: set[TableName] = set()

    def look(context: MigrationContext) -> None:
        if comparison_of(context).engine is not None:
            pytest.skip("with several databases Alembic writes a script for each into files")
        assert context.connection is not None
        default = context.connection.dialect.default_schema_name
        found.add(TableName(context.version_table_schema, context.version_table).within(default))

    environment.look(look)
    return found


def _schema(environment: Environment) -> Schema:
    found: list[Schema] = []
    _on_engine(environment, lambda connection: found.append(SchemaReader().read(connection)))
    return found[0]


def _on_engine(environment: Environment, work: Callable[[Connection], None]) -> None:
    def at_once(connections: Sequence[Connection]) -> None:
        (connection,) = connections
        work(connection)
        connection.commit()

    with_connections([environment.engine], at_once)


def _drop(connection: Connection, before: Schema, now: Schema, version_tables: set[TableName]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    dialect = connection.dialect.name
    cascade = " CASCADE" if dialect == "postgresql" else ""
    if is_mariadb(dialect):
        connection.exec_driver_sql("SET foreign_key_checks = 0")
    made = {name: facts - before.get(name, frozenset()) for name, facts in now.items()}
    for name, facts in made.items():
        kind = {"(enum)": "TYPE", "(sequence)": "SEQUENCE", "(view)": "VIEW"}.get(name.name)
        schema = f"{quoted(name.schema)}." if name.schema and dialect != "sqlite" else ""
        if kind is not None:
            for fact in facts:
                connection.exec_driver_sql(f"DROP {kind} IF EXISTS {schema}{quoted(fact.partition(':')[0])}{cascade}")
        elif name not in before or name in version_tables:
            connection.exec_driver_sql(f"DROP TABLE {schema}{quoted(name.name)}{cascade}")
    if is_mariadb(dialect):
        connection.exec_driver_sql("SET foreign_key_checks = 1")


def _run(connection: Connection, script: str) -> None:
    """Statement by statement: Alembic writes an empty line behind each, and MariaDB takes one at a time."""
    # Without parameters a driver does not look for places of them: a name may hold a per cent sign.
    alone = connection.execution_options(isolation_level="AUTOCOMMIT", no_parameters=True)
    for chunk in script.split(";\n" if is_mariadb(connection.dialect.name) else ";\n\n"):
        statement = "\n".join(line for line in chunk.splitlines() if not line.startswith("--")).strip()
        if not statement:
            continue
        try:
            alone.exec_driver_sql(statement)
        except DBAPIError as error:
            fail(
                f"the script of upgrade heads --sql does not run on {describe(connection)}\n"
                f"  expected: it runs; found: {' '.join(str(error.orig).split())}\n  statement: {statement}",
                hint="alembic upgrade heads --sql shows the script",
            )


def _database(environment: Environment) -> str:
    found: list[str] = []
    _on_engine(environment, lambda connection: found.append(read_catalogue(connection).database))
    return found[0]
