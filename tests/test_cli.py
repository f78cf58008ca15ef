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
    code, out = guard("review", "--format", "json", folder=chain_folder)

    file = "alembic/versions/0001_first.py"
    place = {"revision": "0001", "file": file}
    assert code == 0
    assert json.loads(out) == {
        "version": 1,
        "history": {
            "tables": [
                {"name": "sure", "schema": None, **place, "line": 8, "conditional": False},
                {"name": "perhaps", "schema": "crm", **place, "line": 10, "conditional": True},
            ],
            "touched": [{"name": "old", "schema": None, **place, "line": 11}],
            "unknown": [{**place, "line": 7, "message": "the table of op.drop_table: it is os.environ"}],
        },
    }


def test_review_as_text_says_the_same_to_a_person(chain_folder: Path) -> None:
    code, out = guard("review", folder=chain_folder)

    assert code == 0
    assert out == (
        "2 tables created by the chain\n"
        "  sure  0001 (alembic/versions/0001_first.py:8)\n"
        "  crm.perhaps  0001 (alembic/versions/0001_first.py:10)  under a condition\n"
        "1 table altered and not created by it: name yours in Guard(ours=[...])\n"
        "  old  0001 (alembic/versions/0001_first.py:11)\n"
        "1 line that cannot be read without running it\n"
        "  alembic/versions/0001_first.py:7  the table of op.drop_table: it is os.environ\n"
    )


def test_review_asks_no_database_and_bears_a_percent_in_a_password(chain_folder: Path) -> None:
    ini = chain_folder / "alembic.ini"
    ini.write_text(ini.read_text(encoding="utf-8").replace("secret", "se%cret"), encoding="utf-8")

    code, out = guard("review", folder=chain_folder)

    assert code == 0, out
    assert out.startswith("2 tables created by the chain\n")


def test_review_without_a_configuration_is_alembics_own_error(tmp_path: Path) -> None:
    code, out = guard("review", folder=tmp_path)

    assert code != 0
    assert out.startswith("FAILED: No ")
