"""Projects as people have them: Alembic's five templates, Flask-Migrate, SQLModel, branches, pyproject.toml alone.

Each goes through `revision`, `upgrade`, `check`, `downgrade` and `upgrade --sql`, with a neighbour's table in the database.
Costs 30 s on two cores: the commands of one project run in one process, which also looks whether its loggers are alive.
"""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlmodel import Field, SQLModel

from alembic_guard import Guard, GuardError
from tests.kit import Chain, Database, Ran, body, run, sqlite_database

MODELS = """
import sqlalchemy as sa
from alembic_guard.presets import better_auth

auth = better_auth()
metadata = sa.MetaData()
sa.Table(
    "things",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"), nullable=False, index=True),
)
others = sa.MetaData()
sa.Table("others", others, sa.Column("id", sa.Integer, primary_key=True))
"""

RUNNER = """
import contextlib, json, logging, sys

from alembic.config import main

application = logging.getLogger("application.of.mine")
for *argv, script in json.loads(sys.argv[1]):
    with contextlib.ExitStack() as stack:
        if script:
            stack.enter_context(contextlib.redirect_stdout(stack.enter_context(open(script, "w", encoding="utf-8"))))
        main(argv)
print("the application's logger is", "disabled" if application.disabled else "alive")
"""

COMMANDS = (
    ("revision", "--autogenerate", "-m", "things", "--rev-id", "0001", None),
    ("upgrade", "head", None),
    ("check", None),
    ("downgrade", "base", None),
    ("upgrade", "head", None),
    ("downgrade", "head:base", "--sql", "down.sql"),
    ("upgrade", "head", "--sql", "up.sql"),
    ("downgrade", "base", None),
)


class Project:
    """A project that `alembic init` has begun."""

    def __init__(self, folder: Path, template: str, *databases: Database) -> None:
        folder.mkdir()
        self.folder, self.databases = folder, databases
        toml = folder / "pyproject.toml"
        config = Config(str(folder / "alembic.ini"), toml_file=toml, cmd_opts=Namespace(), stdout=sys.stderr)
        command.init(config, str(folder / "migrations"), template=template)
        (folder / "models.py").write_text(MODELS)
        (folder / "runner.py").write_text(RUNNER)
        ini = folder / "alembic.ini"
        for database in databases:  # the first URL of the template that is still there
            url = database.text.replace("%", "%%")
            ini.write_text(re.sub(r"driver://\S+", lambda _, url=url: url, ini.read_text(), count=1))
        ini.write_text(re.sub(r"(?m)^script_location = .*", "script_location = %(here)s/migrations", ini.read_text()))
        if toml.exists():
            toml.write_text(
                re.sub(r"(?m)^script_location = .*", 'script_location = "%(here)s/migrations"', toml.read_text())
            )

    @property
    def env(self) -> Path:
        return self.folder / "migrations" / "env.py"

    def run(self, *commands: Sequence[str | None], environment: Mapping[str, str] | None = None) -> Ran:
        ran = run([sys.executable, "runner.py", json.dumps(commands)], self.folder, environment)
        assert ran.code == 0, ran.all
        return ran

    def migration(self) -> str:
        (path,) = (self.folder / "migrations" / "versions").glob("0001_*.py")
        return path.read_text()


TEMPLATES = {
    "generic": ("sqlite",),
    "pyproject": ("sqlite",),
    "async": ("postgresql+asyncpg",),
    "pyproject_async": ("sqlite+aiosqlite",),
    "multidb": ("postgresql+psycopg", "sqlite"),
}

THREE_LINES = """from alembic_guard import Guard, run_migrations

run_migrations({guard})
"""


def three_lines(template: str, env: str) -> str:
    several = '{"engine1": Guard("models:metadata"), "engine2": Guard("models:others")}'
    return THREE_LINES.format(guard=several if template == "multidb" else 'Guard("models:metadata")')


def configure_options_added(template: str, env: str) -> str:
    """The template's own file: a Guard, and configure_options() around the keywords of both calls."""
    several = '{"engine1": Guard("models:metadata"), "engine2": Guard("models:others")}'
    guards, guard = (several, "guards[name]") if template == "multidb" else ('Guard("models:metadata")', "guards")
    env = env.replace("from alembic import context\n", "from alembic import context\n\n" + GUARDED % guards, 1)
    env = re.sub(
        r"context\.configure\((.*?)\)\n",
        lambda call: f"context.configure(**configure_options({guard}, {call[1].strip()}))\n",
        env.replace('dialect_opts={"paramstyle": "named"},', 'dialect_opts={"paramstyle": "named"}'),
        flags=re.S,
    )
    assert env.count("configure_options(") == 2
    return env.replace("fileConfig(config.config_file_name)", KEEPS_LOGGERS)


GUARDED = "from alembic_guard import Guard, configure_options\n\nguards = %s\n"
KEEPS_LOGGERS = "fileConfig(config.config_file_name, disable_existing_loggers=False)"


