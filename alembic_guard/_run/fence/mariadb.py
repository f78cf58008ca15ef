"""What MariaDB knows of some tables, in one statement. It keeps no count of rows by transaction."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

from alembic_guard._names import TableName
from alembic_guard._run.fence.reading import Moment, Reading, TableReading


def _part(
    view: str,
    kind: str,
    part: str,
    said: str,
    *,
    table: str = "table_name",
    schema: str = "table_schema",
    order: str = "",
) -> str:
    """A row for each table, with a line for each of its parts: the driver takes its time over every row."""
    line = f"CONCAT('{kind} ', IF(INSTR({part}, ' '), CONCAT('\"', {part}, '\"'), {part}), ' ', CONCAT_WS('|', {said}))"
    return f"""SELECT {table}, GROUP_CONCAT({line} ORDER BY {part}{order} SEPARATOR '\\n')
        FROM information_schema.{view} WHERE {schema} = :schema GROUP BY {table}"""


# With a schema that is a constant MariaDB opens the tables of that schema alone. create_time is InnoDB's of the file, which
# TRUNCATE and most of ALTER TABLE make anew; auto_increment is left out, which every new row moves. table_constraints would
# say again what the unique indexes, keys and checks are, and opens every table for it.
_PARTS = text(
    "SET STATEMENT group_concat_max_len = 4294967295 FOR "
    + " UNION ALL ".join(
        (
            """SELECT table_name, CONCAT('table ', CONCAT_WS('|', engine, row_format, table_collation, create_options,
                table_comment, create_time)) FROM information_schema.tables WHERE table_schema = :schema""",
            _part(
                "columns",
                "column",
                "column_name",
                "ordinal_position, column_default, is_nullable, column_type, collation_name, extra, column_comment,"
                " generation_expression",
            ),
            _part(
                "statistics",
                "index",
                "index_name",
                "seq_in_index, non_unique, column_name, sub_part, index_type",
                order=", seq_in_index",
            ),
            _part(
                "referential_constraints",
                "key",
                "constraint_name",
                "referenced_table_name, update_rule, delete_rule",
                schema="constraint_schema",
            ),
            _part("check_constraints", "check", "constraint_name", "check_clause", schema="constraint_schema"),
            _part(
                "triggers",
                "trigger",
                "trigger_name",
                "MD5(CONCAT_WS('|', action_timing, event_manipulation, action_order, action_statement))",
                table="event_object_table",
                schema="event_object_schema",
            ),
            _part("table_privileges", "privilege", "CONCAT(privilege_type, ' of ', grantee)", "is_grantable"),
        )
    )
)


class MariaDBReader:
    def __init__(self, tables: Collection[TableName]) -> None:
        self._tables = tables

    def read(self, connection: Connection) -> Reading:
        lines: dict[TableName, list[str]] = {}
        for schema in sorted({str(name.schema) for name in self._tables}):
            for table, said in connection.execute(_PARTS, {"schema": schema}):
                if (name := TableName(schema, table)) in self._tables:
                    lines.setdefault(name, []).append(said)
        return Reading({name: TableReading("\n".join(sorted(each))) for name, each in lines.items()})

    def begin(self, connection: Connection) -> Moment:
        return Moment()

    def table_of(self, connection: Connection, part: TableName) -> TableName | None:
        """The table that a trigger is on."""
        where = {"schema": part.schema or connection.dialect.default_schema_name, "name": part.name}
        row = connection.execute(_TRIGGER, where).first()
        name = TableName(*row) if row else None
        return name if name in self._tables else None


_TRIGGER = text(
    """
    SELECT event_object_schema, event_object_table FROM information_schema.triggers
    WHERE trigger_schema = :schema AND trigger_name = :name
    """
)
