"""`python -m alembic_guard`, as a person types it."""

from __future__ import annotations

import sys
from pathlib import Path

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
