"""The drift check on a database whose catalogue we do not know: SQLite, under a name that nobody has heard of.

That the Inspector's way finds the same as each catalogue's is a law, in test_drift_laws.py.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from alembic_guard import ExternalTables, SchemaReport, check_schema
from tests.kit import Database


class Elsewhere(SQLiteDialect_pysqlite):
    name = "elsewhere"
    supports_statement_cache = True


registry.register("elsewhere", __name__, "Elsewhere")


def asked(url: sa.URL, metadata: sa.MetaData, **given: object) -> SchemaReport:
    engine = sa.create_engine(url)
    report = check_schema(engine, metadata, **given)  # type: ignore[arg-type]
    engine.dispose()
    return report


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    owners = sa.Table("owners", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "runs",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.ForeignKey(owners.c.id, ondelete="CASCADE"), index=True),
        sa.Column("kind", sa.String(10), unique=True),
        sa.Column("at", sa.DateTime),
    )
    return metadata


def test_what_is_in_step_is_in_step_on_a_database_that_nobody_knows(sqlite: Database) -> None:
    with sqlite.connect() as connection:
        models().create_all(connection)

    report = asked(sqlite.url.set(drivername="elsewhere"), models())

    assert report.diagnostics == ()
    assert len(report.parts) == 5
    assert all(each.verified for each in report.parts)
    assert report.database.dialect == "elsewhere"


def test_what_is_missing_is_found_on_a_database_that_nobody_knows(sqlite: Database) -> None:
    sqlite.execute(
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, owner_id INTEGER, at DATETIME, tag TEXT NOT NULL)",
        'CREATE TABLE "user" (id TEXT PRIMARY KEY)',
    )
    theirs = ExternalTables(
        "them", [sa.Table("user", sa.MetaData(), sa.Column("email", sa.Text))], relies_on={"user": ["email"]}
    )

    known, unknown = (
        [
            (each.code, str(each.location))
            for each in asked(sqlite.url.set(drivername=name), models(), external=[theirs]).diagnostics
        ]
        for name in ("sqlite", "elsewhere")
    )

    assert known == unknown
    assert {code for code, _ in known} == {"AGD101", "AGD102", "AGD105", "AGD106", "AGD107", "AGD108", "AGC103"}
