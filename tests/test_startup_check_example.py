"""The example `startup_check`, served by uvicorn and asked over HTTP: each cause made for real while it runs or before."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
import sqlalchemy as sa

from tests.kit import EXAMPLES, Database, alembic, run, sqlite_database

pytestmark = pytest.mark.project

FIRST, SECOND = "3c1d9a7e5b20", "7b24e0c8f9d1"
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mariadb": "mysql+aiomysql"}
ORIGIN = "http://localhost:3000"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    cors: str | None


class Served:
    """The application, listening."""

    def __init__(self, base: str) -> None:
        self.base = base

    def get(self, path: str) -> Answer:
        request = urllib.request.Request(self.base + path, headers={"Origin": ORIGIN})
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                return _answer(response)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)


def _answer(response: Any) -> Answer:
    text = response.read().decode()
    body = json.loads(text) if "json" in response.headers.get("Content-Type", "") else text
    return Answer(response.status, body, response.headers.get("access-control-allow-origin"))


class Example:
    """A copy of the folder."""

    def __init__(self, folder: Path, database: Database) -> None:
        shutil.copytree(EXAMPLES / "startup_check", folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.folder, self.database = folder, database
        self.environment = {
            "DATABASE_URL": self.url_of(database),
            "PYTHONWARNINGS": "error",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def url_of(self, database: Database) -> str:
        url = database.url.set(drivername=DRIVERS[database.dialect])
        if url.query.get("host"):  # asyncpg's socket
            url = url.set(query={"host": url.query["host"]})
        return url.render_as_string(hide_password=False)

    def alembic(self, *arguments: str, **environment: str) -> None:
        ran = alembic(self.folder, *arguments, environment={**self.environment, **environment})
        assert ran.code == 0, ran.all

    @contextmanager
    def served(self, **environment: str) -> Iterator[Served]:
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0"]
        given = {**os.environ, **self.environment, **environment}
        with (self.folder / "log").open("w+") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            assert process.stderr is not None
            try:
                yield Served(_listening(process.stderr, log))
            finally:
                process.terminate()
                log.write(process.stderr.read())
                process.wait(30)
                process.stderr.close()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


def _listening(lines: IO[str], log: IO[str]) -> str:
    for line in lines:
        log.write(line)
        if found := re.search(r"running on (http://\S+)", line):
            return found[1]
    log.seek(0)
    raise AssertionError(log.read())


@pytest.fixture
def example(tmp_path: Path, database: Database) -> Example:
    return Example(tmp_path / "example", database)


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_pending_revision_is_named_and_its_command_makes_the_running_process_answer(example: Example) -> None:
    example.alembic("upgrade", FIRST)
    example.database.execute(
        "INSERT INTO projects VALUES (1, 'one')", "INSERT INTO crucible_runs VALUES (1, 1, 'done')"
    )

    with example.served() as served:
        failing, health = served.get("/projects/1/runs/summary"), served.get("/health")
        ran = run(["/bin/sh", "-c", health.body["next_step"]], example.folder, {**example.environment, **_path()})
        assert ran.code == 0, ran.all
        working, healthy = served.get("/projects/1/runs/summary"), served.get("/health")
        absent = served.get("/projects/2/runs/summary")

    assert (failing.status, failing.cors) == (503, ORIGIN)
    assert "chat_session_id" in failing.body["error"]
    assert any(f"cause: revision {SECOND}" in line and "has not run here" in line for line in failing.body["why"])
    assert (health.status, health.body["kind"], health.cors) == (503, "pending revisions", ORIGIN)
    assert (working.status, working.cors) == (200, ORIGIN)
    assert working.body == {"project": "one", "runs": {"done": {"runs": 1, "in_chats": 0}}}
    assert (healthy.status, healthy.body["status"], healthy.cors) == (200, "ok", ORIGIN)
    assert (absent.status, absent.cors) == (404, ORIGIN)
    assert "AGD102 error" in example.log  # at the start already


def _path() -> Mapping[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@on_sqlite
def test_the_database_of_the_other_package_is_another_one(example: Example, tmp_path: Path) -> None:
    example.alembic("upgrade", "head")
    other = sqlite_database(tmp_path / "core.sqlite")
    example.alembic("upgrade", FIRST, DATABASE_URL=other.text)

    with example.served(CORE_DATABASE_URL=example.url_of(other)) as served:
        other.execute("INSERT INTO projects VALUES (1, 'one')")
        failing, health = served.get("/projects/1/runs/summary"), served.get("/health")

    assert health.body["kind"] == "different databases"
    assert str(other.url.database) in health.body["cause"]
    assert str(example.database.url.database) in health.body["cause"]
    assert failing.status == 503
    assert any("two databases" in line for line in failing.body["why"])


@on_sqlite
def test_an_old_process_says_that_it_is_old_and_works_after_a_restart(example: Example) -> None:
    example.alembic("upgrade", "head")
    example.database.execute("INSERT INTO projects VALUES (1, 'one')")
    models = example.folder / "core" / "models.py"

    with example.served() as served:
        before = served.get("/projects/1/runs/summary")
        source = models.read_text(encoding="utf-8")
        models.write_text(source.replace("chat_session_id", "chat_id"), encoding="utf-8")
        os.utime(models, (2e9, 2e9))
        main = example.folder / "app" / "main.py"
        main.write_text(main.read_text(encoding="utf-8").replace("chat_session_id", "chat_id"), encoding="utf-8")
        revision = 'op.alter_column("crucible_runs", "chat_session_id", new_column_name="chat_id")'
        head = f"from alembic import op\nrevision, down_revision = 'ad0000000001', '{SECOND}'\ndef upgrade():\n    {revision}\n"
        (example.folder / "alembic" / "versions" / "ad0000000001_.py").write_text(head + "def downgrade():\n    pass\n")
        example.alembic("upgrade", "head")
        failing = served.get("/projects/1/runs/summary")
    with example.served() as served:
        after = served.get("/projects/1/runs/summary")

    assert before.status == after.status == 200
    assert failing.status == 503
    assert any("this process runs older models than those on disk" in line for line in failing.body["why"])
    assert any(line == "next step: Restart the application." for line in failing.body["why"])


@on_sqlite
def test_stamped_edited_and_changed_by_hand_are_told_apart_at_health(example: Example) -> None:
    example.alembic("upgrade", FIRST)
    example.alembic("stamp", "head")
    with example.served() as served:
        stamped = served.get("/health")
        example.alembic("stamp", FIRST)
        example.alembic("upgrade", "head")
        example.database.execute("ALTER TABLE crucible_runs RENAME COLUMN started_by TO metadata")
        edited = served.get("/health")
        example.database.execute("ALTER TABLE crucible_runs DROP COLUMN metadata")
        by_hand = served.get("/health")

    assert [each.body["kind"] for each in (stamped, edited, by_hand)] == [
        "stamped but never applied",
        "revision edited after it was applied",
        "changed by hand",
    ]


@on_sqlite
def test_an_error_of_another_kind_is_not_explained_and_has_cors_headers_too(example: Example) -> None:
    example.alembic("upgrade", "head")
    example.database.execute("INSERT INTO projects VALUES (1, 'one')")

    with example.served() as served, sa.create_engine(example.database.url).connect() as locked:
        locked.execute(sa.text("PRAGMA locking_mode = EXCLUSIVE"))
        locked.execute(sa.text("INSERT INTO projects VALUES (2, 'two')"))
        locked.commit()
        answer = served.get("/projects/1/runs/summary")

    assert (answer.status, answer.cors) == (500, ORIGIN)
    assert "database is locked" in example.log


@on_sqlite
def test_a_start_may_be_refused_with_the_cause_in_one_line(example: Example) -> None:
    example.alembic("upgrade", FIRST)

    with pytest.raises(AssertionError) as caught, example.served(STRICT_SCHEMA="1"):
        pass

    assert "GuardError: AGD102 main.crucible_runs.chat_session_id" in str(caught.value)
    assert f"cause: revision {SECOND}" in str(caught.value)
