"""The review of env.py: what it reads of each form, that it imports none, and that the env.py it proposes runs."""

from __future__ import annotations

import io
import json
import re
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from alembic_guard import GuardError
from alembic_guard._review.command import FORMATS, review_of
from alembic_guard._review.values import Review
from tests.kit import DUMPS, MAKO, Database, alembic

INI = "[alembic]\nscript_location = %(here)s/chain\nprepend_sys_path = %(here)s\npath_separator = os\n"
MODELS = """from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"ix": "ix_%(column_0_label)s"})

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
REVISION = """from alembic import op
import sqlalchemy as sa
revision, down_revision = "0001", None
revision = "0001"
down_revision = None

def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))

def downgrade():
    op.drop_table("notes")
"""


@pytest.fixture(autouse=True)
def _own_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


class Project:
    """A project of files, which are never imported here."""

    def __init__(
        self, folder: Path, env: str, *, ini: str = INI, models: str = MODELS, revision: str = REVISION
    ) -> None:
        self.folder = folder
        files = {
            "alembic.ini": ini,
            "chain/env.py": env,
            "chain/script.py.mako": MAKO,
            "chain/versions/0001_notes.py": revision,
            "shop/__init__.py": "",
            "shop/models.py": models,
        }
        for name, text in files.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def review(self, *, static: bool = True, url: str | None = None, x: Sequence[str] = ()) -> Review:
        options = Namespace(x=list(x))
        config = Config(str(self.folder / "alembic.ini"), stdout=io.StringIO(), cmd_opts=options)
        return review_of(config, static=static, url=url)

    def codes(self) -> list[str]:
        return sorted(each.code for each in self.review().findings)


GENERIC = """from logging.config import fileConfig
from alembic import context
from sqlalchemy import engine_from_config, pool
from shop.models import Base

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name)
target_metadata = Base.metadata


def run_migrations_offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), target_metadata=target_metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    engine = engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""
LOGGERS = (
    "[loggers]\nkeys = root\n[handlers]\nkeys =\n[formatters]\nkeys =\n[logger_root]\nhandlers =\nlevel = WARNING\n"
)
OWN = GENERIC.replace(
    "\n\ndef run_migrations_offline",
    "\n\ndef include_object(object_, name, type_, reflected, compare_to):\n    return name != 'ignored'\n\n\n"
    "def run_migrations_offline",
).replace("(connection=connection, ", "(connection=connection, include_object=include_object, ")
ASYNC = """import asyncio
import os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from shop import models

def work(connection):
    options = {"connection": connection, "target_metadata": models.Base.metadata, "compare_type": True}
    context.configure(**options)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

asyncio.run(main())
"""
FLASK = """from alembic import context
from flask import current_app
target_db = current_app.extensions['migrate'].db

def get_metadata():
    return target_db.metadatas[None]

def run_migrations_online():
    conf_args = current_app.extensions['migrate'].configure_args
    with target_db.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=get_metadata(), **conf_args)
        with context.begin_transaction():
            context.run_migrations()

run_migrations_online()
"""


@pytest.mark.parametrize(
    ("template", "url", "codes"),
    [
        ("generic", "none", ["AGE104", "AGE140", "AGE141"]),
        ("async", "none", ["AGE104", "AGE140", "AGE141"]),
        ("pyproject", "none", ["AGE104", "AGE140", "AGE141"]),
        ("pyproject_async", "none", ["AGE104", "AGE140", "AGE141"]),
        ("multidb", "several", ["AGE104", "AGE104", "AGE140", "AGE140", "AGE141"]),
    ],
)
def test_alembics_own_templates_as_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, url: str, codes: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'shop'\n", encoding="utf-8")
    toml = {"toml_file": "pyproject.toml"} if template.startswith("pyproject") else {}
    config = Config("alembic.ini", stdout=io.StringIO(), **toml)
    command.init(config, "chain", template=template)

    found = review_of(Config("alembic.ini", **toml))

    assert (found.environment.asynchronous is not None) == template.endswith("async")
    assert found.configuration.url.kind == url
    assert sorted(each.code for each in found.findings) == codes
    proposed = [each.code for each in found.steps if each.file.endswith("env.py")]
    one = 'run_migrations(Guard("app.models:Base.metadata", url="env:DATABASE_URL"))\n'
    each = '        "{0}": Guard("app.{0}:Base.metadata", url="env:{1}_URL"),\n'
    two = f"run_migrations(\n    {{\n{each.format('engine1', 'ENGINE1')}{each.format('engine2', 'ENGINE2')}    }}\n)\n"
    assert [text.partition("\n\n")[2] for text in proposed] == [two if template == "multidb" else one]


