"""Tables of another owner: named as values, attached, created for tests, and never reached by what is ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from alembic_guard import ExternalTables, Guard, GuardError, Severity, TableName, external
from alembic_guard._external import external_tables_of, owner_of
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, Chain, Database, body, sqlite_database, statements

THEIRS = ("account", "session", "user", "verification")
USER = "OARWcQYvoSEZJV6lyCFMCu7R6psACUvB"
DAY = "2026-11-22T01:54:42.486Z"
ROWS: dict[str, dict[str, Any]] = {
    "user": {"id": USER, "name": "Ada", "email": "ada@b.co", "emailVerified": True, "createdAt": DAY, "updatedAt": DAY},
    "session": {"id": "s", "expiresAt": DAY, "token": "t", "createdAt": DAY, "updatedAt": DAY, "userId": USER},
    "account": {
        "id": "a", "accountId": USER, "providerId": "credential", "userId": USER, "createdAt": DAY, "updatedAt": DAY
    },
    "verification": {
        "id": "v", "identifier": "i", "value": "x", "expiresAt": DAY, "createdAt": DAY, "updatedAt": DAY
    },
}  # fmt: skip


def sign_up(database: Database) -> None:
    """Better Auth's own INSERTs, in its words."""
    with database.standard() as connection:
        for table, row in ROWS.items():
            columns = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            if database.dialect == "mariadb":  # its timestamps have no zone to be written
                row = {name: DAY[:-1] if value == DAY else value for name, value in row.items()}
            connection.execute(sa.text(f'INSERT INTO "{table}" ({columns}) VALUES ({values})'), row)


def codes_and_message(call: Callable[[], object]) -> tuple[list[str], str]:
    with pytest.raises(GuardError) as caught:
        call()
    errors = [each for each in caught.value.diagnostics if each.severity is Severity.ERROR]
    return [each.code for each in errors], str(caught.value)


# Names


def test_a_table_is_found_by_its_owners_name_and_says_who_owns_it() -> None:
    auth = better_auth()

    assert isinstance(auth["user"], sa.Table)
    assert auth["user"] is auth["user"]
    assert owner_of(auth["user"]) == "better-auth"
    assert external_tables_of(auth["user"]) is auth
    assert "user" in auth
    assert "users" not in auth


def test_a_key_takes_the_type_of_the_column_it_refers_to() -> None:
    things = sa.Table("things", sa.MetaData(), sa.Column("user_id", sa.ForeignKey(better_auth("serial")["user"].c.id)))

    assert isinstance(things.c.user_id.type, sa.Integer)


def test_a_given_table_is_copied_and_the_users_own_stays_as_it_was() -> None:
    metadata = sa.MetaData()
    mine = sa.Table("accounts", metadata, sa.Column("id", sa.Integer, primary_key=True), info={"note": 1})

    crm = ExternalTables("crm", [mine])

    assert crm["accounts"] is not mine
    assert crm["accounts"].info["note"] == 1
    assert mine.info == {"note": 1}
    assert owner_of(mine) is None


def test_bare_names_are_claimed_and_have_no_columns() -> None:
    crm = ExternalTables("crm", ["account", "sales.deal", TableName(None, "a.b"), TableName("x.y", "z")])

    assert crm.names == {
        TableName(None, "account"), TableName("sales", "deal"), TableName(None, "a.b"), TableName("x.y", "z")
    }  # fmt: skip
    assert codes_and_message(lambda: crm["account"]) == (
        ["AGE108"],
        "AGE108 ExternalTables('crm'): expected one of its tables (none with columns), found 'account'",
    )


def test_a_mapping_gives_tables_the_names_by_which_they_are_found() -> None:
    users = sa.Table("users", sa.MetaData(), sa.Column("id", sa.Integer), schema="auth")

    auth = ExternalTables("auth", {"user": users})

    assert auth["user"].name == "users"
    assert auth.names == {TableName("auth", "users")}
    assert "one of its tables (user), found 'users'" in codes_and_message(lambda: auth["users"])[1]


