"""A contract's file: JSON, sorted, one column a line, so that a pull request shows what changed and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from alembic_guard._contract.contract import Contract, ContractColumn, ContractKey, ContractTable
from alembic_guard._contract.types import UnknownType, type_of_text
from alembic_guard._names import TableName
from alembic_guard._rules import age120_contract_file
from alembic_guard._stop import stop

FORMAT = 1
"""Version of the file's form; it grows when an older reader would misunderstand a file, never for an addition."""

_ABOUT = (
    "What may be relied on of tables that another migrator owns. "
    "Written by `python -m alembic_guard pull`, read by `ExternalTables.load()`."
)


def as_text(contract: Contract) -> str:
    """The file's text; the same contract gives the same text."""
    ordered = contract.sorted()
    document = {
        "about": _ABOUT,
        "format": FORMAT,
        "owner": ordered.owner,
        **_said(migrate=ordered.migrate, database=ordered.database, patterns=list(ordered.patterns)),
        "tables": [_table(table) for table in ordered.tables],
    }
    return _lines(document, "") + "\n"


def _said(**given: object) -> dict[str, object]:
    return {name: value for name, value in given.items() if value}


def _table(table: ContractTable) -> dict[str, object]:
    columns = {
        name: {"type": column.type, **({} if column.nullable else {"nullable": False})}
        for name, column in table.columns.items()
    }
    return {
        "name": table.name.name,
        **_said(
            schema=table.name.schema,
            called=table.called,
            relies_on=list(table.relies_on),
            columns=columns,
            primary_key=list(table.primary_key),
            unique=[list(each) for each in table.unique],
            keys=[_key(each) for each in table.keys],
        ),
    }


def _key(key: ContractKey) -> dict[str, object]:
    return {
        "columns": list(key.columns),
        "table": key.table.name,
        **_said(schema=key.table.schema),
        "refers_to": list(key.refers_to),
        **_said(on_delete=key.on_delete),
    }


def _lines(value: Any, indent: str, depth: int = 0) -> str:
    """JSON with a line for each column, key and unique."""
    nested = isinstance(value, (dict, list)) and any(isinstance(each, (dict, list)) for each in _values(value))
    if depth and (depth >= 4 or not nested):
        return json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    shown = [_lines(each, inner, depth + 1) for each in _values(value)]
    if isinstance(value, dict):
        shown = [f"{json.dumps(key, ensure_ascii=False)}: {each}" for key, each in zip(value, shown, strict=True)]
    left, right = "{}" if isinstance(value, dict) else "[]"
    return f"{left}\n{inner}" + f",\n{inner}".join(shown) + f"\n{indent}{right}"


