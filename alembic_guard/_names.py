"""Names of tables as values, and how a person writes and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's schema and name. ``schema=None`` is the schema where an unqualified name is found or created.

    .. versionadded:: 0.1
    """

    schema: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def __lt__(self, other: TableName) -> bool:
        return (self.schema or "", self.name) < (other.schema or "", other.name)

    @classmethod
    def parse(cls, text: str) -> TableName:
        """``"user"`` or ``"auth.user"``; a name that itself holds a dot is written ``TableName(None, "a.b")``."""
        schema, dot, name = text.rpartition(".")
        return cls(schema if dot else None, name)

    def within(self, default_schema: str | None) -> TableName:
        """The same name with its schema filled in."""
        return self if self.schema else TableName(default_schema, self.name)

    def matches(self, pattern: TableName) -> bool:
        """Whether a pattern with ``*`` and ``?`` matches, with case; one without a schema matches in every schema."""
        return fnmatchcase(self.name, pattern.name) and (
            pattern.schema is None or fnmatchcase(self.schema or "", pattern.schema)
        )
