"""check_schema: what of the models a database does not have, and nothing where it has it all."""

from __future__ import annotations

import asyncio
import enum
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from alembic_guard import (
    ExternalTables,
    Guard,
    GuardError,
    SchemaReport,
    Severity,
    check_schema,
    external,
)
from alembic_guard._drift.command import drift
from alembic_guard._drift.types import Fit, fit
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, run, statements

ASYNC = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mariadb": "mysql+aiomysql"}


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("projects", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("slug", sa.String(40)))
    sa.Table(
        "runs",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("title", sa.String(80)),
        sa.Column("code", sa.String(20), unique=True),
    )
    return metadata


NUMBERED = {
    "sqlite": "id INTEGER PRIMARY KEY",
    "postgresql": "id SERIAL PRIMARY KEY",
    "mariadb": "id INTEGER AUTO_INCREMENT PRIMARY KEY",
}


def made(database: Database, metadata: sa.MetaData) -> None:
    with database.connect() as connection:
        metadata.create_all(connection)


def check(database: Database, metadata: Any, **given: Any) -> SchemaReport:
    with database.engine() as engine:
        return check_schema(engine, metadata, **given)


def found(report: SchemaReport, database: Database) -> list[tuple[str, str]]:
    """Codes and objects, without the default schema."""
    prefix = f"{database.default_schema}."
    return [(each.code, str(each.location.object).removeprefix(prefix)) for each in report.diagnostics]


# What is found


def test_a_database_that_has_it_all_is_in_step_and_each_key_and_index_is_verified(database: Database) -> None:
    made(database, models())

    report = check(database, models())

    assert report.diagnostics == ()
    assert report.ok
    assert [(each.kind, each.verified) for each in report.parts if each.table.endswith("runs")] == [
        ("primary key", True),
        ("foreign key", True),
        ("index", True),
        ("unique", True),
    ]


def test_an_empty_database_lacks_each_table(database: Database) -> None:
    report = check(database, models())

    assert found(report, database) == [("AGD101", "projects"), ("AGD101", "runs")]
    assert [each.kind for each in report.parts if not each.verified] == [
        "primary key",
        "primary key",
        "foreign key",
        "index",
        "unique",
    ]
    with pytest.raises(GuardError, match=r"AGD101 .*projects: a model needs this table in"):
        report.raise_for_errors()


def test_a_missing_column_is_an_error_and_says_which_columns_are_there(database: Database) -> None:
    made(database, models())
    metadata = models()
    metadata.tables["runs"].append_column(sa.Column("chat_session_id", sa.Text))

    report = check(database, metadata)

    assert found(report, database) == [("AGD102", "runs.chat_session_id")]
    assert report.errors
    assert "found id, project_id, title, code" in report.diagnostics[0].message
    assert str(report.database) in report.diagnostics[0].message


def test_a_column_that_no_model_has_is_an_error_only_where_inserts_fail(database: Database) -> None:
    made(database, models())
    database.execute(
        "ALTER TABLE projects ADD COLUMN note TEXT",
        "ALTER TABLE projects ADD COLUMN kind INTEGER DEFAULT 1 NOT NULL",
    )
    database.execute("CREATE TABLE neighbours (id INTEGER PRIMARY KEY, must TEXT NOT NULL)")
    metadata = models()
    assert check(database, metadata).diagnostics == ()

    database.execute("DROP TABLE runs", "DROP TABLE projects")
    database.execute(
        f"CREATE TABLE projects ({NUMBERED[database.dialect]}, slug VARCHAR(40), must VARCHAR(10) NOT NULL, "
        "letters INTEGER GENERATED ALWAYS AS (length(slug)) STORED)"
    )
    metadata.remove(metadata.tables["runs"])
    report = check(database, metadata)

    assert found(report, database) == [("AGD105", "projects.must")]
    assert report.errors


def test_missing_keys_indexes_and_uniques_are_warnings_and_listed(database: Database) -> None:
    metadata = models()
    bare = sa.MetaData()
    for table in metadata.tables.values():
        columns = [sa.Column(each.name, each.type, nullable=each.nullable) for each in table.columns]
        sa.Table(table.name, bare, *columns)
    for table in bare.tables.values():
        table.c.id.nullable = False
        table.c.id.server_default = sa.DefaultClause(sa.text("7"))
    made(database, bare)

    report = check(database, metadata)

    assert sorted(found(report, database)) == [
        ("AGD106", "projects"),
        ("AGD106", "runs"),
        ("AGD106", "runs"),
        ("AGD107", "runs"),
        ("AGD108", "runs"),
    ]
    assert report.ok
    assert {each.severity for each in report.diagnostics} == {Severity.WARNING}
    assert not any(each.verified for each in report.parts)
    assert "MISSING " in str(report)


def test_a_key_with_another_on_delete_is_told(database: Database) -> None:
    metadata = models()
    made(database, metadata)
    other = sa.MetaData()
    for table in metadata.tables.values():
        table.to_metadata(other)
    (key,) = other.tables["runs"].foreign_key_constraints
    key.ondelete = "SET NULL"

    (finding,) = check(database, other).diagnostics

    assert finding.code == "AGD106"
    assert "it ON DELETE CASCADE; the model has FOREIGN KEY (project_id)" in finding.message
    assert finding.message.endswith("ON DELETE SET NULL")


