"""What PostgreSQL knows of some tables, in one statement: how they are defined, and what this transaction did to their rows."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

from sqlalchemy import Connection

from alembic_guard._names import TableName
from alembic_guard._run.fence.reading import Reading, Rows, TableReading

_NUMBERS = count(1)

# A catalogue row's xmin, the transaction that wrote it, stands for all that is in the row: pg_get_...def() and the like
# cost ten times as much. Not of the table's own row, which a key of ours writes too; nor of the triggers that PostgreSQL
# makes for such a key.
_PARTS = (
    """SELECT c.oid AS t, concat_ws(' ', 'owner', c.relowner) || concat_ws(' ', E'\\ntable', c.relkind, c.relpersistence,
            c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition, c.reloptions, c.reltablespace, c.relam)
            || E'\\nstorage ' || c.relfilenode || E'\\nprivileges ' || coalesce(CAST(c.relacl AS text), '') AS said
        FROM pg_catalog.pg_class c WHERE c.oid = ANY({oids})""",
    """SELECT attrelid AS t, string_agg('column ' || attname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY attnum) AS said
        FROM pg_catalog.pg_attribute WHERE attrelid = ANY({oids}) AND attnum > 0 GROUP BY 1""",
    """SELECT adrelid AS t, string_agg('default ' || adnum || ' ' || oid, E'\\n' ORDER BY adnum) AS said
        FROM pg_catalog.pg_attrdef WHERE adrelid = ANY({oids}) GROUP BY 1""",
    """SELECT conrelid AS t, string_agg('constraint ' || conname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_constraint WHERE conrelid = ANY({oids}) GROUP BY 1""",
    """SELECT i.indrelid AS t, string_agg('index ' || x.relname || ' ' || CAST(i.xmin AS text) || ' ' || CAST(x.xmin AS text),
            E'\\n' ORDER BY x.oid) AS said
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = ANY({oids}) GROUP BY 1""",
    """SELECT tgrelid AS t, string_agg('trigger ' || tgname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_trigger WHERE tgrelid = ANY({oids}) AND NOT tgisinternal GROUP BY 1""",
    """SELECT ev_class AS t, string_agg('rule ' || rulename || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_rewrite WHERE ev_class = ANY({oids}) GROUP BY 1""",
    """SELECT polrelid AS t, string_agg('policy ' || polname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_policy WHERE polrelid = ANY({oids}) GROUP BY 1""",
    """SELECT objoid AS t, string_agg('comment ' || objsubid || ' ' || CAST(xmin AS text), E'\\n' ORDER BY objsubid) AS said
        FROM pg_catalog.pg_description
        WHERE classoid = CAST('pg_catalog.pg_class' AS regclass) AND objoid = ANY({oids}) GROUP BY 1""",
)


class PostgreSQLReader:
    """Reads tables by the numbers that stay theirs when they are renamed or moved."""

    def __init__(self, connection: Connection, tables: Collection[TableName]) -> None:
        found = connection.exec_driver_sql(
            f"""/* {next(_NUMBERS)} */ SELECT CAST(c.oid AS bigint), n.nspname, c.relname, CAST(current_user AS text),
                   NOT r.rolsuper AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_roles r ON r.rolname = current_user
            WHERE c.relkind IN ('r', 'p', 'f')"""
        )
        rows = [row for row in found if TableName(row[1], row[2]) in tables]
        self._tables = {number: TableName(schema, table) for number, schema, table, _, _ in rows}
        self.role = str(rows[0][3]) if rows else ""
        self.owned = sorted(TableName(schema, table) for _, schema, table, _, owned in rows if owned)
        """Which of them the role owns, itself or as a member; a superuser's rights need no owning."""

    def read(self, connection: Connection) -> Reading:
        oids = f"CAST('{{{','.join(map(str, self._tables))}}}' AS oid[])"
        parts = [sql.format(oids=oids) for sql in _PARTS]
        joined = " ".join(f"LEFT JOIN ({sql}) p{number} ON p{number}.t = c.oid" for number, sql in enumerate(parts))
        said = ", ".join(f"p{number}.said" for number in range(len(parts)))
        # Each is a text of its own: what psycopg sees five times it prepares, which not every pooler knows.
        sql = f"""/* {next(_NUMBERS)} */
            SELECT CAST(now.transaction AS text), CAST(c.oid AS bigint), n.nspname, c.relname,
                   pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid), pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
                   pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid), {said}
            FROM (SELECT pg_catalog.pg_current_xact_id() AS transaction) now
            LEFT JOIN pg_catalog.pg_class c ON c.oid = ANY({oids})
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {joined}"""
        rows = connection.exec_driver_sql(sql).all()
        tables = {}
        for _, number, schema, name, inserted, updated, deleted, *found in rows:
            if number is not None:  # there is a row without one where all tables are gone
                lines = (f"name {TableName(schema, name)}", *(part for part in found if part))
                tables[self._tables[number]] = TableReading("\n".join(lines), Rows(inserted, updated, deleted))
        return Reading(tables, str(rows[0][0]))

    def transaction(self, connection: Connection) -> str:
        asked = f"SELECT CAST(pg_catalog.pg_current_xact_id() AS text) /* {next(_NUMBERS)} */"
        return str(connection.exec_driver_sql(asked).scalar())
