"""The review of Alembic's layout `multidb`: each named database, and an env.py for all of them that runs."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from alembic_guard import GuardError
from alembic_guard._review.command import FORMATS, review_of
from alembic_guard._review.values import Review
from tests.kit import DUMPS, Database, Ran, alembic, sqlite_database
from tests.test_review import valid


@pytest.fixture(autouse=True)
def _own_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


MODELS = """from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Shop(DeclarativeBase):
    pass


class Order(Shop):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str | None] = mapped_column(Text, ForeignKey("user.id", ondelete="CASCADE"))


user = Table("user", Shop.metadata, Column("id", Text, primary_key=True), info={"alembic_guard": {"owner": "better-auth"}})
numbers = MetaData()
Table("visits", numbers, Column("id", Integer, primary_key=True))
"""
REVISION = """import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def downgrade(engine_name):
    globals()["downgrade_%s" % engine_name]()


def upgrade_engine1():
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Text, sa.ForeignKey("user.id", ondelete="CASCADE")),
    )


def downgrade_engine1():
    op.drop_table("orders")


def upgrade_engine2():
    op.create_table("visits", sa.Column("id", sa.Integer, primary_key=True))


def downgrade_engine2():
    pass
"""
OFF, ON = "target_metadata = {}", 'target_metadata = {"engine1": Shop.metadata, "engine2": numbers}'
IMPORT = "from shop.models import Shop, numbers\n"


class Project:
    """A project as `alembic init -t multidb` makes it, with two databases, a revision, and models."""

    def __init__(self, folder: Path, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.folder, self.databases = folder, databases
        monkeypatch.chdir(folder)
        command.init(Config("alembic.ini", stdout=io.StringIO()), "chain", template="multidb")
        self.template = (folder / "chain" / "env.py").read_text(encoding="utf-8")
        ini = self.read("alembic.ini").replace("driver://user:pass@localhost/dbname2", databases["engine2"].text)
        self.write("alembic.ini", ini.replace("driver://user:pass@localhost/dbname", databases["engine1"].text))
        self.write("chain/versions/0001_first.py", REVISION)
        self.write("shop/__init__.py", "")
        self.write("shop/models.py", MODELS)
        self.env(OFF)

    def env(self, metadata: str) -> None:
        """The template's env.py with a ``target_metadata`` of its own."""
        assert self.template.count(OFF) == 1
        imports = IMPORT if metadata != OFF else ""
        self.write("chain/env.py", imports + self.template.replace(OFF, metadata))

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def review(self, *, static: bool = False, section: str = "alembic", url: str | None = None) -> Review:
        config = Config("alembic.ini", ini_section=section, stdout=io.StringIO())
        found = review_of(config, static=static, url=url)
        for form in FORMATS.values():
            assert form(found)
        valid(FORMATS["json"](found))
        return found

    def alembic(self, *arguments: str) -> Ran:
        return alembic(self.folder, *arguments)

    def ok(self, *arguments: str) -> str:
        ran = self.alembic(*arguments)
        assert ran.code == 0, ran.all
        return ran.all


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    databases = {name: sqlite_database(tmp_path / f"{name}.db") for name in ("engine1", "engine2")}
    databases["engine1"].load(DUMPS / "ba1.7.25_core.sqlite.sql")
    databases["engine2"].execute("CREATE TABLE theirs (id INTEGER PRIMARY KEY)")
    return Project(tmp_path / "project", databases, monkeypatch)


def test_each_database_is_reviewed_by_itself(project: Project) -> None:
    first, second = project.review().databases

    assert (first.name, second.name) == ("engine1", "engine2")
    assert [each.url.kind for each in (first, second)] == ["ini", "ini"]
    assert [each.live.identity is not None for each in (first, second)] == [True, True]
    assert {str(each.name): (each.kind, each.owner, each.live) for each in first.tables if each.kind != "system"} == {
        "orders": ("ours", "us", False),
        **dict.fromkeys(("account", "session", "user", "verification"), ("external", "better-auth", True)),
    }
    assert {str(each.name): (each.kind, each.live) for each in second.tables} == {
        "visits": ("ours", False),
        "theirs": ("undeclared", True),
    }
    assert [f"{each.table}.{each.column} -> {each.refers_to}" for each in first.references] == [
        "orders.user_id -> user.id"
    ]
    assert second.references == ()
    assert [str(each.table) for each in first.requirements] == ["user"]