def test_a_generic_env_py_that_is_on(tmp_path: Path) -> None:
    found = Project(tmp_path, GENERIC, ini=INI + "sqlalchemy.url = sqlite:///app.db\n" + LOGGERS).review()

    environment = found.environment
    assert (environment.metadata.state, environment.metadata.said) == ("on", "Base.metadata")
    assert environment.metadata.spec == "shop.models:Base.metadata"
    assert environment.asynchronous is None
    assert environment.logging == "silences"
    assert environment.simple
    assert [str(each.place.line) for each in environment.configures] == ["13", "21"]
    assert found.configuration.url.kind == "ini"
    assert [Path(each.path).name for each in environment.conventions] == ["models.py"]
    assert [each.code for each in found.findings] == ["AGE141"]


def test_hooks_of_ones_own_are_listed_and_not_simple(tmp_path: Path) -> None:
    found = Project(tmp_path, OWN).review()

    assert not found.environment.simple
    assert found.environment.configures[1].options["include_object"] == "include_object"


def test_an_asynchronous_one_whose_keywords_are_a_dict(tmp_path: Path) -> None:
    found = Project(tmp_path, ASYNC).review()

    assert found.environment.metadata.spec == "shop.models:Base.metadata"
    assert found.environment.asynchronous is not None
    assert found.environment.logging == "none"
    assert (found.configuration.url.kind, found.configuration.url.said) == ("variable", "DATABASE_URL")
    assert list(found.environment.configures[0].options) == ["connection", "target_metadata", "compare_type"]


def test_flask_migrates_file(tmp_path: Path) -> None:
    found = Project(tmp_path, FLASK).review()

    assert found.environment.framework == "Flask-Migrate"
    assert found.environment.metadata.state == "on"
    assert found.environment.configures[0].more
    assert found.configuration.url.kind == "computed"


def test_two_engines_are_two_urls_and_none_is_chosen(tmp_path: Path) -> None:
    env = "import os\nfrom sqlalchemy import create_engine\n" + GENERIC.replace(
        "config = context.config",
        "config = context.config\na = create_engine('sqlite://')\nb = create_engine(os.environ['B'])",
    )

    found = Project(tmp_path, env).review()

    assert found.configuration.url.kind == "computed"
    assert found.configuration.url.said == "'...' or os.environ['B']"
    assert "AGE145" in [each.code for each in found.findings]


def test_what_names_the_database_can_be_said_by_url(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = GENERIC.replace("engine_from_config(config", "create(config")
    project = Project(tmp_path / "project", env)
    sqlite.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)", "CREATE TABLE other (id INTEGER PRIMARY KEY)")
    monkeypatch.setenv("THE_DATABASE", sqlite.text)

    before = project.review(static=False)
    after = project.review(static=False, url="env:THE_DATABASE")

    assert before.only.live.why_not == "its URL is computed when env.py runs"
    assert {str(each.name): each.live for each in before.only.tables} == {"notes": None}
    assert after.only.live.identity is not None
    assert {str(each.name): (each.kind, each.live) for each in after.only.tables} == {
        "notes": ("ours", True),
        "other": ("undeclared", True),
    }
    assert "AGO103" in [each.code for each in after.findings]


@pytest.mark.parametrize(
    "argument", ['context.get_x_argument(as_dictionary=True)["db"]', 'given.get("db", config.get_main_option("x"))']
)
def test_a_url_that_is_given_by_x(tmp_path: Path, sqlite: Database, argument: str) -> None:
    env = GENERIC.replace("engine_from_config(", "engine_from_config(url=URL, configuration=").replace(
        "target_metadata = Base",
        f"given = context.get_x_argument(as_dictionary=True)\nURL = {argument}\ntarget_metadata = Base",
    )
    project = Project(tmp_path / "project", env)
    sqlite.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")

    without = project.review(static=False)
    found = project.review(static=False, x=["tag=1", f"db={sqlite.text}"])

    assert (without.only.url.kind, without.only.url.said) == ("argument", "-x db")
    assert without.only.live.why_not == "-x db=... names it, and is not given"
    assert "Database: from -x db=..." in FORMATS["text"](without)
    assert found.only.live.identity is not None
    assert [each.live for each in found.only.tables] == [True]


