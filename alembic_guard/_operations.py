"""``op.require_table``: stops a migration when a table that it depends on is absent or differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Column
from sqlalchemy.types import NullType

from alembic_guard._catalogue import read_catalogue
from alembic_guard._database import is_mariadb
from alembic_guard._errors import GuardError
from alembic_guard._names import TableName
from alembic_guard._requirements import Requirement, look_up


@Operations.register_operation("require_table")
class RequireTableOp(MigrateOperation):
    """A table of another owner that must exist before this migration runs.

    .. code-block:: python

        def upgrade() -> None:
            op.require_table("user", sa.Column("id", sa.Text()), owner="better-auth")

    ``run_migrations`` and ``configure_options`` read the line in every pending revision and check them all before
    the first one runs, so that nothing has changed when one fails: on MariaDB, where DDL is not rolled back, nothing but
    Alembic's own version table. ``-x wait=60`` polls for up to 60 seconds first.
    The line is safe to delete: the database then refuses the key in its own words.

    Args:
        table_name: The table.
        columns: Columns that must be there: names, or ``sa.Column`` where the type matters too.
        owner: Who makes it, for the message.
        schema: Its schema; None where the search path finds it.

    Raises:
        GuardError: AGC102, AGC103 or AGC101.

    .. versionadded:: 0.1
    """

    def __init__(
        self,
        table_name: str,
        columns: Sequence[str | Column[Any]] = (),
        *,
        owner: str = "its owner",
        schema: str | None = None,
    ) -> None:
        self.table_name = table_name
        self.columns = tuple(columns)
        self.owner = owner
        self.schema = schema

    @classmethod
    def require_table(
        cls,
        operations: Operations,
        table_name: str,
        *columns: str | Column[Any],
        owner: str = "its owner",
        schema: str | None = None,
    ) -> None:
        operations.invoke(cls(table_name, columns, owner=owner, schema=schema))

    def reverse(self) -> RequireTableOp:
        """The same requirement: what a migration depends on, its opposite does not take away."""
        return self

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("require_table", self.schema, self.table_name, [_column_name(each) for each in self.columns])

    def requirement(self, needed_by: str, migrate: str | None = None) -> Requirement:
        """The value that the checks work on."""
        return Requirement(
            table=TableName(self.schema, self.table_name),
            columns=tuple((_column_name(each), _column_type(each)) for each in self.columns),
            owner=self.owner,
            needed_by=needed_by,
            migrate=migrate,
        )


def _column_name(column: str | Column[Any]) -> str:
    return column if isinstance(column, str) else str(column.name)


def _column_type(column: str | Column[Any]) -> Any:
    return None if isinstance(column, str) or isinstance(column.type, NullType) else column.type


@Operations.implementation_for(RequireTableOp)
def _run(operations: Operations, operation: RequireTableOp) -> None:
    context = operations.migration_context
    if context.as_sql:
        for statement in _offline(operation, context.dialect):
            context.impl.static_output(statement)
        return
    connection = operations.get_bind()
    guarded = context.opts.get("alembic_guard")
    wanted = operation.requirement("this migration", guarded.claims.migrate_of(operation.owner) if guarded else None)
    findings = look_up(connection, [wanted], read_catalogue(connection, [operation.schema]))
    if findings:
        raise GuardError(findings)


def _offline(operation: RequireTableOp, dialect: Any) -> list[str]:
    """Statements that stop by themselves on PostgreSQL and MariaDB; on SQLite a comment, since its SQL cannot raise."""
    name = TableName(operation.schema, operation.table_name)
    columns = [_column_name(each) for each in operation.columns]
    if is_mariadb(dialect.name):
        return [*_offline_mariadb(operation, name, columns)]
    if dialect.name != "postgresql":
        with_columns = f" with {', '.join(columns)}" if columns else ""
        return [f"-- requires table {name}{with_columns} of {operation.owner}: let {operation.owner} migrate first"]
    quote, literal = dialect.identifier_preparer.quote, _literal
    regclass = ".".join(quote(part) for part in (operation.schema, operation.table_name) if part)
    checks = [
        f"    IF to_regclass({literal(regclass)}) IS NULL THEN\n"
        f"        RAISE EXCEPTION USING MESSAGE = {literal(f'AGC102 {name}: the table of {operation.owner} is not there')};\n"
        f"    END IF;"
    ]
    checks += [
        f"    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({literal(regclass)})"
        f" AND attname = {literal(column)} AND NOT attisdropped) THEN\n"
        f"        RAISE EXCEPTION USING MESSAGE = {literal(f'AGC103 {name}.{column}: the column of {operation.owner} is not there')};\n"
        f"    END IF;"
        for column in columns
    ]
    return ["DO $alembic_guard$\nBEGIN\n" + "\n".join(checks) + "\nEND\n$alembic_guard$;"]


def _offline_mariadb(operation: RequireTableOp, name: TableName, columns: Sequence[str]) -> Iterator[str]:
    """Statements without a body, which every client takes: SIGNAL by EXECUTE IMMEDIATE (10.6; MySQL has none)."""
    wanted = {"table_schema": operation.schema, "table_name": operation.table_name}
    owner = operation.owner
    yield from _signal("tables", wanted, f"AGC102 {name}: the table of {owner} is not there")
    for column in columns:
        message = f"AGC103 {name}.{column}: the column of {owner} is not there"
        yield from _signal("columns", {**wanted, "column_name": column}, message)


def _signal(view: str, wanted: Mapping[str, str | None], message: str) -> Iterator[str]:
    literal = _mariadb_literal
    where = " AND ".join(f"{key} = {literal(value) if value else 'DATABASE()'}" for key, value in wanted.items())
    # A message holds 128 characters.
    signal = f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {literal(message[:128])}"
    yield (
        f"SET @alembic_guard = (SELECT IF(COUNT(*) > 0, 'DO 0', {literal(signal)})"
        f" FROM information_schema.{view} WHERE {where});"
    )
    yield "EXECUTE IMMEDIATE @alembic_guard;"


def _mariadb_literal(value: str) -> str:
    return _literal(value.replace("\\", "\\\\"))


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@renderers.dispatch_for(RequireTableOp)
def _render(autogen_context: AutogenContext, operation: RequireTableOp) -> str:
    prefix = autogen_context.opts["alembic_module_prefix"] or "op."
    arguments = [repr(str(operation.table_name))]
    arguments += [_render_column(autogen_context, each) for each in operation.columns]
    arguments.append(f"owner={operation.owner!r}")
    if operation.schema:
        arguments.append(f"schema={operation.schema!r}")
    return f"{prefix}require_table({', '.join(arguments)})"


def _render_column(autogen_context: AutogenContext, column: str | Column[Any]) -> str:
    # _repr_type is the renderer of every type in a migration (Alembic 1.18 - 1.20); it has no public name.
    from alembic.autogenerate.render import _repr_type

    if _column_type(column) is None:
        return repr(_column_name(column))
    prefix = autogen_context.opts["sqlalchemy_module_prefix"] or "sa."
    assert isinstance(column, Column)
    return f"{prefix}Column({str(column.name)!r}, {_repr_type(column.type, autogen_context)})"