@pytest.fixture
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database by its driver; the first of a project has a neighbour's table."""

    def found(driver: str) -> Database:
        if driver.startswith("sqlite"):
            return sqlite_database(tmp_path / f"{driver}.db")
        database: Database = request.getfixturevalue(driver.partition("+")[0])
        return database

    return found


@pytest.mark.project
@pytest.mark.parametrize("way", [three_lines, configure_options_added])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_of_each_template(template: str, way: Any, tmp_path: Path, named: Any) -> None:
    drivers = TEMPLATES[template]
    databases = [named(driver) for driver in drivers]
    first = databases[0]
    first.execute('CREATE TABLE "user" (id TEXT PRIMARY KEY NOT NULL)')
    before = first.snapshot("user")
    project = Project(
        tmp_path / "project",
        template,
        *(Database(each.url.set(drivername=driver)) for each, driver in zip(databases, drivers, strict=True)),
    )
    project.env.write_text(way(template, project.env.read_text()))

    ran = project.run(*COMMANDS)

    assert "the application's logger is alive" in ran.out
    assert "No new upgrade operations detected." in ran.out
    assert "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')" in project.migration()
    for database in databases:
        assert database.tables() - {"user"} == {"alembic_version"}
        database.execute("DROP TABLE alembic_version")
    scripts = ("engine1.sql", "engine2.sql") if template == "multidb" else ("up.sql",)
    for database, script in zip(databases, scripts, strict=True):
        database.script((project.folder / script).read_text())
    assert first.tables() == {"user", "alembic_version", "things"}
    project.run(("check", None))
    assert first.snapshot("user") == before


@pytest.mark.project
def test_pyproject_toml_alone(tmp_path: Path, sqlite: Database) -> None:
    sqlite.execute("CREATE TABLE user (id TEXT PRIMARY KEY NOT NULL)")
    project = Project(tmp_path / "project", "pyproject")
    (project.folder / "alembic.ini").unlink()
    project.env.write_text(THREE_LINES.format(guard='Guard("models:metadata", url="env:DATABASE_URL")'))

    ran = project.run(*COMMANDS, environment={"DATABASE_URL": sqlite.text})

    assert "the application's logger is alive" in ran.out
    assert "No new upgrade operations detected." in ran.out
    assert sqlite.tables() == {"user", "alembic_version"}
    assert "CREATE TABLE things" in (project.folder / "up.sql").read_text()


# Flask-Migrate

FLASK_APP = """
import logging

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from alembic_guard.presets import better_auth

application = logging.getLogger("application.of.mine")
auth = better_auth()
db = SQLAlchemy()


class Thing(db.Model):
    __tablename__ = "things"
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"  # in Flask's instance folder
db.init_app(app)
migrate = Migrate(app, db)

if __name__ == "__main__":
    import sys

    sys.modules["app"] = sys.modules["__main__"]
    runner = app.test_cli_runner()
    for line in sys.argv[1:]:
        done = runner.invoke(args=["db", *line.split()], catch_exceptions=False)
        print(done.output)
        assert done.exit_code == 0, done.output
    print("the application's logger is", "disabled" if application.disabled else "alive")
"""
FLASK_COMMANDS = (
    "migrate -m things --rev-id 0001",
    "upgrade",
    "check",
    "downgrade base",
    "upgrade",
    "upgrade --sql",
    "downgrade base",
)


def flask_three_lines(env: str) -> str:
    return "from app import db\n" + THREE_LINES.format(guard="Guard(db.metadata, url=db.engine.url)")


def flask_configure_options_added(env: str) -> str:
    env = env.replace("from alembic import context\n", "from alembic import context\n" + FLASK_GUARD, 1)
    env = env.replace("url=url, target_metadata=get_metadata(), literal_binds=True", FLASK_OFFLINE)
    env = re.sub(
        r"context\.configure\(\s*connection=(.*?)\n        \)",
        r"context.configure(**configure_options(Guard(get_metadata()), connection=\1))",
        env,
        flags=re.S,
    )
    assert env.count("configure_options(") == 2
    return env.replace("fileConfig(config.config_file_name)", KEEPS_LOGGERS)


FLASK_GUARD = "from alembic_guard import Guard, configure_options\n"
FLASK_OFFLINE = "**configure_options(Guard(get_metadata()), url=url, literal_binds=True)"


@pytest.mark.project
@pytest.mark.parametrize("way", [flask_three_lines, flask_configure_options_added])
def test_flask_migrate(tmp_path: Path, way: Any) -> None:
    (tmp_path / "app.py").write_text(FLASK_APP)
    (tmp_path / "instance").mkdir()
    database = sqlite_database(tmp_path / "instance" / "shop.db")
    database.execute("CREATE TABLE user (id TEXT PRIMARY KEY NOT NULL)")
    before = database.snapshot("user")
    begun = run([sys.executable, "app.py", "init"], tmp_path)
    assert begun.code == 0, begun.all
    env = tmp_path / "migrations" / "env.py"
    env.write_text(way(env.read_text()))

    # Flask-Migrate's own env.py asks for an engine in the old way first, which Flask-SQLAlchemy 3.1 warns of; and its hook
    # of `migrate` stays in the process, where a later `check` dies of it: two processes, as at a prompt.
    first = run([sys.executable, "app.py", FLASK_COMMANDS[0]], tmp_path, {"PYTHONWARNINGS": "default"})
    assert first.code == 0, first.all
    ran = run([sys.executable, "app.py", *FLASK_COMMANDS[1:]], tmp_path, {"PYTHONWARNINGS": "default"})

    assert ran.code == 0, ran.all
    assert "the application's logger is alive" in ran.out
    assert "No new upgrade operations detected." in ran.out
    assert "CREATE TABLE things" in ran.out
    (path,) = (tmp_path / "migrations" / "versions").glob("0001_*.py")
    assert "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')" in path.read_text()
    assert database.tables() == {"user", "alembic_version"}
    assert database.snapshot("user") == before


