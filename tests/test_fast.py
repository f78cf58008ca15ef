"""What a compare asks of the database, and that its short cuts change nothing: no test here looks at a clock."""

from __future__ import annotations

import gc
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from hypothesis import given, settings

from alembic_guard import ExternalTables, Guard, GuardError, TableName, configure_options
from alembic_guard._collection import RAISED, collected_seldom
from alembic_guard._compare import comparison, read_ahead
from alembic_guard._compare.sqlite_reader import SQLiteReader
from alembic_guard._drift.by_inspector import read_by_inspector
from alembic_guard._drift.live import LiveSchema, read_live
from tests.kit import DUMPS, ROOT, Database, MariaDB, PostgreSQL, Traffic, sqlite_database, traffic
from tests.test_laws import ANY_KEY, Shape, built, mariadb_takes, neighbours, tables


def models(prefix: str, count: int, *, schema: str | None = None) -> sa.MetaData:
    """A chain of tables with keys, indexes and uniques."""
    metadata = sa.MetaData()
    before = f"{schema}." if schema else ""
    for number in range(count):
        sa.Table(
            f"{prefix}_{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(20), index=True),
            sa.Column("code", sa.String(20), unique=True, nullable=False, server_default="none"),
            sa.Column("before", sa.ForeignKey(f"{before}{prefix}_{max(number - 1, 0)}.id")),
            schema=schema,
        )
    return metadata


def compared(database: Database, guard: Guard, **options: Any) -> tuple[str, Traffic]:
    """What `alembic revision` would write, and what was asked for it."""
    with database.engine() as engine, engine.connect() as connection:
        given = configure_options(guard, connection=connection, **options)
        given.pop("connection")
        context = MigrationContext.configure(connection, opts=given)
        with traffic(engine) as seen:
            found = produce_migrations(context, given["target_metadata"])
        assert found.upgrade_ops is not None
        return render_python_code(found.upgrade_ops, migration_context=context), seen


def asked(database: Database, guard: Guard, **options: Any) -> tuple[int, int]:
    """How many statements, and how many rows came back."""
    seen = compared(database, guard, **options)[1]
    return len(seen.statements), seen.rows


def create(database: Database, *metadatas: sa.MetaData) -> None:
    with database.connect() as connection:
        for metadata in metadatas:
            metadata.create_all(connection)


# --- how much is asked


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_statements_do_not_grow_with_our_tables(database: Database) -> None:
    ours, more = models("ours", 3), models("ours", 30)
    create(database, more)

    few, many = (asked(database, Guard(each, rules=ANY_KEY)) for each in (ours, more))

    assert few[0] == many[0]
    assert few[1] < many[1]


def test_on_mariadb_sqlalchemy_asks_once_for_each_table_of_ours_and_for_no_other(mariadb: Database) -> None:
    ours, more = models("ours", 3), models("ours", 13)
    create(mariadb, more, models("theirs", 5))

    few, many = (asked(mariadb, Guard(each, rules=ANY_KEY)) for each in (ours, more))

    assert many[0] - few[0] == 10  # SHOW CREATE TABLE, which takes one table


def for_each_of_others(database: Database) -> int:
    """Rows: none, as all names are one value. MariaDB lists a table for us, who say whose it is, and for Alembic."""
    return 2 if database.dialect == "mariadb" else 0


def listed_again(database: Database) -> int:
    """Rows for each table where tables of ours are there: SQLAlchemy 2.0 lists the names on PostgreSQL once by itself."""
    return 1 if database.dialect == "postgresql" and sa.__version__.startswith("2.0.") else 0


def test_of_each_table_of_others_a_compare_reads_its_name_and_nothing_else(database: Database) -> None:
    ours = models("ours", 3)
    create(database, ours)
    alone = asked(database, Guard(ours, rules=ANY_KEY))
    create(database, models("theirs", 40))

    shared = asked(database, Guard(ours, rules=ANY_KEY))

    assert shared == (alone[0], alone[1] + (for_each_of_others(database) + listed_again(database)) * 40)


