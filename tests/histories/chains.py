"""Run an application's own chain on a new SQLite file, the way the application does it.

A script for the application's environment: ``python chains.py NAME DATABASE ANSWER``. It imports nothing of ours, and
writes what is there afterwards into a JSON file: the heads, the tables, and where the revisions are.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

CHAINS: dict[str, Callable[[Run], Config]] = {}


@dataclass
class Run:
    """One new database."""

    path: Path
    version_table: str = "alembic_version"
    before: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    @property
    def folder(self) -> Path:
        return self.path.parent

    def tables(self) -> list[str]:
        with sqlite3.connect(self.path) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            names = [str(name) for (name,) in found]
        return [each for each in names if each != self.version_table and not each.startswith("sqlite_")]

    def heads(self) -> list[str]:
        with sqlite3.connect(self.path) as connection:
            return sorted(str(row[0]) for row in connection.execute(f"SELECT version_num FROM {self.version_table}"))

    def begin(self) -> None:
        """What is there now was made by something else than the chain."""
        self.before = self.tables()


def chain(name: str) -> Callable[[Callable[[Run], Config]], Callable[[Run], Config]]:
    def add(function: Callable[[Run], Config]) -> Callable[[Run], Config]:
        CHAINS[name] = function
        return function

    return add


def own_command(name: str, *arguments: str) -> None:
    """A command of the application, as a person would call it."""
    subprocess.run([Path(sys.executable).parent / name, *arguments], check=True)


@chain("optuna")
def optuna(run: Run) -> Config:
    """Optuna makes new storages by create_all and a stamp; this is the chain of its `optuna storage upgrade`."""
    from optuna.storages import _rdb

    home = Path(_rdb.__file__).parent
    config = Config(str(home / "alembic.ini"))
    config.set_main_option("script_location", str(home / "alembic"))
    config.set_main_option("sqlalchemy.url", run.url)
    command.upgrade(config, "head")
    return config


@chain("mlflow")
def mlflow(run: Run) -> Config:
    """MLflow makes its first tables by create_all; the chain begins after them."""
    from mlflow.store.db import utils
    from mlflow.store.db.utils import create_sqlalchemy_engine
    from mlflow.store.tracking.dbmodels.initial_models import Base

    engine = create_sqlalchemy_engine(run.url)
    Base.metadata.create_all(engine)
    run.begin()
    utils._upgrade_db(engine)
    return utils._get_alembic_config(run.url)


@chain("mlflow-auth")
def mlflow_auth(run: Run) -> Config:
    from mlflow.server.auth.db import utils
    from sqlalchemy import create_engine

    run.version_table = "alembic_version_auth"
    utils.migrate(create_engine(run.url), "head")
    return utils._get_alembic_config(run.url)


@chain("ihatemoney")
def ihatemoney(run: Run) -> Config:
    from ihatemoney.run import create_app

    settings = run.folder / "settings.py"
    settings.write_text(f"SQLALCHEMY_DATABASE_URI = {run.url!r}\nSECRET_KEY = 'a'\nACTIVATE_DEMO_PROJECT = False\n")
    os.environ["IHATEMONEY_SETTINGS_FILE_PATH"] = str(settings)
    app = create_app()
    config = Config()
    config.set_main_option("script_location", str(Path(app.root_path) / "migrations"))
    return config


@chain("arize-phoenix")
def arize_phoenix(run: Run) -> Config:
    import phoenix.db
    from phoenix.db.engines import get_async_db_url, set_sqlite_migration_pragma
    from phoenix.db.migrate import migrate
    from sqlalchemy import event
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine(get_async_db_url(run.url), poolclass=NullPool)
    event.listen(engine.sync_engine, "connect", set_sqlite_migration_pragma)
    migrate(engine)
    config = Config()
    config.set_main_option("script_location", str(Path(phoenix.db.__file__).parent / "migrations"))
    return config


@chain("keystone")
def keystone(run: Run) -> Config:
    import keystone.conf
    from keystone.common import sql
    from keystone.common.sql import upgrades

    keystone.conf.configure()
    sql.initialize()

    settings = run.folder / "keystone.conf"
    settings.write_text(f"[database]\nconnection = {run.url}\n")
    own_command("keystone-manage", "--config-file", str(settings), "db_sync")
    keystone.conf.CONF(["--config-file", str(settings)], project="keystone")
    return upgrades.get_alembic_config()


@chain("dagster")
def dagster(run: Run) -> Config:
    """Dagster makes new storages by create_all and a stamp; this is the chain of its `dagster instance migrate`."""
    from dagster import DagsterInstance
    from dagster._core.storage.migration.utils import upgrading_instance
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.sql import get_alembic_config, run_alembic_upgrade
    from sqlalchemy import create_engine

    config = get_alembic_config(sqlite_run_storage.__file__)
    with (
        DagsterInstance.local_temp(str(run.folder)) as instance,
        upgrading_instance(instance),
        create_engine(run.url).connect() as connection,
    ):
        run_alembic_upgrade(config, connection)
    return config


@chain("apache-airflow-core")
def airflow(run: Run) -> Config:
    os.environ["AIRFLOW_HOME"] = str(run.folder)
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = run.url
    own_command("airflow", "db", "migrate", "--use-migration-files")
    from airflow.utils.db import _get_alembic_config

    return _get_alembic_config()


@chain("argilla-server")
def argilla(run: Run) -> Config:
    os.environ["ARGILLA_DATABASE_URL"] = f"sqlite+aiosqlite:///{run.path}"
    os.environ["ARGILLA_HOME_PATH"] = str(run.folder)
    subprocess.run([sys.executable, "-m", "argilla_server", "database", "migrate"], check=True)
    from argilla_server.database import ALEMBIC_CONFIG_FILE

    return Config(ALEMBIC_CONFIG_FILE)


@chain("cinder")
def cinder(run: Run) -> Config:
    from cinder.db import migration

    settings = run.folder / "cinder.conf"
    settings.write_text(f"[database]\nconnection = {run.url}\n")
    own_command("cinder-manage", "--config-file", str(settings), "db", "sync")
    return migration._find_alembic_conf()


@chain("barbican")
def barbican(run: Run) -> Config:
    from barbican.model.migration import commands

    own_command("barbican-manage", "db", "upgrade", "--db-url", run.url)
    return commands.init_config(run.url)


@chain("glance")
def glance(run: Run) -> Config:
    from glance.db.sqlalchemy import alembic_migrations

    settings = run.folder / "glance-api.conf"
    settings.write_text(f"[database]\nconnection = {run.url}\n")
    own_command("glance-manage", "--config-file", str(settings), "db", "sync")
    return Config(str(Path(alembic_migrations.__file__).parent / "alembic.ini"))


@chain("nova")
def nova(run: Run) -> Config:
    from nova.db import migration

    settings = run.folder / "nova.conf"
    settings.write_text(
        f"[database]\nconnection = {run.url}\n[api_database]\nconnection = sqlite:///{run.folder / 'api.sqlite'}\n"
    )
    own_command("nova-manage", "--config-file", str(settings), "db", "sync", "--local_cell")
    return migration._find_alembic_conf("main")


@chain("prefect")
def prefect(run: Run) -> Config:
    os.environ["PREFECT_HOME"] = str(run.folder)
    os.environ["PREFECT_API_DATABASE_CONNECTION_URL"] = f"sqlite+aiosqlite:///{run.path}"
    own_command("prefect", "server", "database", "upgrade", "-y")
    import prefect.server.database
    from prefect.server.database.alembic_commands import alembic_config

    # Its env.py chooses the folder of the dialect.
    versions = Path(prefect.server.database.__file__).parent / "_migrations" / "versions" / "sqlite"
    config = alembic_config()
    config.set_main_option("version_locations", str(versions))
    return config


@chain("apache-superset")
def superset(run: Run) -> Config:
    """Flask-AppBuilder makes its own tables as the application starts; the chain begins after them."""
    settings = run.folder / "superset_config.py"
    settings.write_text(f"SQLALCHEMY_DATABASE_URI = {run.url!r}\nSECRET_KEY = {'a' * 42!r}\n")
    os.environ.update(SUPERSET_CONFIG_PATH=str(settings), SUPERSET_HOME=str(run.folder), FLASK_APP="superset.app")
    own_command("superset", "version")
    run.begin()
    own_command("superset", "db", "upgrade")
    import superset

    config = Config()
    config.set_main_option("script_location", str(Path(superset.__file__).parent / "migrations"))
    return config


def main(name: str, database: Path, answer: Path) -> None:
    run = Run(database)
    clock = time.perf_counter()
    script = ScriptDirectory.from_config(CHAINS[name](run))
    found = {
        "script": str(script.dir),
        "versions": [str(each) for each in script._version_locations],
        "heads": run.heads(),
        "tables": run.tables(),
        "before": run.before,
        "seconds": round(time.perf_counter() - clock, 2),
    }
    answer.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]))
