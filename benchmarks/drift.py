"""Ways to hold models against a database; what they cost is compared with one query of its catalogue."""

from __future__ import annotations

import json
from importlib.util import find_spec

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import registry

from alembic_guard import check_schema
from benchmarks.autogenerate import include_name
from benchmarks.measure import Work

# The floor: what a comparison needs at least, written by hand, as one row.
_POSTGRESQL = text(
    """
    SELECT json_build_object(
      'columns', (SELECT json_agg(json_build_array(a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
                                                   a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
                  FROM pg_attribute a JOIN t ON t.oid = a.attrelid
                  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                  WHERE a.attnum > 0 AND NOT a.attisdropped),
      'constraints', (SELECT json_agg(json_build_array(k.conrelid, k.conname, k.contype, k.conkey, k.confrelid, k.confkey,
                                                       k.confdeltype)) FROM pg_constraint k JOIN t ON t.oid = k.conrelid),
      'indexes', (SELECT json_agg(json_build_array(i.indrelid, x.relname, i.indkey, i.indisunique))
                  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN t ON t.oid = i.indrelid))
    """.replace(
        "SELECT json_build_object",
        "WITH t AS MATERIALIZED (SELECT c.oid FROM pg_class c WHERE c.relname = ANY(CAST(:names AS name[]))"
        " AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)) SELECT json_build_object",
        1,
    )
)
_SQLITE = text(
    "SELECT t.name, c.* FROM sqlite_master t, pragma_table_xinfo(t.name) c"
    " WHERE t.type = 'table' AND t.name IN (SELECT value FROM json_each(:names))"
)


def raw(ours: MetaData) -> Work:
    """The floor."""
    names = sorted(table.name for table in ours.tables.values())

    def work(connection: Connection) -> object:
        if connection.dialect.name == "sqlite":
            return len(connection.execute(_SQLITE, {"names": json.dumps(names)}).all()) and 0
        return (connection.execute(_POSTGRESQL, {"names": names}).scalar() is None and 1) or 0

    return work


def check(ours: MetaData) -> Work:
    """``check_schema``."""

    def work(connection: Connection) -> object:
        report = check_schema(connection, ours)
        return len(report.diagnostics)

    return work


def compare_metadata(ours: MetaData) -> Work:
    """Alembic's, with the filter by names."""
    return include_name(ours)


def dbconform(ours: MetaData) -> Work:
    """dbconform 1.2, which takes mapped classes."""
    from dbconform import DbConform

    classes = [_mapped(table) for table in ours.tables.values()]

    def work(connection: Connection) -> object:
        schema = None if connection.dialect.name == "sqlite" else "public"
        plan = DbConform(connection=connection, target_schema=schema).compare(classes)
        return len(getattr(plan, "steps", ()))

    return work


def _mapped(table: Table) -> type:
    return registry(metadata=table.metadata).map_imperatively(type(str(table.name), (), {}), table).class_


def sqlalchemy_diff(url: URL) -> Work:
    """sqlalchemy-diff 1.1, which compares two databases: here one with itself."""
    from sqlalchemydiff.comparer import Comparer

    def work(_: Connection) -> object:
        found = Comparer.from_params(_text(url), _text(url)).compare()
        return 0 if found.is_match else 1

    return work


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def ways(ours: MetaData, url: URL) -> dict[str, tuple[URL, Work]]:
    """Each by its name."""
    found = {"raw query": raw, "check_schema": check, "compare_metadata": compare_metadata}
    return {name: (url, work(ours)) for name, work in found.items()}


def peers(ours: MetaData, url: URL) -> dict[str, tuple[URL, Work]]:
    """The same and other tools, those that are installed."""
    found = ways(ours, url)
    if find_spec("dbconform"):
        found["dbconform"] = (url, dbconform(ours))
    if find_spec("sqlalchemydiff"):
        found["sqlalchemy-diff"] = (url, sqlalchemy_diff(url))
    return found