def test_the_first_deployment_reads_no_table_of_others(database: Database) -> None:
    ours = models("ours", 3)
    create(database, models("theirs", 1))
    alone = asked(database, Guard(ours, rules=ANY_KEY))
    create(database, models("more", 40))

    assert asked(database, Guard(ours, rules=ANY_KEY)) == (alone[0], alone[1] + for_each_of_others(database) * 40)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_where_most_of_more_than_a_hundred_tables_are_ours_no_other_is_read(database: Database) -> None:
    ours = models("ours", 101)
    create(database, ours)
    alone = asked(database, Guard(ours, rules=ANY_KEY))
    create(database, models("theirs", 40))

    assert asked(database, Guard(ours, rules=ANY_KEY)) == (alone[0], alone[1] + listed_again(database) * 40)


def test_each_further_schema_costs_the_same_few_statements(postgresql: Database) -> None:
    def measured(schemas: int) -> int:
        whole = [models("ours", 5, schema=f"s{each}") for each in range(schemas)]
        return asked(postgresql, Guard(whole, rules=ANY_KEY))[0]

    postgresql.execute(*(f"CREATE SCHEMA s{each}" for each in range(4)))
    create(postgresql, *(models("ours", 5, schema=f"s{each}") for each in range(4)))
    one, two, four = measured(1), measured(2), measured(4)

    # SQLAlchemy's eight kinds of things, two statements for some; the names of the tables; who owns the sequences.
    assert four - two == 2 * (two - one)
    assert two - one <= 15


def test_the_default_schema_is_read_once_under_either_name(postgresql: Database) -> None:
    unqualified, qualified = models("ours", 5), models("ours", 5, schema="public")
    create(postgresql, unqualified)

    # Alembic lists the schemas, where a model names one.
    assert asked(postgresql, Guard(qualified, rules=ANY_KEY))[0] == asked(postgresql, Guard(unqualified))[0] + 1


def test_a_default_of_a_serial_column_is_looked_up_once_for_all_and_is_no_difference(postgresql: Database) -> None:
    ours = models("ours", 6)
    create(postgresql, ours)
    # A default that is no SERIAL's: the sequence is nobody's.
    postgresql.execute("CREATE SEQUENCE loose", "ALTER TABLE ours_0 ALTER COLUMN before SET DEFAULT nextval('loose')")

    text, seen = compared(postgresql, Guard(ours, rules=ANY_KEY), compare_server_default=True)

    assert len([each for each in seen.statements if "to_regclass" in each]) == 1
    assert len([each for each in seen.statements if "cast(:seqname" in each or "as regclass)" in each]) == 1
    assert "op.alter_column('ours_0', 'before'" in text
    assert text.count("op.") == 1


def test_a_serial_column_of_a_table_with_an_odd_name_is_no_difference(postgresql: Database) -> None:
    ours = sa.MetaData()
    for name in ["it's", 'a"b', "per%cent", "two words", "a.b", "co:lon", "UPPER"]:
        sa.Table(name, ours, sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer))
    create(postgresql, ours)

    text, _ = compared(postgresql, Guard(ours, rules=ANY_KEY), compare_server_default=True)

    assert "op." not in text  # of "it's" Alembic by itself fails: relation "it''s_id_seq" does not exist


@pytest.mark.parametrize("reads", [read_live, lambda *given: list(read_by_inspector(*given))])
def test_more_names_than_postgresql_takes_parameters(postgresql: Database, reads: Any) -> None:
    postgresql.execute("CREATE TABLE t7 (id integer)")
    names = [TableName(None, f"t{number}") for number in range(65_600)]

    with postgresql.engine() as engine, engine.connect() as connection, traffic(engine) as seen:
        found = reads(connection, names)

    live = found.tables.values() if isinstance(found, LiveSchema) else found
    assert [each.name.name for each in live] == ["t7"]
    assert len(seen.statements) < 30


# --- the short cuts change nothing


def without(monkeypatch: pytest.MonkeyPatch, cut: str) -> None:
    """One of the short cuts is not taken."""
    match cut:
        case "read ahead":
            monkeypatch.setattr(read_ahead, "kinds", tuple)
        case "readers":
            monkeypatch.setattr(comparison, "reader_of", lambda inspector, connection: inspector)
        case "all names at once":
            monkeypatch.setattr(read_ahead, "AT_ONCE", 2)
        case "collection":
            monkeypatch.setattr(comparison, "SeldomCollecting", lambda comparators: comparators)


CUTS = ["read ahead", "readers", "all names at once", "collection"]


