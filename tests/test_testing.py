"""`alembic_guard.testing`: a sound project passes all of it, and each test has a project on which it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit import Database
from tests.suites import CHATS, CREATE_CHATS, MODELS, OURS, THEIRS, Outcomes, Project

GOLDEN = Path(__file__).parent / "golden" / "testing"
DROP_CHATS = 'op.drop_table("chats")'
SOUND = Project([(CREATE_CHATS, DROP_CHATS)])


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def test_a_sound_project_passes_every_test_on_a_fresh_database(pytester: pytest.Pytester, database: Database) -> None:
    outcomes = SOUND.run(pytester, database, [*THEIRS, *OURS])

    assert outcomes.failures == {}
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
        models=MODELS.replace("better_auth()", 'better_auth(relies_on={"user": ["email"]})') + CHATS,
        more="""
            @pytest.fixture
            def external_tables(alembic_engine):
                with alembic_engine.begin() as connection:
                    connection.execute(text(\'CREATE TABLE "user" (id TEXT PRIMARY KEY)\'))
        """,
    ),
    "name_of_a_method": Project(
        [(CREATE_CHATS.replace('"title"', '"items"'), DROP_CHATS)], models=MODELS + CHATS.replace('"title"', '"items"')
    ),
    "key_without_on_delete": Project(
        [(CREATE_CHATS.replace(', ondelete="CASCADE"', ""), DROP_CHATS)],
        models=MODELS + CHATS.replace(', ondelete="CASCADE"', ""),
    ),
}


ON_POSTGRESQL = ["column_of_an_owner_added"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_project_fails_with_the_message_in_the_golden_file(
    pytester: pytest.Pytester, sqlite: Database, name: str
) -> None:
    _golden(f"sqlite/{name}", BROKEN[name].run(pytester, sqlite, OURS))


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_a_broken_project_fails_on_postgresql_too(pytester: pytest.Pytester, postgresql: Database, name: str) -> None:
    _golden(f"postgresql/{name}", BROKEN[name].run(pytester, postgresql, OURS))


def _golden(name: str, outcomes: Outcomes) -> None:
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(str(outcomes), encoding="utf-8")
    assert str(outcomes) == golden.read_text(encoding="utf-8")