@pytest.mark.parametrize(
    ("pattern", "name", "claimed"),
    [
        ("django_*", TableName(None, "django_session"), True),
        ("django_*", TableName("public", "django_session"), True),
        ("django_*", TableName("public", "Django_session"), False),
        ("django_?", TableName(None, "django_ab"), False),
        ("tiger.*", TableName("tiger", "place"), True),
        ("tiger.*", TableName("public", "place"), False),
        ("tiger.*", TableName(None, "place"), False),
        ("t*.pl*", TableName("tiger", "place"), True),
    ],
)
def test_a_pattern_claims_with_case_and_in_its_schema_or_in_any(pattern: str, name: TableName, claimed: bool) -> None:
    assert ExternalTables("them", patterns=[pattern]).claims(name) is claimed


def test_relied_on_columns_are_kept_by_table_and_unknown_ones_are_refused() -> None:
    auth = better_auth(names={"user": "users"}, relies_on={"user": ["email", "name"]})

    assert auth.relies_on == {TableName(None, "users"): {"email", "name"}}
    codes, message = codes_and_message(lambda: better_auth(relies_on={"user": ["mail", "nick"]}))
    assert codes == ["AGE108"]
    assert "expected columns of user (id, name, email, " in message
    assert "found 'mail, nick'" in message


def test_a_table_that_is_relied_on_and_unknown_is_refused() -> None:
    codes, message = codes_and_message(lambda: better_auth(relies_on={"users": ["email"]}))

    assert codes == ["AGE108"]
    assert "one of its tables (account, session, user, verification), found 'users'" in message


@pytest.mark.parametrize("given", [{"tables": "user"}, {"patterns": "django_*"}])
def test_a_name_where_a_list_is_meant_is_refused(given: dict[str, Any]) -> None:
    codes, message = codes_and_message(lambda: ExternalTables("crm", **given))

    assert codes == ["AGE108"]
    assert "expected a list of names" in message


# attach


def chats(target: Any = "user.id") -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "chats", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("user_id", sa.ForeignKey(target))
    )
    return metadata


def attached() -> sa.MetaData:
    metadata = chats()
    better_auth().attach(metadata)
    return metadata


def test_attached_tables_are_found_by_string_keys() -> None:
    metadata = attached()

    (key,) = metadata.tables["chats"].foreign_keys
    assert key.column is metadata.tables["user"].c.id
    assert isinstance(metadata.tables["chats"].c.user_id.type, sa.Text)
    assert owner_of(metadata.tables["user"]) == "better-auth"


def test_attached_tables_are_found_by_relationships(database: Database) -> None:
    class Base(DeclarativeBase):
        pass

    better_auth().attach(Base.metadata)

    class User(Base):
        __table__ = Base.metadata.tables["user"]

    class Chat(Base):
        __tablename__ = "chats"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[str] = mapped_column(sa.ForeignKey("user.id"))
        user: Mapped[User] = relationship()

    database.load(core(database))
    sign_up(database)
    with database.engine() as engine, Session(engine) as session:
        Base.metadata.create_all(engine)
        session.add(Chat(user_id=USER))
        session.commit()

        assert session.scalars(sa.select(Chat)).one().user.email == "ada@b.co"  # type: ignore[attr-defined]


def core(database: Database) -> Any:
    return database.better_auth()


def test_a_name_that_is_there_already_is_skipped(database: Database) -> None:
    metadata = sa.MetaData()
    mine = sa.Table("session", metadata, sa.Column("id", sa.Integer, primary_key=True))

    better_auth().attach(metadata)

    assert metadata.tables["session"] is mine
    assert owner_of(mine) is None
    with database.engine() as engine:
        metadata.create_all(engine, tables=[mine])
        metadata.drop_all(engine, tables=[mine])


def test_attaching_twice_is_attaching_once() -> None:
    metadata, auth = sa.MetaData(), better_auth()

    auth.attach(metadata)
    before = dict(metadata.tables)
    auth.attach(metadata)

    assert dict(metadata.tables) == before


def test_attaching_tables_without_a_schema_to_a_metadata_with_one_is_refused() -> None:
    codes, message = codes_and_message(lambda: better_auth().attach(sa.MetaData(schema="app")))

    assert codes == ["AGE108"]
    assert "attach() of better-auth to MetaData(schema='app')" in message