def test_an_index_of_the_same_name_and_other_columns_is_told(database: Database) -> None:
    metadata = models()
    made(database, metadata)
    (index,) = metadata.tables["runs"].indexes
    metadata.tables["runs"].indexes.discard(index)
    sa.Index(index.name, metadata.tables["runs"].c.title)

    (finding,) = check(database, metadata).diagnostics

    assert (finding.code, "INDEX ix_runs_project_id (project_id)" in finding.message) == ("AGD107", True)


def test_a_type_that_does_not_take_the_values_is_an_error_and_a_narrower_one_a_warning(database: Database) -> None:
    made(database, models())
    metadata = sa.MetaData()
    sa.Table("projects", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("slug", sa.Integer))
    longer = sa.MetaData()
    sa.Table("projects", longer, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("slug", sa.String(41)))

    assert found(check(database, metadata), database) == [("AGD103", "projects.slug")]
    narrower = check(database, longer)
    assert narrower.ok
    # SQLite takes texts of any length and integers of eight bytes, whatever the column says.
    expected = [] if database.dialect == "sqlite" else [("AGD104", "projects.id"), ("AGD104", "projects.slug")]
    assert found(narrower, database) == expected


def test_none_for_a_column_that_must_have_a_value_is_a_warning(database: Database) -> None:
    database.execute(f"CREATE TABLE notes ({NUMBERED[database.dialect]}, body VARCHAR(20) NOT NULL)")
    metadata = sa.MetaData()
    sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("body", sa.String(20)))

    report = check(database, metadata)

    assert found(report, database) == [("AGD104", "notes.body")]
    assert report.ok


def test_a_column_with_a_default_may_be_left_out_and_is_no_finding(database: Database) -> None:
    database.execute(f"CREATE TABLE notes ({NUMBERED[database.dialect]}, body VARCHAR(20) DEFAULT 'x' NOT NULL)")
    metadata = sa.MetaData()
    sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("body", sa.String(20), server_default="x"),
    )

    assert check(database, metadata).diagnostics == ()


def test_what_the_model_leaves_to_the_database_and_it_does_not_fill_is_a_warning(database: Database) -> None:
    database.execute("CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, made DATE NOT NULL, kind INTEGER NOT NULL)")

    def notes(id: dict[str, Any], made: dict[str, Any]) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table(
            "notes",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True, **id),
            sa.Column("made", sa.Date, nullable=False, server_default=sa.text("CURRENT_DATE"), **made),
            sa.Column("kind", sa.Integer, server_default=sa.FetchedValue(), nullable=False),  # by a trigger
        )
        return metadata

    left = notes({}, {})
    report = check(database, left)
    with database.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(left.tables["notes"].insert().values(kind=1))
    chosen = check(database, notes({"autoincrement": False}, {"default": sa.func.current_date()}))

    numbered = [] if database.dialect == "sqlite" else [("AGD110", "notes.id")]
    assert found(report, database) == [*numbered, ("AGD110", "notes.made")]
    assert report.ok
    assert "the model expects a server default" in report.diagnostics[-1].message
    assert chosen.diagnostics == ()


