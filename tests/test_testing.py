"""`alembic_guard.testing`: a sound project passes all of it, and each test has a project on which it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit import Database
from tests.suites import CHATS, CREATE_CHATS, MODELS, OURS, THEIRS, Outcomes, Project

GOLDEN = Path(__file__).parent / "golden" / "testing"
DROP_CHATS = 'op.drop_table("chats")'
NOT_MAPPED = """
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id = mapped_column(Integer, primary_key=True)
    __doc__ = mapped_column(Text)
"""
MESSAGES = """
op.create_table(
    "messages",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.Integer, sa.ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    sa.Column("body", sa.String(20)),
)
"""
MESSAGE_MODELS = """
Table(
    "messages", metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("body", String(20)),
)
"""
BATCH = """
with op.batch_alter_table("chats", recreate="always") as batch:
    batch.alter_column("title", {change})
"""
SOUND = Project([(CREATE_CHATS, DROP_CHATS)])


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def test_a_sound_project_passes_every_test_on_a_fresh_database(pytester: pytest.Pytester, database: Database) -> None:
    outcomes = SOUND.run(pytester, database, [*THEIRS, *OURS])

    assert outcomes.failures == {}, str(outcomes)
    assert sorted(outcomes.passed) == sorted([*THEIRS, *OURS])


BROKEN = {
    "column_of_an_owner_added": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            ('op.add_column("user", sa.Column("points", sa.Integer))', 'op.drop_column("user", "points")'),
        ]
    ),
    "row_of_an_owner_changed": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            ("""op.execute('UPDATE "user" SET name = \\'nobody\\'')""", "pass"),
        ]
    ),
    "column_without_a_migration": Project(
        [(CREATE_CHATS, DROP_CHATS)],
        models=MODELS + CHATS.replace("String(50)),", 'String(50)),\n    Column("pinned", Boolean),'),
    ),
    "column_relied_on_is_gone": Project(
        [(CREATE_CHATS, DROP_CHATS)],
        models=MODELS.replace("migrate=", 'relies_on={"user": ["email"]}, migrate=') + CHATS,
        more="""
            @pytest.fixture
            def external_tables(alembic_engine):
                with alembic_engine.begin() as connection:
                    connection.execute(text(\'CREATE TABLE "user" (id TEXT PRIMARY KEY)\'))
        """,
    ),
    "column_that_is_not_mapped": Project([(CREATE_CHATS, DROP_CHATS)], models=MODELS + CHATS + NOT_MAPPED),
    "key_without_on_delete": Project(
        [(CREATE_CHATS.replace(', ondelete="CASCADE"', ""), DROP_CHATS)],
        models=MODELS + CHATS.replace(', ondelete="CASCADE"', ""),
    ),
    "not_null_without_a_default": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                BATCH.format(change="existing_type=sa.String(50), nullable=False"),
                BATCH.format(change="existing_type=sa.String(50), nullable=True"),
            ),
        ],
        models=MODELS + CHATS.replace("String(50)", "String(50), nullable=False"),
    ),
    "unique_over_duplicates": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                'op.create_index("uq_chats_title", "chats", ["title"], unique=True)',
                'op.drop_index("uq_chats_title", "chats")',
            ),
        ],
        models=MODELS
        + CHATS.replace("String(50)", "String(50)")
        + 'Index("uq_chats_title", metadata.tables["chats"].c.title, unique=True)\n',
    ),
    "text_that_becomes_a_number": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                BATCH.format(change="existing_type=sa.String(50), type_=sa.Integer()"),
                BATCH.format(change="existing_type=sa.Integer(), type_=sa.String(50)"),
            ),
        ],
        models=MODELS + CHATS.replace("String(50)", "Integer"),
    ),
    "rows_that_cascade": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (MESSAGES, 'op.drop_table("messages")'),
            (
                BATCH.format(change="existing_type=sa.String(50), type_=sa.String(60)"),
                BATCH.format(change="existing_type=sa.String(60), type_=sa.String(50)"),
            ),
        ],
        models=MODELS + CHATS.replace("String(50)", "String(60)") + MESSAGE_MODELS,
        engine="""
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
        """,
    ),
    "index_left_behind": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            ('op.create_index("ix_chats_title", "chats", ["title"])', "pass"),
        ],
        models=MODELS + CHATS + 'Index("ix_chats_title", metadata.tables["chats"].c.title)\n',
    ),
    "revision_that_asks_the_database": Project(
        [(CREATE_CHATS, DROP_CHATS), ("op.get_bind().execute(sa.text('SELECT 1')).all()", "pass")]
    ),
    "script_that_does_less": Project(
        [
            (CREATE_CHATS, DROP_CHATS),
            (
                'if not op.get_context().as_sql:\n    op.create_index("ix_chats_title", "chats", ["title"])',
                'op.drop_index("ix_chats_title", "chats")',
            ),
        ],
        models=MODELS + CHATS + 'Index("ix_chats_title", metadata.tables["chats"].c.title)\n',
    ),
}
ENUM_LEFT = Project(
    [
        (CREATE_CHATS, DROP_CHATS),
        (
            """op.create_table("tags", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("kind", sa.Enum("a", "b", name="kind")))""",
            'op.drop_table("tags")',
        ),
    ],
    models=MODELS
    + CHATS
    + 'Table("tags", metadata, Column("id", Integer, primary_key=True), Column("kind", Enum("a", "b", name="kind")))\n',
)
NARROWED = Project(
    [
        (CREATE_CHATS, DROP_CHATS),
        (
            'op.alter_column("chats", "title", existing_type=sa.String(50), type_=sa.String(20))',
            'op.alter_column("chats", "title", existing_type=sa.String(20), type_=sa.String(50))',
        ),
    ],
    models=MODELS + CHATS.replace("String(50)", "String(20)"),
)
BROKEN_ON_POSTGRESQL = {
    "column_of_an_owner_added": BROKEN["column_of_an_owner_added"],
    "type_that_narrows": NARROWED,
    "enum_left_behind": ENUM_LEFT,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_project_fails_with_the_message_in_the_golden_file(
    pytester: pytest.Pytester, sqlite: Database, name: str
) -> None:
    _golden(f"sqlite/{name}", BROKEN[name].run(pytester, sqlite, OURS))


@pytest.mark.parametrize("name", BROKEN_ON_POSTGRESQL)
def test_a_broken_project_fails_on_postgresql_too(pytester: pytest.Pytester, postgresql: Database, name: str) -> None:
    _golden(f"postgresql/{name}", BROKEN_ON_POSTGRESQL[name].run(pytester, postgresql, OURS))


def _golden(name: str, outcomes: Outcomes) -> None:
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(str(outcomes), encoding="utf-8")
    assert str(outcomes) == golden.read_text(encoding="utf-8")


def _long_history(pytester: pytest.Pytester, database: Database, count: int) -> dict[str, float]:
    """Seconds of pytest-alembic's walk and of ours, in one run, for a history of so many revisions."""
    steps = [
        (f'op.add_column("chats", sa.Column("c{n}", sa.Integer))', f'op.drop_column("chats", "c{n}")')
        for n in range(count - 1)
    ]
    project = Project([(CREATE_CHATS, DROP_CHATS), *steps])
    project.write(pytester, database)
    (pytester.path / "test_migrations.py").write_text(
        "from pytest_alembic.tests import test_up_down_consistency\n"
        "from alembic_guard.testing import test_external_tables_untouched\n",
        encoding="utf-8",
    )
    recorder = pytester.inline_run("-p", "no:cacheprovider", "-o", "pytest_alembic_tests_path=none", "-q")
    calls = [each for each in recorder.getreports("pytest_runtest_logreport") if each.when == "call"]
    assert all(each.passed for each in calls), calls
    return {each.nodeid.rpartition("::")[2]: each.duration for each in calls}


def test_the_walk_costs_at_most_a_third_of_pytest_alembics(pytester: pytest.Pytester, sqlite: Database) -> None:
    count = 200 if os.environ.get("ALEMBIC_GUARD_PROFILE") == "soak" else 25

    seconds = _long_history(pytester, sqlite, count)

    print(count, seconds)
    assert seconds["test_external_tables_untouched"] * 3 <= seconds["test_up_down_consistency"]
