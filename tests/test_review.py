"""`python -m alembic_guard review`: the project of the story as it was, and what its next steps lead to."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy.engine import make_url

from alembic_guard._review.document import JSON_VERSION, schema
from tests.kit import DUMPS, EXAMPLES, ROOT, Database, Ran, alembic, run

GOLDEN = ROOT / "tests" / "golden" / "review"
FIRST, BY_HAND = "e58d1bdc4ddb", "9c40d7e5b1f2"
THEIRS = ("user", "session", "account", "verification")


class Project:
    """The example `before_alembic_guard`, copied; its database has Better Auth's tables and is at the first revision."""

    def __init__(self, folder: Path, database: Database) -> None:
        shutil.copytree(
            EXAMPLES / "before_alembic_guard", folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
        )
        self.folder, self.database = folder, database
        self.environment = {"DATABASE_URL": database.text}

    def begin(self) -> None:
        self.database.load(self.database.better_auth())
        self.ok("upgrade", FIRST)

    def alembic(self, *arguments: str) -> Ran:
        return alembic(self.folder, *arguments, environment=self.environment)

    def ok(self, *arguments: str) -> Ran:
        ran = self.alembic(*arguments)
        assert ran.code == 0, ran.all
        return ran

    def review(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        return review(self.folder, *arguments, environment=self.environment if environment is None else environment)

    def document(self, *arguments: str) -> dict[str, Any]:
        return valid(self.review("--format", "json", *arguments))


def review(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    ran = run([sys.executable, "-m", "alembic_guard", "review", *arguments], folder, environment)
    assert ran.code == 0, ran.all
    assert ran.err == ""
    return ran.out


def valid(text: str) -> dict[str, Any]:
    """A review as JSON, held against the schema, which knows every field of it."""
    document: dict[str, Any] = json.loads(text)
    Draft202012Validator(closed(schema())).validate(document)
    return document


def closed(part: Any) -> Any:
    """A schema that lets no field pass that it does not name."""
    if isinstance(part, list):
        return [closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    more = {"additionalProperties": False} if "required" in part and isinstance(part.get("properties"), dict) else {}
    return {**{name: closed(each) for name, each in part.items()}, **more}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    made = Project(tmp_path / "project", database)
    made.begin()
    return made


def test_the_schema_is_one_and_of_the_documents_version_and_the_golden_document_is_by_it() -> None:
    Draft202012Validator.check_schema(schema())

    assert schema()["properties"]["version"] == {"const": JSON_VERSION}
    assert valid((GOLDEN / "before_alembic_guard.json").read_text(encoding="utf-8"))["version"] == JSON_VERSION


@pytest.mark.parametrize(("part", "value"), [("version", 2), ("findings", [{}]), ("databases", [{"name": None}])])
def test_the_schema_refuses_what_is_no_review(part: str, value: object) -> None:
    document = json.loads((GOLDEN / "before_alembic_guard.json").read_text(encoding="utf-8"))

    assert list(Draft202012Validator(schema()).iter_errors({**document, part: value})) != []


# The story's project, whole


def everywhere(text: str, database: Database) -> str:
    """Without what differs from one run to the next: versions, and the name of a test's database."""
    shown = make_url(database.text).set(password="***").render_as_string(hide_password=False)
    text = text.replace(shown, "(database)")
    text = re.sub(r"postgresql\+psycopg://\S*?/guard_\w+[^\s,\"]*?(?=[.,]?[\s\"])", "(database)", text)
    text = re.sub(r"(?<=Versions: ).*", "(versions)", text)
    text = re.sub(r'("versions": \{)[^}]*', r"\1", text)
    whole = r'\1"identity": {"dialect": "postgresql", "url": "(database)", "key": [], "facts": {}}'
    return re.sub(r'^( +)"identity": \{.*?\n\1\}', whole, text, flags=re.S | re.M)


@pytest.mark.parametrize(("format", "suffix"), [("text", "txt"), ("markdown", "md"), ("json", "json")])
def test_the_review_of_the_storys_project(tmp_path: Path, postgresql: Database, format: str, suffix: str) -> None:
    project = Project(tmp_path / "project", postgresql)
    project.begin()

    said = everywhere(project.review("--format", format), postgresql)

    golden = GOLDEN / f"before_alembic_guard.{suffix}"
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


FACTS = {
    "what names the database, and where": "from the variable DATABASE_URL (alembic/env.py:8)",
    "where a setting comes from": "script_location   %(here)s/alembic               alembic.ini:2",
    "autogenerate is off": "Autogenerate is off: target_metadata = None (alembic/env.py:14).",
    "synchronous": "Engine: synchronous.",
    "the application's loggers": "Logging: fileConfig() silences the application's loggers (alembic/env.py:11).",
    "no naming convention": "Naming convention: none",
    "the head": f"Head: {BY_HAND}.",
    "the current revision": f"The database (database) is at {FIRST}.",
    "what has not run": f"Yet to run: {BY_HAND}.",
    "written by hand, with a downgrade": f"alembic/versions/{FIRST}_initial_schema_chat_tables.py  by hand  present",
    "which revision made which table": f"chat_sessions  created by revision {FIRST} (alembic/versions/",
    "messages too": f"chat_messages  created by revision {FIRST} (alembic/versions/",
    "metrics too": f"api_metrics    created by revision {FIRST} (alembic/versions/",
    "what Better Auth owns, and why we think so": (
        "user             better-auth  yes              better_auth() has it; frontend/package.json:6 has better-auth 1.7.25"
    ),
    "where the types clash": "user_profiles.user_id  UUID  user.id    TEXT        none       refused by PostgreSQL",
    "only the key, UUID keys stay": "Our own primary keys stay: api_metrics.metric_id INTEGER, chat_messages.message_id UUID",
    "what must exist first": "user   id       better-auth  npx auth@latest migrate  yes",
    "a step: the type": 'sa.Column("user_id", sa.Text(), ...)',
    "a step: env.py": (
        'run_migrations(Guard("app.models:Base.metadata", external=[better_auth()], url="env:DATABASE_URL"))'
    ),
    "a step: the models": "python -m alembic_guard adopt --output app/adopted.py",
    # What plans written by hand had wrong.
    "name is NOT NULL": "user.name is NOT NULL.",
    "as a column too": "user                 id TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL",
    "no oneTimePassword": "There is no table oneTimePassword",
    "tables do not come by themselves": "Its tables do not come by themselves, and not with the first request",
}


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())
def test_the_golden_review_holds_each_fact_of_the_one_written_by_hand(fact: str) -> None:
    said = (GOLDEN / "before_alembic_guard.txt").read_text(encoding="utf-8")

    assert " ".join(fact.split()) in " ".join(said.split())


def test_what_it_says_of_better_auth_is_so_in_the_tables_that_the_real_one_made(postgresql: Database) -> None:
    postgresql.load(DUMPS / "ba1.7.25_all_plugins.pg.sql")

    required = postgresql.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'user' AND column_default IS NULL "
        "AND is_nullable = 'NO' ORDER BY ordinal_position"
    )

    assert [name for (name,) in required][:4] == ["id", "name", "email", "emailVerified"]
    assert "Without a default are id, name, email, emailVerified:" in (GOLDEN / "before_alembic_guard.txt").read_text(
        encoding="utf-8"
    )
    assert "oneTimePassword" not in postgresql.tables()
    assert postgresql.tables() >= set(THEIRS)


def test_the_diagram_has_an_arrow_for_the_key_that_is_refused() -> None:
    said = (GOLDEN / "before_alembic_guard.md").read_text(encoding="utf-8")

    (diagram,) = re.findall(r"```mermaid\n(.*?)```", said, re.S)
    boxes = dict(re.findall(r"(t\d+)\[\"(\w+)\"\]", diagram))
    ((ours, theirs),) = re.findall(r"(t\d+) -\. refused \.-> (t\d+)", diagram)
    assert (boxes[ours], boxes[theirs]) == ("user_profiles", "user")
    assert diagram.startswith("flowchart LR\n")
    assert diagram.count("subgraph") == diagram.count("end\n")


# Its next steps


def test_the_steps_are_followed_one_by_one_and_autogenerate_is_on_and_check_is_clean(project: Project) -> None:
    before = project.database.snapshot(*THEIRS)
    steps = project.document()["next_steps"]

    while steps:
        follow(project, steps[0])
        # Whoever stops here and asks again is told the rest; the last step stays for good.
        rest = project.document()["next_steps"]
        assert [each["title"] for each in rest] == [each["title"] for each in steps[1:] or steps]
        steps = rest if len(steps) > 1 else []

    assert "No new upgrade operations detected." in project.ok("check").out
    # Autogenerate is on: what a model gets, a migration writes, and nothing else.
    adopted = project.folder / "app" / "adopted.py"
    adopted.write_text(
        adopted.read_text(encoding="utf-8") + "\n\nclass Note(Base):\n    __tablename__ = 'notes'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n",
        encoding="utf-8",
    )
    project.ok("revision", "--autogenerate", "-m", "notes", "--rev-id", "0003")
    (path,) = (project.folder / "alembic" / "versions").glob("0003_*.py")
    assert re.findall(r"op\.(\w+)\(\s*['\"](\w+)", path.read_text(encoding="utf-8")) == [
        ("create_table", "notes"),
        ("drop_table", "notes"),
    ]
    assert project.database.snapshot(*THEIRS) == before
    again = project.document()
    assert again["environment"]["metadata"]["state"] == "on"
    assert [each["title"] for each in again["next_steps"]][-1:] == ["See that models and database agree"]


def follow(project: Project, step: dict[str, Any]) -> None:
    """Do what a step says: write its file, run its commands, or give the column of a migration the type it shows."""
    if step["file"]:
        path = project.folder / step["file"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(step["code"], encoding="utf-8")
    elif step["code"]:
        (path,) = (project.folder / "alembic" / "versions").glob(f"{BY_HAND}_*.py")
        (column,) = re.findall(r'sa\.Column\("user_id", (sa\.\w+\([\d]*\)), \.\.\.\)\n', step["code"])
        text_ = path.read_text(encoding="utf-8")
        assert text_.count('"user_id", sa.Uuid()') == 1
        path.write_text(text_.replace('"user_id", sa.Uuid()', f'"user_id", {column}'), encoding="utf-8")
    for command in step["commands"]:
        if command.startswith("pip install"):
            continue  # installs from a package index; the tests have it
        bin_ = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = run(["sh", "-c", command], project.folder, {**project.environment, "PATH": bin_})
        assert ran.code == 0, ran.all


def test_without_the_step_about_the_type_postgresql_refuses_the_migration(tmp_path: Path, postgresql: Database) -> None:
    project = Project(tmp_path / "project", postgresql)
    project.begin()

    ran = project.alembic("upgrade", "head")

    assert ran.code != 0
    assert 'foreign key constraint "fk_user_profiles_user_id_user" cannot be implemented' in ran.all