def test_the_schema_of_a_tenant_is_the_one_that_x_names(tmp_path: Path, postgresql: Database) -> None:
    env = (
        "from alembic_guard import Guard, run_migrations\n\n"
        'run_migrations(Guard("shop.models:Base.metadata", schema="x:tenant"))\n'
    )
    project = Project(tmp_path, env, ini=f"{INI}sqlalchemy.url = {postgresql.text}\n")
    postgresql.execute("CREATE SCHEMA a", "CREATE TABLE a.notes (id integer PRIMARY KEY)", "CREATE SCHEMA b")

    without = project.review(static=False)
    first, second = (project.review(static=False, x=[f"tenant={name}"]) for name in "ab")

    assert without.only.live.identity is None
    assert "-x tenant" in without.only.live.why_not
    notes = [[each.live for each in found.only.tables if str(each.name) == "notes"] for found in (first, second)]
    assert notes == [[True], [False]]


def test_nothing_of_the_project_is_imported(tmp_path: Path) -> None:
    trap = "raise SystemExit('imported')\n"
    project = Project(tmp_path, trap + GENERIC, models=trap + MODELS, revision=trap + REVISION)
    project.write("shop/__init__.py", trap)

    found = project.review()

    assert found.environment.metadata.spec == "shop.models:Base.metadata"
    assert [str(each.name) for each in found.only.tables] == ["notes"]
    assert found.only.chain.heads == ("0001",)


def test_a_script_location_in_a_package_is_found_without_importing_the_package(tmp_path: Path) -> None:
    ini = INI.replace("%(here)s/chain", "shop:chain")
    project = Project(tmp_path, GENERIC, ini=ini)
    project.write("shop/__init__.py", "raise SystemExit('imported')\n")
    project.write("shop/chain/env.py", GENERIC)
    project.write("shop/chain/versions/0001_notes.py", REVISION)

    found = project.review()

    assert found.environment.path.endswith("shop/chain/env.py")
    assert found.only.chain.heads == ("0001",)


def test_a_configuration_in_pyproject_toml(tmp_path: Path) -> None:
    project = Project(tmp_path, ASYNC)
    project.write(
        "pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/chain"\nprepend_sys_path = ["%(here)s"]\n'
    )
    (tmp_path / "alembic.ini").unlink()

    found = review_of(Config(toml_file=str(tmp_path / "pyproject.toml")), static=True)

    assert [(each.name, each.value) for each in found.configuration.settings] == [
        ("script_location", "%(here)s/chain"),
        ("prepend_sys_path", "['%(here)s']"),
    ]
    assert all(each.source.endswith("pyproject.toml [tool.alembic]") for each in found.configuration.settings)
    assert found.environment.metadata.spec == "shop.models:Base.metadata"


@pytest.mark.parametrize(
    ("replaced", "by", "code"),
    [
        ("target_metadata = Base.metadata", "target_metadata = None", "AGE140"),
        ("target_metadata = Base.metadata", "target_metadata = None\nif config:\n    target_metadata = f()", "AGE145"),
        ('config.get_main_option("sqlalchemy.url")', '"x"', "AGE104"),
        ("def run_migrations_offline():", "def run_migrations_offline(:", "AGE145"),
    ],
)
def test_findings_about_env_py(tmp_path: Path, replaced: str, by: str, code: str) -> None:
    project = Project(tmp_path, GENERIC.replace(replaced, by))

    assert code in project.codes()
    assert code not in Project(tmp_path / "other", GENERIC, ini=INI + "sqlalchemy.url = sqlite:///a.db\n").codes()


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("chain/versions/0002.py", REVISION.replace("0001", "0002"), "AGE143"),
        ("chain/versions/0002.py", 'revision = "0002"\ndown_revision = "0001"\n\ndef upgrade(:', "AGE145"),
        ("chain/versions/0002.py", 'revision = "0002"\ndown_revision = "gone"\n\ndef upgrade():\n    pass\n', "AGO110"),
        (
            "chain/versions/0002.py",
            'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n\n'
            'def upgrade():\n    op.drop_column("notes", "a")\n\ndef downgrade():\n    pass\n',
            "AGE144",
        ),
        ("alembic.ini", INI + "sqlalchemy.url = postgresql+psycopg://u:secret@db/app\n", "AGE142"),
        ("alembic.ini", INI + "sqlalchemy.url = postgresql://u@ep-one-pooler.eu.aws.neon.tech/app\n", "AGE135"),
    ],
)
def test_findings_about_revisions_and_configuration(tmp_path: Path, file: str, text: str, code: str) -> None:
    project = Project(tmp_path, GENERIC, ini=INI + "sqlalchemy.url = sqlite:///a.db\n")
    before = project.codes()

    project.write(file, text)

    assert code in project.codes()
    assert code not in before


