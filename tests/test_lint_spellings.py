"""`lint`: one thing, written in the many ways that people write it."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from pathlib import Path

import pytest
from alembic.config import Config

from alembic_guard import Diagnostic, lint_models
from alembic_guard._report import as_json
from tests.test_lint import ENV, HEAD, drops, linted, project, where

OWNER = "from alembic_guard.presets import better_auth\nauth = better_auth()\n"
PROJECT = {"alembic/env.py": ENV, "app/__init__.py": "", "app/models.py": OWNER}
ELSEWHERE = {
    "app/names.py": "THEIRS = 'user'\nBOTH = ['user', 'session']\nGIVEN = {'table_name': 'user'}\n",
    "app/helpers.py": "from alembic import op\ndef clean(t='user'):\n    op.drop_table(t)\ndef cleaned(op):\n    op.drop_table('user')\n",
    "app/revisions.py": "from alembic import op\ndef upgrade():\n    op.drop_table('user')\n",
}


def revision(folder: Path, code: str, **given: object) -> list[Diagnostic]:
    """The findings of a revision that stands below its identifiers, which end with line 5; without those about names."""
    text = HEAD.format("0001") + textwrap.dedent(code).strip("\n") + "\n"
    found = linted(folder, {**PROJECT, **ELSEWHERE, "alembic/versions/0001.py": text}, **given)
    return [each for each in found if not each.code.startswith("AGN1")]


FOUND = {
    "all by keyword": "def upgrade():\n    op.rename_table(old_table_name='user', new_table_name='users')",
    "by keyword, from another file": "from app.names import THEIRS\ndef upgrade():\n    op.drop_table(table_name=THEIRS)",
    "with two stars": "from app.names import GIVEN\ndef upgrade():\n    op.drop_table(**GIVEN)",
    "in a comprehension": "from app.names import BOTH\ndef upgrade():\n    [op.drop_table(each) for each in BOTH[:1]]",
    "in a with": "from app.names import THEIRS\ndef upgrade():\n    with op.batch_alter_table(THEIRS) as b:\n        b.drop_column('x')",
    "a helper that names it": "from app.helpers import clean\ndef upgrade():\n    clean()",
    "a helper that is given op": "from app.helpers import cleaned\ndef upgrade():\n    cleaned(op)",
    "an upgrade with another name": "def up():\n    op.drop_table('user')\nupgrade = up",
    "an upgrade under a condition": "if True:\n    def upgrade():\n        op.drop_table('user')",
    "an upgrade of another file": "from app.revisions import upgrade",
    "a DO block": "def upgrade():\n    op.execute('DO $$ BEGIN ALTER TABLE \"user\" ADD a int; END $$;')",
    "a DO block with a mark": "def upgrade():\n    op.execute('DO LANGUAGE plpgsql $x$ BEGIN DELETE FROM \"user\"; END $x$')",
    "a DO block that executes": 'def upgrade():\n    op.execute("DO $$ BEGIN EXECUTE \'DROP TABLE \\"user\\"\'; END $$;")',
}
MAPPED = """
from sqlalchemy.orm import Session, declarative_base

class User(declarative_base()):
    __tablename__ = "user"
    id = sa.Column(sa.Text, primary_key=True)

def upgrade():
    session = Session(op.get_bind())
    {}
