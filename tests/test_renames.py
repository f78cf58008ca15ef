"""Renames: a column or table under a new name keeps what it holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alembic_guard import Guard, GuardError
from tests.kit import Chain, Database, body

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def conversation(*columns: sa.Column[Any], name: str = "conversation", **given: Any) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=CONVENTION)
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns, **given)
    return metadata


def metadata_column() -> sa.Column[Any]:
    return sa.Column("metadata", sa.Text)


def begun(chain: Chain, metadata: sa.MetaData) -> None:
    """A chain whose first revision makes the models, and a row."""
    chain.revision(Guard(metadata))
    chain.upgrade(Guard(metadata))


def refusals(call: Callable[[], object]) -> list[str]:
    with pytest.raises(GuardError) as caught:
        call()
    return [each.code for each in caught.value.diagnostics]


def test_a_declared_rename_keeps_the_values_and_downgrades(chain: Chain, database: Database) -> None:
    begun(chain, conversation(metadata_column()))
    database.execute("INSERT INTO conversation (id, metadata) VALUES (1, 'kept')")
    after = Guard(conversation(sa.Column("extra_data", sa.Text, info={"renamed_from": "metadata"})))

    source = chain.revision(after, "0002")

    mariadb = "op.execute('ALTER TABLE conversation RENAME COLUMN metadata TO extra_data')"
    alembics = "op.alter_column('conversation', 'metadata', new_column_name='extra_data')"
    assert body(source) == (mariadb if database.dialect == "mariadb" else alembics)
    chain.upgrade(after)
    assert database.rows("SELECT extra_data FROM conversation") == [("kept",)]
    chain.check(after)
    assert chain.diffs(after) == []
    chain.downgrade(after, "0001")
    assert database.rows("SELECT metadata FROM conversation") == [("kept",)]


def test_what_else_differs_follows_as_an_alter(chain: Chain, database: Database) -> None:
    begun(chain, conversation(sa.Column("metadata", sa.String(20))))
    database.execute("INSERT INTO conversation (id, metadata) VALUES (1, 'kept')")
    column = sa.Column("extra_data", sa.String(40), nullable=False, info={"renamed_from": "metadata"})
    after = Guard(conversation(column))

    up = body(chain.revision(after, "0002"))

    first, rest = up.split("\n", 1)
    assert "metadata" in first
    assert "metadata" not in rest
    assert "type_=sa.String(length=40)" in rest
    assert "nullable=False" in rest
    assert "drop_column" not in up
    chain.upgrade(after)
    assert database.rows("SELECT extra_data FROM conversation") == [("kept",)]
    chain.check(after)
    chain.downgrade(after, "0001")
    assert database.rows("SELECT metadata FROM conversation") == [("kept",)]


def parts(column: sa.Column[Any], unique: str, target: str = "author") -> sa.MetaData:
    """A column with an index by the convention, another with a unique constraint, a third with a key to a table."""
    metadata = sa.MetaData(naming_convention=CONVENTION)
    sa.Table(target, metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "conversation",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        column,
        sa.Column(unique, sa.Integer, unique=True, info={"renamed_from": "no"}),
        sa.Column("author_id", sa.ForeignKey(f"{target}.id")),
    )
    return metadata


def test_names_from_the_convention_are_renamed_with_the_column_and_nothing_is_built_again(
    chain: Chain, database: Database
) -> None:
    before = parts(sa.Column("metadata", sa.String(20), index=True), "no")
    before.tables["conversation"].columns["no"].info.clear()
    begun(chain, before)
    database.execute("INSERT INTO conversation (id, metadata, no) VALUES (1, 'kept', 7)")
    column = sa.Column("extra_data", sa.String(20), index=True, info={"renamed_from": "metadata"})
    after = Guard(parts(column, "number"))

    source = chain.revision(after, "0002")

    assert body(source) == EXPECTED_PARTS[database.dialect]
    chain.upgrade(after)
    chain.check(after)
    assert database.rows("SELECT extra_data, number FROM conversation") == [("kept", 7)]
    chain.downgrade(after, "0001")
    assert database.rows("SELECT metadata, no FROM conversation") == [("kept", 7)]
    assert chain.diffs(Guard(before)) == []
    chain.upgrade(after)
    chain.check(after)


EXPECTED_PARTS = {
    "postgresql": """\
op.alter_column('conversation', 'metadata', new_column_name='extra_data')
op.alter_column('conversation', 'no', new_column_name='number')
op.execute('ALTER INDEX ix_conversation_metadata RENAME TO ix_conversation_extra_data')
op.execute('ALTER TABLE conversation RENAME CONSTRAINT uq_conversation_no TO uq_conversation_number')""",
    "mariadb": """\