def test_a_generated_column_takes_no_value_of_a_model_that_has_it_as_an_ordinary_one(database: Database) -> None:
    database.execute(
        f"CREATE TABLE notes ({NUMBERED[database.dialect]}, n INTEGER, twice INTEGER GENERATED ALWAYS AS (n * 2) STORED)"
    )

    def read(*default: Any) -> sa.MetaData:
        metadata = sa.MetaData()
        numbers = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)]
        sa.Table("notes", metadata, *numbers, sa.Column("twice", sa.Integer, *default))
        return metadata

    report = check(database, read())

    assert found(report, database) == [("AGD104", "notes.twice")]
    assert "GENERATED ALWAYS, which takes no value" in report.diagnostics[0].message
    assert check(database, read(sa.Computed("n * 2", persisted=True))).diagnostics == ()
    assert check(database, read(sa.FetchedValue())).diagnostics == ()


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)  # SQLite has no enums
def test_an_enum_with_odd_values_is_the_same_enum(database: Database) -> None:
    metadata = sa.MetaData()
    odd = sa.Enum("a,b", "it's", "back\\slash", "\\n", "two\nlines", '"q"', "tab\t", "''", name="odd")
    sa.Table("tickets", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("kind", odd))
    made(database, metadata)

    assert check(database, metadata).diagnostics == ()


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)  # SQLite has no enums
def test_an_enum_that_lacks_a_value_of_the_models_is_a_warning(database: Database) -> None:
    def tickets(*moods: str) -> sa.MetaData:
        metadata = sa.MetaData()

        class Spelled(sa.TypeDecorator[str]):
            impl = sa.Enum(*moods, name="mood")
            cache_ok = True

        columns = [sa.Column("mood", sa.Enum(*moods, name="mood")), sa.Column("was", Spelled())]
        sa.Table("tickets", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
        return metadata

    made(database, tickets("good", "it's bad"))

    report = check(database, tickets("good", "it's bad", "so-so"))

    assert found(report, database) == [("AGD104", "tickets.mood"), ("AGD104", "tickets.was")]
    assert "the model has 'so-so'; " in report.diagnostics[0].message
    assert "of 'good', \"it's bad\"" in report.diagnostics[0].message
    assert check(database, tickets("it's bad", "good")).diagnostics == ()


def test_a_primary_key_in_another_order_is_the_same_key(database: Database) -> None:
    database.execute("CREATE TABLE pairs (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (b, a))")
    metadata = sa.MetaData()
    sa.Table("pairs", metadata, *(sa.Column(each, sa.Integer, primary_key=True) for each in "ab"))

    assert check(database, metadata).diagnostics == ()


def test_a_temporary_table_is_made_by_each_session_and_not_looked_for(database: Database) -> None:
    metadata = models()
    made(database, metadata)
    sa.Table("scratch", metadata, sa.Column("id", sa.Integer), prefixes=["TEMPORARY"])

    assert check(database, metadata).diagnostics == ()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # the others show nobody another session's
def test_another_sessions_temporary_table_is_no_table_elsewhere(database: Database) -> None:
    with database.connect() as other:
        other.execute(sa.text("CREATE TEMPORARY TABLE runs (id INTEGER)"))
        other.commit()
        report = check(database, models())

    assert [each.code for each in report.errors] == ["AGD101", "AGD101"]
    assert "pg_temp" not in str(report)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # MariaDB refuses a long name, SQLite keeps it
def test_postgresql_cuts_a_long_name_and_the_model_that_sends_it_still_works(database: Database) -> None:
    table, column, umlauts = "t" * 70, "c" * 70, "ü" * 40
    metadata = sa.MetaData()
    columns = [sa.Column(column, sa.Text, index=True), sa.Column(umlauts, sa.Text)]
    long = sa.Table(table, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    (index,) = long.indexes
    with database.connect() as connection:
        connection.execute(sa.schema.CreateTable(long))
        connection.execute(sa.schema.CreateIndex(index))
        connection.execute(long.insert().values({column: "x"}))
        assert connection.scalar(sa.select(long.c[column])) == "x"

    report = check(database, metadata)

    assert report.diagnostics == ()
    assert all(each.verified for each in report.parts)
    engine = create_async_engine(database.url.set(drivername=ASYNC[database.dialect]))
    assert check_schema(engine, metadata).diagnostics == ()  # asyncpg sends a name as such, which is not cut
    asyncio.run(engine.dispose())


def test_sqlites_row_number_is_a_column_of_every_table(sqlite: Database) -> None:
    sqlite.execute("CREATE VIRTUAL TABLE words USING fts5(body)", "CREATE TABLE notes (body TEXT)")
    metadata = sa.MetaData()
    for name in ("words", "notes"):
        sa.Table(name, metadata, sa.Column("rowid", sa.Integer, primary_key=True), sa.Column("body", sa.Text))

    assert check(sqlite, metadata).errors == ()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # the others have no domains
def test_a_domain_with_a_default_fills_a_column(database: Database) -> None:
    database.execute("CREATE DOMAIN kind AS INTEGER DEFAULT 3", "CREATE TABLE projects (id SERIAL PRIMARY KEY)")
    database.execute("ALTER TABLE projects ADD slug VARCHAR(40), ADD kind kind NOT NULL")
    metadata = models()
    metadata.remove(metadata.tables["runs"])

    assert check(database, metadata).diagnostics == ()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("kind", ["required", "made_of_required"])
def test_a_domain_that_takes_no_null_must_have_a_value(database: Database, kind: str) -> None:
    database.execute("CREATE DOMAIN required AS TEXT NOT NULL", "CREATE DOMAIN made_of_required AS required")
    database.execute(f"CREATE TABLE projects (id SERIAL PRIMARY KEY, slug VARCHAR(40), kind {kind})")
    metadata = models()
    metadata.remove(metadata.tables["runs"])
    with pytest.raises(sa.exc.IntegrityError, match="does not allow null values"):
        database.execute("INSERT INTO projects (slug) VALUES ('x')")

    assert found(check(database, metadata), database) == [("AGD105", "projects.kind")]


@pytest.mark.parametrize(
    "definition",
    [
        "(id INTEGER NOT NULL, tenant INTEGER NOT NULL, PRIMARY KEY (tenant, id))",
        "(id INTEGER, tenant INTEGER, PRIMARY KEY (id, tenant)) WITHOUT ROWID",
        "(id INTEGER, tenant INTEGER PRIMARY KEY) WITHOUT ROWID",
        "(id INTEGER, tenant INTEGER PRIMARY KEY DESC NOT NULL)",
    ],
)
def test_an_integer_in_a_key_that_is_no_row_number_must_have_a_value(sqlite: Database, definition: str) -> None:
    sqlite.execute(f"CREATE TABLE projects {definition}")
    metadata = sa.MetaData()
    sa.Table("projects", metadata, sa.Column("id", sa.Integer, nullable=False))
    with pytest.raises(sa.exc.IntegrityError, match="NOT NULL constraint failed"):
        sqlite.execute("INSERT INTO projects (id) VALUES (1)")

    assert found(check(sqlite, metadata), sqlite) == [("AGD105", "projects.tenant")]


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_a_user_who_may_only_select_is_told_that_mariadb_hides_on_delete_and_not_that_keys_are_missing(
    database: Database,
) -> None:
    made(database, models())
    user = f"reader_{database.url.database}"[:30]
    schema = database.url.database
    database.execute(f"CREATE USER {user}@'%'", f"GRANT SELECT ON {schema}.* TO {user}@'%'")
    try:
        reading = Database(database.url.set(username=user, password=None))
        report = check(reading, models())
        database.execute(f"GRANT REFERENCES ON {schema}.* TO {user}@'%'")
        allowed = check(reading, models())
    finally:
        database.execute(f"DROP USER {user}@'%'")

    assert found(report, database) == [("AGD111", "runs")]
    assert report.diagnostics[0].severity is Severity.INFO
    assert all(each.verified for each in report.parts)
    assert allowed.diagnostics == ()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)  # MariaDB has no partial indexes
def test_a_partial_index_does_not_stand_in_for_a_whole_one(database: Database) -> None:
    metadata = models()
    made(database, metadata)
    database.execute(
        "DROP INDEX ix_runs_project_id", "CREATE INDEX of_some ON runs (project_id) WHERE title IS NOT NULL"
    )

    assert found(check(database, metadata), database) == [("AGD107", "runs")]


@pytest.mark.parametrize(
    ("ours", "theirs", "dialect", "expected"),
    [
        ("VARCHAR(36)", "character varying(36)", "postgresql", Fit.YES),
        ("VARCHAR", "character varying(36)", "postgresql", Fit.NARROWER),
        ("TEXT", "uuid", "postgresql", Fit.NO),
        ("UUID", "text", "postgresql", Fit.NO),
        ("BIGINT", "integer", "postgresql", Fit.NARROWER),
        ("INTEGER", "numeric(10,2)", "postgresql", Fit.YES),
        ("NUMERIC(10, 2)", "integer", "postgresql", Fit.NO),
        ("NUMERIC", "bigint", "postgresql", Fit.NO),
        ("NUMERIC(9, 0)", "integer", "postgresql", Fit.YES),
        ("NUMERIC(10)", "integer", "postgresql", Fit.NARROWER),
        ("NUMERIC(18)", "bigint", "postgresql", Fit.YES),
        ("CHAR", "character(1)", "postgresql", Fit.YES),
        ("CHAR[]", "character(1)[]", "postgresql", Fit.YES),
        ("CHAR(2)", "character(1)", "postgresql", Fit.NARROWER),
        ("VARCHAR", "character varying", "postgresql", Fit.YES),
        ("NUMERIC(10, 2)", "numeric(8,2)", "postgresql", Fit.NARROWER),
        ("TIMESTAMP WITH TIME ZONE", "timestamp without time zone", "postgresql", Fit.NARROWER),
        ("TIMESTAMP WITHOUT TIME ZONE", "timestamp with time zone", "postgresql", Fit.YES),
        ("DATE", "timestamp without time zone", "postgresql", Fit.YES),
        ("INTEGER[]", "integer", "postgresql", Fit.NO),
        ("INTEGER[]", "text[]", "postgresql", Fit.NO),
        ("JSON", "jsonb", "postgresql", Fit.YES),
        ("JSON", "text", "postgresql", Fit.NO),
        ("mood", "mood", "postgresql", Fit.YES),
        ("VARCHAR(20)", "mood", "postgresql", Fit.YES),  # nobody knows which
        ("BOOL", "tinyint(1)", "mysql", Fit.YES),
        ("JSON", "longtext", "mysql", Fit.YES),
        ("JSON", "text", "mysql", Fit.NARROWER),
        ("TEXT", "tinytext", "mysql", Fit.NARROWER),
        ("TINYTEXT", "varchar(255)", "mysql", Fit.YES),
        ("BLOB", "varbinary(20)", "mysql", Fit.NARROWER),
        ("BLOB(70000)", "mediumblob", "mysql", Fit.YES),
        ("BINARY", "binary(1)", "mysql", Fit.YES),
        ("CHAR", "char(1)", "mysql", Fit.YES),
        ("NATIONAL CHAR", "char(1)", "mysql", Fit.YES),
        ("UUID", "char(36)", "mysql", Fit.YES),
        ("UUID", "char(32)", "mysql", Fit.NARROWER),
        ("INTEGER UNSIGNED", "int(11)", "mysql", Fit.NARROWER),
        ("INTEGER UNSIGNED", "bigint(20)", "mysql", Fit.YES),
        ("INTEGER", "int(10) unsigned", "mysql", Fit.YES),
        ("CHAR(32)", "uuid", "mysql", Fit.YES),
        ("INTEGER", "int(11)", "mysql", Fit.YES),
        ("BIGINT", "int(11)", "mysql", Fit.NARROWER),
        ("DATETIME", "date", "mysql", Fit.NO),
        ("VARCHAR(20)", "INTEGER", "sqlite", Fit.NO),
        ("INTEGER", "TEXT", "sqlite", Fit.NO),
        ("JSON", "TEXT", "sqlite", Fit.YES),
        ("DATETIME", "TEXT", "sqlite", Fit.YES),
        ("BOOLEAN", "INTEGER", "sqlite", Fit.YES),
        ("VARCHAR(255)", "VARCHAR(3)", "sqlite", Fit.YES),
    ],
)
def test_types_are_judged_by_the_values_they_take(ours: str, theirs: str, dialect: str, expected: Fit) -> None:
    assert fit(ours, theirs, dialect) is expected


# No false alarm


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


COMMON: tuple[Callable[[], Any], ...] = (
    sa.BigInteger,
    sa.Boolean,
    sa.CHAR,
    sa.Date,
    sa.DateTime,
    lambda: sa.DateTime(timezone=True),
    sa.Double,
    lambda: sa.Enum(Mood),
    lambda: sa.Enum("a", "b", name="letters", native_enum=False),
    sa.Float,
    lambda: sa.Float(24),
    sa.Integer,
    sa.Interval,
    sa.JSON,
    sa.LargeBinary,
    lambda: sa.LargeBinary(200),
    sa.Numeric,
    lambda: sa.Numeric(12, 3),
    sa.PickleType,
    sa.SmallInteger,
    lambda: sa.String(30),
    sa.Text,
    sa.Time,
    lambda: sa.Time(timezone=True),
    lambda: sa.Unicode(30),
    sa.UnicodeText,
    sa.Uuid,
    lambda: sa.Uuid(native_uuid=False),
    lambda: sa.CHAR(3),
    lambda: sa.NCHAR(3),
    lambda: sa.VARCHAR(3),
    sa.DECIMAL,
    sa.REAL,
    sa.TIMESTAMP,
)
OWN: dict[str, tuple[Callable[[], Any], ...]] = {
    "sqlite": (sqlite.DATE, sqlite.DATETIME, sqlite.TIME, sqlite.JSON, sa.BLOB),
    "postgresql": (
        lambda: postgresql.ARRAY(sa.Integer),
        lambda: postgresql.ARRAY(sa.Text, dimensions=2),
        lambda: postgresql.ARRAY(sa.Enum("x", "y", name="xy")),
        postgresql.BIT,
        postgresql.BYTEA,
        postgresql.CIDR,
        lambda: postgresql.DOUBLE_PRECISION(),
        lambda: postgresql.ENUM("p", "q", name="pq"),
        postgresql.INET,
        postgresql.INT4MULTIRANGE,
        postgresql.DATEMULTIRANGE,
        postgresql.DATERANGE,
        postgresql.INT4RANGE,
        postgresql.INT8MULTIRANGE,
        postgresql.INT8RANGE,
        lambda: postgresql.INTERVAL(precision=3),
        postgresql.JSONB,
        postgresql.JSONPATH,
        postgresql.MACADDR,
        postgresql.MACADDR8,
        postgresql.MONEY,
        postgresql.NUMMULTIRANGE,
        postgresql.NUMRANGE,
        postgresql.OID,
        postgresql.REGCLASS,
        postgresql.REGCONFIG,
        lambda: postgresql.TIMESTAMP(timezone=True, precision=3),
        lambda: postgresql.TIME(timezone=True, precision=3),
        postgresql.TSQUERY,
        postgresql.TSMULTIRANGE,
        postgresql.TSRANGE,
        postgresql.TSTZMULTIRANGE,
        postgresql.TSTZRANGE,
        postgresql.TSVECTOR,
        postgresql.UUID,
    ),
    "mariadb": (
        mysql.BIT,
        lambda: mysql.BINARY(4),
        mysql.BLOB,
        mysql.DATETIME,
        lambda: mysql.DATETIME(fsp=6),
        lambda: mysql.DECIMAL(12, 4, unsigned=True),
        mysql.DOUBLE,
        lambda: mysql.ENUM("a", "b"),
        mysql.FLOAT,
        lambda: mysql.INTEGER(unsigned=True),
        lambda: mysql.BIGINT(unsigned=True, zerofill=True),
        # SQLAlchemy 2.0 under mysql:// writes no type of MariaDB's.
        *(() if sa.__version__.startswith("2.0") else (mysql.INET4, mysql.INET6)),
        mysql.LONGBLOB,
        mysql.LONGTEXT,
        mysql.MEDIUMBLOB,
        mysql.MEDIUMINT,
        mysql.MEDIUMTEXT,
        lambda: mysql.NVARCHAR(9),
        lambda: mysql.SET("a", "b"),
        mysql.SMALLINT,
        lambda: mysql.TIME(fsp=3),
        mysql.TINYINT,
        lambda: mysql.TINYINT(display_width=1),
        mysql.TINYBLOB,
        mysql.TINYTEXT,
        lambda: mysql.VARBINARY(9),
        lambda: mysql.VARCHAR(9, collation="utf8mb4_bin"),
        mysql.YEAR,
    ),
}


def every_type(database: Database) -> sa.MetaData:
    metadata = sa.MetaData()
    kinds = [*COMMON, *OWN[database.dialect]]
    if database.dialect == "postgresql" and not sa.__version__.startswith(
        "2.0"
    ):  # which writes it so that it cannot be run
        kinds.append(lambda: postgresql.DOMAIN("positive", sa.Integer, check="VALUE > 0"))
    columns = [sa.Column(f"c{at}", kind() if callable(kind) else kind) for at, kind in enumerate(kinds)]
    sa.Table("every_type", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


def every_part(database: Database) -> sa.MetaData:
    """Defaults, computed columns, identities, comments, keys, and indexes of every kind."""
    metadata = sa.MetaData(
        naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_label)s", "uq": "uq_%(column_0_name)s"}
    )
    own = {"sqlite": "other", "postgresql": "reporting", "mariadb": None}[database.dialect]
    owners = sa.Table(
        "Owners",
        metadata,
        sa.Column("Id", sa.Integer, sa.Identity() if database.dialect == "postgresql" else sa.Sequence("unused")),
        sa.Column("name", sa.String(50), unique=True, comment="What it is called", server_default="nobody"),
        sa.Column("twice", sa.Integer, sa.Computed("1 + 1", persisted=True)),
        sa.PrimaryKeyConstraint("Id"),
        comment="Owners, mostly",
    )
    table = sa.Table(
        "a table whose name is rather long, and holds a space",
        metadata,
        sa.Column("owner", sa.ForeignKey("Owners.Id", ondelete="RESTRICT"), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(50), index=True),
        sa.Column(
            "order", sa.Integer, sa.CheckConstraint('"order" > 0' if database.dialect != "mariadb" else "`order` > 0")
        ),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
        sa.UniqueConstraint("order", "part"),
    )
    sa.Index("two", table.c.name, table.c.order.desc() if database.dialect != "mariadb" else table.c.order)
    sa.Index("once", table.c.made, unique=True)
    if database.dialect != "mariadb":
        sa.Index("lower_name", sa.func.lower(owners.c.name))
        where = {f"{database.dialect}_where": owners.c.name.is_not(None)}
        sa.Index("some", owners.c.name, unique=True, **where)
    if database.dialect == "postgresql":
        sa.Index("covering", owners.c.twice, postgresql_include=["name"], postgresql_using="btree")
        database.execute("CREATE SCHEMA reporting")
    sa.Table(
        "parts",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Integer),
        sa.Column("part", sa.Integer),
        sa.ForeignKeyConstraint(["owner", "part"], [table.c.owner, table.c.part], ondelete="CASCADE"),
        sa.Index("ix_parts_owner_part", "owner", "part"),
    )
    if database.dialect == "postgresql":
        sa.Table(
            "facts",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("owner", sa.ForeignKey("Owners.Id", ondelete="CASCADE"), index=True),
            sa.Column("before", sa.ForeignKey("reporting.facts.id", ondelete="CASCADE"), unique=True),
            schema=own,
        )
    return metadata


