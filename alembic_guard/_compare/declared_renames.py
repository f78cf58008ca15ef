"""What is said about renames: ``info={"renamed_from": ...}`` in a model, ``-x rename=table.old:new`` on the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from alembic.operations.ops import CreateTableOp, UpgradeOps
from sqlalchemy import Table

from alembic_guard._compare.prune import walk
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._names import TableName
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

RENAMED_FROM = "renamed_from"
"""The key in the ``info`` of a Table or Column; never rendered into a migration."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One rename as it was said.

    Args:
        table: The table, as the model has it now.
        column: The column as the model has it now; None where the table itself was renamed.
        old: The former name.
        said: The words of the command line; None where the model says it, and goes on saying it afterwards.
    """

    table: TableName
    column: str | None
    old: str
    said: str | None = None

    @property
    def where(self) -> str:
        return f"{self.table}.{self.column}" if self.column else str(self.table)

    @property
    def new(self) -> str:
        return self.column or self.table.name


def in_models(ours: Mapping[TableName, Table]) -> Iterator[Declared]:
    """What the models say, tables before columns.

    Raises:
        GuardError: AGE108 when a former name is not a name.
    """
    for name, table in ours.items():
        if RENAMED_FROM in table.info:
            yield Declared(name, None, _checked(str(name), table.info[RENAMED_FROM]))
    for name, table in ours.items():
        for column in table.columns:
            if RENAMED_FROM in column.info:
                old = _checked(f"{name}.{column.name}", column.info[RENAMED_FROM])
                yield Declared(name, str(column.name), old)


def _checked(where: str, old: object) -> str:
    if not isinstance(old, str) or not old:
        stop(age108_bad_guard.bad_value(f"info={{{RENAMED_FROM!r}: ...}} of {where}", old, "the former name, as text"))
    return old


def on_command_line(
    said: Iterable[str], ours: Mapping[TableName, Table], there: Collection[TableName], default_schema: str | None
) -> Iterator[Declared]:
    """What ``-x rename=`` said, without ``none``; ``there`` are the database's tables by their real names.

    Raises:
        GuardError: AGE108 for what is neither ``table.old:new`` nor ``old_table:new_table``, or could be both.
    """
    for text in said:
        if text != "none":
            yield _read(text, ours, there, default_schema)


def _read(
    text: str, ours: Mapping[TableName, Table], there: Collection[TableName], default_schema: str | None
) -> Declared:
    left, colon, new = text.rpartition(":")
    if not colon or not left or not new:
        stop(_bad(text, "table.old:new, or old_table:new_table", ours))
    table, dot, old = left.rpartition(".")
    found: list[Declared] = []
    if dot and (model := _model(table, ours, there, default_schema)) and new in _columns(ours[model]):
        found.append(Declared(model, new, old, text))
    former = TableName.parse(left)
    renamed = TableName(former.schema, new)
    if former.within(default_schema) in there and (model := _same(renamed, ours, default_schema)):
        found.append(Declared(model, None, former.name, text))
    if len(found) != 1:
        stop(
            _bad(text, "one table or column of the models" if found else "a table or column that the models have", ours)
        )
    return found[0]


def _model(
    written: str, ours: Mapping[TableName, Table], there: Collection[TableName], default_schema: str | None
) -> TableName | None:
    """The model's table that a name means: its own, or the one from which the model says it was renamed."""
    name = TableName.parse(written)
    direct = _same(name, ours, default_schema)
    if direct is not None:
        return direct
    former = [
        model
        for model, table in ours.items()
        if TableName(model.schema, str(table.info.get(RENAMED_FROM))).within(default_schema)
        == name.within(default_schema)
    ]
    return former[0] if len(former) == 1 else None


def _same(name: TableName, ours: Mapping[TableName, Table], default_schema: str | None) -> TableName | None:
    real = name.within(default_schema)
    return next((each for each in ours if each.within(default_schema) == real), None)


def _columns(table: Table) -> set[str]:
    return {str(column.name) for column in table.columns}


def _bad(text: str, expected: str, ours: Mapping[TableName, Table]) -> Diagnostic:
    tables = ", ".join(map(str, sorted(ours)))
    return age108_bad_guard.bad_value(
        "-x rename=", text, f"{expected} (tables of the models: {tables})", "-x rename=conversation.metadata:extra_data"
    )


def forget_declarations(upgrade_ops: UpgradeOps) -> None:
    """Alembic renders a table's info into op.create_table; what is said there about renames is for us alone."""
    for op in walk(upgrade_ops):
        if isinstance(op, CreateTableOp):
            op.info = {key: value for key, value in op.info.items() if key != RENAMED_FROM}
