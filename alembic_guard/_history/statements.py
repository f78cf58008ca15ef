"""Which tables a statement changes, as far as its words say it."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_guard._history.events import Drop, Obscure, Rename, Touch
from alembic_guard._history.sql import Statement, Word, statements_of, table_events, words_of
from alembic_guard._names import TableName


class Unread(Exception):
    """A statement whose words do not say what it does."""


def written_tables(sql: str, dialect: str) -> Iterator[TableName]:
    """The tables whose definition, rows or privileges the statements of a text change; names are as they are written.

    Raises:
        Unread: Where a statement runs another one, or cannot be read.
    """
    try:
        statements = list(statements_of(words_of(sql, dialect)))
    except ValueError as error:
        raise Unread(str(error)) from error
    for event in table_events(sql, dialect):
        match event:
            case Drop(table) | Touch(table):
                yield table
            case Rename(old, new):
                yield from (old, new)
    for words in statements:
        yield from _Writes(_whole(words, dialect), dialect).tables()
    if any(isinstance(event, Obscure) for event in table_events(sql, dialect)):
        raise Unread("it is computed, or procedural")


def rows_written(sql: str, dialect: str) -> Iterator[TableName]:
    """The tables whose rows the statements of a text write, as far as they can be read."""
    try:
        for words in statements_of(words_of(sql, dialect)):
            yield from _Writes(_whole(words, dialect), dialect).rows()
    except ValueError:
        return


def _whole(words: list[Word], dialect: str) -> list[Word]:
    """The words of a statement; behind some verbs (MariaDB's REPLACE) sqlglot takes all the rest for one text."""
    if len(words) == 2 and words[1].kind == "string" and " " in words[1].text:
        return [words[0], *words_of(words[1].text, dialect)]
    return words


class _Writes(Statement):
    """One statement, read for what the chain's own reader passes over."""

    def rows(self) -> Iterator[TableName]:
        if self.take("INSERT", "REPLACE", "MERGE", "LOAD"):
            yield from self.behind("INTO", "TABLE", "IGNORE", "REPLACE")
        elif self.take("UPDATE"):
            yield from self.updated()
        elif self.take("DELETE", "TRUNCATE", "COPY"):
            yield from self.listed()
        elif self.take("WITH", "EXPLAIN"):
            yield from self.inside()

    def tables(self) -> Iterator[TableName]:
        first = self.peek()
        yield from self.rows()
        if self.at:
            return
        if self.take("GRANT", "REVOKE", "COMMENT"):
            yield from self.on()
        elif self.take("CREATE", "DROP", "ALTER"):
            yield from self.part_of_a_table(first)
        elif self.take("DO", "CALL", "EXECUTE", "PREPARE", "BEGIN", "DECLARE") and len(self.words) > 1:
            raise Unread(f"{first} runs what its words do not say")

    def behind(self, *marks: str) -> Iterator[TableName]:
        """The name behind INTO, or behind the verb where there is none."""
        at = self.at
        while not self.done and not self.take("INTO"):
            self.at += 1
        if self.done:
            self.at = at
        while self.take(*marks, "ONLY", "OR", "ABORT", "FAIL", "ROLLBACK", "LOW_PRIORITY", "DELAYED"):
            pass
        yield from self.one()

    def updated(self) -> Iterator[TableName]:
        """What stands in front of SET: MariaDB updates several tables at once, and which of them its columns say."""
        while self.take("ONLY", "OR", "ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK", "LOW_PRIORITY"):
            pass
        yield from self.one()

    def listed(self) -> Iterator[TableName]:
        """Names with commas between them."""
        while self.take("FROM", "TABLE", "TABLES", "ONLY", "LOW_PRIORITY", "QUICK", "IGNORE"):
            pass
        while True:
            yield from self.one()
            self.take("*")
            if not self.take(","):
                return
            self.take("ONLY")

    def on(self) -> Iterator[TableName]:
        while not self.done and not self.take("ON"):
            self.at += 1
        if self.take("SCHEMA", "DATABASE", "FUNCTION", "SEQUENCE", "TYPE", "ALL", "LARGE", "ROLE", "VIEW"):
            return
        column = self.take("COLUMN")
        self.take("TABLE", "CONSTRAINT")
        while True:
            for name in self.one():
                # COMMENT ON COLUMN schema.table.column
                yield TableName.parse(name.schema) if column and name.schema else name
            if not self.take(","):
                return

    def part_of_a_table(self, verb: str) -> Iterator[TableName]:
        """CREATE TRIGGER ... ON, DROP INDEX ... ON, CREATE OR REPLACE TABLE."""
        replaces = verb == "CREATE" and self.take("OR") and self.take("REPLACE")
        kinds = ("TRIGGER", "INDEX", "POLICY", "RULE", "STATISTICS")
        if replaces and self.take("TABLE"):
            yield from self.one()
            return
        head = {word.text.upper() for word in self.words[self.at : self.at + 4] if not word.kind}
        if head.isdisjoint(kinds):
            return
        rule = "RULE" in head
        while not self.done and not self.take("TO" if rule and verb == "CREATE" else "ON"):
            self.at += 1
        if self.done:
            return
        self.take("ONLY")
        yield from self.one()

    def inside(self) -> Iterator[TableName]:
        """Wherever a verb stands: in a common table expression, or behind one."""
        while not self.done:
            if self.take("INSERT", "MERGE"):
                yield from self.behind("INTO")
            elif self.take("UPDATE"):
                yield from self.updated()
            elif self.take("DELETE"):
                yield from self.listed()
            else:
                self.at += 1

    def one(self) -> Iterator[TableName]:
        name = self.name()
        if isinstance(name, TableName):
            yield name
