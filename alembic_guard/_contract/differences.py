"""In what a live database differs from a contract's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alembic_guard._contract.contract import Contract, ContractColumn, ContractTable


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them: the object, what the file has and what the database has; None where one has nothing."""

    object: str
    file: str | None
    database: str | None

    def __str__(self) -> str:
        if self.file is None:
            return f"+ {self.object} {self.database}".rstrip()
        if self.database is None:
            return f"- {self.object} {self.file}".rstrip()
        return f"~ {self.object} {self.file} -> {self.database}"


def differences(file: Contract, live: Contract) -> Iterator[Difference]:
    """Tables, columns, types, nullability, keys and uniques; not what only a file says (owner, migrate, relies_on)."""
    before, after = ({table.name: table for table in each.tables if table.columns} for each in (file, live))
    for name in sorted({*before, *after}):
        if name not in after:
            yield Difference(str(name), "(table)", None)
        elif name not in before:
            yield Difference(str(name), None, "(table)")
        else:
            yield from _of_table(before[name], after[name])


def _of_table(file: ContractTable, live: ContractTable) -> Iterator[Difference]:
    for column in sorted({*file.columns, *live.columns}):
        yield from _between(f"{file.name}.{column}", *(_shown(each.columns.get(column)) for each in (file, live)))
    yield from _between(f"{file.name} primary key", *(_list(each.primary_key) for each in (file, live)))
    for label, before, after in (
        ("unique", set(map(_list, file.unique)), set(map(_list, live.unique))),
        ("key", set(_keys(file)), set(_keys(live))),
    ):
        yield from (Difference(f"{file.name} {label}", str(each), None) for each in sorted(before - after, key=str))
        yield from (Difference(f"{file.name} {label}", None, str(each)) for each in sorted(after - before, key=str))


def _between(name: str, file: str | None, database: str | None) -> Iterator[Difference]:
    if file != database:
        yield Difference(name, file, database)


def _shown(column: ContractColumn | None) -> str | None:
    if column is None:
        return None
    return f"{column.type or 'of unknown type'}{'' if column.nullable else ' NOT NULL'}"


def _list(columns: tuple[str, ...]) -> str | None:
    return f"({', '.join(columns)})" if columns else None


def _keys(table: ContractTable) -> Iterator[str]:
    for key in table.keys:
        on_delete = f" ON DELETE {key.on_delete}" if key.on_delete else ""
        yield f"{_list(key.columns)} -> {key.table} {_list(key.refers_to)}{on_delete}"
