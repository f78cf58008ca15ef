"""A database as a person may see it: which one, and never a password."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.engine import URL, Connection

_SECRET = ("pass", "pwd", "secret", "token", "key", "odbc_connect")


def describe_url(url: URL) -> str:
    """The URL with every secret replaced by ``***``; SQLite's file as an absolute path."""
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        database = str(url.database)
        return f"sqlite:///{database if database.startswith('file:') else Path(database).absolute()}"
    query = {name: "***" if _is_secret(name, value) else value for name, value in url.query.items()}
    shown = url.set(query=query).render_as_string(hide_password=True)
    # An @ behind the first one: the rest of a password that was not written in percent form.
    return re.sub(r"(?<=:\*\*\*@)[^?]*(?:@|%40)", "***@", shown)


def _is_secret(name: str, value: str | tuple[str, ...]) -> bool:
    """By its name; and a value that is a URL itself may hold a password of its own."""
    values = [value] if isinstance(value, str) else value
    return any(word in name.lower() for word in _SECRET) or any("://" in each for each in values)


def without_secrets(option: str) -> str:
    """``key=value`` of a command line, its value replaced by ``***`` where it may hold a secret."""
    name, equals, value = option.partition("=")
    secret = "://" in value or any(word in name.lower() for word in _SECRET)
    return f"{name}=***" if equals and secret else option


def describe(connection: Connection) -> str:
    """The database of a connection, ``postgresql+psycopg://app:***@db/app``."""
    return describe_url(connection.engine.url)


def is_mariadb(dialect: str) -> bool:
    """Whether a dialect's name is one of the two that SQLAlchemy has for MariaDB: ``mysql+pymysql://`` and
    ``mariadb+pymysql://`` both reach it."""
    return dialect in ("mysql", "mariadb")


def all_of(names: Sequence[str]) -> list[str]:
    """For ``IN`` in MariaDB's information_schema, which else finds one alone of two that differ in case or accents alone.

    It knows no case there, takes them for one value, and opens that one by its name (10.11). The empty name is none's.
    """
    return [*names, ""] if len(names) > 1 else list(names)