def _values(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


class _Wrong(Exception):
    """What is wrong in a file, and texts that lead to its line, each behind the one before."""

    def __init__(self, message: str, *near: str) -> None:
        super().__init__(message)
        self.near = near


def read(path: str | Path) -> Contract:
    """The contract that a file holds.

    Raises:
        GuardError: AGE120 with the line, when there is no file or it holds no contract.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        stop(age120_contract_file.unreadable(str(path), error.strerror or str(error)), cause=error)
    except UnicodeDecodeError as error:
        stop(age120_contract_file.wrong(str(path), None, f"is no UTF-8 text: {error.reason}"), cause=error)
    try:
        return _contract(json.loads(text))
    except json.JSONDecodeError as error:
        stop(age120_contract_file.wrong(str(path), error.lineno, f"is no JSON: {error.msg}"), cause=error)
    except RecursionError as error:
        stop(age120_contract_file.wrong(str(path), None, "is no contract: too deep"), cause=error)
    except _Wrong as wrong:
        stop(age120_contract_file.wrong(str(path), _line(text, wrong.near), str(wrong)), cause=wrong)


def _line(text: str, near: tuple[str, ...]) -> int | None:
    at = 0
    for each in near:
        found = text.find(json.dumps(each, ensure_ascii=False), at)
        at = found if found >= 0 else at
    return text.count("\n", 0, at) + 1 if at else None


def _contract(raw: Any) -> Contract:
    document = _a(dict, raw, "the file")
    form = document.get("format")
    if form != FORMAT:
        newer = isinstance(form, int) and form > FORMAT
        raise _Wrong(
            f"has format {form!r}, this alembic_guard reads {FORMAT}" + ("; it is older" if newer else ""), "format"
        )
    tables = tuple(
        _read_table(each, number) for number, each in enumerate(_a(list, document.get("tables", []), "tables"))
    )
    contract = Contract(
        _a(str, document.get("owner"), "owner"),
        tables,
        _strings(document.get("patterns", []), "patterns"),
        _a(str, document.get("migrate", ""), "migrate") or None,
        _a(str, document.get("database", ""), "database") or None,
    )
    _check_names(contract)
    return contract


def _read_table(raw: Any, number: int) -> ContractTable:
    said = _a(dict, raw, f"tables[{number}]")
    name = _a(str, said.get("name"), f"tables[{number}].name")
    columns = {
        column: _read_column(each, name, column)
        for column, each in _a(dict, said.get("columns", {}), "columns", name).items()
    }
    table = ContractTable(
        TableName(_a(str, said.get("schema", ""), "schema", name) or None, name),
        columns,
        _strings(said.get("primary_key", []), "primary_key", name),
        tuple(_strings(each, "unique", name) for each in _a(list, said.get("unique", []), "unique", name)),
        tuple(_read_key(each, name) for each in _a(list, said.get("keys", []), "keys", name)),
        _a(str, said.get("called", ""), "called", name) or None,
        _strings(said.get("relies_on", []), "relies_on", name),
    )
    for kind, used in _columns_used(table):
        if used not in columns:
            raise _Wrong(f"{name}: {kind} names the column {used!r}, which it does not have", name, kind, used)
    return table


def _columns_used(table: ContractTable) -> Iterator[tuple[str, str]]:
    yield from (("primary_key", column) for column in table.primary_key)
    yield from (("unique", column) for each in table.unique for column in each)
    yield from (("keys", column) for key in table.keys for column in key.columns)
    yield from (("relies_on", column) for column in table.relies_on)


def _read_column(raw: Any, table: str, column: str) -> ContractColumn:
    near = (table, "columns", column)
    said = _a(dict, raw, f"{table}.{column}", *near)
    type_ = said.get("type")
    if type_ is not None:
        _a(str, type_, f"{table}.{column}: type", *near)
    try:
        type_of_text(type_)
    except UnknownType as error:
        raise _Wrong(f"{table}.{column}: {type_!r} is no type of SQLAlchemy", *near) from error
    return ContractColumn(type_, _a(bool, said.get("nullable", True), f"{table}.{column}: nullable", *near))


def _read_key(raw: Any, table: str) -> ContractKey:
    said = _a(dict, raw, f"{table}: keys", table, "keys")
    columns, refers_to = (_strings(said.get(each), each, table, "keys") for each in ("columns", "refers_to"))
    if not columns or len(columns) != len(refers_to):
        raise _Wrong(f"{table}: a key's columns and refers_to are not equally many", table, "keys")
    name = _a(str, said.get("table"), f"{table}: a key's table", table, "keys")
    schema = _a(str, said.get("schema", ""), "schema", table, "keys") or None
    return ContractKey(
        columns, TableName(schema, name), refers_to, _a(str, said.get("on_delete", ""), "on_delete") or None
    )


def _check_names(contract: Contract) -> None:
    tables: dict[TableName, Mapping[str, ContractColumn]] = {}
    for table in contract.tables:
        if table.name in tables:
            raise _Wrong(f"{table.name} is in it twice", table.name.name)
        tables[table.name] = table.columns
    for table in contract.tables:
        for key in table.keys:
            for column in key.refers_to:
                if column not in tables.get(key.table, {}):
                    raise _Wrong(
                        f"{table.name}: a key refers to {key.table}.{column}, which is not in it",
                        table.name.name,
                        "keys",
                    )


def _strings(raw: Any, what: str, *near: str) -> tuple[str, ...]:
    return tuple(_a(str, each, what, *near) for each in _a(list, raw, what, *near))


def _a(kind: Callable[..., Any], raw: Any, what: str, *near: str) -> Any:
    if not isinstance(raw, kind):  # type: ignore[arg-type]
        words = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
        raise _Wrong(f"{what}: expected {words[kind]}, found {json.dumps(raw)[:60]}", *near)  # type: ignore[index]
    return raw
