"""Projects whose own suites are run: pytest-alembic's four tests beside all of ours, in this process."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import dedent, indent

import pytest

import alembic_guard.testing
from tests.kit import MAKO, Database

OURS = [name for name in alembic_guard.testing.__all__ if name.startswith("test_")]
THEIRS = ["test_model_definitions_match_ddl", "test_single_head_revision", "test_up_down_consistency", "test_upgrade"]

MODELS = """
from sqlalchemy import Boolean, Column, Enum, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint
from alembic_guard import ExternalTables

users = Table("user", MetaData(), Column("id", Text, primary_key=True), Column("email", Text, unique=True), Column("name", Text))
auth = ExternalTables("better-auth", [users], migrate="npx @better-auth/cli migrate")
metadata = MetaData()
"""

CHATS = """
Table(
    "chats", metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey(auth["user"].c.id, ondelete="CASCADE", name="fk_chats_user_id_user"), nullable=False, index=True),
    Column("title", String(50)),
)
"""

CREATE_CHATS = """
op.create_table(
    "chats",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("title", sa.String(50)),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_chats_user_id_user", ondelete="CASCADE"),
)
op.create_index("ix_chats_user_id", "chats", ["user_id"])
"""

ENV = """
from alembic_guard import Guard, run_migrations

run_migrations(Guard("models:metadata"))
"""

KEPT = """
@pytest.fixture
def alembic_engine():
    engine = create_engine("sqlite:///kept.sqlite")
    yield engine
    engine.dispose()
"""
"""A database that is there before the suite and after it."""

CONFTEST = """
import os

import pytest
from alembic.config import Config
from sqlalchemy import create_engine, event, text


@pytest.fixture
def alembic_config():
    config = Config()
    config.set_main_option("script_location", {folder!r})
    config.set_main_option("path_separator", "os")
    return config


@pytest.fixture
def alembic_engine(tmp_path):
    url = {url!r}
    engine = create_engine(url or f"sqlite:///{{tmp_path / 'database.sqlite'}}")
    if not url:  # a database of a test need not survive a power cut, and a busy disk is no measure
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    elif engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
{more}
    yield engine
    engine.dispose()
"""


@dataclass(frozen=True)
class Project:
    """Models and a chain of revisions, each the bodies of upgrade and downgrade."""

    revisions: Sequence[tuple[str, str]]
    models: str = MODELS + CHATS
    env: str = ENV
    engine: str = ""
    more: str = ""

    def write(self, pytester: pytest.Pytester, database: Database) -> None:
        folder = pytester.mkdir("migrations")
        (folder / "versions").mkdir()
        (folder / "env.py").write_text(self.env, encoding="utf-8")
        (folder / "script.py.mako").write_text(MAKO, encoding="utf-8")
        before = None
        for number, (upgrade, downgrade) in enumerate(self.revisions, 1):
            rev_id = f"{number:04}"
            head = f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {rev_id!r}\ndown_revision = {before!r}\n"
            body = "".join(
                f"\n\ndef {name}():\n{indent(dedent(lines).strip() or 'pass', '    ')}\n"
                for name, lines in (("upgrade", upgrade), ("downgrade", downgrade))
            )
            (folder / "versions" / f"{rev_id}.py").write_text(head + body, encoding="utf-8")
            before = rev_id
        (pytester.path / "models.py").write_text(self.models, encoding="utf-8")
        url = "" if database.dialect == "sqlite" else database.text
        conftest = CONFTEST.format(folder=str(folder), url=url, more=indent(dedent(self.engine), "    "))
        (pytester.path / "conftest.py").write_text(conftest + dedent(self.more), encoding="utf-8")

    def with_short_keys(self) -> Project:
        """For MariaDB, where a key cannot be TEXT."""
        short = [(up.replace("sa.Text", "sa.String(36)"), down) for up, down in self.revisions]
        models = re.sub(r"(\"(?:id|email)\", )Text", r"\1String(36)", self.models)
        return replace(self, revisions=short, models=models)

    def run(self, pytester: pytest.Pytester, database: Database, tests: Sequence[str]) -> Outcomes:
        """Run the tests in this process."""
        self.write(pytester, database)
        return imported(pytester, tests)


@dataclass(frozen=True)
class Outcomes:
    """What each test said: nothing where it passed."""

    failures: Mapping[str, str]
    passed: Sequence[str]
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{name}: passed" for name in self.passed]
        lines += [f"{name}: skipped\n{indent(text, '    ')}" for name, text in self.skipped.items()]
        lines += [f"{name}: failed\n{indent(text, '    ')}" for name, text in self.failures.items()]
        return "\n".join(sorted(lines)) + "\n"


def imported(pytester: pytest.Pytester, tests: Sequence[str]) -> Outcomes:
    """Run these tests on what is in the folder."""
    theirs, ours = ([each for each in tests if each in names] for names in (THEIRS, OURS))
    lines = [f"from pytest_alembic.tests import {', '.join(theirs)}"] if theirs else []
    lines += [f"from alembic_guard.testing import {', '.join(ours)}"] if ours else []
    (pytester.path / "test_migrations.py").write_text("\n".join(lines), encoding="utf-8")
    return run(pytester)


def run(pytester: pytest.Pytester, *arguments: str) -> Outcomes:
    """Run what is in the folder."""
    recorder = pytester.inline_run(
        "-p", "no:cacheprovider", "-o", "pytest_alembic_tests_path=none", "-W", "error", "--tb=short", *arguments
    )
    failures: dict[str, str] = {}
    skipped: dict[str, str] = {}
    passed = []
    for report in recorder.getreports("pytest_runtest_logreport pytest_collectreport"):
        name = report.nodeid.rpartition("::")[2]
        if report.failed:
            failures[name] = _shown(str(report.longrepr), pytester, theirs=name in THEIRS)
        elif report.skipped and name.startswith("test_"):
            skipped[name] = _shown(str(report.longrepr[-1]), pytester, theirs=False)
        elif getattr(report, "when", "") == "call":
            passed.append(name)
    return Outcomes(failures, passed, skipped)


def _shown(text: str, pytester: pytest.Pytester, *, theirs: bool) -> str:
    """Without what differs from run to run; of pytest-alembic's own tests, whose tracebacks are long, the error alone."""
    if theirs:
        errors = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
        text = "\n".join(errors[:1])
    text = text.replace(str(pytester.path), "<folder>")
    text = re.sub(r"sqlite:///\S+?database\.sqlite", "<database>", text)
    text = re.sub(r"(postgresql\+psycopg|mysql\+pymysql)://\S+", "<database>", text)
    return re.sub(re.escape(tempfile.gettempdir()) + r"/\S+", "<file>", text)
