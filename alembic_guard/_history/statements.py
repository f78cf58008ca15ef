"""Which tables a statement changes, as far as its words say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from alembic_guard._database import is_mariadb
from alembic_guard._history.events import Obscure
from alembic_guard._history.rows import RowWrites, Write, defined
from alembic_guard._history.sql import Word, statements_of, table_events, words_of
from alembic_guard._names import TableName


class Unread(Exception):
    """A statement whose words do not say what it does."""


@dataclass(frozen=True, slots=True)
class Part:
    """An index, a sequence or a trigger that a statement changes by its own name, which does not say whose it is."""

    name: TableName


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that a statement drops or renames with all that is in it."""

    name: str


Changed = Write | Part | Schema


def changes(sql: str, dialect: str) -> Iterator[Changed]:
    """What the statements of a text change; names are as they are written.

    Raises:
        Unread: Where a statement runs another one, or cannot be read.
    """
    if is_mariadb(dialect):
        sql = _with_executable_comments(sql)
    try:
        statements = [_whole(words, dialect) for words in statements_of(words_of(sql, dialect))]
    except ValueError as error:
        raise Unread(str(error)) from error
    unread = ""
    for words in statements:
        yield from defined(words, dialect)
        try:
            yield from _Changes(words, dialect).all()
        except Unread as reason:
            unread = unread or str(reason)
    if unread:
        raise Unread(unread)
    if any(isinstance(event, Obscure) for event in table_events(sql, dialect)):
        raise Unread("it is computed, or procedural")


def written_by(body: str, dialect: str) -> Iterator[Write]:
    """The tables that a routine's or a trigger's body changes wherever a verb stands in it, and the routines it calls."""
    try:
        words = words_of(body, dialect)
    except ValueError:
        return
    yield from RowWrites(words, dialect).inside()


def written_by_blocks(sql: str, dialect: str) -> Iterator[Write | Unread]:
    """The tables that DO blocks change as far as their text says it; Unread for one that runs SQL which it puts together."""
    for found in _DO_BLOCK.finditer(sql):
        body = found["body"] or found["quoted"].replace("''", "'")
        yield from written_by(body, dialect)
        for each in _EXECUTED.finditer(body):
            if each["text"]:
                yield from written_by(each["text"].replace("''", "'"), dialect)
            else:
                yield Unread("a DO block runs SQL that it puts together")


# PostgreSQL's manual: "DO". sqlglot keeps all behind the verb as one text, or none of it, as the dialect may be.
_DO_BLOCK = re.compile(
    r"\bDO\s+(?:LANGUAGE\s+\w+\s+)?(?:(?P<mark>\$\w*\$)(?P<body>.*?)(?P=mark)|'(?P<quoted>(?:[^']|'')*)')",
    re.IGNORECASE | re.DOTALL,
)
# Not the right to EXECUTE a function.
_EXECUTED = re.compile(
    r"\bEXECUTE\s+(?!(?:ON|FUNCTION|PROCEDURE)\b)(?:'(?P<text>(?:[^']|'')*)'\s*(?=;|USING\b|INTO\b))?", re.IGNORECASE
)


def _whole(words: list[Word], dialect: str) -> list[Word]:
    """The words of a statement; behind some verbs (VACUUM, MariaDB's REPLACE) sqlglot takes all the rest for one text."""
    if len(words) == 2 and not words[0].kind and words[1].kind == "string" and words[0].text.upper() != "SET":
        return [words[0], *words_of(words[1].text, dialect)]
    return words