CREATES = {
    "create_all": lambda metadata, engine: metadata.create_all(engine),
    "Table.create": lambda metadata, engine: metadata.tables["user"].create(engine),
    "Table.create with checkfirst": lambda metadata, engine: metadata.tables["user"].create(engine, checkfirst=True),
}
DROPS = {
    "drop_all": lambda metadata, engine: metadata.drop_all(engine),
    "Table.drop": lambda metadata, engine: metadata.tables["user"].drop(engine),
    "Table.drop with checkfirst": lambda metadata, engine: metadata.tables["user"].drop(engine, checkfirst=True),
}


def stopped(database: Database, call: Callable[[sa.MetaData, sa.Engine], object]) -> str:
    """The call on an attached MetaData stops with AGO106 and ran no DDL; the message."""
    with database.engine() as engine, statements(engine) as seen:
        codes, message = codes_and_message(lambda: call(attached(), engine))

    assert codes == ["AGO106"]
    assert not [each for each in seen if each.lstrip().upper().startswith(("CREATE", "DROP", "ALTER"))]
    return message


@pytest.mark.parametrize("call", CREATES.values(), ids=CREATES)
def test_creating_their_tables_stops_before_any_ddl(database: Database, call: Callable[..., object]) -> None:
    message = stopped(database, call)

    assert "would create better-auth's tables; expected only ours, found " in message
    assert "<the ExternalTables>.create_all(connection)" in message
    assert database.tables() == set()


@pytest.mark.parametrize("call", DROPS.values(), ids=DROPS)
def test_dropping_their_tables_stops_before_any_ddl(database: Database, call: Callable[..., object]) -> None:
    database.load(core(database))
    sign_up(database)
    before = database.snapshot(*THEIRS)

    message = stopped(database, call)

    assert "would drop better-auth's tables; expected only ours, found " in message
    assert "drop_all(engine, tables=[...])" in message
    assert database.snapshot(*THEIRS) == before


def test_create_all_names_each_of_their_tables_that_is_missing(database: Database) -> None:
    database.execute('CREATE TABLE "session" (id INTEGER)')

    assert "found account, user, verification; nothing was run" in stopped(database, CREATES["create_all"])


def test_the_stop_names_the_database_and_no_password(postgresql: Database) -> None:
    secret = Database(postgresql.url.set(password="s3cret"))

    message = stopped(secret, CREATES["create_all"])

    assert f"create_all() on postgresql+psycopg://postgres:***@/{postgresql.url.database}" in message
    assert "s3cret" not in message


def test_create_all_where_theirs_exist_creates_ours(database: Database) -> None:
    database.load(core(database))

    with database.engine() as engine:
        attached().create_all(engine)
        attached().create_all(engine)

    assert database.tables() == {"chats", *THEIRS}


def test_ours_may_be_created_and_dropped_by_name(database: Database) -> None:
    database.load(core(database))
    metadata = attached()
    before = database.snapshot(*THEIRS)

    with database.engine() as engine:
        metadata.create_all(engine, tables=[metadata.tables["chats"]])
        metadata.drop_all(engine, tables=[metadata.tables["chats"]])

    assert database.tables() == set(THEIRS)
    assert database.snapshot(*THEIRS) == before


# Without attach


def test_without_attach_create_all_and_drop_all_never_see_their_tables(database: Database) -> None:
    metadata = chats(better_auth()["user"].c.id)
    database.load(core(database))
    sign_up(database)
    before = database.snapshot(*THEIRS)

    with database.engine() as engine:
        metadata.create_all(engine)
        assert database.tables() == {"chats", *THEIRS}
        metadata.drop_all(engine)

    assert set(metadata.tables) == {"chats"}
    assert database.tables() == set(THEIRS)
    assert database.snapshot(*THEIRS) == before


def test_create_all_of_external_tables_makes_tables_that_real_rows_fit(database: Database) -> None:
    auth = better_auth()
    with database.connect() as connection:
        auth.create_all(connection)
        auth.create_all(connection)
    sign_up(database)

    with database.connect() as connection:
        (user,) = connection.execute(sa.select(auth["user"])).mappings()
    assert database.tables() == set(THEIRS)
    assert (user["id"], user["email"], user["emailVerified"], user["image"]) == (USER, "ada@b.co", True, None)