def outcome(database: Database, guard: Guard, **options: Any) -> str:
    try:
        return compared(database, guard, compare_server_default=True, **options)[0]
    except GuardError as error:
        return "\n".join(sorted(map(str, error.diagnostics)))


def keys_in_one_order(text: str) -> str:
    """Alembic keeps a table's keys in sets of objects (compare/constraints.py): which of several comes first is chance."""
    runs = [list(lines) for _, lines in groupby(text.splitlines(), lambda line: _KEY.match(line.strip()) is not None)]
    return "\n".join(line for run in runs for line in (sorted(run) if _KEY.match(run[0].strip()) else run))


_KEY = re.compile(r"op\.(drop_constraint|create_foreign_key)\(")


def test_only_keys_that_stand_beside_each_other_are_put_into_one_order() -> None:
    drop = "op.drop_constraint('{}', 'posts', type_='foreignkey')".format
    text = f"{drop('b')}\n{drop('a')}\nop.drop_table('b')\nop.drop_table('a')\n{drop('0')}"

    assert keys_in_one_order(text) == f"{drop('a')}\n{drop('b')}\nop.drop_table('b')\nop.drop_table('a')\n{drop('0')}"


def same_with_and_without(database: Database, guard: Guard, **options: Any) -> str:
    """The differences, which each short cut leaves as they are."""
    whole = keys_in_one_order(outcome(database, guard, **options))
    for cut in CUTS:
        with pytest.MonkeyPatch.context() as monkeypatch:
            without(monkeypatch, cut)
            assert keys_in_one_order(outcome(database, guard, **options)) == whole, cut
    return whole


def law(database: Database, before: Shape, after: Shape, theirs: Shape) -> None:
    create(database, built(before, None), built({f"x_{name}": each for name, each in theirs.items()}, None))
    guard = Guard(built(after, None), drops="write", rules={**ANY_KEY, "AGO107": "off", "AGN108": "off"})
    same_with_and_without(database, guard)