def test_what_is_said_of_names_stands_among_the_findings_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = MODELS + "    metadata: Mapped[str] = mapped_column()\n    registry: Mapped[str] = mapped_column()\n"
    column = 'primary_key=True), sa.Column("metadata", sa.Text)'
    project = Project(tmp_path, GENERIC, models=models, revision=REVISION.replace("primary_key=True)", column))
    monkeypatch.chdir(tmp_path)

    found = [each.location for each in project.review().findings if each.code.startswith("AGN")]
    in_migration = [each.location for each in project.review().findings if each.code == "AGN114"]
    silenced = "# guard: ignore[AGN103, AGN102, AGN104, AGN105] renamed next week"
    project.write("shop/models.py", re.sub(r"(metadata|registry): Mapped.*", rf"\g<0>  {silenced}", models))

    number = models.splitlines().index("    metadata: Mapped[str] = mapped_column()") + 1
    assert sorted((each.path, each.line) for each in found) == [
        ("chain/versions/0001_notes.py", 8),
        ("shop/models.py", number),
        ("shop/models.py", number + 1),
    ]
    assert [each.line for each in in_migration] == [8]
    assert [each.code for each in project.review().findings if each.location.path == "shop/models.py"] == []
    assert not [code for code in Project(tmp_path / "other", GENERIC).codes() if code.startswith("AGN")]


def test_heads_with_labels_of_their_own_are_meant_to_be_apart(tmp_path: Path) -> None:
    label = 'down_revision = None\nbranch_labels = ("one",)'
    project = Project(tmp_path, GENERIC, revision=REVISION.replace("down_revision = None", label))
    other = REVISION.replace("0001", "0002").replace('"notes"', '"others"')
    project.write(
        "chain/versions/0002.py", other.replace("down_revision = None", label.replace('"one"', "names.SECOND"))
    )

    found = project.review()

    assert found.only.chain.heads == ("0001", "0002")
    assert "AGE143" not in [each.code for each in found.findings]
    assert next(step.commands for step in found.steps) == ("alembic upgrade heads",)


@pytest.mark.parametrize(
    ("upgrade", "downgrade", "told"),
    [
        ("if True:\n        return\n    pass", "pass", []),
        ("op.drop_column('a', 'b')", "raise NotImplementedError", []),
        ("op.drop_column('a', 'b')", "if True:\n        pass", ["AGE144"]),
        ("op.drop_column('a', 'b')", "op.add_column('a', b)", []),
    ],
)
def test_a_downgrade_is_missed_where_something_was_done(
    tmp_path: Path, upgrade: str, downgrade: str, told: list[str]
) -> None:
    project = Project(tmp_path, GENERIC)
    project.write(
        "chain/versions/0002.py",
        f"from alembic import op\nrevision = '0002'\ndown_revision = '0001'\n\ndef upgrade():\n    {upgrade}\n\n"
        f"def downgrade():\n    {downgrade}\n",
    )

    assert [code for code in project.codes() if code == "AGE144"] == told


def test_no_downgrade_at_all_is_told_once(tmp_path: Path) -> None:
    without = REVISION.replace('op.drop_table("notes")', "pass")
    project = Project(tmp_path, GENERIC, revision=without)
    project.write("chain/versions/0002.py", without.replace("= None", '= "0001"').replace('"0001"\n', '"0002"\n', 1))

    (found,) = [each for each in project.review().findings if each.code == "AGE144"]

    assert found.message == "none of the 2 revisions that change something has a downgrade()"