op.execute('ALTER TABLE conversation RENAME COLUMN metadata TO extra_data')
op.execute('ALTER TABLE conversation RENAME COLUMN no TO number')
op.execute('ALTER TABLE conversation RENAME INDEX ix_conversation_metadata TO ix_conversation_extra_data')
op.execute('ALTER TABLE conversation RENAME INDEX uq_conversation_no TO uq_conversation_number')""",
    # SQLite renames neither an index nor a constraint.
    "sqlite": """\
op.alter_column('conversation', 'metadata', new_column_name='extra_data')
op.alter_column('conversation', 'no', new_column_name='number')
with op.batch_alter_table('conversation', schema=None) as batch_op:
    batch_op.drop_index(batch_op.f('ix_conversation_metadata'))
    batch_op.drop_constraint(batch_op.f('uq_conversation_no'), type_='unique')
    batch_op.create_index(batch_op.f('ix_conversation_extra_data'), ['extra_data'], unique=False)
    batch_op.create_unique_constraint(batch_op.f('uq_conversation_number'), ['number'])""",
}


def family(parent: str, **info: str) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=CONVENTION)
    key, check = sa.Column("id", sa.Integer, primary_key=True), sa.CheckConstraint("age > 0", name="positive")
    sa.Table(parent, metadata, key, sa.Column("age", sa.Integer, index=True), check, info=dict(info))
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey(f"{parent}.id", ondelete="CASCADE")),
    )
    return metadata


def test_a_table_is_renamed_with_its_rows_and_the_keys_into_it(chain: Chain, database: Database) -> None:
    begun(chain, family("person"))
    database.execute("INSERT INTO person (id, age) VALUES (1, 3)", "INSERT INTO child (id, parent_id) VALUES (1, 1)")
    after = Guard(family("people", renamed_from="person"))

    source = chain.revision(after, "0002")

    assert body(source) == EXPECTED_TABLE[database.dialect]
    assert "renamed_from" not in source
    chain.upgrade(after)
    chain.check(after)
    assert database.rows("SELECT age, child.id FROM people JOIN child ON parent_id = people.id") == [(3, 1)]
    chain.downgrade(after, "0001")
    assert chain.diffs(Guard(family("person"))) == []
    assert database.rows("SELECT age, child.id FROM person JOIN child ON parent_id = person.id") == [(3, 1)]


EXPECTED_TABLE = {
    "postgresql": """\
op.rename_table('person', 'people')
op.execute('ALTER TABLE people RENAME CONSTRAINT ck_person_positive TO ck_people_positive')
op.execute('ALTER INDEX ix_person_age RENAME TO ix_people_age')
op.execute('ALTER TABLE people RENAME CONSTRAINT pk_person TO pk_people')
op.execute('ALTER TABLE child RENAME CONSTRAINT fk_child_parent_id_person TO fk_child_parent_id_people')""",
    "mariadb": """\
op.rename_table('person', 'people')
op.execute('ALTER TABLE people RENAME INDEX ix_person_age TO ix_people_age')""",
    "sqlite": """\
