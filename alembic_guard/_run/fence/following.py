"""On MariaDB: which tables of others change when rows of another table do, or when a routine is called.

InnoDB follows keys without a trace in any statement's text, and MariaDB counts no rows by transaction.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from alembic_guard._history.statements import written_by
from alembic_guard._names import TableName

_Node = tuple[TableName, str]
"""A table and what becomes of its rows; a routine and CALL."""


@dataclass(frozen=True, slots=True)
class Following:
    """What changes behind what: keys with ON DELETE or ON UPDATE, triggers, views, routines, one behind another."""

    behind: Mapping[_Node, frozenset[TableName]] = field(default_factory=dict)

    def tables(self) -> set[TableName]:
        return {name for name, verb in self.behind if verb != "CALL"}

    def routines(self) -> dict[str, frozenset[TableName]]:
        """By their names in small letters."""
        return {name.name.lower(): theirs for (name, verb), theirs in self.behind.items() if verb == "CALL"}

    def of(self, table: TableName, verbs: Iterable[str]) -> set[TableName]:
        return {theirs for verb in verbs for theirs in self.behind.get((table, verb), ())}


def read_following(connection: Connection, tables: Collection[TableName]) -> Following:
    schemas = {str(name.schema) for name in tables} | {str(connection.dialect.default_schema_name)}
    rows = [row for schema in sorted(schemas) for row in connection.execute(_SOURCES, {"schema": schema})]
    return Following(_reached(_edges(rows, tables), tables))


def _edges(rows: Iterable[Iterable[str | None]], tables: Collection[TableName]) -> dict[_Node, set[_Node]]:
    """What follows directly; a body is read only where it has the name of a table that matters in it."""
    edges: dict[_Node, set[_Node]] = {}
    bodies = []
    for kind, schema, name, verb, said in rows:
        here = TableName(schema, str(name))
        if kind == "key":
            for rule in str(verb).split():
                above, _, below = rule.partition(">")
                edges.setdefault((here, above), set()).add((TableName(schema, str(said)), below))
        else:
            bodies.append((str(kind), here, str(verb), str(said or "")))
    names = {name.name.lower() for name in (*tables, *(name for name, _ in edges))}
    while named := [each for each in bodies if not names.isdisjoint(re.findall(r"\w+", each[3].lower()))]:
        bodies = [each for each in bodies if each not in named]
        for kind, here, verb, said in named:
            names.add(here.name.lower())
            for each in _ROWS if kind == "view" else [verb]:
                found = _base_tables(said, each) if kind == "view" else _body(said, here.schema)
                edges.setdefault((here, each), set()).update(found)
    return edges


def _body(said: str, schema: str | None) -> set[_Node]:
    """What a body writes, and what it calls: any name in front of a bracket may be a function's."""
    found = {(write.table.within(schema), verb) for write in written_by(said, "mysql") for verb in write.verbs or _ROWS}
    calls = re.findall(r"`?(\w+)`?\s*\(|\bcall\s+(?:`?\w+`?\.)?`?(\w+)", said, re.IGNORECASE)
    return found | {(TableName(schema, one or other), "CALL") for one, other in calls}


def _base_tables(said: str, verb: str) -> set[_Node]:
    """As MariaDB keeps a view's text, each of its tables stands behind FROM or JOIN, with its schema."""
    found = re.findall(r"\b(?:from|join)\s+\(*`([^`]+)`\.`([^`]+)`", said, re.IGNORECASE)
    return {(TableName(schema, name), verb) for schema, name in found}


def _reached(edges: Mapping[_Node, set[_Node]], tables: Collection[TableName]) -> dict[_Node, frozenset[TableName]]:
    known = {_folded(node): node for node in edges}

    def search(start: _Node) -> frozenset[TableName]:
        seen: set[_Node] = {start}
        waiting, found = [start], set()
        while waiting:
            for node in edges.get(waiting.pop(), ()):
                if node[0] in tables:
                    found.add(node[0])
                following = known.get(_folded(node), node)
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return frozenset(found)

    reached = {node: search(node) for node in edges if node[0] not in tables}
    return {node: theirs for node, theirs in reached.items() if theirs}


def _folded(node: _Node) -> _Node:
    """Names of routines differ in case alone for nobody."""
    name, verb = node
    return (TableName(name.schema, name.name.lower()), verb) if verb == "CALL" else node


_ROWS = ("INSERT", "UPDATE", "DELETE")

_SOURCES = text(
    """
    SELECT 'key', unique_constraint_schema, referenced_table_name,
           CONCAT_WS(' ', CASE delete_rule WHEN 'CASCADE' THEN 'DELETE>DELETE' WHEN 'SET NULL' THEN 'DELETE>UPDATE' END,
                     IF(update_rule IN ('CASCADE', 'SET NULL'), 'UPDATE>UPDATE', NULL)), table_name
    FROM information_schema.referential_constraints WHERE constraint_schema = :schema
      AND (delete_rule IN ('CASCADE', 'SET NULL') OR update_rule IN ('CASCADE', 'SET NULL'))
    UNION ALL SELECT 'trigger', event_object_schema, event_object_table, event_manipulation, action_statement
    FROM information_schema.triggers WHERE event_object_schema = :schema
    UNION ALL SELECT 'view', table_schema, table_name, '', view_definition
    FROM information_schema.views WHERE table_schema = :schema AND is_updatable = 'YES'
    UNION ALL SELECT 'routine', routine_schema, routine_name, 'CALL', routine_definition
    FROM information_schema.routines WHERE routine_schema = :schema
    """
)
