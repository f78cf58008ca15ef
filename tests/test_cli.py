"""`python -m alembic_guard`, as a person types it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from alembic_guard._rules import all_rules
from tests.kit import run


def guard(*arguments: str, folder: Path) -> tuple[int, str]:
    ran = run([sys.executable, "-m", "alembic_guard", *arguments], folder)
    return ran.code, ran.all


def test_explain_without_a_code_lists_every_rule(tmp_path: Path) -> None:
    code, out = guard("explain", folder=tmp_path)

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [rule.code for rule in all_rules()]


def test_explain_tells_what_a_code_means_and_how_it_is_mended(tmp_path: Path) -> None:
    code, out = guard("explain", "ago103", folder=tmp_path)

    assert code == 0
    assert out == (
        "AGO103 undeclared-table (info)\n"
        "\n"
        "A table in the database is in no model and has no declared owner: it is left alone.\n"
        "\n"
        "Bare Alembic writes op.drop_table for every table it finds in no model (alembic#596, #777, #1629). A table "
        "that nobody mentioned is somebody else's until somebody says so.\n"
        "\n"
        "Found:\n"
        "    # a database with Django's tables, and Guard('app.models:Base.metadata')\n"
        "\n"
        "Mended:\n"
        "    Guard('app.models:Base.metadata', external=[ExternalTables('django', patterns=['django_*', 'auth_*'])])\n"
        "\n"
        "Guard(..., rules={'AGO103': 'error'}) changes its weight; 'off' turns it off.\n"
    )


def test_explain_of_an_unknown_code_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    code, out = guard("explain", "AGO999", folder=tmp_path)

    assert code != 0
    assert out.startswith("FAILED: AGE108 explain: expected a code (AGC101, ")
    assert len(out.splitlines()) <= 6  # Alembic wraps one line to the terminal's width


def test_alembics_own_commands_are_there_too(tmp_path: Path) -> None:
    code, out = guard("--help", folder=tmp_path)

    assert code == 0
    assert "explain" in out
    assert "upgrade" in out


REVISION = """from alembic import op
import os
revision = "0001"
down_revision = None

def upgrade():
    op.drop_table(os.environ["B"])
    op.create_table("sure")
    if os.environ.get("A"):
        op.create_table("perhaps", schema="crm")
    op.add_column("old", None)
"""


@pytest.fixture
def chain_folder(tmp_path: Path) -> Path:
    """A project's folder with one revision that nobody runs."""
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://u:secret@h/d\n", encoding="utf-8"
    )
    (tmp_path / "alembic" / "versions").mkdir(parents=True)
    (tmp_path / "alembic" / "versions" / "0001_first.py").write_text(REVISION, encoding="utf-8")
    return tmp_path


def test_review_as_json_has_the_tables_that_the_chain_made_touched_and_hides(chain_folder: Path) -> None:
    code, out = guard("review", "--static", "--format", "json", folder=chain_folder)

    file = "alembic/versions/0001_first.py"
    place = {"revision": "0001", "file": file}
    assert code == 0
    document = json.loads(out)
    assert document["version"] == 1
    (database,) = document["databases"]
    history = database["history"]
    assert {name: history[name] for name in ("tables", "touched", "unknown")} == {
        "tables": [
            {"name": "sure", "schema": None, **place, "line": 8, "conditional": False},
            {"name": "perhaps", "schema": "crm", **place, "line": 10, "conditional": True},
        ],
        "touched": [{"name": "old", "schema": None, **place, "line": 11}],
        "unknown": [{**place, "line": 7, "message": "the table of op.drop_table: it is os.environ"}],
    }


def test_review_as_text_says_the_same_to_a_person(chain_folder: Path) -> None:
    code, out = guard("review", "--static", folder=chain_folder)

    assert code == 0
    words = " ".join(out.split())
    where = "(alembic/versions/0001_first.py:"
    assert f"sure created by revision 0001 {where}8)" in words
    assert f"crm.perhaps created by revision 0001 {where}10, under a condition)" in words
    assert f"altered by revision 0001 {where}11), created by none; yours: Guard(ours=['old'])" in words
    assert "AGO110 info alembic/versions/0001_first.py:7 revision 0001: the table of op.drop_table: it is os" in words


def test_review_bears_a_percent_in_a_password_and_a_database_that_does_not_answer(chain_folder: Path) -> None:
    ini = chain_folder / "alembic.ini"
    text = ini.read_text(encoding="utf-8").replace(
        "postgresql://u:secret@h/d", "postgresql+psycopg://u:se%cret@localhost:1/d"
    )
    ini.write_text(text, encoding="utf-8")

    code, out = guard("review", folder=chain_folder)

    assert code == 0, out
    assert "Database: postgresql+psycopg://u:***@localhost:1/d (alembic.ini:3)." in out
    assert "AGE106 warning  postgresql+psycopg://u:***@localhost:1/d" in out
    assert "connect_timeout" not in out
    assert (
        "Which revision the database is at is not known: postgresql+psycopg://u:***@localhost:1/d: no connection: "
        in out
    )
    assert "cret" not in out


def test_review_without_a_configuration_is_alembics_own_error(tmp_path: Path) -> None:
    code, out = guard("review", folder=tmp_path)

    assert code != 0
    assert out.startswith("FAILED: No ")
