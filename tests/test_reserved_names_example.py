"""The example `reserved_names`: a column with rows is renamed, on each database, by Alembic's own command line."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.kit import EXAMPLES, Database, Ran, alembic, body, run

pytestmark = pytest.mark.project

FIRST, SECOND = "5a1c0f3e7b21", "8d2e4b6a9c10"
EXTRA = {"model": "opus", "tokens": [1, 2, None]}
READ = """
import json, os
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from app.models import ConversationHistory

with Session(create_engine(os.environ["DATABASE_URL"])) as session:
    print(json.dumps([each.to_dict() for each in session.query(ConversationHistory).order_by(ConversationHistory.id)]))
"""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


class Example:
    """A copy of the folder, as it was before the rename."""

    def __init__(self, folder: Path, database: Database) -> None:
        shutil.copytree(EXAMPLES / "reserved_names", folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.folder, self.database = folder, database
        (self.committed,) = (folder / "alembic" / "versions").glob(f"{SECOND}_*.py")
        self.text = self.committed.read_text(encoding="utf-8")
        self.committed.unlink()

    def ok(self, *arguments: str) -> Ran:
        ran = alembic(self.folder, *arguments, environment={"DATABASE_URL": self.database.text})
        assert ran.code == 0, ran.all
        return ran

    def read(self) -> object:
        ran = run([sys.executable, "-c", READ], self.folder, {"DATABASE_URL": self.database.text, "PYTHONWARNINGS": ""})
        assert ran.code == 0, ran.all
        return json.loads(ran.out)


def test_the_rows_of_a_column_named_metadata_survive_its_rename(tmp_path: Path, database: Database) -> None:
    example = Example(tmp_path / "example", database)
    example.ok("upgrade", "head")
    value = json.dumps(EXTRA)
    columns = '(id, session_id, message, "metadata")'
    database.execute(
        f"INSERT INTO conversation_history {columns} VALUES (1, 's', 'hello', '{value}')".replace(":", r"\:"),
        f"INSERT INTO conversation_history {columns} VALUES (2, 's', 'empty', NULL)",
    )

    example.ok("revision", "--autogenerate", "-m", "extra data", "--rev-id", SECOND)
    written = example.committed.read_text(encoding="utf-8")
    example.ok("upgrade", "head")

    assert example.read() == [
        {"id": 1, "session_id": "s", "message": "hello", "extra_data": EXTRA},
        {"id": 2, "session_id": "s", "message": "empty", "extra_data": None},
    ]
    assert "AGN110" not in example.ok("check").out
    if database.dialect == "mariadb":
        assert body(written) == "op.execute('ALTER TABLE conversation_history RENAME COLUMN metadata TO extra_data')"
    else:
        # What is committed is the same, as this repository formats it.
        for function in ("upgrade", "downgrade"):
            assert body(written, function) == body(example.text, function).replace('"', "'")
    example.ok("downgrade", FIRST)
    with database.connect() as connection:
        before = sa.table("conversation_history", sa.column("id"), sa.column("metadata", sa.JSON))
        assert connection.scalar(sa.select(before.c.metadata).where(before.c.id == 1)) == EXTRA
