"""One schema for each tenant: the schema where unqualified names live in this run (PostgreSQL)."""

from __future__ import annotations

from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import Dialect

from alembic_guard._database import describe
from alembic_guard._rules import age111_no_schema
from alembic_guard._stop import stop
from alembic_guard._x_arguments import values

_ARGUMENT = "x:"


def schema_of(config: Config, given: str | None) -> str | None:
    """The schema that ``Guard(schema=...)`` means; ``"x:tenant"`` is the value of ``-x tenant=...``.

    Raises:
        GuardError: AGE111 when the argument is not given: nobody guesses a tenant.
    """
    if given is None or not given.startswith(_ARGUMENT):
        return given
    key = given[len(_ARGUMENT) :]
    found = list(values(config, key))
    if not found:
        stop(age111_no_schema.not_named(key))
    return found[-1]


def work_in(engine: Engine, schema: str) -> None:
    """Make the schema the only one that unqualified names mean, on each new connection.

    Only it: beside another schema, a ``DROP TABLE`` of what this one lacks would find the other's.

    Raises:
        GuardError: AGE111 for a database without schemas.
    """
    _postgresql_only(schema, engine.dialect.name)
    statement = _set_search_path(engine.dialect, schema)

    # First of all listeners: the dialect's own then finds this schema as the default one (SQLAlchemy documentation,
    # "Setting Alternate Search Paths on Connect").
    @event.listens_for(engine, "connect", insert=True)
    def _search_here(dbapi_connection: Any, _record: Any) -> None:
        cursor = dbapi_connection.cursor()
        cursor.execute(statement)
        cursor.close()
        dbapi_connection.commit()


def make_sure(connection: Connection, schema: str, *, handed_in: bool) -> None:
    """Stop where unqualified names mean another schema, or none.

    Raises:
        GuardError: AGE111.
    """
    _postgresql_only(schema, connection.dialect.name)
    open_before = connection.in_transaction()
    found = connection.execute(text("SELECT CAST(current_schema() AS text)")).scalar()
    if not open_before:
        # Alembic would take the transaction for the caller's and leave it to them.
        connection.rollback()
    if (found, connection.dialect.default_schema_name) == (schema, schema):
        return
    quoted = connection.dialect.identifier_preparer.quote(schema)
    if handed_in:
        stop(age111_no_schema.elsewhere(schema, quoted, found, describe(connection)))
    stop(age111_no_schema.absent(schema, quoted, describe(connection)))


def offline_statement(url: URL, schema: str) -> str:
    """What a script begins with.

    Raises:
        GuardError: AGE111 for a database without schemas.
    """
    _postgresql_only(schema, url.get_backend_name())
    return _set_search_path(url.get_dialect()(), schema)


def _set_search_path(dialect: Dialect, schema: str) -> str:
    return f"SET search_path TO {dialect.identifier_preparer.quote_identifier(schema)}"


def _postgresql_only(schema: str, dialect: str) -> None:
    if dialect != "postgresql":
        stop(age111_no_schema.unsupported(schema, dialect))