@pytest.mark.parametrize("kind", [every_type, every_part])
@pytest.mark.parametrize("how", ["create_all", "migration"])
def test_nothing_is_found_where_nothing_is_wrong(
    database: Database, tmp_path: Path, kind: Callable[[Database], sa.MetaData], how: str
) -> None:
    metadata = kind(database)
    if how == "create_all":
        made(database, metadata)
    else:
        chain = Chain(tmp_path / "chain", database)
        guard = Guard(metadata)
        if database.dialect == "sqlite" and kind is every_part:
            # Alembic writes no index on an expression for SQLite, and says so.
            owners = metadata.tables["Owners"]
            owners.indexes.remove(next(each for each in owners.indexes if each.name == "lower_name"))
        chain.revision(guard)
        chain.upgrade(guard)

    report = check(database, metadata)

    assert report.diagnostics == ()
    assert all(each.verified for each in report.parts)


def test_a_view_that_is_mapped_needs_no_keys(database: Database) -> None:
    made(database, models())
    database.execute("CREATE VIEW latest AS SELECT id, title FROM runs")
    metadata = sa.MetaData()
    columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.String(80), index=True)]
    sa.Table("latest", metadata, *columns)

    assert check(database, metadata).diagnostics == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_takes_names_that_differ_in_case_for_one(database: Database) -> None:
    database.execute("CREATE TABLE Projects (ID INTEGER PRIMARY KEY, Slug VARCHAR(40))")
    metadata = models()
    metadata.remove(metadata.tables["runs"])

    assert check(database, metadata).diagnostics == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("schema", ["other", "it's :odd\\"])