@pytest.mark.parametrize("id_type", ["uuid", "serial"])
def test_create_all_makes_tables_whose_ids_the_database_gives(postgresql: Database, id_type: Any) -> None:
    with postgresql.connect() as connection:
        better_auth(id_type).create_all(connection)

    postgresql.execute("""INSERT INTO "user" (name, email, "emailVerified") VALUES ('Ada', 'ada@b.co', true)""")

    assert len(postgresql.rows('SELECT id FROM "user"')) == 1


def test_a_user_who_leaves_takes_sessions_and_accounts_along(postgresql: Database) -> None:
    with postgresql.connect() as connection:
        better_auth().create_all(connection)
    sign_up(postgresql)

    postgresql.execute('DELETE FROM "user"')

    assert postgresql.rows("SELECT * FROM session") == postgresql.rows("SELECT * FROM account") == []


def test_a_class_onto_one_of_their_tables_reads_rows_and_is_in_no_migration(chain: Chain, database: Database) -> None:
    auth = better_auth()

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __table__ = auth["user"]

    class Chat(Base):
        __tablename__ = "chats"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[str] = mapped_column(sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)
        user: Mapped[User] = relationship()

    database.load(core(database))
    sign_up(database)
    guard = Guard(Base.metadata)
    assert set(Base.metadata.tables) == {"chats"}

    source = chain.revision(guard)
    chain.upgrade(guard)
    chain.check(guard)

    assert body(source).count("create_table") == 1
    with database.engine() as engine, Session(engine) as session:
        session.add(Chat(user_id=USER))
        session.commit()
        assert session.scalars(sa.select(Chat)).one().user.email == "ada@b.co"  # type: ignore[attr-defined]


# A hand-written model with the mark


def marked() -> sa.MetaData:
    class Base(DeclarativeBase):
        pass

    class Organization(Base):
        __tablename__ = "organization"
        __table_args__ = {"info": external("better-auth")}
        id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
        metadata_: Mapped[str | None] = mapped_column("metadata", sa.Text)

    class Chat(Base):
        __tablename__ = "chats"
        id: Mapped[int] = mapped_column(primary_key=True)
        organization_id: Mapped[str] = mapped_column(sa.ForeignKey("organization.id", ondelete="CASCADE"), index=True)

    return Base.metadata


def test_a_marked_model_is_never_created_altered_or_dropped(chain: Chain, database: Database) -> None:
    database.execute(
        "CREATE TABLE organization (id VARCHAR(36) NOT NULL PRIMARY KEY, name TEXT NOT NULL, slug VARCHAR(50) UNIQUE)"
    )
    before = database.snapshot("organization")
    guard = Guard(marked())

    # On MariaDB the live column's: a key there cannot be TEXT.
    type_ = "mysql.VARCHAR(length=36)" if database.dialect == "mariadb" else "sa.Text()"

    lock = (
        "# AGL101 SHARE ROW EXCLUSIVE on public.organization (better-auth) until this migration commits: its\n"
        "# writes wait; an instant, as the new table is empty\n"
    )
    index = {
        "sqlite": "with op.batch_alter_table('chats', schema=None) as batch_op:\n"
        "    batch_op.create_index(batch_op.f('ix_chats_organization_id'), ['organization_id'], unique=False)"
    }.get(
        database.dialect,
        "op.create_index(op.f('ix_chats_organization_id'), 'chats', ['organization_id'], unique=False)",
    )

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert body(source) == (
        "op.require_table('organization', sa.Column('id', sa.Text()), owner='better-auth')\n"
        f"{lock if database.dialect == 'postgresql' else ''}"
        "op.create_table('chats',\n"
        "sa.Column('id', sa.Integer(), nullable=False),\n"
        f"sa.Column('organization_id', {type_}, nullable=False),\n"
        "sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], ondelete='CASCADE'),\n"
        "sa.PrimaryKeyConstraint('id')\n"
        f")\n{index}"
    )
    assert "info" not in source
    assert database.snapshot("organization") == before


