"""Names of tables as values, and how a person writes and reads them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

DEFAULT_SCHEMAS = {"postgresql": "public", "sqlite": "main"}
"""Where a database has tables that name no schema, unless it is told otherwise."""


class TableName(NamedTuple):
    """A table's schema and name. ``schema=None`` is the schema where an unqualified name is found or created.

    A tuple, which Python hashes and compares by itself: a database may have ten thousand tables, and each is looked up.

    .. versionadded:: 0.1
    """

    schema: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def __lt__(self, other: tuple[str | None, ...]) -> bool:
        return (self[0] or "", self[1]) < (other[0] or "", other[1] or "")

    def __le__(self, other: tuple[str | None, ...]) -> bool:
        return (self[0] or "", self[1]) <= (other[0] or "", other[1] or "")

    def __gt__(self, other: tuple[str | None, ...]) -> bool:
        return (self[0] or "", self[1]) > (other[0] or "", other[1] or "")

    def __ge__(self, other: tuple[str | None, ...]) -> bool:
        return (self[0] or "", self[1]) >= (other[0] or "", other[1] or "")

    def in_order(self) -> tuple[str, str]:
        """The key by which names are sorted; given to ``sorted`` it saves a comparison in Python of each pair."""
        return self.schema or "", self.name

    @classmethod
    def parse(cls, text: str) -> TableName:
        """``"user"`` or ``"auth.user"``; a name that itself holds a dot is written ``TableName(None, "a.b")``."""
        schema, dot, name = text.rpartition(".")
        return cls(schema if dot else None, name)

    def within(self, default_schema: str | None) -> TableName:
        """The same name with its schema filled in."""
        return self if self.schema else TableName(default_schema, self.name)

    def without_default(self, dialect: str | None) -> TableName:
        """The same name without the schema that holds it anyway; where no dialect is known, that of any."""
        default = [DEFAULT_SCHEMAS.get(dialect)] if dialect else list(DEFAULT_SCHEMAS.values())
        return TableName(None, self.name) if self.schema in default else self

    def as_kept(self, dialect: str | None, default_schema: str | None, *, ignores_case: bool = False) -> TableName:
        """The name by which the database tells tables apart: two spellings of one table are equal in this form.

        Args:
            ignores_case: Whether the server was told to (MariaDB's ``lower_case_table_names``); SQLite always does.
        """
        schema, name = self.schema or default_schema, self.name
        if dialect == "postgresql" and self.schema and _is_short(self.schema) and _is_short(name):
            return self
        keep = (
            first_63_bytes if dialect == "postgresql" else lambda text: fold(text, dialect, ignores_case=ignores_case)
        )
        return TableName(schema and keep(schema), keep(name))

    def matches(self, pattern: TableName) -> bool:
        """Whether a pattern with ``*`` and ``?`` matches, with case; one without a schema matches in every schema."""
        return fnmatchcase(self.name, pattern.name) and (
            pattern.schema is None or fnmatchcase(self.schema or "", pattern.schema)
        )


def fold(text: str, dialect: str | None, *, ignores_case: bool) -> str:
    """One form of all spellings that differ in case alone, where the database takes them for one name."""
    if dialect == "sqlite":  # takes Users and users for one name, and É and é for two
        return ascii_lower(text)
    return str.lower(text) if ignores_case else text  # str's own, as below


def ascii_lower(text: str) -> str:
    """``A`` to ``Z`` in lower case and nothing else: so SQLite compares names, and so PostgreSQL folds those without
    quotes (``downcase_identifier`` in its source, for encodings of several bytes)."""
    # str's own: SQLAlchemy's names in quotes stay as they are when they are told to be lower.
    return str.lower(text) if text.isascii() else str.translate(text, _LOWER)


_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def _is_short(name: str) -> bool:
    return len(name) <= 63 and name.isascii()


def first_63_bytes(name: str) -> str:
    """What PostgreSQL keeps of a name in raw SQL (NAMEDATALEN - 1)."""
    return name.encode()[:63].decode(errors="ignore")