def test_keys_of_tables_that_are_gone_are_not_told(tmp_path: Path) -> None:
    table = 'op.create_table("{0}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("of", sa.Text, {1}))'
    lines = [
        table.format("gone", 'sa.ForeignKey("other.id")'),
        table.format("kept", 'sa.ForeignKey("other.id", name="k")'),
        table.format("freed", 'sa.ForeignKey("other.id")'),
        'op.create_foreign_key("fk", "freed", "third", ["of"], ["id"])',
        'op.drop_table("gone")',
        'op.drop_constraint("fk", "freed")',
        'op.drop_column("freed", "of")',
    ]
    body = "".join(f"    {line}\n" for line in lines)
    project = Project(tmp_path, GENERIC, revision=REVISION.replace("\ndef downgrade", f"{body}\ndef downgrade"))

    found = project.review().only.references

    assert [(str(each.table), each.column, str(each.target)) for each in found] == [("kept", "of", "other")]


def test_a_database_at_a_revision_that_no_file_has_and_without_the_owners_table(
    tmp_path: Path, sqlite: Database
) -> None:
    key = '    op.create_table("mine", sa.Column("user_id", sa.Text, sa.ForeignKey("user.id", ondelete="CASCADE")))\n\n'
    project = Project(
        tmp_path / "project",
        GENERIC,
        ini=f"{INI}sqlalchemy.url = {sqlite.text}\n",
        revision=REVISION.replace("\ndef downgrade", f"{key}def downgrade"),
    )
    project.write("web/package.json", json.dumps({"devDependencies": {"better-auth": "~1.7.0"}}))
    sqlite.execute(
        "CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('elsewhere')"
    )

    found = project.review(static=False)

    assert {"AGE133", "AGC102"} <= {each.code for each in found.findings}
    assert found.steps[0].title == "Let better-auth migrate first"
    assert found.steps[0].commands == ("npx auth@latest migrate",)
    sqlite.load(DUMPS / "ba1.7.25_core.sqlite.sql")
    assert "AGC102" not in {each.code for each in project.review(static=False).findings}


def test_better_auth_is_found_by_its_tables_where_no_file_names_it(tmp_path: Path, sqlite: Database) -> None:
    project = Project(tmp_path / "project", GENERIC, ini=f"{INI}sqlalchemy.url = {sqlite.text}\n")
    sqlite.load(DUMPS / "ba1.7.25_core.sqlite.sql")

    owners = {str(each.name): (each.kind, each.why) for each in project.review(static=False).only.tables}

    assert owners["user"] == (
        "external",
        "better_auth() has it; the database has all 4 of its tables with their columns",
    )
    sqlite.execute('ALTER TABLE account RENAME COLUMN "providerId" TO other')
    again = {str(each.name): each.kind for each in project.review(static=False).only.tables}
    assert again["user"] == "undeclared"  # a table of that name proves nothing


def test_what_the_code_itself_says_of_others_tables_holds(tmp_path: Path) -> None:
    declared = (
        "from alembic_guard import ExternalTables\nfrom alembic_guard.presets import better_auth\n"
        'auth = better_auth()\ncrm = ExternalTables("crm", ["customers"])\n'
    )

    owners = {
        str(each.name): each.owner for each in Project(tmp_path, GENERIC, models=declared + MODELS).review().only.tables
    }

    assert owners["customers"] == "crm"
    assert owners["user"] == "better-auth"
    assert owners["notes"] == "us"


def test_a_table_that_a_revision_has_yet_to_create_was_made_by_somebody_else(tmp_path: Path, sqlite: Database) -> None:
    ini = f"{INI}sqlalchemy.url = {sqlite.text}\n"
    project = Project(tmp_path / "project", GENERIC.replace("Base.metadata", "None"), ini=ini, models="")
    sqlite.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")

    (before,) = project.review(static=False).only.tables
    sqlite.execute("CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0001')")
    after, _ = project.review(static=False).only.tables

    assert (before.kind, before.live) == ("undeclared", True)
    assert before.why.endswith("which has not run here: somebody else made the table that is there")
    assert (after.kind, str(after.name)) == ("ours", "notes")


def test_a_url_is_not_taken_from_the_command_line_and_not_shown(tmp_path: Path) -> None:
    project = Project(tmp_path, GENERIC)

    with pytest.raises(GuardError) as caught:
        project.review(url="postgresql://app:secret@db/app")

    assert caught.value.diagnostics[0].code == "AGE108"
    assert "secret" not in str(caught.value)