def test_an_attached_database_is_a_schema(database: Database, tmp_path: Path, schema: str) -> None:
    engine = sa.create_engine(database.url)
    sa.event.listen(engine, "connect", lambda raw, _: raw.execute(f"ATTACH '{tmp_path / 'other.db'}' AS \"{schema}\""))
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=schema)
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="nowhere")

    before = check_schema(engine, metadata)
    with engine.begin() as connection:
        metadata.tables[f"{schema}.things"].create(connection)
    after = check_schema(engine, metadata)
    engine.dispose()

    assert found(before, database) == [("AGD101", f"{schema}.things"), ("AGD101", "nowhere.things")]
    assert found(after, database) == [("AGD101", "nowhere.things")]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_unqualified_name_means_what_search_path_shows_first(database: Database) -> None:
    database.execute("CREATE SCHEMA early", "CREATE TABLE early.projects (id INTEGER PRIMARY KEY)")
    made(database, models())
    with database.engine() as engine:
        sa.event.listen(
            engine, "connect", lambda raw, _: raw.execute("SET search_path TO early, public") and raw.commit()
        )
        report = check_schema(engine, models())

    assert ("AGD102", "early.projects.slug") in found(report, database)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_schema_that_is_translated_is_the_one_that_is_asked(database: Database) -> None:
    database.execute("CREATE SCHEMA acme")
    with database.engine() as engine:
        acme = engine.execution_options(schema_translate_map={None: "acme"})
        with acme.begin() as connection:
            models().create_all(connection)
        inside, outside = check_schema(acme, models()), check_schema(engine, models())

    assert inside.diagnostics == ()
    assert all(each.verified for each in inside.parts)
    assert found(outside, database) == [("AGD101", "projects"), ("AGD101", "runs")]
    assert "found acme.projects, which it does not mean here" in outside.diagnostics[0].message


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_role_that_may_not_ask_for_the_system_identifier_still_knows_its_database(database: Database) -> None:
    role = f"app_{database.url.database}"
    made(database, models())
    database.execute(
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", f"CREATE ROLE {role} LOGIN PASSWORD 'secret'"
    )
    owners = check(database, models())
    roles = check(Database(database.url.set(username=role, password="secret")), models())
    database.execute(f"DROP ROLE {role}")

    assert roles.diagnostics == ()
    assert roles.database.facts["system identifier"] == "(not allowed)"
    assert not roles.database.is_another(owners.database)


