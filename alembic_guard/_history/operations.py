"""What Alembic's operations, and the methods of tables and connections, do to tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from alembic_guard._history.arguments import Arguments
from alembic_guard._history.events import Create, Drop, Event, Obscure, Rename, Touch
from alembic_guard._history.sql import table_events
from alembic_guard._history.values import (
    BatchOp,
    Bind,
    Opaque,
    Sql,
    TableDdl,
    TableValue,
    Unknown,
    Value,
    has_hole,
    truth,
    why_unknown,
)
from alembic_guard._names import TableName

_TOUCHES: Mapping[str, tuple[int, str, str]] = {
    "add_column": (0, "table_name", "schema"),
    "drop_column": (0, "table_name", "schema"),
    "alter_column": (0, "table_name", "schema"),
    "batch_alter_table": (0, "table_name", "schema"),
    "create_table_comment": (0, "table_name", "schema"),
    "drop_table_comment": (0, "table_name", "schema"),
    "create_index": (1, "table_name", "schema"),
    "drop_index": (1, "table_name", "schema"),
    "create_unique_constraint": (1, "table_name", "schema"),
    "create_check_constraint": (1, "table_name", "schema"),
    "create_exclude_constraint": (1, "table_name", "schema"),
    "create_primary_key": (1, "table_name", "schema"),
    "create_foreign_key": (1, "source_table", "source_schema"),
    "drop_constraint": (1, "table_name", "schema"),
}
"""Operations that alter a table: position and name of its argument, and the name of its schema's."""

PLAIN_OPERATIONS = frozenset(["create_table", "drop_table", "rename_table", *_TOUCHES])
"""Operations that say by their names and their first arguments all that there is to say."""

_HARMLESS = frozenset(["bulk_insert", "require_table", "inline_literal", "get_bind", "get_context", "f", "run_async"])


def operation_events(name: str, given: Arguments) -> Iterator[Event]:
    """The events of ``op.name(...)``; those of ``op.execute`` are its statement's."""
    if name == "create_table":
        yield from _created(given)
    elif name == "drop_table":
        yield _dropped(given.get(0, "table_name"), given.keyword("schema"), "op.drop_table")
    elif name == "rename_table":
        yield from _renamed(given)
    elif name in _TOUCHES:
        yield from _touched(name, given)
    elif name == "invoke":
        yield Obscure("op.invoke of an operation")
    elif "table" in name and name not in _HARMLESS:
        yield Obscure(f"op.{name}, which is no operation of Alembic's")


def operation_value(name: str, given: Arguments) -> Value:
    """What ``op.name(...)`` returns."""
    match name:
        case "create_table":
            return TableValue(given.get(0, "table_name"), given.keyword("schema"))
        case "batch_alter_table":
            return BatchOp(given.get(0, "table_name"), given.keyword("schema"))
        case "get_bind" | "get_context":
            return Bind()
        case "f":
            return given.get(0, "name")
        case _:
            return Opaque(f"op.{name}")


def table_method_events(name: str, table: TableValue, given: Arguments) -> Iterator[Event]:
    """``Table.create()``, ``Table.drop()``."""
    if name == "create":
        guarded = truth(given.get(1, "checkfirst", False)) is not False
        yield _named(lambda each: Create(each, guarded), table.name, table.schema, "Table.create")
    elif name == "drop":
        yield _dropped(table.name, table.schema, "Table.drop")


def metadata_method_events(name: str, given: Arguments) -> Iterator[Event]:
    """``MetaData.create_all()``, ``MetaData.drop_all()``: readable only where they list their tables."""
    if name not in ("create_all", "drop_all"):
        return
    tables = given.get(1, "tables")
    if not isinstance(tables, (list, tuple)):
        why = f"{name}() of a MetaData: its tables are those of the models, as they were then"
        yield Obscure(why, may_drop=name == "drop_all")
        return
    for table in tables:
        if isinstance(table, TableValue):
            made: Callable[[TableName], Event] = (
                (lambda each: Create(each, guarded=True)) if name == "create_all" else Drop
            )
            yield _named(made, table.name, table.schema, name)
        else:
            yield Obscure(f"{name}() of a table: {why_unknown(table)}")


def executed(statement: Value, dialect: str | None, *, sure: bool) -> Iterator[Event]:
    """What ``execute(statement)`` does; ``sure`` where the receiver is known to run SQL, so that what cannot be read counts."""
    if isinstance(statement, Sql):
        yield from executed(statement.text, dialect, sure=True)
    elif isinstance(statement, str):
        yield from table_events(statement, dialect)
    elif isinstance(statement, TableDdl):
        table = statement.table
        if isinstance(table, TableValue):
            make: Callable[[TableName], Event] = Create if statement.verb == "CreateTable" else Drop
            yield _named(make, table.name, table.schema, statement.verb)
        else:
            yield Obscure(f"{statement.verb}: {why_unknown(table)}")
    elif isinstance(statement, (list, tuple)):
        for each in statement:
            yield from executed(each, dialect, sure=sure)
    elif sure and not _is_expression(statement):
        yield Obscure(f"SQL that cannot be read: {why_unknown(statement)}")


def _is_expression(statement: Value) -> bool:
    """Whether a statement is one that SQLAlchemy builds of expressions: a query, an insert."""
    return not isinstance(statement, (Unknown, Opaque)) or (
        isinstance(statement, Opaque) and statement.what.startswith("sqlalchemy")
    )


def _created(given: Arguments) -> Iterator[Event]:
    guarded = truth(given.keyword("if_not_exists", False)) is not False
    prefixes = given.keyword("prefixes")
    if isinstance(prefixes, (list, tuple)) and any("TEMP" in str(each).upper() for each in prefixes):
        return
    yield _named(
        lambda each: Create(each, guarded), given.get(0, "table_name"), given.keyword("schema"), "op.create_table"
    )


def _renamed(given: Arguments) -> Iterator[Event]:
    schema = given.get(2, "schema")
    old = _name(given.get(0, "old_table_name"), schema, "op.rename_table")
    new = _name(given.get(1, "new_table_name"), schema, "op.rename_table")
    if isinstance(old, TableName) and isinstance(new, TableName):
        yield Rename(old, new)
    else:
        found = old if isinstance(old, Obscure) else new
        assert isinstance(found, Obscure)
        yield replace(found, may_drop=True)


def _touched(name: str, given: Arguments) -> Iterator[Event]:
    position, argument, schema = _TOUCHES[name]
    table = given.get(position, argument)
    # op.drop_index needs no table. A name that cannot be read is not worth a report: nothing is made or renamed.
    found = None if table is None else _named(Touch, table, given.keyword(schema), f"op.{name}")
    if isinstance(found, Touch):
        yield found


def _named(make: Callable[[TableName], Event], name: Value, schema: Value, what: str) -> Event:
    found = _name(name, schema, what)
    return found if isinstance(found, Obscure) else make(found)


def _dropped(name: Value, schema: Value, what: str) -> Event:
    found = _name(name, schema, what)
    return Drop(found) if isinstance(found, TableName) else replace(found, may_drop=True)


def _name(name: Value, schema: Value, what: str) -> TableName | Obscure:
    if not isinstance(name, str) or has_hole(name):
        return Obscure(f"the table of {what}: {why_unknown(name)}")
    if (schema is not None and not isinstance(schema, str)) or has_hole(schema):
        return Obscure(f"the schema of {what}({name!r}): {why_unknown(schema)}")
    return TableName(schema or None, name)