def test_a_file_of_sqlite_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", GENERIC, ini=f"{INI}sqlalchemy.url = sqlite:///{tmp_path}/none.db\n")

    found = project.review(static=False)

    assert found.only.live.why_not == f"sqlite:///{tmp_path}/none.db: the file does not exist"
    assert not (tmp_path / "none.db").exists()


# The env.py that it proposes


@pytest.mark.parametrize(
    ("env", "lines"),
    [
        (GENERIC, 3),
        (OWN, None),
        (ASYNC, None),
        (
            GENERIC.replace("target_metadata = Base.metadata", "target_metadata = None").replace(
                "from shop.models import Base\n", ""
            ),
            3,
        ),
    ],
    ids=["generic", "hooks of its own", "asynchronous", "off, with models"],
)
def test_the_env_py_that_is_proposed_runs_and_check_is_clean(
    tmp_path: Path, sqlite: Database, env: str, lines: int | None
) -> None:
    url = sqlite.text.replace("sqlite", "sqlite+aiosqlite") if env is ASYNC else sqlite.text
    project = Project(tmp_path / "project", env, ini=f"{INI}sqlalchemy.url = {url}\n{LOGGERS}")

    (step,) = [each for each in project.review().steps if each.file.endswith("env.py")]
    (project.folder / "chain" / "env.py").write_text(step.code, encoding="utf-8")

    environment = {"DATABASE_URL": url}
    assert alembic(project.folder, "upgrade", "head", environment=environment).code == 0
    sqlite.execute("CREATE TABLE neighbours (id INTEGER PRIMARY KEY)", "CREATE TABLE ignored (id INTEGER PRIMARY KEY)")
    ran = alembic(project.folder, "check", environment=environment)
    assert ran.code == 0, ran.all
    assert "No new upgrade operations detected." in ran.out
    if lines is not None:
        assert len([line for line in step.code.splitlines() if line]) == lines - 1
    assert not [each for each in project.review().findings if each.code in ("AGE140", "AGE141")]


def test_the_guard_gets_the_module_that_has_the_models_and_not_the_one_of_the_base_alone(
    tmp_path: Path, sqlite: Database
) -> None:
    env = GENERIC.replace("from shop.models import Base\n", "").replace("Base.metadata", "None")
    models = MODELS.replace("class Note(Base)", "class Note(db.Base)").partition("class Note")
    project = Project(
        tmp_path / "project",
        env,
        ini=f"{INI}sqlalchemy.url = {sqlite.text}\n{LOGGERS}",
        models=f"from sqlalchemy.orm import Mapped, mapped_column\nfrom shop import db\n\n{models[1]}{models[2]}",
    )
    project.write("shop/db.py", models[0])
    page = 'class Page(Base):\n    __tablename__ = "pages"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    project.write(
        "shop/zone.py", f"from sqlalchemy.orm import Mapped, mapped_column\nfrom shop.db import Base\n\n{page}"
    )

    (step,) = [each for each in project.review().steps if each.file.endswith("env.py")]
    project.write("chain/env.py", step.code)

    assert 'Guard("shop.models:db.Base.metadata")' in step.code
    assert step.why.endswith("See that shop.models imports shop.zone too: a model that nobody imports is not compared.")
    assert alembic(project.folder, "upgrade", "head").code == 0
    assert alembic(project.folder, "check").code == 0


@pytest.mark.parametrize(
    ("file", "text", "models"),
    [
        ("app/models.py", "from pydantic import BaseModel\n", "app.models_2:Base.metadata"),
        ("app/models/__init__.py", "", "app.models_2:Base.metadata"),
        ("app.py", "application = 1\n", "models:Base.metadata"),
        ("app/db.py", MODELS.partition("class Note")[0], "app.db:Base.metadata"),
    ],
)
def test_a_place_for_the_models_is_a_file_that_is_not_there_or_the_base_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, models: str
) -> None:
    env = GENERIC.replace("from shop.models import Base\n", "").replace("Base.metadata", "None")
    project = Project(tmp_path / "project", env, ini=INI, models="")
    project.write(file, text)
    monkeypatch.chdir(project.folder)

    steps = project.review().steps

    assert [each.code for each in steps if models in each.code]
    for each in steps:
        assert each.file.endswith("env.py") or not (project.folder / each.file).is_file()


