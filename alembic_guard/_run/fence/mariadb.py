"""What MariaDB knows of some tables, in one statement. It keeps no count of rows by transaction."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Connection, text

from alembic_guard._names import TableName
from alembic_guard._run.fence.reading import Reading, TableReading

# With a schema that is a constant MariaDB opens the tables of that schema alone. create_time is InnoDB's of the file, which
# TRUNCATE and most of ALTER TABLE make anew; auto_increment is left out, which every new row moves.
_PARTS = """
SELECT table_name, 'table', '', CONCAT_WS('|', engine, row_format, table_collation, create_options, table_comment, create_time)
FROM information_schema.tables WHERE table_schema = :schema
UNION ALL SELECT table_name, 'column', column_name, CONCAT_WS('|', ordinal_position, column_default, is_nullable,
       column_type, collation_name, extra, column_comment, generation_expression)
FROM information_schema.columns WHERE table_schema = :schema
UNION ALL SELECT table_name, 'index', index_name, GROUP_CONCAT(CONCAT_WS('|', non_unique, column_name, sub_part, index_type)
       ORDER BY seq_in_index)
FROM information_schema.statistics WHERE table_schema = :schema GROUP BY table_name, index_name
UNION ALL SELECT table_name, 'constraint', constraint_name, constraint_type
FROM information_schema.table_constraints WHERE table_schema = :schema
UNION ALL SELECT table_name, 'key', constraint_name, CONCAT_WS('|', referenced_table_name, update_rule, delete_rule)
FROM information_schema.referential_constraints WHERE constraint_schema = :schema
UNION ALL SELECT table_name, 'check', constraint_name, check_clause
FROM information_schema.check_constraints WHERE constraint_schema = :schema
UNION ALL SELECT event_object_table, 'trigger', trigger_name, MD5(CONCAT_WS('|', action_timing, event_manipulation,
       action_order, action_statement))
FROM information_schema.triggers WHERE event_object_schema = :schema
UNION ALL SELECT table_name, 'privilege', CONCAT(privilege_type, ' of ', grantee), is_grantable
FROM information_schema.table_privileges WHERE table_schema = :schema
"""


class MariaDBReader:
    def __init__(self, tables: Collection[TableName]) -> None:
        self._tables = tables

    def read(self, connection: Connection) -> Reading:
        lines: dict[TableName, list[str]] = {}
        for schema in sorted({str(name.schema) for name in self._tables}):
            for table, kind, part, said in connection.execute(text(_PARTS), {"schema": schema}):
                if (name := TableName(schema, table)) in self._tables:
                    quoted = f'"{part}"' if " " in part else part
                    lines.setdefault(name, []).append(" ".join(f"{kind} {quoted} {said}".split()))
        return Reading({name: TableReading("\n".join(sorted(each))) for name, each in lines.items()})

    def transaction(self, connection: Connection) -> str:
        return ""

    def followed(self, connection: Connection) -> dict[TableName, TableName]:
        """Tables whose rows theirs follow, by ON DELETE and ON UPDATE or by a trigger, and which of theirs does."""
        found: dict[TableName, TableName] = {}
        for schema in sorted({str(name.schema) for name in self._tables}):
            for table, theirs in connection.execute(_FOLLOWING_KEYS, {"schema": schema}):
                if (name := TableName(schema, theirs)) in self._tables:
                    found[TableName(schema, table)] = name
            for table, body in connection.execute(_TRIGGERS, {"schema": schema}):
                words = set(re.findall(r"\w+", body.lower()))
                theirs = next((name for name in self._tables if name.name.lower() in words), None)
                if theirs is not None:
                    found[TableName(schema, table)] = theirs
        return {table: theirs for table, theirs in found.items() if table not in self._tables}


# InnoDB follows keys without a trace in any statement's text, and MariaDB counts no rows by transaction.
_FOLLOWING_KEYS = text(
    """
    SELECT referenced_table_name, table_name FROM information_schema.referential_constraints
    WHERE constraint_schema = :schema
      AND (delete_rule IN ('CASCADE', 'SET NULL') OR update_rule IN ('CASCADE', 'SET NULL'))
    """
)
_TRIGGERS = text(
    """
    SELECT event_object_table, action_statement FROM information_schema.triggers WHERE event_object_schema = :schema
    """
)
