"""Whose tables are whose, as far as files and options say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column

from alembic_guard._allow import Allow
from alembic_guard._external import ExternalTables, table_name
from alembic_guard._names import DEFAULT_SCHEMAS, TableName


class Owners:
    """The other owners of one database.

    Args:
        tables: Their tables.
        named: Further tables with their owner's name.
        allow: What revisions may do there all the same.
        dialect: Decides which spellings are one name; None where it is not known.
    """

    def __init__(
        self,
        tables: Sequence[ExternalTables],
        named: Mapping[TableName, str],
        allow: Iterable[Allow],
        dialect: str | None,
    ) -> None:
        self._dialect = dialect
        self._tables = tables
        self._owner: dict[TableName, str] = {}
        self._created: set[TableName] = set()
        self._columns: dict[TableName, Mapping[str, Column[Any]]] = {}
        self._keys: dict[TableName, tuple[str, ...]] = {}
        for each in tables:
            self._take(each)
        for name, owner in named.items():
            self._owner.setdefault(self._one_name(name), owner)
        self._allowed = {(each.revision, self._one_name(TableName.parse(each.table))) for each in allow}
        self._words = _words(self._owner, [pattern for each in tables for pattern in each.patterns])
        self._search = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self._words))})", re.IGNORECASE).search

    def _take(self, tables: ExternalTables) -> None:
        for name in tables.names:
            self._owner.setdefault(self._one_name(name), tables.owner)
        for table in tables.metadata.tables.values():
            name = self._one_name(table_name(table))
            self._columns.setdefault(name, {str(column.name): column for column in table.columns})
            self._keys.setdefault(name, tuple(str(column.name) for column in table.primary_key.columns))
        self._created |= {self._one_name(table_name(table)) for table in tables.created}

    def __bool__(self) -> bool:
        return bool(self._words)

    @property
    def by_name(self) -> Mapping[str, str]:
        """Tables by their bare names."""
        return {name.name: owner for name, owner in self._owner.items()}

    def may_matter(self, text: str) -> bool:
        """Whether a file names one of their tables at all."""
        if not self._words:
            return False
        lowered = text.lower()
        return any(word in lowered for word in self._words) and self._search(text) is not None

    def owner_of(self, name: TableName) -> str | None:
        """Who owns a table; None where nobody is known to."""
        found = self._owner.get(self._one_name(name))
        claimed = (each.owner for each in self._tables if each.claims(name))
        return found or next(claimed, None)

    def column(self, table: TableName, name: str) -> Column[Any] | None:
        """A column that its owner declares."""
        return self._columns.get(self._one_name(table), {}).get(name)

    def primary_key(self, table: TableName) -> tuple[str, ...]:
        """The columns that a key refers to which names none."""
        return self._keys.get(self._one_name(table), ())

    def is_created_by_us(self, table: TableName) -> bool:
        """Whether the owner's tables are made by our own chain."""
        return self._one_name(table) in self._created

    def allows(self, revision: str, table: TableName) -> bool:
        """Whether ``Guard(allow=...)`` lets a revision change a table."""
        return (revision, self._one_name(table)) in self._allowed

    def _one_name(self, name: TableName) -> TableName:
        if self._dialect is None:
            return name.without_default(None)
        return name.as_kept(self._dialect, DEFAULT_SCHEMAS.get(self._dialect))


def _words(names: Iterable[TableName], patterns: Iterable[TableName]) -> list[str]:
    """Texts of which a file must hold one that names one of these tables."""
    found = {name.name.lower() for name in names}
    for pattern in patterns:
        start = re.split(r"[*?\[]", pattern.name)[0] or re.split(r"[*?\[]", pattern.schema or "")[0]
        found.add(start.lower())
    return sorted(found)