# Other owners


def test_of_other_owners_only_the_columns_that_we_rely_on_are_asked_for(database: Database) -> None:
    auth = better_auth()
    metadata = sa.MetaData()
    length = {"type_": sa.String(36)} if database.dialect == "mariadb" else {}
    key = sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE")
    sa.Table("profiles", metadata, sa.Column("user_id", length.get("type_"), key, primary_key=True))

    before = check(database, metadata)
    database.execute('CREATE TABLE "user" (id VARCHAR(36) PRIMARY KEY)')
    made_first = check(database, metadata)
    made(database, metadata)
    after = check(database, metadata)
    relying = ExternalTables(
        "crm", [sa.Table("user", sa.MetaData(), sa.Column("email", sa.Text))], relies_on={"user": ["email"]}
    )
    relied = check(database, metadata, external=[relying])

    assert ("AGC102", "user") in found(before, database)
    assert found(made_first, database) == [("AGD101", "profiles")]
    assert after.diagnostics == ()
    assert found(relied, database) == [("AGC103", "user.email")]


def test_a_model_of_ours_of_their_table_relies_on_each_of_its_columns(database: Database) -> None:
    database.execute("CREATE TABLE organization (id INTEGER PRIMARY KEY, must VARCHAR(9) NOT NULL)")
    metadata = sa.MetaData()
    columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9), index=True)]
    sa.Table("organization", metadata, *columns, info=external("better-auth"))

    assert found(check(database, metadata), database) == [("AGC103", "organization.name")]


