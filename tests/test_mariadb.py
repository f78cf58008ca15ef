"""MariaDB: what is particular to it, and that the kit's server is a real one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic_guard import ExternalTables, Guard, GuardError, Severity
from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._drift.live import read_live
from alembic_guard._names import TableName
from alembic_guard._types import can_refer
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, Chain, Database, MariaDB, body, mariadb_server, statements

# The kit


def test_the_kit_loads_a_dump_and_shows_it_as_the_database_tells_it(mariadb: Database) -> None:
    mariadb.load(DUMPS / "ba1.7.25_core.maria.sql")

    mariadb.execute("""INSERT INTO "user" (id, name, email, "emailVerified") VALUES ('1', 'Ada', 'a@b.co', 1)""")

    assert mariadb.tables() == {"user", "session", "account", "verification"}
    definition, rows = mariadb.snapshot("user")["user"]
    assert "`id` varchar(36) NOT NULL" in definition
    assert [row[1] for row in rows] == ["Ada"]


def test_the_kit_tells_of_a_failure_in_the_middle_of_a_script(mariadb: Database) -> None:
    with pytest.raises(Exception, match="no_such_table"):
        mariadb.script("CREATE TABLE one (id int); DROP TABLE no_such_table; CREATE TABLE two (id int)")

    assert mariadb.tables() == {"one"}


def test_no_server_is_a_reason_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEMBIC_GUARD_MARIADB", "mysql+pymysql://root@127.0.0.1:1")

    found = mariadb_server()

    assert isinstance(found, str)
    assert found.startswith("needs a MariaDB server, named by ALEMBIC_GUARD_MARIADB: ")
    assert "\n" not in found


def test_both_of_sqlalchemys_names_for_it_reach_it(mariadb: Database) -> None:
    other = Database(mariadb.url.set(drivername="mariadb+pymysql"))

    with other.connect() as connection:
        assert connection.dialect.name == "mariadb"
        assert connection.scalar(sa.text("SELECT DATABASE()")) == mariadb.url.database
    assert other.dialect == mariadb.dialect == "mariadb"


# Which keys it accepts (facts of 10.11), and that we say the same

TARGETS = {
    "varchar(36)": mysql.VARCHAR(36),
    "int(11)": mysql.INTEGER(),
    "int(10) unsigned": mysql.INTEGER(unsigned=True),
    "bigint(20)": mysql.BIGINT(),
}
OURS = [
    mysql.VARCHAR(36),
    mysql.VARCHAR(10),
    mysql.VARCHAR(255),
    mysql.CHAR(36),
    sa.String(50),
    sa.Text(),
    mysql.TINYTEXT(),
    sa.Enum("a", "b"),
    sa.Uuid(),
    sa.LargeBinary(36),
    mysql.BINARY(36),
    mysql.NVARCHAR(36),
    sa.Integer(),
    mysql.INTEGER(5),
    mysql.INTEGER(unsigned=True),
    mysql.INTEGER(zerofill=True),
    sa.BigInteger(),
    sa.SmallInteger(),
    mysql.MEDIUMINT(),
    sa.Boolean(),
    sa.Numeric(10, 0),
]


@pytest.mark.parametrize("target", TARGETS)
def test_what_we_say_of_a_keys_type_is_what_the_database_does(mariadb: Database, target: str) -> None:
    mariadb.execute(f"CREATE TABLE theirs (id {target} PRIMARY KEY)")
    said, done = {}, {}
    with mariadb.connect() as connection:
        for type_ in OURS:
            ddl = type_.compile(dialect=connection.dialect)
            said[ddl] = can_refer(type_, TARGETS[target], connection.dialect)
            try:
                connection.exec_driver_sql(
                    f"CREATE TABLE ours (x {ddl}, INDEX (x{'(9)' if 'TEXT' in ddl or 'BLOB' in ddl else ''}),"
                    " FOREIGN KEY (x) REFERENCES theirs (id))"
                )
                connection.exec_driver_sql("DROP TABLE ours")
                done[ddl] = True
            except sa.exc.OperationalError as error:
                done[ddl] = "errno: 150" not in str(error)

    assert said == done
    assert set(done.values()) == {True, False}


# Keys take the live type and collation


def notes(auth: ExternalTables, *type_: Any, **options: Any) -> Guard:
    metadata = sa.MetaData(
        naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
    )
    sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", *type_, sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE")),
        **options,
    )
    return Guard(metadata)


def declared(type_: Any) -> ExternalTables:
    return ExternalTables("crm", [sa.Table("user", sa.MetaData(), sa.Column("id", type_, primary_key=True))])


def column_of(source: str) -> str:
    found = re.search(r"sa\.Column\('user_id', (.*), nullable=True\)", source)
    assert found, source
    return found[1]


@pytest.fixture(params=["mysql", "mariadb"])
def chain(request: pytest.FixtureRequest, tmp_path: Path, mariadb: Database) -> Chain:
    """On a database whose default collation is that of the dumps; by both of SQLAlchemy's names."""
    return Chain(tmp_path / "chain", Database(mariadb.url.set(drivername=f"{request.param}+pymysql")))


