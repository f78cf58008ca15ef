"""The story, end to end: autogenerate beside the real Better Auth, three migrations, and a user who leaves."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.kit import EXAMPLES, BetterAuth, Story, alembic, run, suite_of

pytestmark = pytest.mark.project

GOLDEN = Path(__file__).parent / "golden" / "story"


def test_bare_alembic_would_drop_better_auths_tables(story: Story, better_auth_itself: BetterAuth) -> None:
    better_auth_itself.migrate()
    story.begin()
    story.ok("upgrade", "head")
    (story.folder / "alembic" / "env.py").write_text(
        "import os\n"
        "from alembic import context\n"
        "from sqlalchemy import create_engine\n"
        "from app.models import Base\n"
        "engine = create_engine(os.environ['DATABASE_URL'])\n"
        "with engine.connect() as connection:\n"
        "    context.configure(connection=connection, target_metadata=Base.metadata)\n"
        "    with context.begin_transaction():\n"
        "        context.run_migrations()\n"
        "engine.dispose()\n",
        encoding="utf-8",
    )

    story.ok("revision", "--autogenerate", "-m", "bare", "--rev-id", "bare")

    source = (story.versions / "bare_bare.py").read_text(encoding="utf-8")
    assert {table for table in Story.THEIRS if f"op.drop_table('{table}')" in source} == set(Story.THEIRS)


def test_the_three_migrations_are_written_as_in_the_golden_files(story: Story, better_auth_itself: BetterAuth) -> None:
    better_auth_itself.migrate()
    story.begin()
    story.ok("upgrade", "head")
    story.ok("check")

    for number, (rev_id, _, _) in enumerate(Story.STEPS):
        written = story.step(number)
        golden = GOLDEN / story.database.dialect / f"{rev_id}.py.txt"
        if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(written, encoding="utf-8")
        assert written == golden.read_text(encoding="utf-8")
        story.ok("upgrade", "head")
        story.ok("check")


def test_upgrade_downgrade_upgrade_leaves_better_auth_as_it_was(story: Story, better_auth_itself: BetterAuth) -> None:
    better_auth_itself.migrate()
    better_auth_itself.sign_up("before@example.org")
    before = story.database.snapshot(*Story.THEIRS)

    for arguments in (["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"], ["check"]):
        story.ok(*arguments)
        assert story.database.snapshot(*Story.THEIRS) == before
    assert better_auth_itself.migrate() == {"created": [], "altered": []}


def test_a_user_signs_up_and_is_deleted_and_our_rows_follow(story: Story, better_auth_itself: BetterAuth) -> None:
    better_auth_itself.migrate()
    story.ok("upgrade", "head")
    leaving = better_auth_itself.sign_up("leaving@example.org")
    staying = better_auth_itself.sign_up("staying@example.org")
    for number, user in enumerate((leaving, staying)):
        uuid = f"0000000000000000000000000000000{number}"
        story.database.execute(
            f"INSERT INTO chat_sessions (session_id, user_id) VALUES ('{uuid}', '{user}')",
            f"INSERT INTO chat_messages (message_id, session_id, role, content) VALUES ('{uuid}', '{uuid}', 'user', 'hi')",
            f"INSERT INTO user_profiles (user_id) VALUES ('{user}')",
            f"INSERT INTO user_background_questionnaire (id, user_id, question_id) VALUES ('{uuid}', '{user}', 'q1')",
        )
    story.database.execute("INSERT INTO chat_sessions (session_id) VALUES ('0000000000000000000000000000000a')")

    better_auth_itself.delete("leaving@example.org")

    assert story.database.rows('SELECT email FROM "user"') == [("staying@example.org",)]
    assert story.database.rows("SELECT user_id FROM user_profiles") == [(staying,)]
    assert story.database.rows("SELECT user_id FROM user_background_questionnaire") == [(staying,)]
    assert story.database.rows("SELECT user_id FROM chat_sessions WHERE user_id IS NOT NULL") == [(staying,)]
    assert story.database.rows("SELECT count(*) FROM chat_sessions") == [(2,)]
    assert story.database.rows("SELECT count(*) FROM chat_messages") == [(1,)]


COMPARE = """
import os
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic_guard import Guard, configure_options

engine = sa.create_engine(os.environ["DATABASE_URL"])
with engine.connect() as connection:
    options = configure_options(Guard("app.models:Base.metadata"), connection=connection)
    del options["connection"]
    print(compare_metadata(MigrationContext.configure(connection, opts=options), options["target_metadata"]))
engine.dispose()
"""


def test_compare_metadata_through_our_options_finds_nothing_after_the_upgrade(
    story: Story, better_auth_itself: BetterAuth
) -> None:
    better_auth_itself.migrate()
    story.ok("upgrade", "head")

    ran = run([sys.executable, "-c", COMPARE], story.folder, {"DATABASE_URL": story.database.text})

    assert (ran.code, ran.out) == (0, "[]\n"), ran.all


def test_before_better_auth_has_migrated_the_upgrade_stops_and_nothing_has_changed(story: Story) -> None:
    ran = story.alembic("upgrade", "head")

    assert ran.code != 0
    assert "Traceback" not in ran.all
    failed = [line for line in ran.all.splitlines() if "FAILED" in line]
    assert "AGC102" in ran.err
    assert "revision a1f4c7d20b35" in ran.err
    assert "npx auth@latest migrate" in ran.err
    assert len(failed) == 1, ran.all
    assert story.database.tables() == (set() if story.database.rolls_ddl_back else {"alembic_version"})


def test_waiting_for_better_auth_lets_the_upgrade_go_on(story: Story, better_auth_itself: BetterAuth) -> None:
    import threading

    late = threading.Timer(3, better_auth_itself.migration_beside_others())
    late.start()
    ran = story.alembic("-x", "wait=60", "upgrade", "head")
    late.join()

    assert ran.code == 0, ran.all
    assert re.search(r"waiting for .*user", ran.err)
    assert {"user", "user_profiles"} <= story.database.tables()


def test_offline_sql_of_the_example_stops_by_itself_on_postgresql(tmp_path: Path) -> None:
    ran = alembic(
        EXAMPLES / "better_auth_chat",
        "upgrade",
        "head",
        "--sql",
        environment={"DATABASE_URL": "postgresql+psycopg://app@db/app"},
    )

    assert ran.code == 0, ran.all
    assert "DO $alembic_guard$" in ran.out
    assert ran.out.index("DO $alembic_guard$") < ran.out.index("ALTER TABLE chat_sessions ADD COLUMN user_id")


@pytest.mark.parametrize("command", [["history"], ["heads"], ["current"], ["branches"]])
def test_other_commands_work(story: Story, command: list[str]) -> None:
    story.ok(*command)


def test_pytest_alembic_fails_on_a_table_of_ours_that_the_models_stopped_declaring(story: Story) -> None:
    (story.folder / "app" / "models.py").write_text(
        "from app.base import Base\nfrom app.chat import ChatSession\nfrom app.profiles import UserProfile\n",
        encoding="utf-8",
    )

    ran = suite_of(story.folder, story.database, "-k", "definitions_match or models_match")

    assert ran.code == 1, ran.all
    assert "FAILED tests/test_migrations.py::test_model_definitions_match_ddl" in ran.out
    assert "FAILED tests/test_migrations.py::test_models_match_database" in ran.out
    assert "AGO104" in ran.out
    assert "user_background_questionnaire" in ran.out
