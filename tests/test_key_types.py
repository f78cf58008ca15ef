"""AGR101 and AGR106 beside what the databases themselves accept and refuse, every pair of types. About 25 seconds.

Each pair is tried twice: by bare SQL, where the database accepts or refuses the key, and by the compare, which must say
the same before a file is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import TypeEngine, UserDefinedType

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard._catalogue import read_catalogue
from alembic_guard._names import TableName
from alembic_guard._targets import Pair, refused_pairs
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, Chain, Database


class Raw(UserDefinedType[Any]):
    """A type by the words of the database."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **options: Any) -> str:
        return self.words


NAMES = {"fk": "fk_%(table_name)s_%(column_0_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}

# The facts' lists: ids as Better Auth makes them, and what their column accepts.
TEXTS: list[TypeEngine[Any]] = [sa.Text(), sa.String(), sa.String(36), sa.CHAR(32)]
POSTGRESQL: dict[str, tuple[list[TypeEngine[Any]], list[TypeEngine[Any]]]] = {
    "text": (TEXTS, [sa.Uuid(), sa.Integer(), sa.BigInteger(), sa.LargeBinary(), sa.DateTime(), pg.JSONB()]),
    "uuid": ([sa.Uuid(), sa.Uuid(as_uuid=False), pg.UUID()], [*TEXTS, sa.Integer(), sa.LargeBinary()]),
    "serial": ([sa.Integer(), sa.BigInteger(), sa.SmallInteger()], [*TEXTS, sa.Uuid(), sa.Numeric(), sa.Boolean()]),
}
LATIN = mysql.VARCHAR(36, charset="latin1")
OTHER = mysql.VARCHAR(36, collation="utf8mb4_unicode_ci")
CHARACTERS: list[TypeEngine[Any]] = [sa.String(36), sa.String(255), sa.CHAR(32), sa.String(1)]
NUMBERS: list[TypeEngine[Any]] = [
    sa.BigInteger(),
    sa.SmallInteger(),
    mysql.INTEGER(unsigned=True),
    mysql.MEDIUMINT(),
    mysql.TINYINT(),
]
MARIADB: dict[str, tuple[list[TypeEngine[Any]], list[TypeEngine[Any]]]] = {
    "text": (CHARACTERS, [sa.Text(), Raw("uuid"), sa.Integer(), sa.BINARY(16), sa.VARBINARY(36), LATIN, OTHER]),
    "serial": ([sa.Integer(), mysql.INTEGER(11)], [*CHARACTERS, *NUMBERS, Raw("uuid"), sa.Numeric(10, 0)]),
}


def agrees(folder: Path, database: Database, type_: TypeEngine[Any], ids: str, accepted: bool) -> None:
    """The migration is written and applies; or no file is written, and by bare SQL the database refuses the key."""
    metadata = sa.MetaData(naming_convention=NAMES)
    key = sa.ForeignKey(better_auth(ids)["user"].c.id, ondelete="CASCADE")  # type: ignore[arg-type]
    # InnoDB indexes the key itself, and cannot index all that is refused.
    indexed = database.dialect == "postgresql"
    sa.Table(
        "notes", metadata, sa.Column("id", sa.Uuid, primary_key=True), sa.Column("user_id", type_, key, index=indexed)
    )
    guard, chain = Guard(metadata), Chain(folder, database)

    if accepted:
        chain.revision(guard)
        chain.upgrade(guard)
        chain.downgrade(guard)
        return
    with pytest.raises(GuardError) as caught:
        chain.revision(guard)
    code = "AGR106" if type_ in (LATIN, OTHER) else "AGR101"
    assert [(each.code, each.location.object) for each in caught.value.diagnostics if each.code[:3] == "AGR"] == [
        (code, "notes.user_id")
    ]
    assert list(chain.versions.glob("*.py")) == []
    with (
        pytest.raises(sa.exc.DBAPIError, match=r"incompatible types|errno: 150|no conversion"),
        database.connect() as connection,
    ):
        metadata.create_all(connection)


def all_agree(folder: Path, database: Database, ids: str, lists: tuple[list[Any], list[Any]]) -> None:
    suffix = {"postgresql": "pg", "mariadb": "maria"}[database.dialect]
    database.load(DUMPS / f"ba1.7.25_{'core' if ids == 'text' else f'opt_id_{ids}'}.{suffix}.sql")
    for accepted, types in zip((True, False), lists, strict=True):
        for number, type_ in enumerate(types):
            print(ids, getattr(type_, "words", repr(type_)), "accepted" if accepted else "refused")
            agrees(folder / f"{accepted}{number}", database, type_, ids, accepted)


@pytest.mark.parametrize("ids", POSTGRESQL)
def test_on_postgresql_as_the_facts_list_them(tmp_path: Path, postgresql: Database, ids: str) -> None:
    all_agree(tmp_path, postgresql, ids, POSTGRESQL[ids])


@pytest.mark.parametrize("ids", MARIADB)
def test_on_mariadb_as_the_facts_list_them(tmp_path: Path, mariadb: Database, ids: str) -> None:
    all_agree(tmp_path, mariadb, ids, MARIADB[ids])


# Beyond the lists: every pair that the server can be asked about

MAKE = [
    "CREATE EXTENSION citext",
    "CREATE TYPE mood AS ENUM ('a')",
    "CREATE TYPE other_mood AS ENUM ('a')",
    "CREATE TYPE pair AS (a int, b int)",
    "CREATE DOMAIN d_text AS text",
    "CREATE DOMAIN d_d_text AS d_text",
    "CREATE DOMAIN d_uuid AS uuid",
    "CREATE DOMAIN d_int AS integer",
    "CREATE DOMAIN d_mood AS mood",
    "CREATE DOMAIN d_array AS integer[]",
    "CREATE DOMAIN d_range AS int4range",
    "CREATE DOMAIN d_citext AS citext",
]
TYPES = [
    "text", "varchar(36)", "char(36)", "citext", "name", '"char"', "uuid", "integer", "bigint", "smallint",
    "numeric", "numeric(20,0)", "real", "boolean", "date", "timestamp", "timestamptz", "time", "timetz",
    "interval", "bytea", "mood", "other_mood", "pair", "text[]", "varchar[]", "integer[]", "mood[]", "d_text",
    "d_d_text", "d_uuid", "d_int", "d_mood", "d_array", "d_range", "d_citext", "jsonb", "inet", "cidr",
    "macaddr", "bit(8)", "varbit", "oid", "regclass", "money", "int4range", "int8range", "pg_lsn", "tsvector",
]  # fmt: skip
LONG = ["double precision", "character varying(20)", "timestamp(3) without time zone", 'varchar(36) collate "C"']


def tried(connection: Connection, ddl: str) -> str | None:
    """The SQLSTATE of what fails; the database is as before."""
    try:
        with connection.begin_nested() as savepoint:
            connection.exec_driver_sql(ddl)
            savepoint.rollback()
    except sa.exc.DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", error.orig))
    return None


# The same in the server, for all types at once.
TRY = """
    CREATE FUNCTION tried(ddl text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        EXECUTE ddl;
        RAISE EXCEPTION 'undone' USING ERRCODE = 'ZZ000';
    EXCEPTION WHEN SQLSTATE 'ZZ000' THEN RETURN NULL; WHEN OTHERS THEN RETURN SQLSTATE;
    END $$
"""
ALL_TRIED = sa.text(
    "SELECT tried(format('CREATE TABLE ours (x %s REFERENCES theirs (id))', type)) "
    "FROM unnest(CAST(:types AS text[])) WITH ORDINALITY AS t(type, n) ORDER BY n"
)


def test_on_postgresql_every_pair_of_types_is_judged_as_the_server_does(postgresql: Database) -> None:
    with postgresql.connect() as connection:
        for statement in MAKE:  # citext is not in every build
            if tried(connection, statement) is None:
                connection.exec_driver_sql(statement)
        known = [each for each in [*TYPES, *LONG] if tried(connection, f"CREATE TABLE t (x {each})") is None]
        indexed = [each for each in known if tried(connection, f"CREATE TABLE t (x {each} PRIMARY KEY)") is None]
        connection.exec_driver_sql(TRY)
        pairs = wrong = 0
        for theirs in indexed:
            with connection.begin_nested() as savepoint:
                connection.exec_driver_sql(f"CREATE TABLE theirs (id {theirs} PRIMARY KEY)")
                asked = [Pair(Raw(ours), TableName("public", "theirs"), "id", sa.Text()) for ours in known]
                said = refused_pairs(connection, asked, read_catalogue(connection))
                refused = connection.execute(ALL_TRIED, {"types": known}).scalars()
                for number, failure in enumerate(refused):
                    pairs += 1
                    wrong += (failure is not None) != (number in said)
                savepoint.rollback()

    assert len(known) >= 45, known
    assert (pairs, wrong) == (len(indexed) * len(known), 0)


EXOTIC: dict[str, tuple[str, TypeEngine[Any], bool]] = {
    "an enum of theirs": ("mood", pg.ENUM("a", name="mood", create_type=False), True),
    "an enum yet to be created": ("mood", sa.Enum("a", name="new_mood"), False),
    "text for their enum": ("mood", sa.Text(), False),
    "an enum kept as text": ("text", sa.Enum("a", name="new_mood", native_enum=False), True),
    "a domain of theirs": ("d_uuid", pg.DOMAIN("d_uuid", sa.Uuid(), create_type=False), True),
    "the base of their domain": ("d_uuid", sa.Uuid(), True),
    "a domain yet to be created": ("uuid", pg.DOMAIN("d_new", sa.Uuid()), True),
    "a domain yet to be created, of another base": ("uuid", pg.DOMAIN("d_new", sa.Text()), False),
    "an array": ("text[]", pg.ARRAY(sa.Text()), True),
    "an array of another type": ("text[]", pg.ARRAY(sa.Integer()), False),
    "their identity": ("integer GENERATED BY DEFAULT AS IDENTITY", sa.BigInteger(), True),
    "their generated column": ("integer GENERATED ALWAYS AS (1) STORED", sa.Integer(), True),
    "another collation": ("text", sa.Text(collation="C"), True),
}


@pytest.mark.parametrize("case", EXOTIC)
def test_on_postgresql_domains_enums_arrays_identity_and_computed(
    tmp_path: Path, postgresql: Database, case: str
) -> None:
    theirs, type_, accepted = EXOTIC[case]
    postgresql.execute(
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE DOMAIN d_uuid AS uuid",
        f"CREATE TABLE theirs (id {theirs} PRIMARY KEY)",
    )
    crm = ExternalTables(
        "crm", [sa.Table("theirs", sa.MetaData(), sa.Column("id", sa.types.NullType, primary_key=True))]
    )
    metadata = sa.MetaData(naming_convention=NAMES)
    key = sa.ForeignKey(crm["theirs"].c.id, ondelete="CASCADE")
    sa.Table("ours", metadata, sa.Column("id", sa.Uuid, primary_key=True), sa.Column("x", type_, key, index=True))
    guard, chain = Guard(metadata), Chain(tmp_path / "chain", postgresql)

    if accepted:
        chain.revision(guard)
    else:
        with pytest.raises(GuardError, match=r"^AGR101 ours\.x"):
            chain.revision(guard)
        assert list(chain.versions.glob("*.py")) == []
    with postgresql.connect() as connection:
        if accepted:
            metadata.create_all(connection)
        else:
            with pytest.raises(sa.exc.ProgrammingError, match="incompatible types"):
                metadata.create_all(connection)


def test_the_hint_says_that_only_the_key_needs_the_owners_type(tmp_path: Path, postgresql: Database) -> None:
    postgresql.load(DUMPS / "ba1.7.25_core.pg.sql")
    metadata = sa.MetaData(naming_convention=NAMES)
    key = sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE")
    sa.Table(
        "notes", metadata, sa.Column("id", sa.Uuid, primary_key=True), sa.Column("user_id", sa.Uuid, key, index=True)
    )

    with pytest.raises(GuardError) as caught:
        Chain(tmp_path / "chain", postgresql).revision(Guard(metadata))

    (only,) = [each for each in caught.value.diagnostics if each.code == "AGR101"]
    assert only.message == (
        "the key is UUID; public.user.id is TEXT in the database, which refuses a key between the two"
    )
    assert only.hint == (
        'Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)  # takes the type of public.user.id\n'
        "Only the key needs the owner's type: our own ids stay what they are."
    )
