"""What a text is one of, which the database does not tell: an Enum is a VARCHAR where it is not ``native_enum``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alembic.ddl.base import AddColumn, ColumnType
from sqlalchemy import Column, Connection, Enum, Table, event
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

Choices = Mapping[tuple[str, str], Sequence[str]]
"""By table and column."""


class Listener:
    """Knows what models say, and what revisions say that run: a column of an old one may be in no model any more."""

    def __init__(self, models: Iterable[Table]) -> None:
        self._found: dict[tuple[str, str], Sequence[str]] = {}
        for table in models:
            self._hear_columns(table.name, table.columns)

    @property
    def choices(self) -> Choices:
        return self._found

    def listen(self, connection: Connection) -> None:
        event.listen(connection, "before_execute", self._hear)

    def stop(self, connection: Connection) -> None:
        event.remove(connection, "before_execute", self._hear)

    def _hear(self, _connection: Any, element: Any, *_rest: Any) -> None:
        match element:
            case CreateTable():
                # Under this name a batch makes a table anew.
                self._hear_columns(element.element.name.removeprefix("_alembic_tmp_"), element.element.columns)
            case AddColumn():
                self._hear_columns(element.table_name, [element.column])
            case ColumnType():
                self._hear_type(element.table_name, element.column_name, element.type_)

    def _hear_columns(self, table: str, columns: Iterable[Column[Any]]) -> None:
        for column in columns:
            self._hear_type(table, column.name, column.type)

    def _hear_type(self, table: str, column: str, type_: TypeEngine[Any]) -> None:
        said = getattr(type_, "impl_instance", type_)
        if isinstance(said, Enum):
            self._found[table, column] = said.enums
