"""The operations of a rename: like Alembic's own where it has one, with the opposite and the renderer that those lack.

``AlterColumnOp(modify_name=...)`` says it changes nothing and forgets the name in its opposite; ``RenameTableOp`` has
neither opposite nor renderer (Alembic 1.18 - 1.20). What is written into a migration is plain Alembic: it runs where
alembic_guard is not installed.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import AlterColumnOp, RenameTableOp
from sqlalchemy.engine import Dialect

Kind = Literal["INDEX", "CONSTRAINT"]

_MYSQL = ("mysql", "mariadb")


class RenamedTableOp(RenameTableOp):
    """A table gets another name; rows, keys and indexes stay."""

    def reverse(self) -> RenamedTableOp:
        return RenamedTableOp(self.new_table_name, self.table_name, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("rename_table", self.schema, self.table_name, self.new_table_name)


class RenamedColumnOp(AlterColumnOp):
    """A column gets another name; its values stay."""

    def __init__(self, table_name: str, column_name: str, new_name: str, *, schema: str | None = None) -> None:
        super().__init__(table_name, column_name, schema=schema, modify_name=new_name)
        self.new_name = new_name

    def has_changes(self) -> bool:
        return True

    def reverse(self) -> RenamedColumnOp:
        return RenamedColumnOp(self.table_name, self.new_name, self.column_name, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("rename_column", self.schema, self.table_name, self.column_name, self.new_name)


class RenamedPartOp(MigrateOperation):
    """An index or a constraint gets the name that the naming convention gives it now; it is not built again."""

    def __init__(self, kind: Kind, table_name: str, name: str, new_name: str, *, schema: str | None = None) -> None:
        self.kind: Kind = kind
        self.table_name = table_name
        self.name = name
        self.new_name = new_name
        self.schema = schema

    def reverse(self) -> RenamedPartOp:
        return RenamedPartOp(self.kind, self.table_name, self.new_name, self.name, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return (f"rename_{self.kind.lower()}", self.schema, self.table_name, self.name, self.new_name)

    def sql(self, dialect: Dialect) -> str:
        """The statement; Alembic has no operation for it."""
        new = _quoted(dialect, self.new_name)
        if self.kind == "INDEX" and dialect.name not in _MYSQL:
            return f"ALTER INDEX {_qualified(dialect, self.schema, self.name)} RENAME TO {new}"
        table = _qualified(dialect, self.schema, self.table_name)
        return f"ALTER TABLE {table} RENAME {self.kind} {_quoted(dialect, self.name)} TO {new}"


RENAMES = (RenamedTableOp, RenamedColumnOp, RenamedPartOp)


def column_sql(op: RenamedColumnOp, dialect: Dialect) -> str | None:
    """The statement where Alembic's own would lose something: on MySQL and MariaDB ``op.alter_column`` writes CHANGE
    COLUMN, which needs the whole definition and drops what is not repeated (CHECK, ON UPDATE, comment).

    RENAME COLUMN is there since MySQL 8.0 and MariaDB 10.5.2.
    """
    if dialect.name not in _MYSQL:
        return None
    names = f"{_quoted(dialect, op.column_name)} TO {_quoted(dialect, op.new_name)}"
    return f"ALTER TABLE {_qualified(dialect, op.schema, op.table_name)} RENAME COLUMN {names}"


def _qualified(dialect: Dialect, schema: str | None, name: str) -> str:
    return f"{_quoted(dialect, schema)}.{_quoted(dialect, name)}" if schema else _quoted(dialect, name)


def _quoted(dialect: Dialect, name: str) -> str:
    """A name in a text that op.execute takes, where ``:name`` is a parameter and ``%`` is doubled later."""
    quote = dialect.identifier_preparer.quote
    doubled = "%%" in quote("%")  # drivers with pyformat parameters
    written = quote(name).replace("%%", "%") if doubled else quote(name)
    return written.replace(":", r"\:")


@Operations.implementation_for(RenamedColumnOp)
def _rename_column(operations: Operations, operation: RenamedColumnOp) -> None:
    sql = column_sql(operation, operations.migration_context.dialect)
    if sql is not None:
        operations.execute(sql)
        return
    operations.alter_column(
        operation.table_name, operation.column_name, new_column_name=operation.new_name, schema=operation.schema
    )


@Operations.implementation_for(RenamedPartOp)
def _rename_part(operations: Operations, operation: RenamedPartOp) -> None:
    operations.execute(operation.sql(operations.migration_context.dialect))


@renderers.dispatch_for(RenamedTableOp)
def _render_table(autogen_context: AutogenContext, operation: RenamedTableOp) -> str:
    schema = f", schema={str(operation.schema)!r}" if operation.schema else ""
    names = f"{str(operation.table_name)!r}, {str(operation.new_table_name)!r}"
    return f"{_prefix(autogen_context)}rename_table({names}{schema})"


@renderers.dispatch_for(RenamedColumnOp)
def _render_column(autogen_context: AutogenContext, operation: RenamedColumnOp) -> str:
    sql = column_sql(operation, autogen_context.dialect)
    if sql is not None:
        return f"{_prefix(autogen_context)}execute({sql!r})"
    names = (
        f"{str(operation.table_name)!r}, {str(operation.column_name)!r}, new_column_name={str(operation.new_name)!r}"
    )
    schema = f", schema={str(operation.schema)!r}" if operation.schema else ""
    return f"{_prefix(autogen_context)}alter_column({names}{schema})"


@renderers.dispatch_for(RenamedPartOp)
def _render_part(autogen_context: AutogenContext, operation: RenamedPartOp) -> str:
    return f"{_prefix(autogen_context)}execute({operation.sql(autogen_context.dialect)!r})"


def _prefix(autogen_context: AutogenContext) -> str:
    return str(autogen_context.opts["alembic_module_prefix"] or "op.")