# SQLModel, and types of one's own


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True, max_length=40)
    secret: str | None = None


def test_a_migration_of_sqlmodel_metadata_imports_what_it_names(chain: Chain) -> None:
    guard = Guard(SQLModel.metadata)

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert "\nimport sqlmodel.sql.sqltypes\n" in source
    assert "sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False)" in source


class Colour(sa.types.TypeDecorator[str]):
    """A type of an application."""

    impl = sa.String(7)
    cache_ok = True

    def __repr__(self) -> str:
        return "Colour()"


def coloured() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("colour", Colour()))
    return metadata


def test_a_type_of_ones_own_is_imported(chain: Chain) -> None:
    source = chain.revision(Guard(coloured()))
    chain.round_trip(Guard(coloured()))

    assert "\nimport tests.test_shapes\n" in source
    assert "sa.Column('colour', tests.test_shapes.Colour(), nullable=True)" in source


def test_a_prefix_for_types_of_ones_own_is_left_to_the_template(chain: Chain) -> None:
    source = chain.revision(Guard(coloured(), configure={"user_module_prefix": "types."}))

    assert "sa.Column('colour', types.Colour(), nullable=True)" in source
    assert "import tests" not in source


# Branches


class Branches:
    """Two bases in folders of their own, each with a label."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        for label in ("shop", "stats"):
            folder = chain.folder / label
            folder.mkdir()
            (folder / f"{label}1.py").write_text(
                "import sqlalchemy as sa\nfrom alembic import op\n\n"
                f"revision, down_revision, branch_labels = '{label}1', None, ('{label}',)\n\n\n"
                f"def upgrade():\n    op.create_table('{label}_things', sa.Column('id', sa.Integer, primary_key=True))\n\n\n"
                f"def downgrade():\n    op.drop_table('{label}_things')\n"
            )

    def config(self, guard: Guard, **given: Any) -> Config:
        config = self.chain.config(guard, **given)
        config.set_main_option("path_separator", "newline")
        config.set_main_option(
            "version_locations", "\n".join(str(self.chain.folder / each) for each in ("shop", "stats"))
        )
        return config


def both(*names: str) -> sa.MetaData:
    metadata = sa.MetaData()
    for name in names:
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def test_several_heads_with_labels_in_folders_of_their_own(chain: Chain) -> None:
    branches = Branches(chain)
    guard = Guard(both("shop_things", "stats_things", "stats_more"))

    command.upgrade(branches.config(guard), "heads")
    command.revision(branches.config(guard), message="more", autogenerate=True, rev_id="stats2", head="stats@head")
    command.upgrade(branches.config(guard), "heads")
    command.check(branches.config(guard))
    sql = branches.config(guard)
    command.upgrade(sql, "stats@head", sql=True)
    command.downgrade(branches.config(guard), "stats@base")

    (path,) = (chain.folder / "stats").glob("stats2_*.py")
    assert "op.create_table('stats_more'" in path.read_text()
    assert "shop_things" not in path.read_text()
    assert "CREATE TABLE stats_more" in sql.output_buffer.getvalue()  # type: ignore[union-attr]
    assert chain.database.tables() == {"alembic_version", "shop_things"}


def test_what_a_branch_created_that_this_database_has_is_ours(chain: Chain) -> None:
    branches = Branches(chain)
    guard = Guard(both("stats_things"))
    command.upgrade(branches.config(guard), "heads")

    with pytest.raises(GuardError) as caught:
        command.check(branches.config(guard))

    assert [each.code for each in caught.value.diagnostics] == ["AGO104"]
    assert "created by revision shop1 (" in caught.value.diagnostics[0].message


def test_a_branch_that_this_database_does_not_have_proves_nothing(chain: Chain) -> None:
    branches = Branches(chain)
    chain.database.execute("CREATE TABLE shop_things (id INTEGER PRIMARY KEY)")
    command.upgrade(branches.config(Guard(both("stats_things"))), "stats@head")

    before = chain.database.snapshot("shop_things")
    command.downgrade(branches.config(Guard(both("stats_things"))), "stats@base")

    assert chain.database.snapshot("shop_things") == before


def test_several_metadata_go_through_the_whole_round(chain: Chain) -> None:
    guard = Guard([both("shop_things"), both("stats_things")])

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert body(source).count("op.create_table") == 2
    assert "CREATE TABLE stats_things" in chain.sql(guard)