# Texts and names are passed over, in which the two marks mean nothing.
_EXECUTABLE = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)|/\*M?!\d*(.*?)\*/""", re.DOTALL)


def _with_executable_comments(sql: str) -> str:
    """MariaDB runs what stands in ``/*! ... */`` (manual, "Comment Syntax")."""
    return _EXECUTABLE.sub(lambda found: found[1] or f" {found[2]} ", sql) if "/*" in sql else sql


# They change no table, or the readers below know them.
_KNOWN = frozenset(
    [
        *("SELECT", "VALUES", "TABLE", "SHOW", "DESC", "DESCRIBE", "USE", "SET", "RESET"),
        *("COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "ABORT", "FETCH", "MOVE"),
        *("CLOSE", "LISTEN", "NOTIFY", "UNLISTEN", "LOCK", "UNLOCK", "CHECK", "CHECKSUM", "FLUSH"),
        *("KILL", "HANDLER", "DISCARD", "DEALLOCATE", "PRAGMA", "ATTACH", "DETACH", "INSERT", "REPLACE"),
        *("MERGE", "LOAD", "UPDATE", "DELETE", "TRUNCATE", "COPY", "WITH", "EXPLAIN", "ANALYZE"),
        *("GRANT", "REVOKE", "COMMENT", "SECURITY", "CREATE", "DROP", "ALTER", "RENAME", "REINDEX"),
        *("CLUSTER", "VACUUM", "OPTIMIZE", "REPAIR", "IMPORT", "REASSIGN", "("),
    ]
)
_KINDS = frozenset(
    [
        *("TABLE", "INDEX", "TRIGGER", "POLICY", "RULE", "STATISTICS", "PUBLICATION", "SEQUENCE", "SCHEMA"),
        *("DATABASE", "VIEW", "FUNCTION", "PROCEDURE", "EVENT", "TYPE", "DOMAIN", "ROLE", "USER"),
        *("EXTENSION", "AGGREGATE", "OPERATOR", "LANGUAGE", "SERVER", "SUBSCRIPTION", "CAST", "COLLATION"),
    ]
)


class _Changes(RowWrites):
    """One statement."""

    def all(self) -> Iterator[Changed]:
        first = self.peek()
        yield from RowWrites(self.words, self.dialect).writes()
        if self.take("WITH"):
            yield from self.inside()
        elif self.take("SELECT"):
            yield from self.positions()
        elif self.take("EXPLAIN", "ANALYZE"):
            yield from self.explained(first)
        elif self.take("SET"):
            yield from self.set()
        elif self.take("GRANT", "REVOKE", "COMMENT", "SECURITY"):
            yield from self.on()
        elif self.take("CREATE", "DROP", "ALTER"):
            yield from self.part_of_a_table(first)
        elif self.take("REINDEX", "CLUSTER", "VACUUM", "OPTIMIZE", "REPAIR"):
            yield from self.rewritten(first)
        elif not self.done and first not in _KNOWN and (len(self.words) > 1 or first not in ("BEGIN", "DECLARE")):
            raise Unread(f"{first} runs what its words do not say")

    def explained(self, first: str) -> Iterator[Changed]:
        """EXPLAIN ANALYZE runs the statement, and so does MariaDB's ANALYZE."""
        runs = first == "ANALYZE" and is_mariadb(self.dialect or "") and not self.is_plain("TABLE", "LOCAL")
        if runs or any(word.text.upper() == "ANALYZE" for word in self.words[1:6] if not word.kind):
            yield from self.inside()

    def set(self) -> Iterator[Changed]:
        """MariaDB's SET STATEMENT ... FOR a statement; and variables that get the text of one, to be prepared."""
        if not is_mariadb(self.dialect or ""):
            return
        if self.take("STATEMENT"):
            self.until("FOR")
            yield from self.inside()
        for word in self.words[self.at :]:
            if word.kind == "string" and " " in word.text:
                with suppress(Unread):
                    yield from changes(word.text, str(self.dialect))

    def positions(self) -> Iterator[Changed]:
        """``setval('a_sequence', ...)``: of a function's arguments, those in quotes may name one."""
        if any(word.text.upper() == "SETVAL" for word in self.words):
            for word in self.words:
                if word.kind == "string" and word.text:
                    yield from self.parts(words_of(word.text, self.dialect))

    def rewritten(self, first: str) -> Iterator[Changed]:
        """What makes a table's file anew holds everybody up; VACUUM does so with FULL."""
        full = any(word.text.upper() == "FULL" for word in self.words if not word.kind)
        index = False
        while self.take("(") or self.take(
            "FULL", "FREEZE", "VERBOSE", "ANALYZE", "TABLE", "LOCAL", "NO_WRITE_TO_BINLOG", "CONCURRENTLY", "INDEX", ","
        ):
            index = index or self.words[self.at - 1].text.upper() == "INDEX"
            if self.words[self.at - 1].text == "(":
                self.until(")")
                self.take(")")
        if index:
            yield from self.parts(self.words[self.at :])
        elif self.dialect != "sqlite" and (first != "VACUUM" or full):
            for name in self.listed():
                yield Write(name)

    def on(self) -> Iterator[Changed]:
        self.until("ON")
        self.take("ON")
        if self.take("CONSTRAINT", "TRIGGER", "POLICY", "RULE"):  # COMMENT ON CONSTRAINT c ON a_table
            self.until("ON")
            self.take("ON")
        if self.take("COLUMN"):
            yield from self.of(frozenset(), self.table_of_a_column())
            return
        if self.take("INDEX", "SEQUENCE"):
            yield from self.parts(self.words[self.at :])
            return
        if self.is_plain(*_KINDS - {"TABLE"}, "ALL", "LARGE", "FOREIGN", "PARAMETER", "TABLESPACE"):
            return
        self.take("TABLE")
        for name in self.listed():
            yield Write(name)

    def table_of_a_column(self) -> TableName | None:
        """Of ``schema.table.column``."""
        parts = [self.part()]
        while self.take("."):
            parts.append(self.part())
        return TableName(parts[-3] if len(parts) > 2 else None, parts[-2]) if len(parts) > 1 else None

    def part_of_a_table(self, verb: str) -> Iterator[Changed]:
        """CREATE TRIGGER ... ON, DROP INDEX ... ON, CREATE OR REPLACE TABLE, and parts that are named alone."""
        replaces = verb == "CREATE" and self.peek() == "OR" and self.peek(1) == "REPLACE"
        kind = self.kind()
        if kind in ("SCHEMA", "DATABASE") and verb != "CREATE":
            yield from self.schema(verb)
        elif kind == "TABLE":
            if replaces:
                yield from self.of(frozenset(), RowWrites(self.words[self.at :], self.dialect).one())
            yield from self.kin()
        elif kind == "PUBLICATION":
            self.until("TABLE")
            if self.take("TABLE"):
                for name in self.listed():
                    yield Write(name)
        elif kind in ("TRIGGER", "INDEX", "POLICY", "RULE", "STATISTICS", "SEQUENCE"):
            rest = self.words[self.at :]
            mark = {"RULE": "TO" if verb == "CREATE" else "ON", "STATISTICS": "FROM"}.get(kind, "ON")
            self.until(mark)
            if self.take(mark):
                yield from self.of(frozenset(), self.name_behind("ONLY"))
            elif verb != "CREATE":
                yield from self.parts(rest)

    def kind(self) -> str:
        """What a CREATE, DROP or ALTER is about: the first word that says so, behind MariaDB's DEFINER."""
        if any(word.text.upper() == "DEFINER" for word in self.words[:5] if not word.kind):
            self.until("TRIGGER", "VIEW", "FUNCTION", "PROCEDURE", "EVENT", "AGGREGATE")
        while not self.done:
            if found := self.take(*_KINDS):
                return found
            self.at += 1
        return ""

    def schema(self, verb: str) -> Iterator[Changed]:
        self.skip("IF", "EXISTS")
        while not self.done:
            name = self.part()
            if verb == "DROP" or self.is_plain("RENAME"):
                yield Schema(name)
            if not self.take(","):
                return

    def kin(self) -> Iterator[Changed]:
        """Tables that get a child, or lose one: by inheritance or as a partition."""
        while not self.done:
            if (
                self.take("INHERIT")
                or (self.take("INHERITS") and self.take("("))
                or (self.take("ATTACH", "DETACH") and self.take("PARTITION"))
                or (self.take("PARTITION") and self.take("OF"))
                or (self.take("WITH") and self.take("TABLE"))
            ):
                for name in self.listed():
                    yield Write(name)
            else:
                self.at += 1

    def parts(self, words: Sequence[Word]) -> Iterator[Changed]:
        read = RowWrites(words, self.dialect)
        read.skip("IF", "EXISTS", "CONCURRENTLY")
        for name in read.listed():
            yield Part(name)