# Rolling deployments


def test_an_exception_is_told_with_its_reason_and_is_no_error(database: Database) -> None:
    made(database, models())
    metadata = models()
    metadata.tables["runs"].append_column(sa.Column("kind", sa.Text))
    excepted = {"runs.kind": "until revision 3f2a has run", "runs.other": "long past"}

    report = check(database, metadata, exceptions=excepted)

    assert report.ok
    assert found(report, database) == [("AGD102", "runs.kind"), ("AGD109", "runs.other")]
    assert report.diagnostics[0].message.endswith("; excepted: until revision 3f2a has run")
    assert {each.severity for each in report.diagnostics} == {Severity.INFO}


def test_an_exception_without_a_reason_is_refused(sqlite: Database) -> None:
    with pytest.raises(GuardError, match=r"AGE108 .*exceptions=.*the reason, in words"):
        check(sqlite, models(), exceptions={"runs.kind": " "})


# How the database is asked


def test_few_statements_however_many_tables_and_the_database_is_as_it_was(database: Database) -> None:
    metadata = models()
    for at in range(30):
        sa.Table(
            f"t{at}", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer, index=True)
        )
    made(database, metadata)
    before = database.snapshot("projects", "runs")

    with database.engine() as engine, statements(engine) as seen:
        assert check_schema(engine, metadata).ok
        many = len(seen)
        check_schema(engine, models())

    assert many <= 5
    assert len(seen) == 2 * many
    assert all(each.strip().split()[0] in ("SELECT", "SHOW") for each in seen), seen
    assert database.snapshot("projects", "runs") == before


def test_a_connection_that_is_handed_in_keeps_its_transaction(database: Database) -> None:
    made(database, models())
    with database.engine() as engine:
        with engine.connect() as connection:
            assert check_schema(connection, models()).ok
            assert not connection.in_transaction()
        with engine.connect() as connection:
            connection.execute(sa.text("INSERT INTO projects (id) VALUES (1)"))
            assert check_schema(connection, models()).ok
            assert connection.in_transaction()
            connection.commit()

    assert database.rows("SELECT id FROM projects") == [(1,)]


def test_an_asynchronous_engine_from_a_coroutine_and_a_connection_through_run_sync(database: Database) -> None:
    made(database, models())

    async def main() -> list[SchemaReport]:
        engine = create_async_engine(database.url.set(drivername=ASYNC[database.dialect]))
        async with engine.connect() as connection:  # the pool has a connection of this loop
            inside = await connection.run_sync(check_schema, models())
        beside = await asyncio.to_thread(check_schema, engine, models())
        blocking = check_schema(engine, models())
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SELECT 1")) == 1
        await engine.dispose()
        return [inside, beside, blocking]

    for report in asyncio.run(main()):
        assert report.diagnostics == ()
        assert all(each.verified for each in report.parts)


def test_a_database_in_memory_is_the_engines_own(tmp_path: Path) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    with engine.begin() as connection:
        models().create_all(connection)

    report = check_schema(engine, models())
    engine.dispose()

    assert report.ok
    assert "in memory of process" in report.database.described


def test_a_database_of_another_kind_is_refused_and_one_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="AGE106"):
        check_schema(sa.create_engine(f"sqlite:///{tmp_path}/none/x.db"), models())
    with pytest.raises(GuardError, match="AGE102"):
        check_schema(sa.create_engine("sqlite://"), None)  # type: ignore[arg-type]


def test_a_session_or_a_url_in_place_of_an_engine_is_told_without_its_password(sqlite: Database) -> None:
    with sqlite.engine() as engine, Session(engine) as session:
        for given in (session, sessionmaker(engine), "postgresql://app:CANARY@db/app", None):
            with pytest.raises(GuardError) as caught:
                check_schema(given, models())
            assert caught.value.diagnostics[0].code == "AGE108"
            assert f"found '{type(given).__name__}'" in str(caught.value)
            assert "CANARY" not in str(caught.value)
        assert check_schema(session.connection(), models()).errors


