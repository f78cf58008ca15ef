"""One database of a run: what to connect to, and what its script begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from alembic import context
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from alembic_guard._database import describe_url
from alembic_guard._guard import Guard
from alembic_guard._rules import age105_bad_url, age108_bad_guard
from alembic_guard._run.connection import is_engine
from alembic_guard._run.engine import migration_engine
from alembic_guard._run.schema import make_sure, offline_statement, schema_of, work_in
from alembic_guard._run.url import database_url
from alembic_guard._stop import stop


@dataclass(frozen=True)
class Target:
    """A database and its Guard.

    Args:
        name: What the layout ``multidb`` calls it, which is also its section of the configuration; None for the only one.
    """

    config: Config
    guard: Guard
    name: str | None = None

    @cached_property
    def schema(self) -> str | None:
        return schema_of(self.config, self.guard.schema)

    @cached_property
    def url(self) -> URL:
        return database_url(self.config, self.guard.url, self.name)

    @cached_property
    def handed_in(self) -> Any:
        """``config.attributes["connection"]``: an engine or a connection; by name where there are several."""
        given = self.config.attributes.get("connection")
        if self.name is None or given is None:
            return given
        if not isinstance(given, Mapping):
            what = 'config.attributes["connection"]'
            stop(age108_bad_guard.bad_value(what, type(given), f"a dict of engines by name: {{{self.name!r}: engine}}"))
        return given.get(self.name)

    @property
    def locks(self) -> bool:
        """Whether a run keeps others out. Not where a Connection was handed in, unless asked for: its owner may hold a
        transaction that the other run waits for, and be waiting for this one."""
        if self.guard.lock is not None:
            return self.guard.lock
        return self.handed_in is None or is_engine(self.handed_in)

    @contextmanager
    def connectable(self) -> Iterator[Any]:
        """What was handed in, or an engine for the URL, disposed afterwards."""
        if self.handed_in is not None:
            yield self.handed_in
            return
        engine = self._engine()
        try:
            yield engine
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        engine = migration_engine(self.config, self.url, self.name or self.config.config_ini_section)
        if self.schema is not None:
            work_in(engine, self.schema)
        return engine

    def make_sure(self, connection: Connection) -> None:
        """Stop where the connection works in another schema than the one that is meant."""
        if self.schema is not None:
            make_sure(connection, self.schema, handed_in=self.handed_in is not None)

    def more(self, connection: Connection) -> dict[str, Any]:
        """Keywords for ``configure()`` that only an engine of ours allows: it lets SQLite roll DDL back."""
        ours = self.handed_in is None and connection.dialect.name == "sqlite"
        return {"transactional_ddl": True} if ours else {}

    def offline_options(self) -> dict[str, Any]:
        """Keywords for ``configure()`` with ``--sql``."""
        if self.url.get_backend_name() == "postgres":
            stop(
                age105_bad_url.bad_url(
                    describe_url(self.url), "SQLAlchemy has no dialect 'postgres'", "Write postgresql://"
                )
            )
        return {"url": self.url, "literal_binds": True, "dialect_opts": {"paramstyle": "named"}}

    def begin_script(self) -> None:
        """With ``--sql``: text as PostgreSQL reads it, and the schema that what follows is for."""
        if not context.is_offline_mode():
            return
        dialect: Any = context.get_context().dialect
        if dialect.name == "postgresql":
            # SQLAlchemy 2.0 doubles backslashes until a server tells it not to; 2.1 does as PostgreSQL since 9.1. No public
            # name.
            dialect._backslash_escapes = False
        if self.schema is not None:
            context.execute(offline_statement(self.url, self.schema))


@contextmanager
def disposing(targets: Sequence[Target]) -> Iterator[list[Any]]:
    """What each target connects to; engines of ours are disposed afterwards."""
    with ExitStack() as stack:
        yield [stack.enter_context(each.connectable()) for each in targets]