@pytest.fixture
def unicode_ci(mariadb_itself: MariaDB, tmp_path: Path) -> Iterator[Chain]:
    """On a database whose default collation is another one than that of the dumps."""
    with mariadb_itself.database("CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci") as database:
        yield Chain(tmp_path / "chain", database)


def clean(chain: Chain, guard: Guard) -> None:
    chain.round_trip(guard)
    assert chain.diffs(guard) == []


@pytest.mark.parametrize(
    ("live", "written"),
    [
        ("varchar(36)", "mysql.VARCHAR(length=36)"),
        ("varchar(191)", "mysql.VARCHAR(length=191)"),
        ("char(36)", "mysql.CHAR(length=36)"),
        ("varchar(36) COLLATE utf8mb4_bin", "mysql.VARCHAR(collation='utf8mb4_bin', length=36)"),
        ("varchar(36) CHARACTER SET latin1", "mysql.VARCHAR(collation='latin1_swedish_ci', length=36)"),
    ],
)
def test_a_key_is_written_as_the_live_column_is(chain: Chain, live: str, written: str) -> None:
    chain.database.execute(f'CREATE TABLE "user" (id {live} PRIMARY KEY)')
    guard = notes(declared(sa.Text()))

    assert column_of(chain.revision(guard)) == written
    clean(chain, guard)


@pytest.mark.parametrize(
    ("live", "written"),
    [
        ("int(11)", "mysql.INTEGER()"),
        ("int unsigned", "mysql.INTEGER(unsigned=True)"),
        ("bigint unsigned", "mysql.BIGINT(unsigned=True)"),
    ],
)
def test_so_is_a_number(chain: Chain, live: str, written: str) -> None:
    chain.database.execute(f'CREATE TABLE "user" (id {live} PRIMARY KEY)')
    guard = notes(declared(sa.Integer()))

    assert column_of(chain.revision(guard)) == written
    clean(chain, guard)


def test_a_collation_is_written_where_our_table_would_get_another(unicode_ci: Chain) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    guard = notes(better_auth())

    source = unicode_ci.revision(guard)

    assert column_of(source) == "mysql.VARCHAR(collation='utf8mb4_general_ci', length=36)"
    assert "op.require_table('user', sa.Column('id', sa.VARCHAR(length=36)), owner='better-auth')" in source
    clean(unicode_ci, guard)


@pytest.mark.parametrize(
    "options", [{"mysql_collate": "utf8mb4_general_ci"}, {"mysql_charset": "utf8mb4"}], ids=["collation", "charset"]
)
def test_none_is_written_where_our_table_names_the_same(unicode_ci: Chain, options: Any) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    guard = notes(better_auth(), **options)

    assert column_of(unicode_ci.revision(guard)) == "mysql.VARCHAR(length=36)"
    clean(unicode_ci, guard)