def test_what_is_said_of_the_proposed_file_is_true_of_it(tmp_path: Path) -> None:
    computed = GENERIC.replace("engine_from_config(", "engine_from_config(url=f(), configuration=")
    projects = [Project(tmp_path / name, env) for name, env in {"short": GENERIC, "whole": computed}.items()]

    short, whole = (each for project in projects for each in project.review().steps if each.file.endswith("env.py"))

    assert short.why.startswith("Three lines do all that the old file did.")
    assert len(short.code.splitlines()) == 3
    assert whole.why.startswith("The old file, with a Guard.")
    assert "engine_from_config(url=f()" in whole.code


def test_a_revision_that_changes_another_owners_table_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = '    op.add_column("user", sa.Column("nickname", sa.Text))\n'
    project = Project(tmp_path, GENERIC, revision=REVISION.replace("\ndef downgrade", f"{line}\ndef downgrade"))
    project.write("package.json", json.dumps({"dependencies": {"better-auth": "1.7.25"}}))
    monkeypatch.chdir(tmp_path)

    (found,) = [each for each in project.review().findings if each.code == "AGO120"]

    assert str(found.location) == "user (chain/versions/0001_notes.py:9)"


def test_loggers_are_kept_alive_in_each_call_that_silences_them(tmp_path: Path) -> None:
    two = (
        "if config.attributes:\n    fileConfig(config.config_file_name, None, True, 'utf-8')\n"
        "else:\n    fileConfig(1, disable_existing_loggers=False)\nfileConfig(2, defaults={}, encoding='utf-8')\n"
    )
    project = Project(tmp_path, OWN.replace("target_metadata =", f"{two}target_metadata ="))

    (step,) = [each for each in project.review().steps if each.file.endswith("env.py")]

    assert re.findall(r"fileConfig\(.*\)", step.code) == [
        "fileConfig(config.config_file_name, disable_existing_loggers=False)",
        "fileConfig(config.config_file_name, None, encoding='utf-8', disable_existing_loggers=False)",
        "fileConfig(1, disable_existing_loggers=False)",
        "fileConfig(2, defaults={}, encoding='utf-8', disable_existing_loggers=False)",
    ]


def test_all_renderings_of_an_environment_that_has_next_to_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path, "", revision="")

    found = project.review()

    for form in FORMATS.values():
        assert form(found)
    assert found.only.chain.revisions == ()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("core", "better_auth()"),
        ("drizzle_all", 'better_auth(adapter="drizzle")'),
        ("plugin_organization", 'better_auth(plugins=["organization"])'),
        ("plugin_organization_teams", 'better_auth(plugins=["organization", "organization.teams"])'),
        ("plugin_twoFactor", 'better_auth(plugins=["twoFactor"])'),
        ("plugin_apiKey", 'better_auth(plugins=["apiKey"])'),
    ],
)
def test_better_auth_is_proposed_with_the_arguments_that_its_live_tables_call_for(
    tmp_path: Path, sqlite: Database, options: str, code: str
) -> None:
    project = Project(tmp_path / "project", GENERIC, ini=f"{INI}sqlalchemy.url = {sqlite.text}\n")
    project.write("package.json", json.dumps({"dependencies": {"better-auth": "1.7.25"}}))
    sqlite.load(sqlite.better_auth(options))

    found = project.review(static=False)

    (owner,) = found.only.owners
    assert owner.code == code
    theirs = sqlite.tables() - {"alembic_version"}
    if options != "drizzle_all":
        assert {str(each.name) for each in found.only.tables if each.kind == "external"} == theirs
    assert f"external=[{code}]" in next(each.code for each in found.steps if each.file.endswith("env.py"))


@pytest.mark.parametrize(("options", "id_type"), [("opt_id_uuid", "uuid"), ("opt_id_serial", "serial")])
def test_ids_of_another_type_are_seen_in_the_database(
    tmp_path: Path, postgresql: Database, options: str, id_type: str
) -> None:
    project = Project(tmp_path / "project", GENERIC, ini=f"{INI}sqlalchemy.url = {postgresql.text}\n")
    postgresql.load(postgresql.better_auth(options))

    (owner,) = project.review(static=False).only.owners

    assert owner.code == f'better_auth("{id_type}", plugins=["organization"])'
    assert owner.answers[-1] == (
        f"user.id is {id_type} here (advanced.database.generateId): a key to it is too, and only the key."
    )
