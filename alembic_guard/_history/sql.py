"""What SQL text does to tables, by the tokens of sqlglot.

Tokens and not syntax trees: what a database accepts and sqlglot does not parse is read too, and a tree's shape differs
between versions (sqlglot 30.30 keeps the targets of DROP TABLE outside ``Drop.this``, and ALTER INDEX ... RENAME looks
like a table's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from alembic_guard._history.events import Create, Drop, Event, Obscure, Rename, Touch
from alembic_guard._history.values import HOLE
from alembic_guard._names import TableName, ascii_lower

_RELEVANT = re.compile(rf"create|drop|alter|rename|search_path|execute|{HOLE}", re.IGNORECASE)
_SELECT, _INTO = re.compile(r"\bselect\b", re.IGNORECASE), re.compile(r"\binto\b", re.IGNORECASE)
_BLOCK = re.compile(
    r"\b(create\s+(unlogged\s+)?table|drop\s+table|rename\s+to|set\s+schema|drop\s+schema)\b", re.IGNORECASE
)
BLOCK = "a block of procedural SQL that creates, drops or renames a table"
_READ = {"postgresql": "postgres", "mariadb": "mysql", "mysql": "mysql", "sqlite": "sqlite", "mssql": "tsql"}
_FOLDS = {"postgresql": ascii_lower, "oracle": str.upper}


def table_events(sql: str, dialect: str | None) -> Iterator[Event]:
    """Events in the order of the statements; statements that concern no table are passed over."""
    # Two searches: `select.*into` reads a long script once for each of its selects.
    if not (_RELEVANT.search(sql) or (_SELECT.search(sql) and _INTO.search(sql))):
        return
    try:
        words = words_of(sql, dialect)
    except ValueError as error:
        yield Obscure(f"SQL that cannot be read: {' '.join(str(error).split())[:100]}")
        return
    for statement in statements_of(words):
        yield from Statement(statement, dialect).events()


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    kind: str = ""
    """``name`` for a quoted identifier, ``string``, or nothing."""


_KINDS = {"IDENTIFIER": "name", "STRING": "string", "HEREDOC_STRING": "string", "RAW_STRING": "string"}


@lru_cache(maxsize=16)
def words_of(sql: str, dialect: str | None) -> Sequence[Word]:
    """The words of a text. Kept for a moment: one text is read for several things."""
    from sqlglot import errors, tokenize

    try:
        tokens = tokenize(sql, read=_READ.get(dialect or "", ""))
    except errors.SqlglotError as error:
        raise ValueError(str(error)) from error
    return [Word(token.text, _KINDS.get(token.token_type.name, "")) for token in tokens]


def statements_of(words: Sequence[Word]) -> Iterator[list[Word]]:
    statement: list[Word] = []
    plain: list[str] = []
    begun = False
    for word in words:
        if word.text == ";" and not word.kind and not (begun and plain[-1] != "END" and _is_routine(plain)):
            yield statement
            statement, plain, begun = [], [], False
            continue
        statement.append(word)
        if not word.kind:
            plain.append(word.text.upper())
            begun = begun or plain[-1] == "BEGIN"
    yield statement


def _is_routine(plain: Sequence[str]) -> bool:
    """Whether a statement makes a trigger or procedure, in whose BEGIN ... END semicolons end nothing."""
    return plain[:1] == ["CREATE"] and not {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"}.isdisjoint(plain[:6])


class Statement:
    """One statement, read from its first token on."""

    def __init__(self, words: Sequence[Word], dialect: str | None) -> None:
        self.words = words
        self.dialect = dialect
        self.at = 0

    def events(self) -> Iterator[Event]:
        if self.done:
            return
        if self.take("CREATE"):
            yield from self.create()
        elif self.take("DROP"):
            yield from self.drop()
        elif self.take("ALTER"):
            yield from self.alter()
        elif self.take("RENAME"):
            yield from self.rename()
        elif self.take("SELECT") or self.take("WITH"):
            yield from self.select_into()
        elif self.take("SET") and (self.take("LOCAL", "SESSION") or True) and self.take("SEARCH_PATH"):
            yield _elsewhere()
        elif self.take("ROLLBACK"):
            yield Obscure("it takes back what came before it", may_drop=True)
        elif self.take("DO") or self.take("EXECUTE") or self.take("BEGIN"):
            yield from self.block()
        elif self.is_hole(0):
            yield Obscure("the beginning of the statement is computed")

    def create(self) -> Iterator[Event]:
        temporary = False
        while word := self.take(
            "OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN", "VIRTUAL"
        ):
            temporary = temporary or word.startswith("TEMP")
        if self.take("UNIQUE", "INDEX", "FULLTEXT", "SPATIAL"):
            yield from self.index()
        elif self.take("FUNCTION", "PROCEDURE", "TRIGGER", "EVENT"):
            return  # its body runs later, and not as this migration
        elif self.take("TABLE"):
            guarded = bool(self.take("IF") and self.take("NOT") and self.take("EXISTS"))
            name = self.name()
            if not temporary and not self._is_temporary(name):
                yield Create(name, guarded) if isinstance(name, TableName) else name
        elif self.take("SCHEMA") and any(word.text.upper() == "TABLE" for word in self.words if not word.kind):
            yield Obscure("it creates a schema together with its tables")
        elif self.is_hole(0):
            yield Obscure("what it creates is computed")

    def _is_temporary(self, name: TableName | Obscure) -> bool:
        """Whether a name is in the schema of temporary tables."""
        temporary = {"postgresql": "pg_temp", "sqlite": "temp"}.get(self.dialect or "")
        return isinstance(name, TableName) and name.schema is not None and ascii_lower(name.schema) == temporary

    def index(self) -> Iterator[Event]:
        while not self.done and not self.take("ON"):
            self.at += 1
        self.take("ONLY")
        if not self.done:
            yield from self.touched(self.name())

    def drop(self) -> Iterator[Event]:
        temporary = bool(self.take("TEMPORARY"))
        self.take("FOREIGN")
        if self.is_hole(0):
            yield Obscure("what it drops is computed", may_drop=True)
        if self.take("SCHEMA", "DATABASE"):
            yield Obscure("it drops all tables of a schema", may_drop=True)
        if not self.take("TABLE", "TABLES") or temporary:
            return
        _ = self.take("IF") and self.take("EXISTS")
        while True:
            name = self.name()
            yield Drop(name) if isinstance(name, TableName) else replace(name, may_drop=True)
            if not self.take(","):
                return

    def alter(self) -> Iterator[Event]:
        while self.take("FOREIGN", "ONLINE", "IGNORE"):  # the last two are MariaDB's
            pass
        if self.take("SCHEMA") and self.part() and self.take("RENAME"):
            yield Obscure("it renames a schema with all its tables", may_drop=True)
        if not self.take("TABLE"):
            return
        _ = self.take("IF") and self.take("EXISTS")
        self.take("ONLY")
        name = self.name()
        self.take("*")
        if self.take("RENAME"):
            yield from self.renamed(name)
        elif self.take("SET") and self.take("SCHEMA"):
            schema = self.part()
            yield Rename(name, TableName(schema, name.name)) if isinstance(name, TableName) and schema else _moved()
        else:
            yield from self.touched(name)

    def renamed(self, name: TableName | Obscure) -> Iterator[Event]:
        if not self.take("TO", "AS"):
            part = self.peek() in ("COLUMN", "CONSTRAINT", "INDEX", "KEY") or self.peek(1) == "TO"
            if part or self.dialect not in ("mysql", "mariadb"):
                yield from self.touched(name)
                return
        to = self.name()
        yield Rename(name, _beside(name, to)) if isinstance(name, TableName) and isinstance(to, TableName) else _moved()

    def rename(self) -> Iterator[Event]:
        """MariaDB's RENAME TABLE a TO b, c TO d; to sqlglot all after RENAME is one token."""
        if len(self.words) == 2 and " " in self.words[1].text.strip():
            yield from Statement([self.words[0], *words_of(self.words[1].text, self.dialect)], self.dialect).events()
            return
        if not self.take("TABLE", "TABLES"):
            return
        _ = self.take("IF") and self.take("EXISTS")
        while True:
            name, _, to = self.name(), self.take("TO"), self.name()
            if isinstance(name, TableName) and isinstance(to, TableName):
                yield Rename(name, _beside(name, to))
            else:
                yield _moved()
            if not self.take(","):
                return

    def select_into(self) -> Iterator[Event]:
        """PostgreSQL's and SQL Server's SELECT ... INTO table; and ``set_config('search_path', ...)``."""
        called = any(word.text.upper() == "SET_CONFIG" for word in self.words)
        strings = [word.text for word in self.words if word.kind == "string"]
        # pg_dump's set_config('search_path', '', false): then every table names its schema.
        if called and "search_path" in strings and strings[:2] != ["search_path", ""]:
            yield _elsewhere()
        depth = 0
        while not self.done:
            if word := self.take("(", ")"):
                depth += 1 if word == "(" else -1
            elif depth == 0 and self.take("FROM", "INSERT", "UPDATE", "DELETE"):
                return
            elif depth == 0 and self.take("INTO"):
                temporary = self.take("TEMP", "TEMPORARY")
                self.take("UNLOGGED")
                self.take("TABLE")
                name = self.name()
                if not temporary:
                    yield Create(name) if isinstance(name, TableName) else name
                return
            else:
                self.at += 1

    def block(self) -> Iterator[Event]:
        text = " ".join(word.text for word in self.words)
        if found := _BLOCK.findall(text):
            takes = any(not each[0].lower().startswith("create") for each in found)
            yield Obscure(BLOCK, takes)

    def touched(self, name: TableName | Obscure) -> Iterator[Event]:
        if isinstance(name, TableName):  # a name that cannot be read is not worth a report: nothing is made or renamed
            yield Touch(name)

    # --- the words

    @property
    def done(self) -> bool:
        return self.at >= len(self.words)

    def peek(self, ahead: int = 0) -> str:
        return self.words[self.at + ahead].text.upper() if self.at + ahead < len(self.words) else ""

    def take(self, *words: str) -> str:
        """The next word, if it is one of these; quoted ones are names."""
        if self.done or self.words[self.at].kind or self.peek() not in words:
            return ""
        self.at += 1
        return self.words[self.at - 1].text.upper()

    def is_hole(self, ahead: int) -> bool:
        return HOLE.upper() in self.peek(ahead)

    def name(self) -> TableName | Obscure:
        """``name``, ``schema.name`` or ``database.schema.name``."""
        parts = [self.part()]
        while self.take("."):
            parts.append(self.part())
        if not parts[-1] or not all(parts[-2:]):
            return _hole()
        return TableName(parts[-2] if len(parts) > 1 else None, parts[-1])

    def part(self) -> str:
        """One identifier as the database keeps it; empty where there is none or a hole is in it."""
        if self.done:
            return ""
        word, hole = self.words[self.at], self.is_hole(0)
        if word.text.upper() == "U" and not word.kind and self.peek(1) == "&":  # U&"d\0061ta"
            hole = True
        self.at += 1
        if hole or not (word.kind or re.match(r"\w", word.text)):
            return ""
        return word.text if word.kind else _FOLDS.get(self.dialect or "", str)(word.text)


def _beside(name: TableName, to: TableName) -> TableName:
    return to if to.schema else TableName(name.schema, to.name)


def _elsewhere() -> Obscure:
    return Obscure("after it, tables without a schema are made in another one", elsewhere=True)


def _hole() -> Obscure:
    return Obscure("the name of the table is computed")


def _moved() -> Obscure:
    """A rename to or from a name that cannot be read: any table may be gone under its old name."""
    return replace(_hole(), may_drop=True)
