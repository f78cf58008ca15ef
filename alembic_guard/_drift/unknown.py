"""Errors of databases that say: there is no such column, no such table; as each driver tells them."""

from __future__ import annotations

import re

# 42703 undefined_column, 42P01 undefined_table, 3F000 invalid_schema_name (PostgreSQL manual, "Error Codes").
_SQLSTATES = {"42703", "42P01", "3F000"}
# ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE (MariaDB manual, "Error Codes").
_NUMBERS = {1054, 1146}
_SQLITE = re.compile(r"no such (column|table): |has no column named ")
# PostgreSQL's words, and asyncpg's.
_PLANS = ("cached plan must not change result type", "cached statement plan is invalid")


def is_unknown_name(error: BaseException | None, dialect: str) -> bool:
    """Whether a driver's error is about a column, table or schema that is not there."""
    if dialect == "postgresql":
        return _sqlstate(error) in _SQLSTATES
    if dialect == "sqlite":
        return _SQLITE.search(str(error)) is not None
    return _number(error) in _NUMBERS


def is_unknown_column(error: BaseException | None, dialect: str) -> bool:
    """Whether it is the column of a table that is there."""
    if dialect == "postgresql":
        return _sqlstate(error) == "42703"
    if dialect == "sqlite":
        return "column" in str(error).partition(":")[0]
    return _number(error) == 1054


def is_stale_plan(error: BaseException | None, dialect: str) -> bool:
    """Whether PostgreSQL refuses a statement that was prepared before a table changed. Told by its text: SQLAlchemy's
    wrapper of asyncpg's error has no code."""
    return dialect == "postgresql" and any(each in str(error) for each in _PLANS)


def _sqlstate(error: BaseException | None) -> str:
    # psycopg and asyncpg: sqlstate; psycopg2 and SQLAlchemy's wrapper of asyncpg: pgcode; pg8000: a dict.
    for name in ("sqlstate", "pgcode"):
        if found := getattr(error, name, None):
            return str(found)
    first = error.args[0] if error is not None and error.args else None
    return str(first.get("C", "")) if isinstance(first, dict) else ""


def _number(error: BaseException | None) -> object:
    first = error.args[0] if error is not None and error.args else None
    return getattr(error, "errno", None) or first