"""
FOUND |= {
    call: MAPPED.format(call)
    for call in (
        "session.execute(sa.delete(User))",
        "session.execute(sa.update(User).values(id='a'))",
        "session.query(User).delete()",
        "session.query(User).filter(User.id == 'a').update({'id': 'b'})",
    )
}


@pytest.mark.parametrize("dialect", ["postgresql", None])
@pytest.mark.parametrize("code", FOUND.values(), ids=list(FOUND))
def test_what_changes_a_table_of_another_is_found_however_it_is_written(
    tmp_path: Path, code: str, dialect: str | None
) -> None:
    env = ENV.replace(', url="postgresql://db/app"', "")
    text = HEAD.format("0001") + code + "\n"

    found = linted(
        tmp_path, {**PROJECT, **ELSEWHERE, "alembic/env.py": env, "alembic/versions/0001.py": text}, dialect=dialect
    )

    assert [(each.code, each.location.object) for each in found if not each.code.startswith("AGN1")] == [
        ("AGO120", "user")
    ]


NOT_FOUND = {
    "what is only asked for": MAPPED.format("session.query(User).filter(User.id == 'a').all()"),
    "a type of ours in a DO block": (
        "def upgrade():\n"
        "    op.execute('DO $$ BEGIN CREATE TYPE user_role AS ENUM (''a'');'\n"
        "               ' EXCEPTION WHEN duplicate_object THEN null; END $$;')"
    ),
    "a key in a DO block": (
        "def upgrade():\n"
        "    op.execute('DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM \"user\") THEN ALTER TABLE ours ADD CONSTRAINT c'\n"
        "               ' FOREIGN KEY (u) REFERENCES \"user\" (id) ON DELETE CASCADE; END IF; END $$;')"
    ),
    "what helpers do to ours": "from app.helpers import clean\ndef upgrade():\n    clean('ours')",
}


@pytest.mark.parametrize("code", NOT_FOUND.values(), ids=list(NOT_FOUND))
def test_what_changes_nothing_of_another_is_no_finding(tmp_path: Path, code: str) -> None:
    assert revision(tmp_path, code) == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("DROP SCHEMA auth CASCADE", ["auth.users"]),
        ('drop schema if exists "auth"', ["auth.users"]),
        ("ALTER SCHEMA auth RENAME TO old", ["auth.users"]),
        ("DROP SCHEMA ours CASCADE", []),
        ("ALTER SCHEMA auth OWNER TO admin", []),
    ],
)
def test_what_takes_a_whole_schema_takes_their_tables_in_it(tmp_path: Path, sql: str, found: list[str]) -> None:
    env = """
        from alembic_guard import ExternalTables, Guard, run_migrations
        run_migrations(Guard("a:b", url="postgresql://db/app", external=[ExternalTables("gotrue", ["auth.users"])]))
        """
    text = HEAD.format("0001") + f"def upgrade():\n    op.execute({sql!r})\n"

    told = linted(tmp_path, {"alembic/env.py": env, "alembic/versions/0001.py": text})

    assert [each.location.object for each in told if each.code == "AGO120"] == found


def test_a_block_that_puts_its_sql_together_is_told(tmp_path: Path) -> None:
    code = """
        def upgrade():
            op.execute("DO $$ DECLARE t text; BEGIN EXECUTE format('ALTER TABLE %I ADD a int', t); END $$;")
            op.drop_column("user", "name")
        """

    assert where(revision(tmp_path, code)) == [("AGO110", "0001.py", 7), ("AGO120", "0001.py", 8)]


def test_a_class_of_a_migration_is_no_model_of_the_application(tmp_path: Path) -> None:
    text = HEAD.format("0001") + MAPPED.format("pass")
    files = {
        "alembic/versions/0001.py": text,
        "app/user.py": text.replace('revision = "0001"\ndown_revision = None', ""),
    }

    found = linted(tmp_path, {**PROJECT, **files})

    assert [each for each in where(found) if each[0] == "AGN113"] == [("AGN113", "user.py", 8)]


# Files as they lie on disks


def test_a_file_that_is_no_python_of_ours_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = {
        "syntax.py": "from alembic import op\n<<<<<<< HEAD\n",
        "coding.py": "# coding: nothing\nfrom alembic import op\n",
        "deep.py": "from alembic import op\nx = " + "+".join(["1"] * 20_000) + "\n",
    }
    project(tmp_path, wrong)
    (tmp_path / "bytes.py").write_bytes(b"# alembic \xe9\n")

    found = lint_models([tmp_path], external={"user": "auth"})

    assert where(found) == [
        ("AGN115", "bytes.py", None),
        ("AGN115", "coding.py", None),
        *([("AGN115", "deep.py", None)] if sys.version_info >= (3, 11) else []),  # Python 3.10 reads it
        ("AGN115", "syntax.py", 2),
    ]
    assert all(str(tmp_path) not in each.message for each in found)


def test_line_ends_tabs_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    text = drops("user").replace("    ", "\t")
    project(tmp_path, PROJECT)
    for name, raw in {"a": text.replace("\n", "\r\n"), "b": "\ufeff" + text, "c": text.replace("\n", "\r")}.items():
        (tmp_path / f"{name}.py").write_bytes(raw.encode())

    found = lint_models([tmp_path], external={"user": "auth"})

    line = 1 + text[: text.index("op.drop_table")].count("\n")
    assert where(found) == [("AGO120", f"{name}.py", line) for name in "abc"]


@pytest.mark.skipif(os.name == "nt", reason="has no such files")
def test_links_in_circles_and_pipes_end_and_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    project(folder, {"versions/a.py": drops("user")})
    for name in ("one", "two", "three"):
        (folder / "versions" / name).symlink_to(folder)
    (folder / "again").symlink_to(folder / "versions")
    (folder / "gone.py").symlink_to(folder / "nothing.py")
    os.mkfifo(folder / "pipe.py")

    found = lint_models([folder], external={"user": "auth"})

    assert [(code, name) for code, name, _ in where(found)] == [("AGN115", "gone.py"), ("AGO120", "a.py")]
    assert found[1].location.path == str(folder / "versions" / "a.py")


# Where names are looked for


def test_a_finding_without_a_line_has_none_in_json_either(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(tmp_path / "nowhere"))

    found = lint_models([tmp_path], config=config)

    (told,) = json.loads(as_json(found))["diagnostics"]
    assert (told["code"], told["path"], told["line"]) == ("AGO130", None, None)


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", None])
def test_a_module_beside_the_project_is_not_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str | None
) -> None:
    env = 'from alembic_guard import Guard, run_migrations\nrun_migrations(Guard("models_beside:Base.metadata"))\n'
    inside = tmp_path / "inside"
    config = project(inside, {"alembic/env.py": env, "alembic/versions/0001.py": drops("user")})
    (inside / "alembic.ini").unlink()
    (tmp_path / "models_beside.py").write_text(OWNER)
    if mark:
        (inside / mark).mkdir()
    monkeypatch.chdir(inside)

    found = lint_models([inside], config=config)

    assert where(found) == [("AGO130", "env.py", 2)]
    assert "Guard('models_beside'): no such module is found" in found[0].message


def test_models_are_found_in_the_folders_that_alembic_puts_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"alembic/env.py": ENV, "src/app/__init__.py": "", "src/app/models.py": OWNER}
    config = project(tmp_path, {**files, "alembic/versions/0001.py": drops("user")})
    config.set_main_option("prepend_sys_path", "src")
    monkeypatch.chdir(tmp_path)

    assert where(lint_models([tmp_path], config=config)) == [("AGO120", "0001.py", 7)]


@pytest.mark.parametrize(
    ("guard", "configured", "variable", "expected"),
    [
        ("", "sqlalchemy.url = postgresql://db/app", "", True),
        ("", "sqlalchemy.url = sqlite:///app.db", "", False),
        ("", "sqlalchemy.url = env:THE_DATABASE", "postgresql://app:a%b@db/app", True),
        ("", "sqlalchemy.url = driver://user:pass@localhost/dbname", "postgresql://db/app", False),
        (
            ', url="env:THE_DATABASE"',
            "sqlalchemy.url = driver://user:pass@localhost/dbname",
            "postgresql://db/app",
            True,
        ),
        (', url="postgresql://db/app"', "sqlalchemy.url = sqlite:///app.db", "", True),
        (', url="sqlite:///app.db"', "sqlalchemy.url = postgresql://db/app", "", False),
        (', url="env:THE_DATABASE"', "sqlalchemy.url = postgresql://db/app", "", False),
        ("", "sqlalchemy.url = postgresql://app:a%b@db/app", "", True),
    ],
)
def test_the_dialect_is_that_of_the_database_a_run_would_go_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guard: str, configured: str, variable: str, expected: bool
) -> None:
    """PostgreSQL refuses the key; of SQLite, or where nobody says what it is, nothing is said."""
    monkeypatch.setenv("THE_DATABASE", variable)
    table = 'sa.Column("user_id", sa.Uuid(), sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)'
    files = {
        **PROJECT,
        "alembic/env.py": ENV.replace(', url="postgresql://db/app"', guard),
        "alembic/versions/0001.py": HEAD.format("0001") + f"def upgrade():\n    op.create_table('t', {table})\n",
    }
    project(tmp_path, files)
    ini = tmp_path / "alembic.ini"
    ini.write_text(f"[alembic]\nscript_location = %(here)s/alembic\n{configured}\n", encoding="utf-8")

    found = lint_models([tmp_path], config=Config(str(ini)))

    assert ("AGR101" in [each.code for each in found]) is expected