op.rename_table('person', 'people')
with op.batch_alter_table('people', schema=None) as batch_op:
    batch_op.drop_index(batch_op.f('ix_person_age'))
    batch_op.create_index(batch_op.f('ix_people_age'), ['age'], unique=False)""",
}


def test_table_and_column_are_renamed_at_once(chain: Chain, database: Database) -> None:
    begun(chain, conversation(metadata_column()))
    database.execute("INSERT INTO conversation (id, metadata) VALUES (1, 'kept')")
    column = sa.Column("extra_data", sa.Text, info={"renamed_from": "metadata"})
    after = Guard(conversation(column, name="talk", info={"renamed_from": "conversation"}))

    chain.revision(after, "0002")
    chain.upgrade(after)

    assert database.rows("SELECT extra_data FROM talk") == [("kept",)]
    chain.check(after)
    chain.downgrade(after, "0001")
    assert database.rows("SELECT metadata FROM conversation") == [("kept",)]


def test_the_command_line_declares_renames_of_columns_and_of_tables(chain: Chain, database: Database) -> None:
    begun(chain, conversation(metadata_column(), sa.Column("query", sa.Text)))
    database.execute("INSERT INTO conversation (id, metadata, query) VALUES (1, 'm', 'q')")
    columns = (sa.Column("extra_data", sa.Text), sa.Column("search_params", sa.Text))
    after = Guard(conversation(*columns, name="talk"))
    said = ["rename=conversation:talk", "rename=talk.metadata:extra_data", "rename=talk.query:search_params"]

    chain.revision(after, "0002", x=said)
    chain.upgrade(after)

    assert database.rows("SELECT extra_data, search_params FROM talk") == [("m", "q")]
    chain.check(after)


def test_names_may_move_on_one_by_one(chain: Chain, database: Database) -> None:
    begun(chain, conversation(sa.Column("a", sa.Integer), sa.Column("b", sa.Integer)))
    database.execute("INSERT INTO conversation (id, a, b) VALUES (1, 10, 20)")
    moved = [
        sa.Column("b", sa.Integer, info={"renamed_from": "a"}),
        sa.Column("c", sa.Integer, info={"renamed_from": "b"}),
    ]
    after = Guard(conversation(*moved))

    chain.revision(after, "0002")
    chain.upgrade(after)

    assert database.rows("SELECT b, c FROM conversation") == [(10, 20)]
    chain.downgrade(after, "0001")
    assert database.rows("SELECT a, b FROM conversation") == [(10, 20)]


def test_a_drop_plus_add_that_looks_like_a_rename_stops_and_shows_both_ways(chain: Chain, database: Database) -> None:
    begun(chain, conversation(metadata_column()))
    after = Guard(conversation(sa.Column("extra_data", sa.Text), sa.Column("other", sa.Integer)))

    for call in (lambda: chain.revision(after, "0002"), lambda: chain.check(after), lambda: chain.diffs(after)):
        with pytest.raises(GuardError) as caught:
            call()

        (found,) = caught.value.diagnostics
        assert (found.code, found.location.object) == ("AGN108", "conversation.metadata")
        assert found.hint == (
            'it is extra_data:     extra_data = mapped_column(..., info={"renamed_from": "metadata"})\n'
            "or, once:       alembic -x rename=conversation.metadata:extra_data revision --autogenerate "
            '-m "rename metadata"\n'
            'it is a drop:   alembic -x rename=none revision --autogenerate -m "drop metadata"'
        )
    assert [path.name for path in chain.versions.glob("0002*")] == []


def test_a_reserved_name_and_its_suggestion_look_like_a_rename_whatever_their_types(chain: Chain) -> None:
    begun(chain, conversation(sa.Column("metadata", sa.Integer)))

    assert refusals(lambda: chain.check(Guard(conversation(sa.Column("extra_data", sa.Text))))) == ["AGN108"]


def test_other_types_and_names_are_a_drop_and_an_add(chain: Chain, database: Database) -> None:
    begun(chain, conversation(sa.Column("note", sa.Integer)))

    up = body(chain.revision(Guard(conversation(sa.Column("text", sa.Text))), "0002"))

    assert "drop_column('note')" in up or "drop_column('conversation', 'note')" in up
    assert "AGN" not in up


def test_a_drop_that_is_meant_says_in_the_migration_what_it_loses(chain: Chain, database: Database) -> None:
    begun(chain, conversation(metadata_column(), sa.Column("empty", sa.Text)))
    database.execute("INSERT INTO conversation (id, metadata) VALUES (1, 'lost')")
    after = Guard(conversation(sa.Column("extra_data", sa.Text)))

    up = body(chain.revision(after, "0002", x=["rename=none"]))

    assert up.splitlines()[:2] == [
        "# AGN111 conversation.metadata: the column holds data in this database; the drop loses it, and the",
        "# downgrade does not bring it back",
    ]
    assert "conversation.empty" not in up
    assert up.count("drop_column") == 2


def test_a_rename_that_is_done_says_that_its_declaration_can_go(
    chain: Chain, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    after = Guard(conversation(sa.Column("extra_data", sa.Text, info={"renamed_from": "metadata"})))
    begun(chain, conversation(sa.Column("extra_data", sa.Text)))

    with caplog.at_level("INFO", logger="alembic.guard"):
        chain.check(after)

    (told,) = [each.getMessage() for each in caplog.records if "AGN110" in each.getMessage()]
    assert "take info={'renamed_from': 'metadata'} out of the model" in told


def test_a_new_database_gets_the_new_names_at_once_and_no_info(chain: Chain) -> None:
    column = sa.Column("extra_data", sa.Text, info={"renamed_from": "metadata"})
    after = Guard(conversation(column, name="talk", info={"renamed_from": "conversation", "kept": 1}))

    source = chain.revision(after)

    assert "renamed_from" not in source
    assert "info={'kept': 1}" in source
    assert "create_table('talk'" in source
    assert after.load()[0].tables["talk"].info == {"renamed_from": "conversation", "kept": 1}


@pytest.mark.parametrize(
    ("there", "column", "old", "why"),
    [
        (["metadata"], "extra_data", "metdata", "the database has neither name"),
        (["metadata", "extra_data"], "extra_data", "metadata", "the database has both names"),
        (["metadata"], "metadata", "metadata", "that is its name"),
    ],
)
def test_a_declaration_that_cannot_be_done_is_an_error_and_never_a_drop(
    tmp_path: Path, sqlite: Database, there: list[str], column: str, old: str, why: str
) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    begun(chain, conversation(*(sa.Column(name, sa.Text) for name in there)))

    with pytest.raises(GuardError, match=rf"AGN109.*{why}"):
        chain.check(Guard(conversation(sa.Column(column, sa.Text, info={"renamed_from": old}))))


def test_names_that_go_round_in_a_circle_are_refused(tmp_path: Path, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    begun(chain, conversation(sa.Column("a", sa.Text), sa.Column("b", sa.Text)))
    swapped = [sa.Column("a", sa.Text, info={"renamed_from": "b"}), sa.Column("b", sa.Text, info={"renamed_from": "a"})]

    with pytest.raises(GuardError, match=r"AGN109.*circle"):
        chain.check(Guard(conversation(*swapped)))


@pytest.mark.parametrize(
    "said",
    ["metadata", "conversation.metadata", "nowhere.metadata:extra_data", "conversation.metadata:nothing", "a:b", ":b"],
)
def test_a_command_line_that_names_nothing_is_refused(tmp_path: Path, sqlite: Database, said: str) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    begun(chain, conversation(metadata_column()))
    after = Guard(conversation(sa.Column("extra_data", sa.Text)))

    with pytest.raises(GuardError, match=r"^AGE108 -x rename="):
        chain.revision(after, "0002", x=[f"rename={said}"])


def test_a_former_name_that_is_no_text_is_refused(tmp_path: Path, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)

    with pytest.raises(GuardError, match=r"AGE108.*renamed_from"):
        chain.check(Guard(conversation(sa.Column("extra_data", sa.Text, info={"renamed_from": 3}))))


@pytest.mark.parametrize("owned", [False, True])
def test_a_table_that_no_revision_created_is_renamed_only_where_it_is_named_ours(
    tmp_path: Path, sqlite: Database, owned: bool
) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    sqlite.execute("CREATE TABLE person (id INTEGER PRIMARY KEY NOT NULL)")
    ours = ["person"] if owned else []
    guard = Guard(conversation(name="people", info={"renamed_from": "person"}), ours=ours)

    if owned:
        assert body(chain.revision(guard)) == "op.rename_table('person', 'people')"
    else:
        with pytest.raises(GuardError, match=r"AGN109 people: .*main.person is undeclared"):
            chain.revision(guard)


def test_sqlites_own_rename_keeps_what_a_rebuilt_table_would_lose(tmp_path: Path, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    begun(chain, conversation(metadata_column()))
    sqlite.execute(
        "ALTER TABLE conversation ADD COLUMN seen INTEGER CHECK (seen < 9)",
        "CREATE TRIGGER t AFTER INSERT ON conversation BEGIN UPDATE conversation SET metadata = 'seen'; END",
        "CREATE VIEW v AS SELECT metadata FROM conversation",
    )
    column = sa.Column("extra_data", sa.Text, info={"renamed_from": "metadata"})
    after = Guard(conversation(column, sa.Column("seen", sa.Integer)))

    chain.revision(after, "0002")
    chain.upgrade(after)

    sqlite.execute("INSERT INTO conversation (id) VALUES (1)")
    assert sqlite.rows("SELECT * FROM v") == [("seen",)]
    assert "CHECK (seen < 9)" in sqlite.rows("SELECT sql FROM sqlite_master WHERE name = 'conversation'")[0][0]


def test_mariadb_keeps_what_change_column_would_lose(tmp_path: Path, mariadb: Database) -> None:
    chain = Chain(tmp_path / "chain", mariadb)
    chain.write(
        "0001",
        """op.execute('''CREATE TABLE conversation (
        id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY, metadata JSON,
        changed TIMESTAMP NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp() COMMENT 'when')''')""",
    )
    chain.upgrade(
        Guard(conversation(sa.Column("metadata", sa.JSON), sa.Column("changed", sa.TIMESTAMP, nullable=False)))
    )
    before = mariadb.snapshot("conversation")["conversation"][0]
    columns = [
        sa.Column("extra_data", sa.JSON, info={"renamed_from": "metadata"}),
        sa.Column("changed_at", sa.TIMESTAMP, nullable=False, info={"renamed_from": "changed"}, comment="when"),
    ]
    after = Guard(conversation(*columns))

    chain.revision(after, "0002")
    chain.upgrade(after)

    now = mariadb.snapshot("conversation")["conversation"][0]
    assert now == before.replace("`metadata`", "`extra_data`").replace("`changed`", "`changed_at`")
    chain.check(after)
    chain.downgrade(after, "0001")
    assert mariadb.snapshot("conversation")["conversation"][0] == before
