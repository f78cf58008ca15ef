"""Contract files: what a live database says of another owner's tables, kept as text that a person reviews.

In process and on small databases: under half a minute.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.types import TypeEngine

from alembic_guard import ExternalTables, Guard, GuardError, TableName
from alembic_guard._contract.contract import Contract, ContractColumn, ContractKey, ContractTable
from alembic_guard._contract.differences import differences
from alembic_guard._contract.document import as_text, read
from alembic_guard._contract.types import UnknownType, type_as_text, type_of_text
from alembic_guard._pull import pull
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, Story, run

DIALECTS = {"postgresql": postgresql.dialect, "mysql": mysql.dialect, "sqlite": sqlite.dialect}

# Types as text

lengths = st.integers(1, 255)
words = st.lists(st.text("ab' \\\"é,()", min_size=1, max_size=5), min_size=1, max_size=4, unique=True)
names = st.text("abc '\"é", min_size=1, max_size=8)
plain = st.one_of(
    st.sampled_from(
        [sa.TEXT(), sa.INTEGER(), sa.BIGINT(), sa.SMALLINT(), sa.BOOLEAN(), sa.DATE(), sa.DATETIME(), sa.TIME()]
    ),
    st.sampled_from(
        [sa.BLOB(), sa.REAL(), sa.DOUBLE(), sa.FLOAT(), sa.JSON(), sa.UUID(), sa.Text(), sa.Uuid(), sa.Integer()]
    ),
    st.builds(sa.VARCHAR, lengths),
    st.builds(sa.CHAR, lengths),
    st.builds(sa.NUMERIC, st.integers(1, 30), st.integers(0, 10)),
    st.builds(sa.DateTime, timezone=st.booleans()),
)
of_postgresql = st.one_of(
    st.sampled_from(
        [postgresql.JSONB(), postgresql.INET(), postgresql.BYTEA(), postgresql.TSVECTOR(), postgresql.CITEXT()]
    ),
    st.sampled_from(
        [postgresql.MONEY(), postgresql.OID(), postgresql.HSTORE(), postgresql.INT4RANGE(), postgresql.UUID()]
    ),
    st.builds(postgresql.TIMESTAMP, timezone=st.booleans(), precision=st.none() | st.integers(0, 6)),
    st.builds(postgresql.BIT, st.integers(1, 64), varying=st.booleans()),
    st.builds(postgresql.INTERVAL, fields=st.none() | st.just("YEAR"), precision=st.none() | st.integers(0, 6)),
    st.builds(lambda values, name: postgresql.ENUM(*values, name=name), words, names),
    st.builds(postgresql.ARRAY, plain, dimensions=st.none() | st.integers(1, 3)),
    st.builds(postgresql.DOMAIN, names, plain),
)
of_mysql = st.one_of(
    st.builds(
        mysql.VARCHAR, lengths, charset=st.none() | st.just("utf8mb4"), collation=st.none() | st.just("utf8mb4_bin")
    ),
    st.builds(mysql.LONGTEXT, collation=st.none() | st.just("utf8mb4_bin")),
    st.builds(
        mysql.BIGINT, display_width=st.none() | st.integers(1, 20), unsigned=st.booleans(), zerofill=st.booleans()
    ),
    st.builds(mysql.DECIMAL, st.integers(1, 30), st.integers(0, 10), unsigned=st.booleans()),
    st.builds(mysql.TIMESTAMP, fsp=st.none() | st.integers(1, 6)),
    st.builds(mysql.DATETIME, fsp=st.none() | st.integers(1, 6)),
    st.builds(mysql.TINYINT, st.none() | st.just(1)),
    st.builds(lambda values: mysql.ENUM(*values), words),
    st.builds(lambda values: mysql.SET(*values), words.map(lambda each: [w.replace(",", "") or "x" for w in each])),
)
types = st.one_of(plain, of_postgresql, of_mysql)


def ddl(type_: TypeEngine[Any]) -> list[str]:
    """As each database writes it that can."""
    written = []
    for dialect in DIALECTS.values():
        try:
            written.append(type_.compile(dialect=dialect()))
        except (sa.exc.CompileError, TypeError):
            written.append("cannot")
    return written


@given(types)
def test_a_type_comes_back_from_its_text_with_the_same_ddl_on_every_database(type_: TypeEngine[Any]) -> None:
    text = type_as_text(type_)

    again = type_of_text(text)

    assert type(again) is type(type_)
    assert type_as_text(again) == text
    assert ddl(again) == ddl(type_)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_every_type_that_sqlalchemy_reflects_has_a_text(dialect: str) -> None:
    reflected = {cls for cls in DIALECTS[dialect]().ischema_names.values() if cls is not postgresql.ARRAY}
    reflected.discard(postgresql.DOMAIN)

    texts = {cls: type_as_text(cls()) for cls in reflected if cls is not sa.types.NullType}

    assert len(texts) > 15
    for cls, text in texts.items():
        assert type(type_of_text(text)) is cls


def test_a_type_unknown_to_sqlalchemy_has_none_and_a_foreign_one_is_refused() -> None:
    class Vector(sa.types.UserDefinedType[Any]):
        pass

    assert type_as_text(sa.types.NullType()) is None
    assert isinstance(type_of_text(None), sa.types.NullType)
    with pytest.raises(UnknownType, match="Vector"):
        type_as_text(Vector())


@pytest.mark.parametrize(
    "text",
    [
        "TEXTT()",
        "TEXT",
        "TEXT(",
        "",
        "__import__('os').system('true')",
        "sqlite.__name__()",
        "postgresql.dialect()",
        "VARCHAR(length=print('x'))",
        "VARCHAR(size=3)",
        "VARCHAR(**{'length': 3})",
        "sa.TEXT()",
        "TypeEngine",
        "create_engine('sqlite://')",
    ],
)
def test_text_that_names_no_type_is_refused_and_not_run(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownType):
        type_of_text(text)

    assert capsys.readouterr().out == ""


# Contracts


identifiers = st.one_of(
    st.sampled_from(
        ["id", "metadata", "keys", "items", "registry", "query", "user", "a.b", 'quo"te', "sp ace", "_x", "Ünï"]
    ),
    st.text("abcXYZ_", min_size=1, max_size=8),
)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    tables: list[ContractTable] = []
    schemas = st.sampled_from([None, "auth", "crm"])
    for name in draw(st.lists(st.builds(TableName, schemas, identifiers), max_size=4, unique=True)):
        columns = draw(
            st.dictionaries(identifiers, st.builds(ContractColumn, types.map(type_as_text), st.booleans()), max_size=5)
        )
        some = st.lists(st.sampled_from(sorted(columns)), unique=True, max_size=2) if columns else st.just([])
        primary = draw(some)
        keys = []
        # SQLAlchemy reads a key's target at its dots.
        plain = [each for each in tables if each.primary_key and "." not in f"{each.name.name}{each.primary_key[0]}"]
        if plain and columns:
            target = draw(st.sampled_from(plain))
            column = draw(st.sampled_from(sorted(columns)))
            on_delete = draw(st.sampled_from([None, "CASCADE", "SET NULL"]))
            keys.append(ContractKey((column,), target.name, target.primary_key[:1], on_delete))
        tables.append(
            ContractTable(
                name,
                {
                    column: ContractColumn(said.type, said.nullable and column not in primary)
                    for column, said in columns.items()
                },
                tuple(primary),
                tuple({tuple(each) for each in draw(st.lists(some, max_size=2)) if each}),
                tuple(keys),
                relies_on=tuple(draw(some)),
            )
        )
    migrate, database = (draw(st.none() | st.text("ab ", min_size=1)) for _ in range(2))
    return Contract(draw(st.sampled_from(["better-auth", "ö"])), tuple(tables), ("django_*",), migrate, database)


@given(contracts())
def test_what_is_loaded_is_what_was_saved(tmp_path_factory: pytest.TempPathFactory, contract: Contract) -> None:
    path = tmp_path_factory.mktemp("contract") / "c.json"
    path.write_text(as_text(contract), encoding="utf-8")

    assert read(path) == contract.sorted()
    loaded = ExternalTables.load(path)
    loaded.save(path)
    again = ExternalTables.load(path)

    assert again._as_contract() == loaded._as_contract()
    assert list(differences(contract, loaded._as_contract())) == []
    assert path.read_text(encoding="utf-8") == as_text(loaded._as_contract())


MAKE = (
    "CREATE TABLE users (id VARCHAR(36) PRIMARY KEY, email VARCHAR(200) NOT NULL, metadata TEXT, CONSTRAINT one UNIQUE (email))",
    "CREATE TABLE cards (id INTEGER PRIMARY KEY, user_id VARCHAR(36) NOT NULL, "
    "CONSTRAINT belongs FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE)",
    "CREATE TABLE ours (id INTEGER PRIMARY KEY)",
)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def made(request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(request.param)
    database.execute(*MAKE)
    return database


def reflected(database: Database, *tables: str, **given: Any) -> ExternalTables:
    with database.connect() as connection:
        return ExternalTables.reflect(connection, "crm", tables or ["users", "cards"], **given)


def test_the_file_of_a_real_database_is_small_sorted_and_says_what_can_be_relied_on(
    postgresql: Database, tmp_path: Path
) -> None:
    postgresql.execute(*MAKE)

    reflected(postgresql, "cards", "us*", migrate="make migrate").save(tmp_path / "new" / "crm.json")

    assert (tmp_path / "new" / "crm.json").read_text(encoding="utf-8") == (
        "{\n"
        '  "about": "What may be relied on of tables that another migrator owns. '
        'Written by `python -m alembic_guard pull`, read by `ExternalTables.load()`.",\n'
        '  "format": 1,\n'
        '  "owner": "crm",\n'
        '  "migrate": "make migrate",\n'
        '  "database": "postgresql",\n'
        '  "patterns": ["us*"],\n'
        '  "tables": [\n'
        "    {\n"
        '      "name": "cards",\n'
        '      "columns": {\n'
        '        "id": {"type": "INTEGER()", "nullable": false},\n'
        '        "user_id": {"type": "VARCHAR(length=36)", "nullable": false}\n'
        "      },\n"
        '      "primary_key": ["id"],\n'
        '      "keys": [\n'
        '        {"columns": ["user_id"], "table": "users", "refers_to": ["id"], "on_delete": "CASCADE"}\n'
        "      ]\n"
        "    },\n"
        "    {\n"
        '      "name": "users",\n'
        '      "columns": {\n'
        '        "email": {"type": "VARCHAR(length=200)", "nullable": false},\n'
        '        "id": {"type": "VARCHAR(length=36)", "nullable": false},\n'
        '        "metadata": {"type": "TEXT()"}\n'
        "      },\n"
        '      "primary_key": ["id"],\n'
        '      "unique": [\n'
        '        ["email"]\n'
        "      ]\n"
        "    }\n"
        "  ]\n"
        "}\n"
    )


def test_the_same_tables_have_keys_uniques_and_types_on_every_database(made: Database, tmp_path: Path) -> None:
    crm = reflected(made)
    crm.save(tmp_path / "crm.json")
    cards, users = ExternalTables.load(tmp_path / "crm.json")._as_contract().tables

    assert cards.keys == (ContractKey(("user_id",), TableName(None, "users"), ("id",), "CASCADE"),)
    assert users.unique == (("email",),)
    assert [users.columns["id"].nullable, users.columns["email"].nullable] == [made.dialect == "sqlite", False]
    assert crm["users"].c.metadata_.name == "metadata"
    assert str(crm["users"].c.id.type) == "VARCHAR(36)"
    assert [key.column.table.name for key in crm["cards"].foreign_keys] == ["users"]


def test_a_loaded_contract_is_kept_by_autogenerate_and_gives_keys_their_type(made: Database, tmp_path: Path) -> None:
    reflected(made).save(tmp_path / "crm.json")
    made.execute("DROP TABLE ours")
    crm, metadata, chain = ExternalTables.load(tmp_path / "crm.json"), sa.MetaData(), Chain(tmp_path / "chain", made)
    sa.Table(
        "orders", metadata, sa.Column("user_id", sa.ForeignKey(crm["users"].c.id, ondelete="CASCADE"), primary_key=True)
    )
    before = made.snapshot("users", "cards")

    source = chain.revision(Guard(metadata))
    chain.round_trip(Guard(metadata))

    assert "sa.Column('user_id', " in source
    assert "VARCHAR(length=36)" in source or "String(length=36)" in source
    assert made.snapshot("users", "cards") == before


def test_reflect_finds_tables_of_another_schema_and_those_of_the_same_name(postgresql: Database) -> None:
    postgresql.execute("CREATE SCHEMA crm", "CREATE TABLE crm.users (id TEXT PRIMARY KEY)", *MAKE)

    crm = reflected(postgresql, "users", "crm.users")

    assert sorted(map(str, crm.names)) == ["crm.users", "users"]
    assert [str(crm[name].c.id.type) for name in ("users", "crm.users")] == ["VARCHAR(36)", "TEXT"]


def test_a_partial_unique_index_makes_nothing_unique(postgresql: Database) -> None:
    postgresql.execute(
        *MAKE, "CREATE UNIQUE INDEX half ON cards (user_id) WHERE id > 3", "CREATE UNIQUE INDEX e ON cards ((id + 1))"
    )

    assert reflected(postgresql)._as_contract().tables[0].unique == ()


def test_a_table_that_is_not_there_is_refused_with_those_that_are(made: Database) -> None:
    for name in ("user", "user_*", "crm.users"):
        with pytest.raises(GuardError) as caught:
            reflected(made, "cards", name)

        (found,) = caught.value.diagnostics
        assert (found.code, found.location.object) == ("AGE108", "reflect('crm', ...)")
        assert f"cards, ours, users), found '{name}'" in found.message


def test_names_alone_are_kept_as_names(tmp_path: Path) -> None:
    external = ExternalTables("etl", ["runs", "etl.jobs"], patterns=["tmp_*"], migrate="make")

    external.save(tmp_path / "etl.json")
    loaded = ExternalTables.load(tmp_path / "etl.json")

    assert (loaded.names, loaded.patterns, loaded.migrate) == (external.names, external.patterns, "make")


def test_the_names_in_python_and_what_is_relied_on_are_kept(tmp_path: Path) -> None:
    metadata = sa.MetaData()
    people = sa.Table("people", metadata, sa.Column("id", sa.TEXT, primary_key=True), sa.Column("email", sa.TEXT))

    ExternalTables("crm", {"user": people}, relies_on={"user": ["email"]}).save(tmp_path / "crm.json")
    loaded = ExternalTables.load(tmp_path / "crm.json")

    assert loaded["user"].name == "people"
    assert loaded.relies_on == {TableName(None, "people"): {"email"}}


def test_what_our_chain_creates_and_types_of_a_preset_alone_are_not_saved(tmp_path: Path) -> None:
    for external, says in (
        (better_auth(created_by="alembic"), "expected tables that their owner creates"),
        (better_auth(), "expected a type of SQLAlchemy, found 'Text with another type on another database'"),
    ):
        with pytest.raises(GuardError, match="AGE108") as caught:
            external.save(tmp_path / "c.json")
        assert says in caught.value.diagnostics[0].message
        assert not (tmp_path / "c.json").exists()


def test_a_contract_is_loaded_without_alembic(tmp_path: Path) -> None:
    ExternalTables("etl", ["runs"]).save(tmp_path / "etl.json")
    source = (
        "import sys\nfrom alembic_guard import ExternalTables\nExternalTables.load('etl.json')\n"
        "assert not {'alembic', 'sqlglot'} & set(sys.modules), sorted(sys.modules)\n"
    )

    assert run([sys.executable, "-c", source], tmp_path).all == ""


# Files that hold no contract

GOOD = """{
  "format": 1,
  "owner": "crm",
  "tables": [
    {
      "name": "cards",
      "columns": {
        "id": {"type": "INTEGER()", "nullable": false},
        "user_id": {"type": "VARCHAR(length=36)"}
      },
      "primary_key": ["id"],
      "keys": [
        {"columns": ["user_id"], "table": "users", "refers_to": ["id"]}
      ]
    },
    {
      "name": "users",
      "columns": {
        "id": {"type": "VARCHAR(length=36)"}
      },
      "primary_key": ["id"]
    }
  ]
}
"""


def test_the_good_file_is_good(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(GOOD, encoding="utf-8")

    assert sorted(map(str, ExternalTables.load(tmp_path / "c.json").names)) == ["cards", "users"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('  "owner": "crm",', "<<<<<<< HEAD", 3, "is no JSON: Expecting property name"),
        ('"format": 1', '"format": 2', 2, "has format 2, this alembic_guard reads 1; it is older"),
        ('"format": 1', '"form": 1', None, "has format None, this alembic_guard reads 1"),
        ('  "owner": "crm",\n', "", None, "owner: expected a text, found null"),
        ('"type": "INTEGER()"', '"type": "INTEGR()"', 8, "cards.id: 'INTEGR()' is no type of SQLAlchemy"),
        ('"type": "INTEGER()"', '"type": 4', 8, "cards.id: type: expected a text, found 4"),
        ('"nullable": false', '"nullable": "no"', 8, 'cards.id: nullable: expected true or false, found "no"'),
        (
            '{"type": "VARCHAR(length=36)"}\n      },\n      "primary_key": ["id"],',
            '[]\n},\n"primary_key": ["id"],',
            9,
            "cards.user_id: expected an object, found []",
        ),
        ('"primary_key": ["id"],', '"primary_key": ["no"],', 11, "cards: primary_key names the column 'no'"),
        ('"columns": ["user_id"]', '"columns": ["no"]', 13, "cards: keys names the column 'no'"),
        ('"refers_to": ["id"]', '"refers_to": []', 12, "cards: a key's columns and refers_to are not equally many"),
        ('"table": "users"', '"table": "user"', 12, "cards: a key refers to user.id, which is not in it"),
        ('      "name": "users",', '      "name": "cards",', 6, "cards is in it twice"),
        ('  "tables": [', '  "tables": 3, "x": [', None, "tables: expected a list, found 3"),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int | None, message: str) -> None:
    path = tmp_path / "c.json"
    assert GOOD.count(old) >= 1
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(GuardError) as caught:
        ExternalTables.load(path)

    (found,) = caught.value.diagnostics
    assert (found.code, found.location.path) == ("AGE120", str(path))
    assert message in found.message
    assert found.location.line == line


@pytest.mark.parametrize(
    "write", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff")]
)
def test_no_file_a_folder_and_no_text_are_told(tmp_path: Path, write: Callable[[Path], Any]) -> None:
    write(tmp_path / "c.json")

    with pytest.raises(GuardError, match=r"^AGE120 .*c\.json: expected a contract file, "):
        ExternalTables.load(tmp_path / "c.json")


@pytest.mark.parametrize("text", ["[]", "3", "null", "[" * 100_000, '{"format": true}'])
def test_json_that_is_something_else_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text, encoding="utf-8")

    with pytest.raises(GuardError, match=r"^AGE120 "):
        ExternalTables.load(tmp_path / "c.json")


# pull


@pytest.fixture
def pulled(made: Database, tmp_path: Path) -> Callable[..., str]:
    """`python -m alembic_guard pull` in this process; what it prints."""
    chain = Chain(tmp_path / "chain", made)

    def run_pull(owner: str, *tables: str, **given: Any) -> str:
        config = chain.config(Guard(sa.MetaData()))
        pull(config, owner, tables, **given)
        return str(config.stdout.getvalue())  # type: ignore[attr-defined]

    return run_pull


def test_without_output_the_contract_is_printed(pulled: Callable[..., str], made: Database) -> None:
    assert json.loads(pulled("crm", "users", migrate="make"))["migrate"] == "make"
    assert json.loads(pulled("crm", "users"))["database"] == made.dialect


def test_what_changed_is_shown_checked_and_written_only_on_update(
    pulled: Callable[..., str], made: Database, tmp_path: Path
) -> None:
    path = tmp_path / "contracts" / "crm.json"
    output = str(path)
    assert pulled("crm", "users", "cards", output=output) == f"{output}: cards, users\n"
    first = path.read_text(encoding="utf-8")
    assert pulled("crm", output=output, check=True).startswith(f"{output}: as ")
    assert pulled("crm", output=output, update=True) == f"{output}: as it was\n"
    assert path.read_text(encoding="utf-8") == first

    made.execute(
        "DROP TABLE cards",
        "ALTER TABLE users DROP COLUMN metadata",
        "ALTER TABLE users ADD COLUMN role VARCHAR(9)",
    )

    with pytest.raises(GuardError) as caught:
        pulled("crm", output=output, check=True)
    assert [(each.code, each.location.object) for each in caught.value.diagnostics] == [
        ("AGC120", "cards"),
        ("AGC120", "users.metadata"),
        ("AGC120", "users.role"),
    ]
    assert caught.value.diagnostics[0].hint == f"python -m alembic_guard pull crm --output {output} --update"
    assert path.read_text(encoding="utf-8") == first
    with pytest.raises(GuardError, match="AGE110"):
        pulled("crm", "users", output=output)
    assert path.read_text(encoding="utf-8") == first
    assert pulled("crm", output=output, update=True).splitlines() == [
        f"{output}: updated",
        "- cards (table)",
        "- users.metadata " + ("TEXT()" if made.dialect != "mariadb" else "mysql.TEXT()"),
        "+ users.role " + ("VARCHAR(length=9)" if made.dialect != "mariadb" else "mysql.VARCHAR(length=9)"),
    ]
    pulled("crm", output=output, check=True)


def test_another_type_another_nullability_and_another_key_are_differences() -> None:
    def contract(type_: str, nullable: bool, on_delete: str) -> Contract:
        key = ContractKey(("id",), TableName(None, "a"), ("id",), on_delete)
        table = ContractTable(TableName(None, "a"), {"id": ContractColumn(type_, nullable)}, ("id",), keys=(key,))
        return Contract("crm", (table,))

    found = differences(contract("TEXT()", True, "CASCADE"), contract("UUID()", False, "SET NULL"))

    assert list(map(str, found)) == [
        "~ a.id TEXT() -> UUID() NOT NULL",
        "- a key (id) -> a (id) ON DELETE CASCADE",
        "+ a key (id) -> a (id) ON DELETE SET NULL",
    ]


def test_an_update_keeps_what_only_the_file_knows(pulled: Callable[..., str], made: Database, tmp_path: Path) -> None:
    path = tmp_path / "crm.json"
    pulled("crm", "users", output=str(path), migrate="make migrate")
    said = json.loads(path.read_text(encoding="utf-8"))
    said["tables"][0] |= {"called": "user", "relies_on": ["email"]}
    path.write_text(json.dumps(said), encoding="utf-8")
    made.execute("ALTER TABLE users ADD COLUMN role VARCHAR(9)")

    pulled("crm", output=str(path), update=True)

    crm = ExternalTables.load(path)
    assert (crm.migrate, crm["user"].name, list(crm.relies_on.values())) == ("make migrate", "users", [{"email"}])
    assert "role" in crm["user"].c


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "expected names of tables, found 'no table'"),
        ({"check": True, "table": ["users"]}, "expected the file to work on, found 'no --output'"),
        ({"output": " ", "table": ["users"]}, "expected the name of a file, found ' '"),
        ({"output": ".", "table": ["users"]}, "expected the name of a file, found '.'"),
        ({"output": "other.json", "update": True}, "expected etl, the owner that other.json names, found 'crm'"),
        ({"output": "none.json", "check": True}, "expected a contract file, found: No such file"),
    ],
)
def test_a_pull_that_makes_no_sense(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ExternalTables("etl", ["runs"]).save("other.json")

    with pytest.raises(GuardError) as caught:
        pull(Chain(tmp_path / "chain", sqlite).config(Guard(sa.MetaData())), "crm", **given)

    assert says in caught.value.diagnostics[0].message


@pytest.mark.project
def test_at_the_command_line_in_the_examples_project(story: Story) -> None:
    def command(*arguments: str) -> Any:
        program = [sys.executable, "-m", "alembic_guard", "pull", "better-auth", *arguments]
        return run(program, story.folder, {"DATABASE_URL": story.database.text})

    with story.database.connect() as connection:
        better_auth().create_all(connection)
    output = ["--output", "contracts/better_auth.json"]

    assert command("user", "session", *output).code == 0
    assert command(*output, "--check").code == 0
    story.database.execute('ALTER TABLE "user" ADD COLUMN role TEXT')
    checked, again, both = (
        command(*output, "--check"),
        command("user", *output),
        command(*output, "--check", "--update"),
    )
    updated = command(*output, "--update")

    assert checked.code == 255
    assert "AGC120 user.role: contracts/better_auth.json has nothing; " in " ".join(checked.all.split())
    assert again.code == 255
    assert "AGE110" in again.all
    assert both.code == 2
    text = "mysql.TEXT()" if story.database.dialect == "mariadb" else "TEXT()"
    assert updated.out.splitlines() == ["contracts/better_auth.json: updated", f"+ user.role {text}"]
    assert "Traceback" not in checked.all + again.all