def test_findings_name_the_database_and_the_line(project: Project) -> None:
    found = project.review().findings

    told = sorted((each.code, str(each.location), each.message) for each in found)
    line = project.read("chain/env.py").splitlines().index(OFF) + 1
    assert [each for each in told if each[0] in ("AGE140", "AGE144")] == [
        ("AGE140", f"chain/env.py:{line}", "target_metadata has nothing for engine1: autogenerate is off"),
        ("AGE140", f"chain/env.py:{line}", "target_metadata has nothing for engine2: autogenerate is off"),
        ("AGE144", "chain/versions/0001_first.py", "revision 0001: its downgrade_engine2() is empty"),
    ]


def test_what_target_metadata_has_for_each_name(project: Project) -> None:
    project.env('target_metadata = {"engine1": Shop.metadata}')

    found = project.review(static=True)

    first, second = found.databases
    assert (first.metadata.state, first.metadata.spec) == ("on", "shop.models:Shop.metadata")
    assert (second.metadata.state, second.metadata.said) == ("off", "target_metadata has nothing for engine2")
    assert "Autogenerate of engine1 is on: Shop.metadata (chain/env.py:" in FORMATS["text"](found)


@pytest.mark.parametrize("metadata", [OFF, ON, 'target_metadata = {"engine1": Shop.metadata}'])
def test_the_env_py_that_is_proposed_turns_autogenerate_on_and_check_is_clean(project: Project, metadata: str) -> None:
    project.env(metadata)
    before = project.databases["engine1"].snapshot("user", "session", "account", "verification")

    (step,) = [each for each in project.review().steps if each.file == "chain/env.py"]
    project.write(step.file, step.code)

    assert step.code == (
        "from alembic_guard import Guard, run_migrations\n"
        "from alembic_guard.presets import better_auth\n\n"
        "run_migrations(\n    {\n"
        '        "engine1": Guard("shop.models:Shop.metadata", external=[better_auth()]),\n'
        '        "engine2": Guard("shop.models:numbers"),\n'
        "    }\n)\n"
    )
    project.ok("upgrade", "head")
    assert "No new upgrade operations detected." in project.ok("check")
    # Autogenerate is on, for each database by itself.
    new = '    note: Mapped[str | None] = mapped_column(Text)\n\n\nuser = Table("user"'
    models = MODELS.replace('\n\nuser = Table("user"', new)
    project.write("shop/models.py", models + 'Table("pages", numbers, Column("id", Integer, primary_key=True))\n')
    project.ok("revision", "--autogenerate", "-m", "more", "--rev-id", "0002")
    written = re.findall(r"def (\w+)|\bop\.(\w+)\(\s*'(\w+)'", project.read("chain/versions/0002_more.py"))
    made = ["".join(each) for each in written if each[0] not in ("upgrade", "downgrade")]
    assert made == [
        *["upgrade_engine1", "batch_alter_tableorders", "downgrade_engine1", "batch_alter_tableorders"],
        *["upgrade_engine2", "create_tablepages", "downgrade_engine2", "drop_tablepages"],
    ]
    project.ok("upgrade", "head")
    assert "No new upgrade operations detected." in project.ok("check")
    assert project.databases["engine1"].snapshot("user", "session", "account", "verification") == before
    again = project.review()
    assert [each.metadata.state for each in again.databases] == ["on", "on"]
    assert [each.url.kind for each in again.databases] == ["ini", "ini"]
    assert [each.title for each in again.steps] == ["See that models and database agree"]


def test_an_env_py_with_hooks_of_its_own_keeps_them_and_gets_a_guard_for_each(project: Project) -> None:
    hook = "def include_object(object_, name, type_, reflected, compare_to):\n    return name != 'ignored'\n\n\n"
    project.env(ON)
    text = project.read("chain/env.py").replace("def run_migrations_offline", f"{hook}def run_migrations_offline")
    project.write("chain/env.py", text.replace("connection=rec", "include_object=include_object, connection=rec"))
    project.databases["engine2"].execute("CREATE TABLE ignored (id INTEGER PRIMARY KEY)")

    (step,) = [each for each in project.review().steps if each.file == "chain/env.py"]
    project.write(step.file, step.code)

    assert "guards[name],\n" in step.code
    assert '"engine2": Guard("shop.models:numbers"),' in step.code
    assert "include_object=include_object," in step.code
    project.ok("upgrade", "head")
    assert "No new upgrade operations detected." in project.ok("check")
    again = project.review()
    assert [each.metadata.state for each in again.databases] == ["on", "on"]
    assert not [each for each in again.findings if each.code in ("AGE140", "AGE141", "AGE108")]


