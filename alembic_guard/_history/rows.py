"""Which tables' rows a statement writes, as far as its words say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alembic_guard._database import is_mariadb
from alembic_guard._history.events import Drop, Rename, Touch
from alembic_guard._history.sql import Statement, Word
from alembic_guard._names import TableName

INSERT, UPDATE, DELETE = frozenset(["INSERT"]), frozenset(["UPDATE"]), frozenset(["DELETE"])


@dataclass(frozen=True, slots=True)
class Write:
    """A table that a statement changes.

    Args:
        verbs: What becomes of its rows; none where it is the definition or the privileges that change.
    """

    table: TableName
    verbs: frozenset[str] = frozenset()


_IN_FRONT = ("ONLY", "OR", "ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED")


class RowWrites(Statement):
    """A statement that begins with one of the verbs below."""

    def writes(self) -> Iterator[Write]:
        if self.take("INSERT"):
            yield from self.inserted()
        elif self.take("REPLACE"):
            yield from self.of(INSERT | DELETE, self.name_behind(*_IN_FRONT, "INTO"))
        elif self.take("MERGE"):
            yield from self.of(INSERT | UPDATE | DELETE, self.name_behind("INTO", "ONLY"))
        elif self.take("LOAD"):
            self.until("INTO")
            yield from self.of(INSERT | DELETE, self.name_behind("INTO", "TABLE"))
        elif self.take("UPDATE"):
            yield from self.updated()
        elif self.take("DELETE"):
            yield from self.deleted()
        elif self.take("TRUNCATE"):
            self.skip("TABLE", "TABLES", "ONLY")
            for name in self.listed():
                yield Write(name, DELETE)
        elif self.take("COPY"):
            yield from self.copied()

    def inside(self) -> Iterator[Write]:
        """Wherever a verb stands: in a common table expression, in a block, in a routine's body."""
        while not self.done:
            rest = self.words[self.at :]
            if self.take("ALTER", "DROP", "RENAME", "CREATE"):
                yield from defined(rest, self.dialect)
            else:
                yield from RowWrites(rest, self.dialect).writes()
                self.at += 1

    def inserted(self) -> Iterator[Write]:
        replaces = self.peek() == "OR" and self.peek(1) == "REPLACE"
        name = self.name_behind(*_IN_FRONT, "INTO")
        behind = {word.text.upper() for word in self.words[self.at :] if not word.kind}
        more = UPDATE if "UPDATE" in behind and not behind.isdisjoint(("DUPLICATE", "CONFLICT")) else frozenset()
        yield from self.of(INSERT | more | (DELETE if replaces else frozenset()), name)

    def updated(self) -> Iterator[Write]:
        self.skip(*_IN_FRONT)
        if not is_mariadb(self.dialect or ""):
            yield from self.of(UPDATE, self.one())
            return
        # MariaDB updates several tables at once, and which of them the columns say.
        tables = references(self.until("SET"), self.dialect)
        self.take("SET")
        assigned = set(_qualifiers(self.until("WHERE", "ORDER", "LIMIT", "RETURNING")))
        for alias, table in tables.items():
            if len(tables) == 1 or None in assigned or not assigned.isdisjoint((alias, table.name)):
                yield Write(table, UPDATE)

    def deleted(self) -> Iterator[Write]:
        self.skip("LOW_PRIORITY", "QUICK", "IGNORE", "HISTORY")
        self.take("FROM")
        self.take("ONLY")
        targets = list(self.listed())
        # MariaDB's DELETE a, b.* FROM ..., DELETE FROM a, b USING ...: the names may be aliases.
        tables = {}
        if is_mariadb(self.dialect or "") and self.take("FROM", "USING"):
            tables = references(self.until("WHERE", "ORDER", "LIMIT", "RETURNING"), self.dialect)
        for target in targets:
            yield Write(target if target.schema else tables.get(target.name, target), DELETE)

    def copied(self) -> Iterator[Write]:
        name = self.one()
        if self.take("("):
            self.until(")")
            self.take(")")
        if self.take("FROM"):
            yield from self.of(INSERT, name)

    # --- the words

    def of(self, verbs: frozenset[str], name: TableName | None) -> Iterator[Write]:
        if name is not None:
            yield Write(name, verbs)

    def skip(self, *words: str) -> None:
        while self.take(*words):
            pass

    def one(self) -> TableName | None:
        name = self.name()
        return name if isinstance(name, TableName) else None

    def name_behind(self, *words: str) -> TableName | None:
        self.skip(*words)
        return self.one()

    def listed(self) -> Iterator[TableName]:
        """Names with commas between them, each perhaps with ``*`` or ``.*``."""
        while True:
            parts = [self.part()]
            while self.take("."):
                if not self.take("*"):
                    parts.append(self.part())
            self.take("*")
            if all(parts[-2:]):
                yield TableName(parts[-2] if len(parts) > 1 else None, parts[-1])
            if not self.take(","):
                return
            self.take("ONLY")

    def until(self, *marks: str) -> Sequence[Word]:
        """The words up to one that stands outside of brackets, or to the end of the statement."""
        began, depth = self.at, 0
        while not self.done and not (depth == 0 and self.is_plain(*marks, ";")):
            depth += self.is_plain("(") - self.is_plain(")")
            if depth < 0:
                break
            self.at += 1
        return self.words[began : self.at]

    def is_plain(self, *words: str) -> bool:
        return not self.done and not self.words[self.at].kind and self.peek() in words


def defined(words: Sequence[Word], dialect: str | None) -> Iterator[Write]:
    """What a statement of DDL changes, as the chain's own reader reads it."""
    for event in Statement(words, dialect).events():
        match event:
            case Drop(table) | Touch(table):
                yield Write(table)
            case Rename(old, new):
                yield Write(old)
                yield Write(new)


_NO_ALIAS = frozenset(
    [
        *("JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "OUTER", "NATURAL", "STRAIGHT_JOIN", "ON"),
        *("USING", "USE", "FORCE", "IGNORE", "PARTITION", "SET", "WHERE", "(", ")"),
        *(",",),
    ]
)


def references(words: Sequence[Word], dialect: str | None) -> dict[str, TableName]:
    """The tables of MariaDB's ``table_references``, by their aliases."""
    read = RowWrites(words, dialect)
    found: dict[str, TableName] = {}
    expected = True
    while not read.done:
        if read.take("(", ",", "JOIN", "STRAIGHT_JOIN"):
            expected = True
        elif expected and (name := read.one()) is not None:
            read.take("AS")
            named = not read.done and (read.words[read.at].kind == "name" or read.peek() not in _NO_ALIAS)
            found[(read.part() if named else "") or name.name] = name
            expected = False
        else:
            read.at += 0 if expected else 1
            expected = False
    return found


def _qualifiers(words: Sequence[Word]) -> Iterator[str | None]:
    """Of ``a.x = 1, y = 2``: a, and None for what has none."""
    read = RowWrites(words, "mysql")
    while not read.done:
        name = read.one()
        yield name.schema if name else None
        read.until(",")
        read.take(",")
