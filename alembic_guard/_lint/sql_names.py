"""What a database does with a name: how much of it it keeps, and whether it has to be quoted."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")

LIMITS = {"postgresql": 63, "mysql": 64, "mariadb": 64}
"""Bytes of an identifier that the database keeps (PostgreSQL: NAMEDATALEN - 1; MariaDB: characters, so at most)."""


def needs_quotes(name: str, dialect: str) -> str | None:
    """Why a name has to be quoted in SQL written by hand; None where it has not."""
    preparer = _preparer(dialect)
    # Most names, without asking SQLAlchemy to quote them.
    if preparer is None or (_PLAIN.fullmatch(name) and name not in preparer.reserved_words):
        return None
    if preparer.quote(name) == name:
        return None
    if name.lower() in preparer.reserved_words:
        return f"{name.upper()} is a reserved word of {dialect}"
    return "it is in mixed case" if name.lower() != name else "it has characters beyond letters, digits and _"


@cache
def _preparer(dialect: str) -> Any:
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import NoSuchModuleError

    try:
        return URL.create(dialect).get_dialect()().identifier_preparer
    except NoSuchModuleError:
        return None


def kept(name: str, dialect: str) -> str:
    """As much of a name as the database keeps."""
    limit = LIMITS.get(dialect)
    return name if limit is None else name.encode()[:limit].decode(errors="ignore")