def test_a_key_to_our_key_has_the_live_type_too(unicode_ci: Chain) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    guard = notes(better_auth())
    metadata = guard.metadata
    assert isinstance(metadata, sa.MetaData)
    profiles = sa.Table(
        "profiles",
        metadata,
        sa.Column("id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), primary_key=True),
    )
    sa.Table("details", metadata, sa.Column("id", sa.ForeignKey(profiles.c.id, ondelete="CASCADE"), primary_key=True))

    source = unicode_ci.revision(guard)

    assert source.count("mysql.VARCHAR(collation='utf8mb4_general_ci', length=36)") == 3
    clean(unicode_ci, guard)


@pytest.mark.parametrize("type_", [(), (sa.String(36),)], ids=["the owner's type", "a type of one's own"])
def test_a_key_and_its_table_are_renamed_and_their_type_is_left_alone(unicode_ci: Chain, type_: Any) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    auth = better_auth()
    unicode_ci.revision(notes(auth))
    unicode_ci.upgrade(notes(auth))
    metadata = sa.MetaData(
        naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
    )
    key = sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE")
    sa.Table(
        "memos",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", *type_, key, info={"renamed_from": "user_id"}),
        info={"renamed_from": "notes"},
    )

    source = unicode_ci.revision(Guard(metadata), "0002")

    assert body(source).splitlines() == [
        "op.rename_table('notes', 'memos')",
        "op.execute('ALTER TABLE memos RENAME COLUMN user_id TO owner_id')",
    ]
    clean(unicode_ci, Guard(metadata))


def test_a_key_added_to_a_column_of_another_collation_alters_it_first(unicode_ci: Chain) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    guard = notes(better_auth())
    unicode_ci.write(
        "0001",
        "op.create_table('notes', sa.Column('id', sa.Integer, primary_key=True), sa.Column('user_id', sa.String(36)))",
    )
    unicode_ci.upgrade(guard)

    source = body(unicode_ci.revision(guard, "0002"))

    assert "type_=mysql.VARCHAR(collation='utf8mb4_general_ci', length=36)" in source
    unicode_ci.upgrade(guard)
    unicode_ci.check(guard)


NOTES = "op.create_table('notes', sa.Column('id', sa.Integer, primary_key=True), sa.Column('user_id', sa.String({}){}))"


def test_a_shorter_column_is_made_longer_when_it_becomes_a_key(chain: Chain) -> None:
    chain.database.execute('CREATE TABLE "user" (id varchar(36) PRIMARY KEY)')
    guard = notes(declared(sa.String(36)))
    chain.write("0001", NOTES.format(10, ""))
    chain.upgrade(guard)

    source = body(chain.revision(guard, "0002"))

    assert "type_=mysql.VARCHAR(collation='utf8mb4_general_ci', length=36)" in source
    chain.upgrade(guard)
    chain.check(guard)


@pytest.mark.parametrize("length", [10, 255])
def test_a_key_of_another_length_is_left_as_it_is_since_the_database_would_refuse(chain: Chain, length: int) -> None:
    chain.database.execute('CREATE TABLE "user" (id varchar(36) PRIMARY KEY)')
    key = ", sa.ForeignKey('user.id', name='fk_notes_user_id', ondelete='CASCADE')"
    guard = notes(declared(sa.String(36)))
    chain.write("0001", NOTES.format(length, key))
    chain.upgrade(guard)

    chain.check(guard)

    with pytest.raises(sa.exc.OperationalError, match="1832"):
        chain.database.execute("ALTER TABLE notes MODIFY user_id varchar(36)")


# Types that cannot be


def refused(chain: Chain, guard: Guard) -> Any:
    with pytest.raises(GuardError) as caught:
        chain.revision(guard)

    assert not list(chain.versions.glob("*.py"))
    (found,) = [each for each in caught.value.diagnostics if each.severity is Severity.ERROR]
    return found


@pytest.mark.parametrize("type_", [sa.Text(), sa.String(), sa.BigInteger()], ids=["Text", "String", "BigInteger"])
def test_a_type_that_the_database_refuses_is_an_error_before_a_file_is_written(chain: Chain, type_: Any) -> None:
    chain.database.load(DUMPS / "ba1.7.25_core.maria.sql")

    found = refused(chain, notes(better_auth(), type_))

    assert found.code == "AGR101"
    assert f"{chain.database.default_schema}.user.id is VARCHAR(36) in the database" in found.message
    assert found.hint.startswith(
        'Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)  # takes'
    )


# For Uuid SQLAlchemy writes CHAR(32), which a key may have: 2.0 always, 2.1 by its dialect mysql.
@pytest.mark.parametrize("chain", ["mariadb"], indirect=True)
def test_a_native_uuid_is_refused_too(chain: Chain) -> None:
    chain.database.load(DUMPS / "ba1.7.25_core.maria.sql")

    assert "the key is UUID" in refused(chain, notes(better_auth(), sa.UUID())).message


def test_an_old_key_without_a_length_in_its_model_is_a_warning(chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
    chain.database.execute('CREATE TABLE "user" (id varchar(36) PRIMARY KEY)')
    key = ", sa.ForeignKey('user.id', name='fk_notes_user_id', ondelete='CASCADE')"
    guard = notes(declared(sa.String(36)), sa.String())
    chain.write("0001", NOTES.format(36, key))
    chain.upgrade(guard)

    chain.check(guard)

    assert "AGR101 warning" in caplog.text


def test_a_declared_type_without_the_collation_is_an_error_with_the_line_to_write(unicode_ci: Chain) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")

    found = refused(unicode_ci, notes(better_auth(), sa.String(36)))

    assert found.code == "AGR106"
    assert found.message == (
        f"the key has the collation utf8mb4_unicode_ci; {unicode_ci.database.default_schema}.user.id has "
        "utf8mb4_general_ci in the database, which refuses a key between the two"
    )
    assert found.hint.startswith(
        'Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)  # takes'
    )


@pytest.mark.parametrize(
    "type_",
    [mysql.VARCHAR(36, collation="utf8mb4_bin"), mysql.VARCHAR(36, charset="latin1")],
    ids=["collation", "charset"],
)
def test_so_is_a_collation_of_ones_own(chain: Chain, type_: Any) -> None:
    chain.database.load(DUMPS / "ba1.7.25_core.maria.sql")

    assert refused(chain, notes(better_auth(), type_)).code == "AGR106"


@pytest.mark.parametrize(
    "type_",
    [sa.String(36, "utf8mb4_general_ci"), mysql.CHAR(40, collation="utf8mb4_general_ci")],
    ids=["String", "CHAR"],
)
def test_the_right_collation_is_accepted_as_declared(unicode_ci: Chain, type_: Any) -> None:
    unicode_ci.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    guard = notes(better_auth(), type_)

    assert "utf8mb4_general_ci" in column_of(unicode_ci.revision(guard))
    clean(unicode_ci, guard)


# Which tables it has


def test_tables_are_read_by_one_statement_or_two_and_only_where_they_matter(
    mariadb: Database, mariadb_itself: MariaDB
) -> None:
    mariadb.execute("CREATE TABLE alembic_version (version_num varchar(32))", "CREATE TABLE first (id int PRIMARY KEY)")
    with mariadb.engine() as engine, engine.connect() as connection, statements(engine) as seen:
        read_catalogue(connection)
        assert len(seen) == 1  # neither can be a version table that is not known by its name
    mariadb.execute("DROP TABLE alembic_version", "DROP TABLE first")
    mariadb.execute(
        "CREATE TABLE ordinary (id int)",
        "CREATE TABLE versions (version_num varchar(32))",
        "CREATE TABLE keyed_versions (version_num varchar(32) PRIMARY KEY)",
        "CREATE TABLE numbered (id int, version_num varchar(32) PRIMARY KEY)",
        "CREATE TABLE kept (id int) WITH SYSTEM VERSIONING",
        "CREATE SEQUENCE numbers",
        "CREATE VIEW seen AS SELECT 1 AS a",
        "CREATE TABLE parts (id int) PARTITION BY HASH (id) PARTITIONS 4",
    )
    name = str(mariadb.url.database)
    with mariadb_itself.database() as other, mariadb.engine() as engine, engine.connect() as connection:
        other.execute("CREATE TABLE ordinary (id int)", "CREATE TABLE elsewhere (id int)")
        with statements(engine) as seen:
            alone = read_catalogue(connection)
        both = read_catalogue(connection, [other.url.database])

    assert {str(each): why for each, why in alone.tables.items()} == {
        f"{name}.ordinary": None,
        f"{name}.versions": "Alembic's history table",
        f"{name}.keyed_versions": "Alembic's history table",
        f"{name}.numbered": None,
        f"{name}.kept": "system-versioned: a drop would lose its rows' history",
        f"{name}.parts": None,
    }
    assert len(seen) == 2
    assert set(both.tables) - set(alone.tables) == {
        TableName(other.url.database, "ordinary"),
        TableName(other.url.database, "elsewhere"),
    }
    assert both.real(TableName(None, "ordinary")) == TableName(name, "ordinary")
    assert not both.ignores_case


def test_databases_and_tables_that_differ_in_case_alone_are_two(mariadb: Database) -> None:
    ((folds,),) = mariadb.rows("SELECT @@lower_case_table_names")
    if folds:
        pytest.skip("this server takes them for one")
    name = str(mariadb.url.database)
    shouted = name.upper()
    mariadb.execute(f"CREATE DATABASE {shouted}", f"CREATE TABLE {shouted}.users (id int)")
    mariadb.execute("CREATE TABLE users (id int)", "CREATE TABLE Users (id int)", f"CREATE DATABASE {name}_beside")
    try:
        with mariadb.connect() as connection:
            both = read_catalogue(connection, [shouted])
            beside = read_catalogue(connection, [f"{name}_beside"])
            live = read_live(
                connection, [TableName(None, "users"), TableName(None, "Users"), TableName(shouted, "users")]
            )
            two = read_live(connection, [TableName(None, "users"), TableName(None, "Users")])
    finally:
        mariadb.execute(f"DROP DATABASE {shouted}", f"DROP DATABASE {name}_beside")

    here = {TableName(name, "users"), TableName(name, "Users")}
    assert set(both.tables) == here | {TableName(shouted, "users")}
    assert set(beside.tables) == here  # of an application's database whose name is like ours nothing is read
    assert here | {TableName(shouted, "users")} <= set(live.tables)
    assert set(two.tables) == here


def test_a_schema_is_a_database_of_the_server(chain: Chain, mariadb_itself: MariaDB) -> None:
    with mariadb_itself.database() as auth:
        auth.load(DUMPS / "ba1.7.25_core.maria.sql")
        schema = str(auth.url.database)
        before = auth.snapshot("user", "session")
        guard = notes(better_auth(schema=schema))

        source = chain.revision(guard)

        assert (
            f"op.require_table('user', sa.Column('id', sa.VARCHAR(length=36)), owner='better-auth', schema='{schema}')"
            in source
        )
        assert f"['{schema}.user.id']" in source
        clean(chain, guard)
        assert auth.snapshot("user", "session") == before
        chain.downgrade(guard)


def test_where_the_server_folds_names_two_spellings_are_one() -> None:
    folded = Catalogue("db", "mysql", "app", {}, {}, ignores_case=True)
    plain = Catalogue("db", "mysql", "app", {}, {})

    assert folded.one_name(TableName("App", "Users")) == folded.one_name(TableName("app", "users"))
    quoted = TableName(None, sa.quoted_name("Users", True))  # its lower() is itself
    assert folded.one_name(quoted) == folded.one_name(TableName(None, "users"))
    assert plain.one_name(TableName("App", "Users")) == TableName("App", "Users")


# Our own tables


def test_a_column_with_key_and_index_goes_and_comes_back(chain: Chain) -> None:
    chain.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    convention = {"fk": "fk_%(table_name)s_%(column_0_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}

    def posts(*column: sa.Column[Any]) -> Guard:
        metadata = sa.MetaData(naming_convention=convention)
        sa.Table("posts", metadata, sa.Column("id", sa.Integer, primary_key=True), *column)
        return Guard(metadata, external=[better_auth()])

    chain.revision(posts(sa.Column("by", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), index=True)))
    chain.upgrade(posts())

    source = chain.revision(posts(), "0002")

    assert [line for line in body(source).splitlines() if not line.startswith("#")] == [
        "op.drop_constraint(op.f('fk_posts_by'), 'posts', type_='foreignkey')",
        "op.drop_index(op.f('ix_posts_by'), table_name='posts')",
        "op.drop_column('posts', 'by')",
    ]
    clean(chain, posts())


def test_the_index_that_mariadb_made_for_a_key_goes_with_it(chain: Chain) -> None:
    chain.database.load(DUMPS / "ba1.7.25_core.maria.sql")
    keyed = notes(better_auth())
    chain.revision(keyed)
    chain.upgrade(keyed)
    metadata = sa.MetaData(
        naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
    )
    sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("user_id", sa.String(36)))
    guard = Guard(metadata, external=[better_auth()])

    source = chain.revision(guard, "0002")

    assert [line for line in body(source).splitlines() if not line.startswith("#")] == [
        "op.drop_constraint(op.f('fk_notes_user_id'), 'notes', type_='foreignkey')",
        "op.drop_index('fk_notes_user_id', table_name='notes')",
    ]
    clean(chain, guard)


def test_common_models_end_clean(chain: Chain) -> None:
    metadata = sa.MetaData()
    parents = sa.Table("parents", metadata, sa.Column("id", sa.Uuid, primary_key=True))
    sa.Table(
        "things",
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("parent", sa.ForeignKey(parents.c.id, ondelete="SET NULL")),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("yes", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("kind", sa.Enum("a", "b", name="kind")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("exact", mysql.DATETIME(fsp=6)),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("ratio", sa.Float),
        sa.Column("title", sa.String(255), unique=True, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("day", sa.Date),
        sa.Column("hour", sa.Time),
        sa.Column("long", sa.String(768), index=True),  # 3072 bytes: the longest key
    )
    guard = Guard(metadata)

    chain.revision(guard)

    clean(chain, guard)