def test_neither_alembic_nor_sqlglot_is_imported_by_an_application_that_is_in_step(tmp_path: Path) -> None:
    script = (
        "import sys, sqlalchemy as sa\nfrom alembic_guard import check_schema\n"
        "report = check_schema(sa.create_engine('sqlite://'), sa.MetaData())\nassert report.ok\n"
        "print([name for name in ('alembic', 'sqlglot') if name in sys.modules])"
    )

    assert run([sys.executable, "-c", script], tmp_path).out.strip() == "[]"


# At the command line


def drifted(chain: Chain, guard: Guard, capsys: pytest.CaptureFixture[str], format: str = "text") -> tuple[int, str]:
    config = chain.config(guard)
    config.stdout = sys.stdout
    try:
        drift(config, format=format)
        code = 0
    except SystemExit as stopped:
        code = int(str(stopped.code))
    return code, capsys.readouterr().out


def test_drift_lists_each_key_and_index_and_ends_with_0_4_or_2(
    database: Database, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    guard = Guard(models())
    made(database, models())
    in_step = drifted(chain, guard, capsys)
    if database.dialect == "mariadb":
        database.execute("ALTER TABLE runs DROP FOREIGN KEY runs_ibfk_1")
    index = "DROP INDEX ix_runs_project_id" + (" ON runs" if database.dialect == "mariadb" else "")
    database.execute(index)
    lacking = drifted(chain, guard, capsys)
    as_json = drifted(chain, guard, capsys, "json")
    unread = drifted(chain, Guard("no_such_module:metadata"), capsys)

    schema = database.default_schema
    assert in_step[0] == 0
    assert f"verified  {schema}.runs  FOREIGN KEY (project_id) -> projects (id) ON DELETE CASCADE" in in_step[1]
    assert f"verified  {schema}.runs  INDEX ix_runs_project_id (project_id)" in in_step[1]
    assert lacking[0] == 4
    assert f"MISSING   {schema}.runs  INDEX ix_runs_project_id (project_id)" in lacking[1]
    assert "AGD107 warning" in lacking[1]
    assert as_json[0] == 4
    told = json.loads(as_json[1])
    assert (told["version"], told["ok"], told["database"]["dialect"]) == (1, True, database.dialect)
    assert {each["verified"] for each in told["parts"]} == {True, False}
    assert unread[0] == 2
    assert "AGE101" in unread[1]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import none_such", "env.py raised ModuleNotFoundError ("),
        ("raise KeyError('CANARY')", "env.py raised KeyError ("),
        ("import sys\nsys.exit('CANARY')", "env.py raised SystemExit ("),
        ("from sqlalchemy import create_engine\ncreate_engine('no url CANARY')", "env.py raised ArgumentError ("),
        ("from alembic.util import CommandError\nraise CommandError('in one line')", "in one line"),
    ],
)
def test_drift_could_not_tell_where_env_py_fails(
    sqlite: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, why: str
) -> None:
    chain = Chain(tmp_path / "chain", sqlite, source)

    text = drifted(chain, Guard(models()), capsys)
    as_json = drifted(chain, Guard(models()), capsys, "json")

    assert (text[0], as_json[0]) == (2, 2)
    assert text[1].startswith(f"could not tell: {why}")
    told = json.loads(as_json[1])
    assert (told["version"], told["ok"]) == (1, None)
    assert told["could_not_tell"].startswith(why)
    assert "CANARY" not in text[1] + as_json[1]


PLAIN_ENV = """from alembic import context
from sqlalchemy import create_engine, pool
options = context.config.attributes["options"]
with create_engine(context.config.attributes["url"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=options["metadata"])
    with context.begin_transaction():
        context.run_migrations()
"""


def test_drift_in_an_environment_without_a_guard(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = Chain(tmp_path / "chain", database, PLAIN_ENV)
    config = chain.config(Guard(sa.MetaData()), options={"metadata": models()})
    config.stdout = sys.stdout

    with pytest.raises(SystemExit) as stopped:
        drift(config)

    assert stopped.value.code == 4
    assert "AGD101 error" in capsys.readouterr().out


def test_drift_as_a_person_types_it(sqlite: Database, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    chain = Chain(folder / "alembic", sqlite)
    env = "from alembic_guard import Guard, run_migrations\nrun_migrations(Guard('models:metadata'))\n"
    (chain.folder / "env.py").write_text(env, encoding="utf-8")
    ini = f"[alembic]\nscript_location = alembic\nprepend_sys_path = .\npath_separator = os\nsqlalchemy.url = {sqlite.text}\n"
    (folder / "alembic.ini").write_text(ini, encoding="utf-8")
    source = "import sqlalchemy as sa\nmetadata = sa.MetaData()\nsa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True))"
    (folder / "models.py").write_text(source, encoding="utf-8")

    lacking = run([sys.executable, "-m", "alembic_guard", "drift"], folder)
    sqlite.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    in_step = run([sys.executable, "-m", "alembic_guard", "drift", "--format", "json"], folder)
    nowhere = run([sys.executable, "-m", "alembic_guard", "-c", "none.ini", "drift"], folder)

    assert (lacking.code, in_step.code, nowhere.code) == (4, 0, 2), lacking.all + in_step.all + nowhere.all
    assert "AGD101 error  main.t" in lacking.out
    assert json.loads(in_step.out)["ok"] is True