def test_where_nothing_says_which_models_are_whose_no_env_py_is_proposed(project: Project) -> None:
    project.write("shop/models.py", MODELS.replace("numbers = MetaData()", "numbers = Shop.metadata"))
    project.write("chain/versions/0001_first.py", REVISION.replace("create_table(\n", "rename_table(a, b) # (\n"))

    found = project.review(static=True)

    assert [each.file for each in found.steps if each.file] == []
    (step,) = [each for each in found.steps if each.title == "Say which models belong to which database"]
    assert step.code.splitlines()[2] == '        "engine1": Guard("...:Base.metadata"),'


def test_without_models_each_database_gets_a_module_for_its_own(project: Project) -> None:
    (project.folder / "shop" / "models.py").unlink()

    steps = project.review().steps

    files = [each.file for each in steps if each.file]
    assert files == ["app/engine1.py", "app/engine2.py", "chain/env.py"]
    assert '"engine2": Guard("app.engine2:Base.metadata"),' in next(
        each.code for each in steps if each.file == "chain/env.py"
    )
    assert [each.title for each in steps if "what the revisions made" in each.title] == [
        "Write models for what the revisions made in engine1",
        "Write models for what the revisions made in engine2",
    ]


def test_the_templates_placeholders_are_told_by_the_line_of_each_section(project: Project) -> None:
    text = re.sub(
        r"sqlalchemy\.url = .*", "sqlalchemy.url = driver://user:pass@localhost/dbname", project.read("alembic.ini")
    )
    project.write("alembic.ini", text)
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("sqlalchemy.url")]

    found = project.review()

    assert [each.location.object for each in found.findings if each.code == "AGE104"] == [
        f"alembic.ini:{line}" for line in lines
    ]
    assert 'url="env:ENGINE1_URL"' in next(each.code for each in found.steps if each.file == "chain/env.py")


GUARDED = """from alembic_guard import Guard, run_migrations
from alembic_guard.presets import better_auth

databases = {
    "engine1": Guard("shop.models:Shop.metadata", external=[better_auth()], url="env:SHOP_URL"),
    "engine2": Guard("shop.models:numbers"),
}
run_migrations(databases)
"""


def test_guards_by_name_say_url_models_and_owner_of_each(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", project.databases["engine1"].text)
    project.write("chain/env.py", GUARDED)

    found = project.review()

    first, second = found.databases
    assert (first.url.kind, first.url.said, second.url.kind) == ("variable", "SHOP_URL", "ini")
    assert [each.metadata.spec for each in found.databases] == ["shop.models:Shop.metadata", "shop.models:numbers"]
    assert [each.name for each in first.owners] == ["better-auth"]
    assert second.owners == ()
    assert [each.live.identity is not None for each in found.databases] == [True, True]
    assert found.environment.logging == "keeps"


def test_guards_and_alembic_ini_that_name_other_databases(project: Project) -> None:
    project.write("chain/env.py", GUARDED.replace('"engine2"', '"stats"'))

    found = project.review(static=True)

    (told,) = [each for each in found.findings if each.code == "AGE108"]
    assert told.message == "expected the names of the Guards (databases = engine1, stats), found 'engine1, engine2'"
    ran = project.alembic("current")
    assert ran.code != 0
    assert told.message in ran.all


def test_another_section_of_alembic_ini(project: Project) -> None:
    project.write(
        "alembic.ini", project.read("alembic.ini") + "\n[other]\nscript_location = chain\ndatabases = engine2\n"
    )

    (only,) = project.review(section="other").databases

    assert only.name == "engine2"
    assert {str(each.name) for each in only.tables} == {"visits", "theirs"}


def test_settings_of_pyproject_toml_stand_beside_the_sections_of_alembic_ini(project: Project) -> None:
    project.write("pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/chain"\n')
    project.write("alembic.ini", re.sub(r"script_location = .*\n", "", project.read("alembic.ini")))

    found = review_of(Config("alembic.ini", toml_file="pyproject.toml"), static=True)

    assert [each.name for each in found.databases] == ["engine1", "engine2"]
    settings = {each.name: each.source for each in found.configuration.settings}
    assert settings["script_location"] == "pyproject.toml [tool.alembic]"
    assert settings["[engine2] sqlalchemy.url"].startswith("alembic.ini:")


def test_one_variable_is_no_url_for_several(project: Project) -> None:
    with pytest.raises(GuardError) as caught:
        project.review(url="env:DATABASE_URL")

    (told,) = caught.value.diagnostics
    assert (told.code, told.message) == ("AGE108", "expected a URL for each of engine1, engine2, found 'one variable'")


def test_package_json_is_about_the_database_that_something_points_to(project: Project) -> None:
    project.write("package.json", json.dumps({"dependencies": {"better-auth": "1.7.25"}}))

    first, second = project.review(static=True).databases

    assert [each.why for each in first.owners] == ["package.json:1 has better-auth 1.7.25"]
    assert second.owners == ()