def test_a_marked_model_that_is_missing_stops_the_revision_with_its_owner(chain: Chain, database: Database) -> None:
    codes, message = codes_and_message(lambda: chain.revision(Guard(marked())))

    assert codes == ["AGC102"]
    assert "chats.organization_id needs better-auth's table" in message


# Better Auth's preset against facts/better-auth.md, table A

TABLE_A = {
    "user": {
        "id": ("TEXT", "VARCHAR(36)", "TEXT"),
        "name": ("TEXT", "VARCHAR(255)", "TEXT"),
        "email": ("TEXT", "VARCHAR(255)", "TEXT"),
        "emailVerified": ("BOOLEAN", "BOOL", "BOOLEAN"),
        "image": ("TEXT", "TEXT", "TEXT"),
        "createdAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "updatedAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
    },
    "session": {
        "id": ("TEXT", "VARCHAR(36)", "TEXT"),
        "expiresAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "token": ("TEXT", "VARCHAR(255)", "TEXT"),
        "createdAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "updatedAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "ipAddress": ("TEXT", "TEXT", "TEXT"),
        "userAgent": ("TEXT", "TEXT", "TEXT"),
        "userId": ("TEXT", "VARCHAR(36)", "TEXT"),
    },
    "account": {
        "id": ("TEXT", "VARCHAR(36)", "TEXT"),
        "accountId": ("TEXT", "TEXT", "TEXT"),
        "providerId": ("TEXT", "TEXT", "TEXT"),
        "userId": ("TEXT", "VARCHAR(36)", "TEXT"),
        "accessToken": ("TEXT", "TEXT", "TEXT"),
        "refreshToken": ("TEXT", "TEXT", "TEXT"),
        "idToken": ("TEXT", "TEXT", "TEXT"),
        "accessTokenExpiresAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "refreshTokenExpiresAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "scope": ("TEXT", "TEXT", "TEXT"),
        "password": ("TEXT", "TEXT", "TEXT"),
        "createdAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "updatedAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
    },
    "verification": {
        "id": ("TEXT", "VARCHAR(36)", "TEXT"),
        "identifier": ("TEXT", "VARCHAR(255)", "TEXT"),
        "value": ("TEXT", "TEXT", "TEXT"),
        "expiresAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "createdAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
        "updatedAt": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP(3)", "DATE"),
    },
}
"""PostgreSQL, MySQL, SQLite. BOOL is MySQL's word for tinyint(1); Better Auth writes SQLite's booleans as integer."""

DIALECTS: tuple[sa.Dialect, ...] = (postgresql.dialect(), mysql.dialect(), sqlite.dialect())  # type: ignore[no-untyped-call]


def compiled(column: sa.Column[Any]) -> tuple[str, ...]:
    return tuple(column.type.compile(dialect=dialect) for dialect in DIALECTS)


def test_the_presets_types_are_those_of_the_facts_on_every_database() -> None:
    auth = better_auth()

    found = {name: {column.name: compiled(column) for column in auth[name].columns} for name in TABLE_A}

    assert found == TABLE_A


@pytest.mark.parametrize(
    ("id_type", "expected"),
    [
        ("text", ("TEXT", "VARCHAR(36)", "TEXT")),
        ("uuid", ("UUID", "VARCHAR(36)", "TEXT")),
        ("serial", ("INTEGER", "INTEGER", "INTEGER")),
    ],
)
def test_ids_and_keys_to_them_have_the_type_that_was_asked_for(id_type: Any, expected: tuple[str, ...]) -> None:
    auth = better_auth(id_type)

    columns = [auth[table].c[name] for table in THEIRS for name in ("id", "userId") if name in auth[table].c]

    assert [compiled(column) for column in columns] == [expected] * 6


def test_renamed_tables_are_found_by_their_own_names_and_keys_follow() -> None:
    auth = better_auth(names={"user": "users"}, schema="auth")

    (key,) = auth["session"].foreign_keys
    assert (auth["user"].name, auth["user"].schema) == ("users", "auth")
    assert key.column is auth["user"].c.id
    assert {(name.schema, name.name) for name in auth.names} == {
        ("auth", each) for each in ("users", "session", "account", "verification")
    }


