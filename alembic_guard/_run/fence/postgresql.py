"""What PostgreSQL knows of some tables, in one statement: how they are defined, and what this transaction did to their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from sqlalchemy import Connection

from alembic_guard._names import TableName
from alembic_guard._run.fence.reading import Moment, Reading, Rows, TableReading

_NUMBERS = count(1)

# A catalogue row's xmin, the transaction that wrote it, stands for all that is in the row: pg_get_...def() and the like
# cost ten times as much. Not of the table's own row, which a key of ours writes too; nor of the triggers that PostgreSQL
# makes for such a key; nor of a trigger's function, which several chains may have and replace by itself.
_PARTS = (
    """SELECT c.oid AS t, concat_ws(' ', 'owner', c.relowner) || concat_ws(' ', E'\\ntable', c.relkind, c.relpersistence,
            c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition, c.reloptions, c.reltablespace, c.relam)
            || E'\\nstorage ' || c.relfilenode || E'\\nprivileges ' || coalesce(CAST(c.relacl AS text), '') AS said
        FROM pg_catalog.pg_class c WHERE c.oid = ANY({oids})""",
    """SELECT attrelid AS t, string_agg('column ' || attname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY attnum) AS said
        FROM pg_catalog.pg_attribute WHERE attrelid = ANY({oids}) AND attnum > 0 GROUP BY 1""",
    """SELECT a.attrelid AS t, string_agg(DISTINCT 'type ' || y.typname || ' ' || CAST(y.xmin AS text) || ' ' || coalesce(
            (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid), ''
            ) || coalesce((SELECT string_agg(CAST(d.xmin AS text), ',' ORDER BY d.oid) FROM pg_catalog.pg_constraint d
            WHERE d.contypid = y.oid), ''), E'\\n') AS said
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid AND y.typtype IN ('e', 'd')
        WHERE a.attrelid = ANY({oids}) AND a.attnum > 0 GROUP BY 1""",
    """SELECT adrelid AS t, string_agg('default ' || adnum || ' ' || oid, E'\\n' ORDER BY adnum) AS said
        FROM pg_catalog.pg_attrdef WHERE adrelid = ANY({oids}) GROUP BY 1""",
    """SELECT conrelid AS t, string_agg('constraint ' || conname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_constraint WHERE conrelid = ANY({oids}) GROUP BY 1""",
    """SELECT i.indrelid AS t, string_agg('index ' || x.relname || ' ' || CAST(i.xmin AS text) || ' ' || CAST(x.xmin AS text),
            E'\\n' ORDER BY x.oid) AS said
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = ANY({oids}) GROUP BY 1""",
    """SELECT g.tgrelid AS t, string_agg('trigger ' || g.tgname || ' ' || CAST(g.xmin AS text) || ' ' || md5(f.prosrc),
            E'\\n' ORDER BY g.oid) AS said
        FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
        WHERE g.tgrelid = ANY({oids}) AND NOT g.tgisinternal GROUP BY 1""",
    """SELECT ev_class AS t, string_agg('rule ' || rulename || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_rewrite WHERE ev_class = ANY({oids}) GROUP BY 1""",
    """SELECT polrelid AS t, string_agg('policy ' || polname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_policy WHERE polrelid = ANY({oids}) GROUP BY 1""",
    """SELECT objoid AS t, string_agg('comment ' || objsubid || ' ' || CAST(xmin AS text), E'\\n' ORDER BY objsubid) AS said
        FROM pg_catalog.pg_description
        WHERE classoid = CAST('pg_catalog.pg_class' AS regclass) AND objoid = ANY({oids}) GROUP BY 1""",
    """SELECT h.inhparent AS t, string_agg('child ' || k.relname || ' ' || k.oid, E'\\n' ORDER BY k.oid) AS said
        FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class k ON k.oid = h.inhrelid
        WHERE h.inhparent = ANY({oids}) GROUP BY 1""",
    # An owned sequence: deptype a of a serial column, i of an identity. Its position is not transactional.
    """SELECT d.refobjid AS t, string_agg(concat_ws(' ', 'sequence', q.relname, s.xmin, q.relfilenode, q.relowner, q.relacl),
            E'\\n' ORDER BY q.oid) AS said
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class q ON q.oid = d.objid AND q.relkind = 'S'
        JOIN pg_catalog.pg_sequence s ON s.seqrelid = q.oid
        WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.refclassid = d.classid
          AND d.refobjid = ANY({oids}) AND d.deptype IN ('a', 'i') GROUP BY 1""",
    """SELECT stxrelid AS t, string_agg('statistics ' || stxname || ' ' || CAST(xmin AS text), E'\\n' ORDER BY oid) AS said
        FROM pg_catalog.pg_statistic_ext WHERE stxrelid = ANY({oids}) GROUP BY 1""",
    """SELECT r.prrelid AS t, string_agg('publication ' || p.pubname || ' ' || CAST(r.xmin AS text), E'\\n' ORDER BY r.oid) AS said
        FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
        WHERE r.prrelid = ANY({oids}) GROUP BY 1""",
)


class PostgreSQLReader:
    """Reads tables by the numbers that stay theirs when they are renamed or moved; their partitions with them."""

    def __init__(self, connection: Connection, tables: Collection[TableName]) -> None:
        found = connection.exec_driver_sql(
            f"""/* {next(_NUMBERS)} */ SELECT CAST(c.oid AS bigint), n.nspname, c.relname, CAST(current_user AS text),
                   NOT r.rolsuper AND pg_catalog.pg_has_role(c.relowner, 'USAGE'),
                   (SELECT CAST(h.inhparent AS bigint) FROM pg_catalog.pg_inherits h
                    WHERE c.relispartition AND h.inhrelid = c.oid LIMIT 1)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_roles r ON r.rolname = current_user
            WHERE c.relkind IN ('r', 'p', 'f')"""
        ).all()
        names = {number: TableName(schema, table) for number, schema, table, _, _, _ in found}
        parents = {number: parent for number, *_, parent in found if parent is not None}
        self._tables = {number: name for number, name in names.items() if name in tables}
        self.partitions: dict[TableName, TableName] = {}
        """Partitions that are not among the tables themselves, and the table of theirs that each is a part of."""
        for number in parents:
            above = next((each for each in _upwards(number, parents) if each in self._tables), None)
            if above is not None and number not in self._tables:
                self.partitions[names[number]] = self._tables[above]
        self._tables |= {number: name for number, name in names.items() if name in self.partitions}
        rows = [row for row in found if row[0] in self._tables]
        self.role = str(rows[0][3]) if rows else ""
        self.owned = sorted(TableName(row[1], row[2]) for row in rows if row[4])
        """Which of them the role owns, itself or as a member; a superuser's rights need no owning."""

    def read(self, connection: Connection) -> Reading:
        oids = self._oids()
        # Each is a text of its own: what psycopg sees five times it prepares, which not every pooler knows. Arms of a union
        # and not joins, whose order PostgreSQL takes longer to plan than all of it takes to run.
        arms = (
            "SELECT CAST(NULL AS bigint), CAST(pg_catalog.pg_current_xact_id() AS text), CAST(NULL AS text),"
            " CAST(0 AS bigint), CAST(0 AS bigint), CAST(0 AS bigint)",
            f"""SELECT CAST(c.oid AS bigint), CAST(n.nspname AS text), CAST(c.relname AS text),
                   pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid), pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
                   pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = ANY({oids})""",
            *(f"SELECT CAST(p.t AS bigint), p.said, NULL, 0, 0, 0 FROM ({sql.format(oids=oids)}) p" for sql in _PARTS),
        )
        rows = connection.exec_driver_sql(f"/* {next(_NUMBERS)} */ " + " UNION ALL ".join(arms)).all()
        transaction, lines, counted = "", dict[int, list[str]](), dict[int, Rows]()
        for number, said, table, *counts in rows:
            if number is None:
                transaction = str(said)
            elif table is not None:
                counted[number] = Rows(*counts)
                lines.setdefault(number, []).insert(0, f"name {TableName(said, table)}")
            else:
                lines.setdefault(number, []).append(said)
        tables = {
            self._tables[number]: TableReading("\n".join(lines[number]), rows_) for number, rows_ in counted.items()
        }
        return Reading(tables, transaction)

    def begin(self, connection: Connection) -> Moment:
        rows = connection.exec_driver_sql(
            f"""/* {next(_NUMBERS)} */ SELECT now.transaction, c.*
            FROM (SELECT CAST(pg_catalog.pg_current_xact_id() AS text) AS transaction) now LEFT JOIN LATERAL (
                SELECT CAST(t AS bigint), pg_catalog.pg_stat_get_xact_tuples_inserted(t) AS i,
                       pg_catalog.pg_stat_get_xact_tuples_updated(t) AS u, pg_catalog.pg_stat_get_xact_tuples_deleted(t) AS d
                FROM unnest({self._oids()}) t) c ON c.i + c.u + c.d > 0"""
        ).all()
        counted = {self._tables[number]: Rows(*counts) for _, number, *counts in rows if number is not None}
        return Moment(str(rows[0][0]), counted)

    def table_of(self, connection: Connection, part: TableName) -> TableName | None:
        """The table that an index or a sequence belongs to."""
        quote = connection.dialect.identifier_preparer.quote_identifier
        name = ".".join(quote(each) for each in (part.schema, part.name) if each)
        written = name.replace("'", "''").replace("%", "%%")
        number = connection.exec_driver_sql(
            f"""/* {next(_NUMBERS)} */ SELECT CAST(coalesce(
                (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = found.part),
                (SELECT refobjid FROM pg_catalog.pg_depend WHERE classid = CAST('pg_catalog.pg_class' AS regclass)
                   AND objid = found.part AND refclassid = classid AND deptype IN ('a', 'i') LIMIT 1)) AS bigint)
            FROM (SELECT CAST(to_regclass('{written}') AS oid) AS part) found"""
        ).scalar()
        return self._tables.get(number) if number is not None else None

    def _oids(self) -> str:
        return f"CAST('{{{','.join(map(str, self._tables))}}}' AS oid[])"


def _upwards(number: int, parents: dict[int, int]) -> Iterator[int]:
    while (parent := parents.get(number)) is not None:
        yield parent
        number = parent
