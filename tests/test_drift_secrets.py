"""A password is in no report, log, exception or note of the drift check, in whatever form it is given."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from alembic_guard import GuardError, SchemaReport, check_schema, explain_errors, explanation_of
from alembic_guard._drift.report import as_json, as_text
from tests.kit import Database, run
from tests.test_secrets import CANARY, FORMS, PASSWORD, Project, in_query, is_silent, with_password

MODELS = sa.MetaData()
sa.Table("things", MODELS, sa.Column("id", sa.Integer, primary_key=True), sa.Column("absent", sa.Text))


def everything(report: SchemaReport) -> str:
    """All that a report can be turned into."""
    with pytest.raises(GuardError) as caught:
        report.raise_for_errors()
    parts = [as_text(report), as_json(report), repr(report), str(report.database), report.database.described]
    return "\n".join([*parts, *traceback.format_exception(caught.value)])


@pytest.mark.parametrize("form", FORMS)
def test_the_check_and_alembics_side_of_it_do_not_show_the_password(
    tmp_path: Path, form: str, postgresql: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    project = Project(tmp_path / "project", form, postgresql.url)
    monkeypatch.setenv("THE_DATABASE", project.variable)
    monkeypatch.setenv("PYTHONUTF8", "1")
    caplog.set_level(logging.DEBUG)
    of_the_application = in_query(postgresql.url) if "query" in form else with_password(postgresql.url)
    engine = sa.create_engine(of_the_application)

    report = check_schema(engine, MODELS, config=project.folder / "alembic.ini")
    engine.dispose()

    assert report.cause is not None
    assert report.cause.kind == "no revision written", report  # so Alembic was asked and had the same database
    assert is_silent(everything(report)), everything(report)
    assert is_silent(caplog.text), caplog.text


@pytest.mark.parametrize("form", ["the Guard's string", "the query in alembic.ini"])
def test_an_alembic_that_reaches_no_database_does_not_show_the_password(
    tmp_path: Path, form: str, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", form, make_url("postgresql+psycopg://app@127.0.0.1:1/app"))
    with sqlite.engine() as engine:
        report = check_schema(engine, MODELS, config=project.folder / "alembic.ini")

    assert report.cause is not None
    assert "Alembic was not asked (AGE106 postgresql+psycopg://app" in report.cause.sentence
    assert is_silent(everything(report)), everything(report)


def test_a_url_that_cannot_be_read_is_not_shown(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", "a variable", sqlite.url)
    bad = f"not a url {PASSWORD}"
    env = f"from sqlalchemy import create_engine\ncreate_engine({bad!r})\n"
    (project.folder / "chain" / "env.py").write_text(env, encoding="utf-8")
    with sqlite.engine() as engine:
        report = check_schema(engine, MODELS, config=project.folder / "alembic.ini")

    assert report.cause is not None
    assert "env.py raised ArgumentError" in report.cause.sentence
    assert CANARY not in everything(report)


@pytest.mark.parametrize("form", ["a variable named in alembic.ini", "the query"])
def test_the_command_does_not_show_the_password(tmp_path: Path, form: str, postgresql: Database) -> None:
    project = Project(tmp_path / "project", form, postgresql.url)

    ran = run(
        [sys.executable, "-m", "alembic_guard", "drift", "--format", "json" if form == "the query" else "text"],
        project.folder,
        {"THE_DATABASE": project.variable, "PYTHONUTF8": "1"},
    )

    assert ran.code == 4, ran.all
    assert "AGD101" in ran.out
    assert is_silent(ran.all), ran.all


@pytest.mark.parametrize("url", [with_password, in_query])
def test_a_note_does_not_show_the_password(
    tmp_path: Path, url: object, postgresql: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = sa.create_engine(url(postgresql.url))  # type: ignore[operator]
    explain_errors(engine, MODELS)

    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(sa.select(MODELS.tables["things"]))
    engine.dispose()

    assert "AGD101" in str(explanation_of(caught.value))
    shown = "".join(traceback.format_exception(caught.value))
    assert is_silent(shown), shown
    assert is_silent(caplog.text), caplog.text


def test_the_canary_is_found_where_it_is_shown(postgresql: Database) -> None:
    assert not is_silent(with_password(postgresql.url))
    assert not is_silent(in_query(postgresql.url))