@settings(max_examples=max(10, settings.default.max_examples // 2))
@given(before=tables, after=tables, theirs=neighbours)
def test_a_compare_finds_the_same_without_each_short_cut_on_sqlite(before: Shape, after: Shape, theirs: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        law(sqlite_database(Path(folder) / "law.db"), before, after, theirs)


@settings(max_examples=max(5, settings.default.max_examples // 5))
@given(before=tables, after=tables, theirs=neighbours)
def test_a_compare_finds_the_same_without_each_short_cut_on_postgresql(
    server: PostgreSQL, before: Shape, after: Shape, theirs: Shape
) -> None:
    with server.database() as database:
        law(database, before, after, theirs)


@settings(max_examples=max(3, settings.default.max_examples // 5))
@given(before=tables, after=tables, theirs=neighbours)
def test_a_compare_finds_the_same_without_each_short_cut_on_mariadb(
    mariadb_itself: MariaDB, before: Shape, after: Shape, theirs: Shape
) -> None:
    with mariadb_itself.database() as database:
        law(database, *(mariadb_takes(each) for each in (before, after, theirs)))


def corpus(dialect: str) -> list[Path]:
    """Every schema that a real tool made on such a database."""
    suffix = {"sqlite": "sqlite", "postgresql": "pg"}[dialect]
    return [*DUMPS.glob(f"*.{suffix}.sql"), *(ROOT / "tests" / "neighbours" / "schemas").glob(f"*.{dialect}.sql")]


SOME = ["all_plugins", "id_serial", "django", "langgraph", "procrastinate", "typeorm"]


def changed(database: Database) -> sa.MetaData:
    """Models of all that is there, with a column less and one more in some tables."""
    metadata, random = sa.MetaData(), Random(7)
    with database.connect() as connection:
        metadata.reflect(connection)
    for table in metadata.tables.values():
        if random.random() < 0.5:
            table.append_column(sa.Column("one_more", sa.Integer))
    return metadata


def test_of_what_real_tools_made_a_compare_finds_the_same_on_sqlite(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(corpus("sqlite"))):
        database = sqlite_database(tmp_path / f"{number}.db")
        database.load(path)

        found = same_with_and_without(database, Guard(changed(database), rules=ANY_KEY))

        assert "one_more" in found or "AGO" in found, path


@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_of_what_real_tools_made_a_compare_finds_the_same_on_postgresql(server: PostgreSQL) -> None:
    whole = settings.default.max_examples >= 1000
    for path in sorted(corpus("postgresql")):
        if whole or any(each in path.name for each in SOME):
            with server.database() as database:
                database.load(path)

                found = same_with_and_without(database, Guard(changed(database), rules=ANY_KEY))

                assert "one_more" in found or "AG" in found, path


ODD_SQLITE = """
CREATE TABLE "odd ""name" (a INTEGER PRIMARY KEY AUTOINCREMENT, "b c" TEXT COLLATE NOCASE DEFAULT 'x''y');
CREATE TABLE plain (x, y INT UNIQUE, CONSTRAINT both UNIQUE (x, y), CHECK (y > 0), CONSTRAINT named CHECK (x <> ''));
CREATE TABLE rowless (k TEXT, v BLOB, PRIMARY KEY (k, v)) WITHOUT ROWID;
CREATE TABLE made (a INTEGER, b INTEGER GENERATED ALWAYS AS (a + 1) STORED, c INTEGER GENERATED ALWAYS AS (a) VIRTUAL);
CREATE TABLE refers (a REFERENCES plain, b INT REFERENCES plain (y) ON DELETE CASCADE, c INT, d TEXT,
    CONSTRAINT pair FOREIGN KEY (c) REFERENCES plain (y) ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX partial ON plain (y) WHERE y > 3;
CREATE INDEX [two words] ON refers (c, d DESC);
CREATE TABLE bare (only_one TEXT);
CREATE TABLE Spelled (Id INTEGER PRIMARY KEY, Größe REAL);
CREATE VIEW seen AS SELECT x FROM plain;
"""
KINDS = ["columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints"]


def read_in_both_ways(database: Database, schema: str | None, attach: str = "") -> Iterator[tuple[Any, Any, Traffic]]:
    with database.engine() as engine, engine.connect() as connection:
        if attach:
            connection.exec_driver_sql(attach)
        inspector = sa.inspect(connection)
        names = inspector.get_table_names(schema)
        reader = SQLiteReader(sa.inspect(connection), connection)
        for kind in [*KINDS, "table_options"]:
            with traffic(engine) as seen:
                fast = getattr(reader, f"get_multi_{kind}")(schema=schema, filter_names=names)
            yield shown(fast), shown(getattr(inspector, f"get_multi_{kind}")(schema=schema, filter_names=names)), seen


def shown(found: Any) -> Any:
    return sorted(
        (str(key), repr(value) if "sqlite_where" not in repr(value) else texts(value)) for key, value in found.items()
    )


def texts(indexes: Any) -> str:
    return repr(
        [
            {**each, "dialect_options": {key: str(value) for key, value in each["dialect_options"].items()}}
            for each in indexes
        ]
    )


def test_odd_tables_of_sqlite_are_read_as_sqlalchemy_reads_them(sqlite: Database) -> None:
    sqlite.script(ODD_SQLITE)

    ways = list(read_in_both_ways(sqlite, None))

    assert len(ways) == 7
    for fast, slow, _ in ways:
        assert fast == slow
        assert fast
    assert len(ways[0][2].statements) == 5  # all that is needed, at the first question
    # After it one thing alone is asked: what a key without columns refers to is known, too.
    assert [each for _, _, seen in ways[1:] for each in seen.statements] == []


def test_an_attached_database_is_read_in_the_same_way(sqlite: Database, tmp_path: Path) -> None:
    sqlite_database(tmp_path / "other.db").script(ODD_SQLITE)

    ways = list(read_in_both_ways(sqlite, "it's", f"ATTACH '{tmp_path / 'other.db'}' AS \"it's\""))

    assert all(fast == slow and fast for fast, slow, _ in ways)


@pytest.mark.parametrize("schema", ["other", "it's :odd", 'a"b'])
def test_tables_of_an_attached_database_are_compared_with_and_without_each_short_cut(
    sqlite: Database, tmp_path: Path, schema: str
) -> None:
    name = schema.replace('"', '""')
    ours, there = models("ours", 2), models("there", 2, schema=schema)
    with sqlite.engine() as engine, engine.connect() as connection:
        connection.exec_driver_sql(f"ATTACH '{tmp_path / 'other.db'}' AS \"{name}\"")
        for metadata in (ours, there):
            metadata.create_all(connection)
        connection.exec_driver_sql(f'CREATE TABLE "{name}".theirs (id INTEGER PRIMARY KEY)')
        guard = Guard([ours, there], rules=ANY_KEY)

        def differences() -> str:
            given = configure_options(guard, connection=connection)
            given.pop("connection")
            context = MigrationContext.configure(connection, opts=given)
            found = produce_migrations(context, given["target_metadata"]).upgrade_ops
            assert found is not None
            return render_python_code(found, migration_context=context)

        same = differences()
        there.tables[f"{schema}.there_1"].append_column(sa.Column("one_more", sa.Integer))
        more = differences()
        for cut in CUTS:
            with pytest.MonkeyPatch.context() as monkeypatch:
                without(monkeypatch, cut)
                assert differences() == more, cut

    assert "op." not in same
    assert more.count("op.") == 1
    assert "op.add_column('there_1', sa.Column('one_more', sa.Integer(), nullable=True), schema=" in more


def test_a_key_into_an_attached_database_is_held_against_the_table_that_is_there(
    sqlite: Database, tmp_path: Path
) -> None:
    theirs = ExternalTables(
        "them", [sa.Table("user", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), schema="other")]
    )
    ours = sa.MetaData()
    key = sa.ForeignKey(theirs["user"].c.id, ondelete="CASCADE", name="fk")
    sa.Table("posts", ours, sa.Column("user_id", sa.Integer, key, index=True), schema="other")
    sqlite.execute('CREATE TABLE "user" (id INTEGER)')  # of the same name, and unique in nothing
    with sqlite.engine() as engine, engine.connect() as connection:
        connection.exec_driver_sql(f"ATTACH '{tmp_path / 'other.db'}' AS other")
        connection.exec_driver_sql('CREATE TABLE other."user" (id INTEGER PRIMARY KEY)')
        given = configure_options(Guard(ours, external=[theirs], rules=ANY_KEY), connection=connection)
        given.pop("connection")
        context = MigrationContext.configure(connection, opts=given)
        found = produce_migrations(context, given["target_metadata"]).upgrade_ops
        assert found is not None
        text = render_python_code(found, migration_context=context)

        connection.exec_driver_sql('DROP TABLE other."user"')
        connection.exec_driver_sql('CREATE TABLE other."user" (id INTEGER)')
        with pytest.raises(GuardError, match="AGR107"):
            produce_migrations(context, given["target_metadata"])

    assert "op.create_table('posts'" in text
    assert "other.user.id" in text


def test_where_there_are_temporary_tables_sqlalchemy_asks_for_each_table(sqlite: Database) -> None:
    sqlite.script(ODD_SQLITE)

    ways = list(read_in_both_ways(sqlite, None, "CREATE TEMP TABLE bare (hides TEXT UNIQUE)"))

    assert all(fast == slow for fast, slow, _ in ways)
    assert len(ways[1][2].statements) > 6


# --- collection


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    assert gc.get_threshold() == before


def seen_in_a_compare(database: Database, *, ending: Callable[[], None] = lambda: None) -> list[tuple[int, int, int]]:
    """The thresholds while Alembic compares the columns of a table."""
    ours = models("ours", 1)
    create(database, ours)
    seen: list[tuple[int, int, int]] = []

    def note(object_: Any, name: Any, type_: str, reflected: bool, compare_to: Any) -> bool:
        if type_ == "column":
            seen.append(gc.get_threshold())
            ending()
        return True

    compared(database, Guard(ours, rules=ANY_KEY), include_object=note)
    return seen


def test_thresholds_are_raised_in_a_compare_and_put_back(sqlite: Database, thresholds: Any) -> None:
    assert set(seen_in_a_compare(sqlite)) == {RAISED}
    assert gc.get_threshold() == thresholds


def test_an_error_in_a_compare_puts_them_back(sqlite: Database, thresholds: Any) -> None:
    def fail() -> None:
        raise LookupError("a filter of one's own")

    with pytest.raises(LookupError):
        seen_in_a_compare(sqlite, ending=fail)

    assert gc.get_threshold() == thresholds


def test_the_last_of_several_threads_puts_them_back(thresholds: Any) -> None:
    first, last = threading.Event(), threading.Event()

    def work() -> None:
        with collected_seldom():
            first.set()
            assert last.wait(30)

    thread = threading.Thread(target=work)
    with collected_seldom():
        thread.start()
        assert first.wait(30)
        with collected_seldom():
            assert gc.get_threshold() == RAISED
    assert gc.get_threshold() == RAISED
    last.set()
    thread.join(30)
    assert gc.get_threshold() == thresholds


@pytest.mark.parametrize("own", [(0, 10, 10), (RAISED[0] + 1, 10, 10)])
def test_who_has_switched_collection_off_or_has_higher_thresholds_keeps_them(
    own: tuple[int, int, int], thresholds: tuple[int, int, int]
) -> None:
    gc.set_threshold(*own)
    with collected_seldom():
        inside = gc.get_threshold()
    after = gc.get_threshold()
    gc.set_threshold(*thresholds)

    assert inside[:2] == after[:2] == own[:2]


def test_nothing_is_collected_where_collection_is_disabled(thresholds: tuple[int, int, int]) -> None:
    def collections() -> int:
        return sum(each["collections"] for each in gc.get_stats())

    kept: list[list[int]] = []
    gc.collect()
    gc.disable()
    try:
        before = collections()
        for _ in range(40):
            with collected_seldom():
                inside = gc.get_threshold()
                kept.extend([number] for number in range(RAISED[0] // 5))
        after = collections()
    finally:
        gc.enable()

    assert after == before
    assert inside == thresholds


def test_what_is_set_meanwhile_stays(thresholds: tuple[int, int, int]) -> None:
    with collected_seldom():
        gc.set_threshold(1234, 10, 10)
    after = gc.get_threshold()
    gc.set_threshold(*thresholds)

    assert after[:2] == (1234, 10)


def test_what_is_frozen_stays_frozen(thresholds: Any) -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with collected_seldom():
        pass
    after = gc.get_freeze_count()
    gc.unfreeze()

    assert frozen > 0
    assert after > 0.9 * frozen


def test_a_process_that_compares_again_and_again_does_not_grow(thresholds: Any) -> None:
    """Cycles die in collection alone."""

    class Cycle:
        def __init__(self) -> None:
            self.itself = self

    gc.collect()
    before = len(gc.get_objects())
    for _ in range(100):
        with collected_seldom():
            for _ in range(before // 10):
                Cycle()

    assert len(gc.get_objects()) < 5 * before  # without: 11 times as many


# --- other plugins


def test_the_inspector_of_a_compare_tells_other_plugins_of_all_tables(postgresql: Database) -> None:
    ours = models("ours", 1)
    create(postgresql, ours, models("theirs", 2))
    with postgresql.engine() as engine, engine.connect() as connection:
        given = configure_options(Guard(ours, rules=ANY_KEY), connection=connection)
        given.pop("connection")
        from alembic.autogenerate.api import AutogenContext
        from alembic.autogenerate.compare import _populate_migration_script
        from alembic.operations import ops

        context = AutogenContext(MigrationContext.configure(connection, opts=given), given["target_metadata"])
        script = ops.MigrationScript("1", ops.UpgradeOps([]), ops.DowngradeOps([]))
        _populate_migration_script(context, script)

        columns = context.inspector.get_multi_columns()

    assert {name for _, name in columns} == {"ours_0", "theirs_0", "theirs_1"}
    # A SERIAL's default is left out for Alembic, and for Alembic alone.
    assert {each["default"] for each in columns[None, "ours_0"] if each["name"] == "id"} == {
        "nextval('ours_0_id_seq'::regclass)"
    }


def test_thousands_of_tables_of_patterns_and_names_are_told_apart_by_one_look_up(sqlite: Database) -> None:
    ours, theirs = models("ours", 2), models("theirs", 30)
    create(sqlite, ours, theirs)
    asked_for: list[Any] = []

    class Counting(ExternalTables):
        def claims(self, name: Any) -> bool:
            asked_for.append(name)
            return super().claims(name)

    text, _ = compared(sqlite, Guard(ours, external=[Counting("them", patterns=["theirs_*"])], rules=ANY_KEY))

    assert "op." not in text
    # Each table when conflicts are looked for, and once more where nobody has said whose it is: never for a column.
    assert max(map(asked_for.count, asked_for)) <= 2
