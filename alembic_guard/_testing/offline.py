"""The script that ``alembic upgrade heads --sql`` writes, held against what the same upgrade does online."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from alembic_guard._catalogue import read_catalogue
from alembic_guard._database import describe, is_mariadb
from alembic_guard._names import TableName
from alembic_guard._run.connection import is_engine
from alembic_guard._testing.environment import Environment, comparison_of, fail
from alembic_guard._testing.restored import schema_differences
from alembic_guard._testing.schema import WRITTEN_IN_FULL, Schema, SchemaReader
from alembic_guard._testing.walk import to_base, to_heads, upgrades


def script_does_the_same(environment: Environment) -> None:
    """Fail where the script cannot be written, does not run, or makes another schema.

    Between the two, what the upgrade made since base is dropped: a chain need not have downgrades. Its downgrades are needed
    where it changes what was there before it.
    """
    if environment.engine is not None and not is_engine(environment.engine):
        pytest.skip("alembic_engine is a connection, whose transaction the script would end: it has BEGIN and COMMIT")
    version_tables = _version_tables(environment)
    to_base(environment)
    script = written(environment)
    before = _schema(environment)
    to_heads(environment)
    online = _schema(environment)
    _take_back(environment, before, online, version_tables)
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


def written(environment: Environment) -> list[str]:
    """The statements of the script from base to the heads; nothing is connected to."""
    config, script = environment.config, _Script()
    found: list[URL] = []
    _on_engine(environment, lambda connection: found.append(connection.engine.url))

    def steps(heads: Any, context: MigrationContext) -> Iterator[RevisionStep]:
        for step in upgrades(environment):
            if step.revision.revision in environment.skipped:
                step.migration_fn = _nothing
            yield step

    url = found[0].render_as_string(hide_password=False).replace("%", "%%")
    with _set(config, "output_buffer", script), _url(config, url):
        try:
            environment.run(steps, as_sql=True, starting_rev=None, destination_rev="heads")
        except Exception as error:  # noqa: BLE001 - a revision is the user's code and may raise anything
            _not_written(environment, error, script.getvalue(), found[0].get_backend_name())
    return script.statements


def _nothing(**given: Any) -> None:
    """What a revision in ``skip_revisions`` does."""


class _Script(StringIO):
    """What is written, and statement by statement: Alembic writes each by itself, and what is in one cannot be told from
    what ends it (the body of a function has semicolons and empty lines of its own)."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def write(self, text: str) -> int:
        said = text.strip()
        if any(line and not line.startswith("--") for line in said.splitlines()):
            self.statements.append(said.removesuffix(";"))
        return super().write(text)


def _not_written(environment: Environment, error: Exception, script: str, dialect: str) -> None:
    if isinstance(error, CommandError) and "batch mode" in str(error) and dialect == "sqlite":
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
    environment.connect([None], lambda connections: work(connections[0]))


def _take_back(environment: Environment, before: Schema, now: Schema, version_tables: set[TableName]) -> None:
    kept = [name for name in before if name not in version_tables and not name.name.startswith("(")]
    changed = [str(name) for name in kept if now.get(name) != before[name]]
    if changed:
        try:
            to_base(environment)
        except pytest.fail.Exception:
            pytest.skip(
                f"the chain changes {', '.join(changed)}, there before it on {_database(environment)}, and its downgrades do"
                " not take that back: the script has no schema to begin from"
            )
        now = _schema(environment)
    _on_engine(environment, lambda connection: _drop(connection, before, now, version_tables))


def _drop(connection: Connection, before: Schema, now: Schema, version_tables: set[TableName]) -> None:
    dialect = connection.dialect.name
    if is_mariadb(dialect):
        connection.exec_driver_sql("SET foreign_key_checks = 0")
    keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar() if dialect == "sqlite" else None
    if keys is not None:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    made = {name: facts - before.get(name, frozenset()) for name, facts in now.items()}
    # A function before the types that it takes, an extension and a schema when what is in them is gone.
    for name in sorted(made, key=lambda each: _KINDS.index(each.name) if each.name in _KINDS else -1):
        if name.name in _KINDS:
            for fact in made[name]:
                connection.exec_driver_sql(_drop_statement(connection, name, fact))
        elif name not in before or name in version_tables:
            connection.exec_driver_sql(_drop_statement(connection, name, ""))
    if is_mariadb(dialect):
        connection.exec_driver_sql("SET foreign_key_checks = 1")
    if keys is not None:
        connection.commit()  # inside of a transaction it says nothing
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {keys}")


_KINDS = [
    "(view)",
    "(materialized view)",
    *WRITTEN_IN_FULL,
    "(function)",
    "(procedure)",
    "(enum)",
    "(sequence)",
    "(schema)",
    "(extension)",
]


def _drop_statement(connection: Connection, name: TableName, fact: str) -> str:
    """For a table, or for what a fact tells of that belongs to none."""
    quoted = connection.dialect.identifier_preparer.quote
    cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
    said = fact.partition(": ")[0]
    kind = {"(enum)": "TYPE"}.get(name.name, name.name.strip("()").upper()) if fact else "TABLE"
    if name.name in (*WRITTEN_IN_FULL, "(schema)", "(extension)"):
        written = said if name.name in WRITTEN_IN_FULL else quoted(said)
    else:
        schema = f"{quoted(name.schema)}." if name.schema and connection.dialect.name != "sqlite" else ""
        written = f"{schema}{quoted(said or name.name)}"
    return f"DROP {kind} IF EXISTS {written}{cascade}"


def _run(connection: Connection, script: Sequence[str]) -> None:
    # Without parameters a driver does not look for places of them: a name may hold a per cent sign.
    alone = connection.execution_options(isolation_level="AUTOCOMMIT", no_parameters=True)
    for statement in script:
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
