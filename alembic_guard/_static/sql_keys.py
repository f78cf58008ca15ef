"""Tables, columns, indexes and keys that SQL text makes, by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alembic_guard._history.sql import Statement, Word, statements_of, words_of
from alembic_guard._names import TableName


@dataclass(frozen=True, slots=True)
class SqlKey:
    """A foreign key; without ``target_columns`` it refers to the primary key."""

    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    on_delete: str | None
    not_valid: bool
    name: str = ""


@dataclass(slots=True)
class SqlTable:
    """What one statement gives a table."""

    name: TableName
    is_new: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    keys: list[SqlKey] = field(default_factory=list)
    primary: tuple[str, ...] = ()
    dropped: list[str] = field(default_factory=list)
    """Columns, and constraints by their names: PostgreSQL has a list for each, MariaDB too."""


def read_tables(sql: str, dialect: str) -> Iterator[SqlTable]:
    """The tables that the statements of a text make or alter; what cannot be read is passed over."""
    if not _DEFINES.search(sql):
        return
    try:
        for words in statements_of(words_of(sql, dialect)):
            found = _Definition(list(_split(words)), dialect).table()
            if found is not None:
                yield found
    except ValueError:
        return


def _split(words: Sequence[Word]) -> Iterator[Word]:
    """sqlglot makes one word of FOREIGN KEY and its like."""
    for word in words:
        if word.kind or " " not in word.text:
            yield word
        else:
            yield from (Word(each) for each in word.text.split())


_DEFINES = re.compile(r"\b(?:create|alter)\b", re.IGNORECASE)
_AFTER_TYPE = frozenset(
    ["NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK", "CONSTRAINT", "COLLATE", "GENERATED"]
)


class _Definition(Statement):
    """CREATE TABLE, ALTER TABLE, CREATE INDEX."""

    def table(self) -> SqlTable | None:
        if self.take("CREATE"):
            while self.take("UNIQUE", "TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL"):
                pass
            if self.take("INDEX"):
                return self._index()
            return self._created() if self.take("TABLE") else None
        if self.take("ALTER") and self.take("TABLE"):
            return self._altered()
        return None

    def _index(self) -> SqlTable | None:
        while not self.done and not self.take("ON"):
            self.at += 1
        self.take("ONLY")
        name = self.name()
        btree = not (self.take("USING") and not self.take("BTREE", "HASH"))
        columns = self._columns() if btree else ()
        if not isinstance(name, TableName) or any(word.text.upper() == "WHERE" for word in self.words[self.at :]):
            return None
        return SqlTable(name, indexes=[columns] if columns else [])

    def _created(self) -> SqlTable | None:
        _ = self.take("IF") and self.take("NOT") and self.take("EXISTS")
        name = self.name()
        if not isinstance(name, TableName) or not self.take("("):
            return None
        table = SqlTable(name, is_new=True)
        while not self.done:
            self._item(table)
            if not self.take(","):
                break
        return table

    def _altered(self) -> SqlTable | None:
        _ = self.take("IF") and self.take("EXISTS")
        self.take("ONLY")
        name = self.name()
        if not isinstance(name, TableName):
            return None
        table = SqlTable(name)
        while not self.done:
            if self.take("ADD"):
                self.take("COLUMN")
                _ = self.take("IF") and self.take("NOT") and self.take("EXISTS")
                self._item(table)
            elif self.take("DROP"):
                _ = self.take("COLUMN", "CONSTRAINT") or (self.take("FOREIGN") and self.take("KEY"))
                _ = self.take("IF") and self.take("EXISTS")
                table.dropped.append(self.part())
                self._skip()
            else:
                self._skip()
            if not self.take(","):
                break
        return table

    def _item(self, table: SqlTable) -> None:
        """A column or a constraint, up to the comma behind it."""
        name = self.part() if self.take("CONSTRAINT") else ""
        if self.take("FOREIGN"):
            self.take("KEY")
            named = name if self.peek() == "(" else name or self.part()  # MariaDB: FOREIGN KEY name (...)
            self._key(table, self._columns() if self.peek() == "(" else (self.part(), self._columns())[1], named)
        elif word := self.take("PRIMARY", "UNIQUE"):
            self.take("KEY")
            while not self.done and self.peek() not in ("(", ","):
                self.at += 1
            columns = self._columns()
            table.indexes += [columns] if columns else []
            table.primary = columns if word == "PRIMARY" else table.primary
        elif self.take("INDEX", "KEY"):
            while not self.done and self.peek() not in ("(", ","):
                self.at += 1
            table.indexes += [columns] if (columns := self._columns()) else []
        elif self.peek() not in ("CHECK", "EXCLUDE", "LIKE"):
            self._column(table)
        self._skip()

    def _column(self, table: SqlTable) -> None:
        name = self.part()
        if not name:
            return
        table.columns[name] = self._type()
        while not self.done and self.peek() not in (",", ")"):
            if self.take("REFERENCES"):
                self.at -= 1
                self._key(table, (name,))
            elif word := self.take("PRIMARY", "UNIQUE"):
                table.indexes.append((name,))
                table.primary = (name,) if word == "PRIMARY" else table.primary
            elif self.peek() == "(":
                self._parentheses()
            else:
                self.at += 1

    def _type(self) -> str:
        parts: list[str] = []
        while not self.done and self.peek() not in (",", ")") and self.peek() not in _AFTER_TYPE:
            if self.peek() == "(":
                start = self.at
                self._parentheses()
                parts.append("".join(word.text for word in self.words[start : self.at]))
            else:
                parts.append(self.words[self.at].text.upper())
                self.at += 1
        return " ".join(parts).replace(" (", "(")

    def _key(self, table: SqlTable, columns: tuple[str, ...], name: str = "") -> None:
        if not self.take("REFERENCES"):
            return
        target = self.name()
        targets = self._columns()
        on_delete: str | None = None
        not_valid = False
        while not self.done and self.peek() not in (",", ")"):
            if self.take("ON") and self.take("DELETE"):
                on_delete = self.take("CASCADE", "RESTRICT") or " ".join(
                    each for each in (self.take("SET", "NO"), self.take("NULL", "DEFAULT", "ACTION")) if each
                )
            elif self.take("NOT"):
                not_valid = not_valid or bool(self.take("VALID"))
            elif self.peek() == "(":
                self._parentheses()
            elif self.peek() in _AFTER_TYPE:
                break
            else:
                self.at += 1
        if isinstance(target, TableName) and columns:
            table.keys.append(SqlKey(columns, target, targets, on_delete, not_valid, name))

    def _columns(self) -> tuple[str, ...]:
        """Names in parentheses; those before an expression, where there is one."""
        if not self.take("("):
            return ()
        found: list[str] = []
        readable = True
        while not self.done and self.peek() != ")":
            name = self.part()
            readable = readable and bool(name) and self.peek() != "("
            if readable:
                found.append(name)
            while not self.done and self.peek() not in (",", ")"):
                if self.peek() == "(":
                    self._parentheses()
                else:
                    self.at += 1
            self.take(",")
        self.take(")")
        return tuple(found)

    def _parentheses(self) -> None:
        depth = 0
        while not self.done:
            if word := self.take("(", ")"):
                depth += 1 if word == "(" else -1
                if depth == 0:
                    return
            else:
                self.at += 1

    def _skip(self) -> None:
        """To the comma behind the item, or the parenthesis that ends the list."""
        while not self.done and self.peek() not in (",", ")"):
            if self.peek() == "(":
                self._parentheses()
            else:
                self.at += 1
