"""The tables of a database as its catalogue tells them, against SQLAlchemy's Inspector and the database's own look-up."""

from __future__ import annotations

import sqlalchemy as sa

from alembic_guard import TableName
from alembic_guard._catalogue import Catalogue, read_catalogue
from tests.kit import Database

ODD = [
    *(
        "a.b",
        'a"b',
        "it's",
        "per%cent",
        "per%(x)s",
        "UPPER",
        "upper_",
        "ünï",
        "x" * 63,
        "é" * 31,
        "pg_mine",
        "a`b",
        "null",
    ),
    *("two words", "back\\slash", "co:lon", ":bind", "{br}", "$1", "?", "[x]", "a/b", "tables", "xsqlite_x"),
]
ODDER = ["😀", "new\nline", "tab\t", " ", "trailing "]
"""What MariaDB takes for no name of a table, or what its server's own character set has not."""


def test_odd_names_are_listed_as_the_inspector_lists_them(database: Database) -> None:
    names = ODD if database.dialect == "mariadb" else [*ODD, *ODDER]
    metadata = sa.MetaData()
    for name in names:
        sa.Table(name, metadata, sa.Column("id", sa.Integer))
    with database.connect() as connection:
        metadata.create_all(connection)
        catalogue, inspector = read_catalogue(connection), sa.inspect(connection)

        listed = set(inspector.get_table_names())

    assert listed == set(names)
    assert set(catalogue.listed(None)) == listed
    assert dict(catalogue.tables) == {TableName(database.default_schema, name): None for name in names}
    assert {name: catalogue.real(TableName(None, name)) for name in names} == dict(catalogue.visible)


def test_an_empty_database_has_no_tables(database: Database) -> None:
    with database.connect() as connection:
        catalogue = read_catalogue(connection)

    assert (dict(catalogue.tables), dict(catalogue.visible), catalogue.listed(None)) == ({}, {}, [])


PATHS = [
    *(
        "public",
        '"$user", public',
        "a, b, public",
        "missing, b, a",
        "missing",
        "",
        "public, pg_temp",
        "pg_temp, public",
    ),
    *("b, pg_catalog, public", "pg_catalog, a, b", "public, pg_catalog"),
]
MANY_SCHEMAS = [
    *("CREATE SCHEMA a", "CREATE SCHEMA b", "CREATE SCHEMA pgx", 'CREATE SCHEMA "Sch.ema"'),
    *(f"CREATE TABLE {schema}.t (id int)" for schema in ("a", "b", "public", "pgx", '"Sch.ema"')),
    *("CREATE VIEW a.hidden AS SELECT 1 AS x", "CREATE TABLE b.hidden (id int)"),
    *("CREATE SEQUENCE a.numbers", "CREATE TABLE b.numbers (id int)"),
    *("CREATE TABLE public.pg_class (id int)", "CREATE TABLE a.pg_proc (id int)", "CREATE TABLE b.pg_type (id int)"),
    *("CREATE TABLE a.alembic_version (version_num text)", "CREATE TABLE b.versions (version_num text PRIMARY KEY)"),
    *("CREATE TABLE public.whole (id int) PARTITION BY RANGE (id)",),
    *("CREATE TABLE public.part PARTITION OF public.whole FOR VALUES FROM (0) TO (1)",),
    *("CREATE TABLE public.kind () INHERITS (public.t)", "CREATE TABLE b.of_an_extension (version_num text)"),
    *("ALTER EXTENSION plpgsql ADD TABLE b.of_an_extension", "CREATE FOREIGN DATA WRAPPER nothing"),
    *("CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing", "CREATE FOREIGN TABLE b.far (id int) SERVER nowhere"),
]


def as_postgresql_looks_up(connection: sa.Connection) -> tuple[set[TableName], dict[str, TableName]]:
    """All tables, and those that an unqualified name means: each asked for by itself."""
    rows = connection.exec_driver_sql(
        "SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid) FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f') "
        "AND n.nspname IN ('a', 'b', 'public', 'pgx', 'Sch.ema')"
    ).all()
    named = [(TableName(schema, name), visible) for schema, name, visible in rows]
    return {name for name, _ in named}, {name.name: name for name, visible in named if visible}


def read_with(
    database: Database, path: str, *before: str
) -> tuple[Catalogue, tuple[set[TableName], dict[str, TableName]]]:
    with database.engine() as engine, engine.connect() as connection:
        connection.execute(sa.select(sa.func.set_config("search_path", path, False)))
        for each in before:
            connection.exec_driver_sql(each)
        catalogue = read_catalogue(connection)
        inspector = sa.inspect(connection)
        for schema in [None, *catalogue.schemas]:
            assert sorted(catalogue.listed(schema)) == sorted(inspector.get_table_names(schema)), schema
        return catalogue, as_postgresql_looks_up(connection)


def test_an_unqualified_name_means_what_postgresql_finds_by_it(postgresql: Database) -> None:
    postgresql.execute(*MANY_SCHEMAS)
    meant = set()
    for path in PATHS:
        for before in ([], ["CREATE TEMP TABLE t (id int)", "CREATE TEMP VIEW kind AS SELECT 1 AS x"]):
            catalogue, (tables, visible) = read_with(postgresql, path, *before)

            assert set(catalogue.tables) == tables, path
            assert dict(catalogue.visible) == visible, (path, before)
            meant.add(catalogue.visible.get("t"))

    assert meant == {None, TableName("public", "t"), TableName("a", "t"), TableName("b", "t")}
    assert {str(name): why for name, why in catalogue.tables.items() if why} == {
        "a.alembic_version": "Alembic's history table",
        "b.versions": "Alembic's history table",
        "b.of_an_extension": "belongs to the extension plpgsql",
        "public.part": "a partition of another table",
    }
    assert set(catalogue.foreign) == {TableName("b", "far")}


def test_of_sqlites_tables_each_that_is_not_ordinary_says_why(sqlite: Database) -> None:
    sqlite.execute(
        "CREATE VIRTUAL TABLE words USING fts5(body)",
        "CREATE TABLE words_more (id int)",
        "CREATE VIRTUAL TABLE places USING rtree(id, a, b)",
        "CREATE TABLE versions (version_num TEXT)",
        "CREATE TABLE computed (version_num TEXT, also GENERATED ALWAYS AS (version_num) VIRTUAL)",
        "CREATE TABLE two (version_num TEXT, also TEXT)",
        'CREATE TABLE "create virtual table" (id int)',
        "CREATE VIEW seen AS SELECT 1 AS version_num",
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT)",
    )
    with sqlite.connect() as connection:
        catalogue = read_catalogue(connection)

        listed = set(sa.inspect(connection).get_table_names())

    assert set(catalogue.listed(None)) == listed
    told = {name.name: why for name, why in catalogue.tables.items() if why}
    assert told.pop("versions") == "Alembic's history table"
    assert {why for name, why in told.items() if name.startswith("words_")} == {
        "a shadow table of the virtual table words"
    }
    assert {name for name in told if name.startswith("places_")} == {"places_node", "places_parent", "places_rowid"}
    assert all(name.startswith(("words_", "places_")) for name in told)
    assert "words_more" not in told