@pytest.mark.parametrize(("given", "says"), [({"id_type": "int"}, "'int'"), ({"names": {"users": "u"}}, "'users'")])
def test_an_unknown_id_type_or_table_is_refused(given: dict[str, Any], says: str) -> None:
    codes, message = codes_and_message(lambda: better_auth(**given))

    assert codes == ["AGE108"]
    assert f"found {says}" in message


# The preset against the dumps


def reflected(database: Database) -> dict[str, Any]:
    """Columns with nullability, primary keys, uniques and indexes of Better Auth's core tables."""
    with database.connect() as connection:
        inspector = sa.inspect(connection)
        return {
            table: {
                "columns": {
                    column["name"]: column["nullable"]
                    for column in inspector.get_columns(table)
                    if column["name"] != "activeOrganizationId"  # the organization plugin's
                },
                "pk": inspector.get_pk_constraint(table)["constrained_columns"],
                "uniques": uniques(connection, table),
                "indexes": sorted(
                    (str(each["name"]), each["column_names"])
                    for each in inspector.get_indexes(table)
                    if "duplicates_constraint" not in each
                ),
            }
            for table in THEIRS
        }


def uniques(connection: sa.Connection, table: str) -> list[list[str]]:
    if connection.dialect.name != "sqlite":
        return [each["column_names"] for each in sa.inspect(connection).get_unique_constraints(table)]
    # SQLAlchemy reads them from the CREATE TABLE's text and overlooks those in small letters.
    sql = sa.text(
        "SELECT column.name FROM pragma_index_list(:table) AS list, pragma_index_info(list.name) AS column "
        "WHERE list.origin = 'u'"
    )
    return [[name] for name in connection.execute(sql, {"table": table}).scalars()]


def of_the_preset(auth: ExternalTables) -> dict[str, Any]:
    return {
        table: {
            "columns": {column.name: column.nullable for column in auth[table].columns},
            "pk": [column.name for column in auth[table].primary_key],
            "uniques": [
                [column.name for column in each.columns]
                for each in auth[table].constraints
                if isinstance(each, sa.UniqueConstraint)
            ],
            "indexes": sorted(
                (str(each.name), [column.name for column in each.columns]) for each in auth[table].indexes
            ),
        }
        for table in THEIRS
    }


@pytest.mark.parametrize(
    ("dump", "id_type", "fixture"),
    [
        ("ba1.7.25_core.pg.sql", "text", "postgresql"),
        ("ba1.7.25_core.sqlite.sql", "text", "sqlite"),
        ("ba1.7.25_opt_id_uuid.pg.sql", "uuid", "postgresql"),
        ("ba1.7.25_opt_id_serial.pg.sql", "serial", "postgresql"),
    ],
)
def test_the_presets_columns_uniques_and_indexes_are_those_of_the_real_schema(
    request: pytest.FixtureRequest, dump: str, id_type: Any, fixture: str
) -> None:
    database: Database = request.getfixturevalue(fixture)
    database.load(DUMPS / dump)

    assert of_the_preset(better_auth(id_type)) == reflected(database)


def test_create_all_makes_on_postgresql_what_better_auth_makes(server: Any) -> None:
    with server.database() as real, server.database() as made:
        real.load(DUMPS / "ba1.7.25_core.pg.sql")
        with made.connect() as connection:
            better_auth().create_all(connection)

        assert made.snapshot(*THEIRS) == real.snapshot(*THEIRS)


@pytest.mark.parametrize("dump", ["ba1.7.25_core.sqlite.sql", "ba1.7.25_core.pg.sql"])
def test_every_column_of_the_preset_may_be_relied_on(request: pytest.FixtureRequest, tmp_path: Any, dump: str) -> None:
    postgresql_wanted = dump.endswith(".pg.sql")
    database = request.getfixturevalue("postgresql") if postgresql_wanted else sqlite_database(tmp_path / "db.sqlite")
    database.load(DUMPS / dump)
    every = {name: list(columns) for name, columns in TABLE_A.items()}
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))

    found = Chain(tmp_path / "chain", database).diffs(Guard(metadata, external=[better_auth(relies_on=every)]))

    assert [each[0] for each in found] == ["add_table"]
