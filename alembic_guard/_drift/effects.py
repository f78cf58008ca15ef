"""Which columns and tables a revision adds and removes, read from its file without running it.

Only what is written in place is read: operations with literal names (or a constant of the module), and plain SQL. Column
by column the interpreter of ``_history`` is not needed: what is not found here is told as not found, never guessed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["adds", "removes"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One table (``column=None``) or column that one line of a revision adds or removes.

    Args:
        was: The former name of a table that this one is, with its columns.
    """

    kind: Kind
    schema: str | None
    table: str
    column: str | None
    line: int
    was: str | None = None


def effects_in(source: str) -> list[Effect]:
    """The effects of ``upgrade()`` and of all else in a revision's file but ``downgrade()``, in the order of the lines."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    reader = _Reader({})
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            reader.constants.update(
                {each.id: statement.value.value for each in statement.targets if isinstance(each, ast.Name)}
            )
    found = [
        effect
        for statement in tree.body
        if not (isinstance(statement, ast.FunctionDef) and statement.name.startswith("downgrade"))
        for effect in reader.read(statement, None)
    ]
    return sorted(found, key=lambda each: each.line)


@dataclass(frozen=True, slots=True)
class _Reader:
    constants: dict[str, object]

    def read(self, node: ast.AST, batch: tuple[str | None, str] | None) -> Iterator[Effect]:
        """``batch``: the table of the ``batch_alter_table`` around."""
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and _called(call) == "batch_alter_table":
                    name = self._text(call, 0, "table_name")
                    batch = (self._text(call, 99, "schema"), name) if name else batch
            for statement in node.body:
                yield from self.read(statement, batch)
            return
        if isinstance(node, ast.Call):
            yield from self._of_call(node, batch)
        for child in ast.iter_child_nodes(node):
            yield from self.read(child, batch)

    def _of_call(self, call: ast.Call, batch: tuple[str | None, str] | None) -> Iterator[Effect]:
        name, line = _called(call), call.lineno
        if name == "create_table":
            table, schema = self._text(call, 0, "table_name"), self._text(call, 99, "schema")
            if table:
                yield Effect("adds", schema, table, None, line)
                yield from (Effect("adds", schema, table, column, at) for column, at in self._columns(call))
        elif name == "drop_table" and (table := self._text(call, 0, "table_name")):
            yield Effect("removes", self._text(call, 99, "schema"), table, None, line)
        elif name == "rename_table":
            old, new = self._text(call, 0, "old_table_name"), self._text(call, 1, "new_table_name")
            schema = self._text(call, 2, "schema")
            if old and new:
                yield Effect("removes", schema, old, None, line)
                yield Effect("adds", schema, new, None, line, old)
        elif name in ("add_column", "drop_column", "alter_column"):
            yield from self._of_column(name, call, batch)
        elif name in ("execute", "exec_driver_sql") and (sql := self._text(call, 0, "sqltext")):
            yield from _of_sql(sql, line)

    def _of_column(self, name: str, call: ast.Call, batch: tuple[str | None, str] | None) -> Iterator[Effect]:
        # batch_op.add_column(column), op.add_column(table, column): on the batch the table is not named again.
        own = batch is not None and not (isinstance(call.func, ast.Attribute) and _last(call.func.value) == "op")
        shift = 0 if own else 1
        table = batch[1] if own and batch else self._text(call, 0, "table_name")
        schema = batch[0] if own and batch else self._text(call, 99, "schema")
        if not table:
            return
        if name == "add_column":
            yield from (Effect("adds", schema, table, column, at) for column, at in self._columns(call))
            return
        column = self._text(call, shift, "column_name")
        if column and name == "drop_column":
            yield Effect("removes", schema, table, column, call.lineno)
        elif column and (new := self._text(call, 99, "new_column_name")):
            yield Effect("removes", schema, table, column, call.lineno)
            yield Effect("adds", schema, table, new, call.lineno)

    def _columns(self, call: ast.Call) -> Iterator[tuple[str, int]]:
        for each in [*call.args, *(keyword.value for keyword in call.keywords)]:
            if isinstance(each, ast.Call) and _called(each) == "Column" and (name := self._text(each, 0, "name")):
                yield name, each.lineno

    def _text(self, call: ast.Call, position: int, name: str) -> str | None:
        given = next((each.value for each in call.keywords if each.arg == name), None)
        if given is None and position < len(call.args):
            given = call.args[position]
        if isinstance(given, ast.Call) and _called(given) in ("text", "f", "quoted_name") and given.args:
            given = given.args[0]
        if isinstance(given, ast.Name):
            found = self.constants.get(given.id)
            return found if isinstance(found, str) else None
        return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _called(call: ast.Call) -> str:
    return _last(call.func)


def _last(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


_NAME = r'((?:["`]?\w+["`]?\.)?["`]?\w+["`]?)'
_ALTER = re.compile(rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?{_NAME}\s+([^;]*)", re.I)
_PARTS: tuple[tuple[re.Pattern[str], tuple[Kind, ...]], ...] = (
    (re.compile(r"\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?(\w+)", re.I), ("adds",)),
    (re.compile(r"\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?[\"`]?(\w+)", re.I), ("removes",)),
    (re.compile(r"\bRENAME\s+COLUMN\s+[\"`]?(\w+)[\"`]?\s+TO\s+[\"`]?(\w+)", re.I), ("removes", "adds")),
)
_TABLES: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(rf"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.I), "adds"),
    (re.compile(rf"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}", re.I), "removes"),
)


def _of_sql(sql: str, line: int) -> Iterator[Effect]:
    for pattern, kind in _TABLES:
        for found in pattern.finditer(sql):
            yield Effect(kind, *_split(found[1]), None, line)
    for altered in _ALTER.finditer(sql):
        schema, table = _split(altered[1])
        for part, kinds in _PARTS:
            for found in part.finditer(altered[2]):
                for kind, column in zip(kinds, found.groups(), strict=True):
                    yield Effect(kind, schema, table, column, line)


def _split(name: str) -> tuple[str | None, str]:
    schema, dot, table = name.replace('"', "").replace("`", "").rpartition(".")
    return (schema if dot else None), table
