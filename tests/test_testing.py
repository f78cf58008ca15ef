"""`alembic_guard.testing`: a sound project passes all of it, and each test has a project on which it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit import Database
from tests.suites import CREATE_CHATS, OURS, THEIRS, Outcomes, Project

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
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_project_fails_with_the_message_in_the_golden_file(
    pytester: pytest.Pytester, database: Database, name: str
) -> None:
    outcomes = BROKEN[name].run(pytester, database, OURS)

    _golden(f"{database.dialect}/{name}", outcomes)


def _golden(name: str, outcomes: Outcomes) -> None:
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(str(outcomes), encoding="utf-8")
    assert str(outcomes) == golden.read_text(encoding="utf-8")
