"""A password reaches the driver unchanged and is seen nowhere else."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy.engine import URL, make_url

from alembic_guard import Guard, GuardError
from alembic_guard._database import describe_url
from alembic_guard._review.command import FORMATS, review_of
from alembic_guard._run.url import database_url
from tests.kit import MAKO, Database, Ran, alembic

CANARY = "CANARY"
PASSWORD = f"p%40ss:w/rd@ñ#?&=+% %(here)s;'\\\"{CANARY}"
"""Each odd character; the word at its end is what no output may hold."""

LOGGING = """
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys =
[logger_root]
level = DEBUG
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
"""

MODELS = """
import sqlalchemy as sa
from alembic_guard.presets import better_auth
auth = better_auth({id_type!r})
metadata = sa.MetaData()
sa.Table("things", metadata, sa.Column("user_id", sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"), primary_key=True))
"""


def with_password(url: URL) -> str:
    return url.set(password=PASSWORD).render_as_string(hide_password=False)


def in_query(url: URL) -> str:
    plain = url.set(password=None).render_as_string(hide_password=False)
    return plain + ("&" if "?" in plain else "?") + "password=" + quote(PASSWORD, safe="")


# What stands in env.py's Guard, in alembic.ini, and in the variable.
FORMS: dict[str, Callable[[URL], tuple[str, str, str]]] = {
    "the Guard's string": lambda url: (f"url={with_password(url)!r}", "", ""),
    "the Guard's URL object": lambda url: (f"url=URL.create(**{ {**parts(url), 'password': PASSWORD}!r})", "", ""),
    "a variable": lambda url: ("url='env:THE_DATABASE'", "", with_password(url)),
    "a variable named in alembic.ini": lambda url: ("", "env:THE_DATABASE", with_password(url)),
    "alembic.ini with % doubled": lambda url: ("", with_password(url).replace("%", "%%"), ""),
    "alembic.ini with % alone": lambda url: ("", with_password(url), ""),
    "the query": lambda url: (f"url={in_query(url)!r}", "", ""),
    "the query in alembic.ini": lambda url: ("", in_query(url).replace("%", "%%"), ""),
}


def parts(url: URL) -> dict[str, Any]:
    return {**url._asdict(), "query": dict(url.query)}


class Project:
    """A project whose database is named in one of the forms, with every logger at DEBUG."""

    def __init__(self, folder: Path, form: str, url: URL, id_type: str = "text") -> None:
        self.folder, self.versions = folder, folder / "chain" / "versions"
        guard, ini, self.variable = FORMS[form](url)
        self.versions.mkdir(parents=True)
        named = f"sqlalchemy.url = {ini}\n" if ini else ""
        files = {
            "alembic.ini": "[alembic]\nscript_location = %(here)s/chain\nprepend_sys_path = %(here)s\n"
            f"path_separator = os\n{named}{LOGGING}",
            "chain/env.py": "from sqlalchemy.engine import URL\nfrom alembic_guard import Guard, run_migrations\n"
            f"run_migrations(Guard('secret_models:metadata', {guard}))\n",
            "chain/script.py.mako": MAKO,
            "secret_models.py": MODELS.format(id_type=id_type),
        }
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")

    def alembic(self, *arguments: str) -> Ran:
        return alembic(self.folder, *arguments, environment={"THE_DATABASE": self.variable, "PYTHONUTF8": "1"})

    def written(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in self.versions.glob("*.py"))


def is_silent(text: str) -> bool:
    """Whether neither the password nor its longer pieces are in a text, in any spelling."""
    return not any(piece in text for piece in (CANARY, "p%40ss", "p%2540ss", "p%%40ss", "w/rd", "w%2Frd"))


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# Nothing shows it


def test_an_unreachable_database_does_not_show_the_password(tmp_path: Path, form: str) -> None:
    project = Project(tmp_path / "project", form, make_url("postgresql+psycopg://app@127.0.0.1:1/app"))

    ran = project.alembic("upgrade", "head")

    assert "FAILED: AGE106 postgresql+psycopg://app" in ran.all, ran.all
    assert is_silent(ran.all), ran.all


def test_a_missing_external_table_does_not_show_the_password(tmp_path: Path, form: str, postgresql: Database) -> None:
    project = Project(tmp_path / "project", form, postgresql.url)

    ran = project.alembic("revision", "--autogenerate", "-m", "x")

    assert "FAILED: AGC102 public.user: " in ran.all, ran.all
    assert is_silent(ran.all + project.written()), ran.all


def test_a_wrong_type_does_not_show_the_password(tmp_path: Path, form: str, postgresql: Database) -> None:
    postgresql.execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    project = Project(tmp_path / "project", form, postgresql.url, id_type="uuid")

    ran = project.alembic("revision", "--autogenerate", "-m", "x")

    assert "FAILED: AGC101 public.user.id: " in ran.all, ran.all
    assert is_silent(ran.all + project.written()), ran.all


def test_a_revision_its_upgrade_and_its_sql_do_not_show_the_password(
    tmp_path: Path, form: str, postgresql: Database
) -> None:
    postgresql.execute('CREATE TABLE "user" (id text PRIMARY KEY)')
    project = Project(tmp_path / "project", form, postgresql.url)

    commands = [
        ("revision", "--autogenerate", "-m", "x"),
        ("upgrade", "head", "--sql"),
        ("upgrade", "head"),
        ("check",),
    ]
    done = [project.alembic(*each) for each in commands]

    assert [ran.code for ran in done] == [0, 0, 0, 0], [ran.all for ran in done]
    assert "CREATE TABLE things" in done[1].out
    assert is_silent(project.written() + "".join(ran.all for ran in done))


def test_a_review_does_not_show_the_password(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path / "project", form, make_url("postgresql+psycopg://app@127.0.0.1:1/app"))
    monkeypatch.setenv("THE_DATABASE", project.variable)
    monkeypatch.setattr(sys, "path", list(sys.path))

    found = [reviewed(project, static=static) for static in (True, False)]

    assert all(is_silent(each) for each in found)
    if "URL object" not in form:  # which is computed when env.py runs
        assert "AGE106 warning  postgresql+psycopg://app" in found[1]


OWN_ENV = """import os
from alembic import context
from sqlalchemy import URL, create_engine
PASSWORD = {password!r}  # the password is {password}
engine = create_engine(URL.create("postgresql+psycopg", username="app", password={password!r}, host="127.0.0.1", port=1))
other = create_engine(os.environ.get("THE_DATABASE", {url!r}), connect_args={{"password": {password!r}}})
third = create_engine(f"postgresql://app:{{PASSWORD}}CANARY@db/app")
from app.models import Base
target_metadata = Base.metadata

def hook(object_, name, type_, reflected, compare_to):
    return True

with engine.connect() as connection:
    context.configure(connection=connection, url={url!r}, target_metadata=target_metadata, include_object=hook)
    context.run_migrations()
"""


def test_a_review_hides_what_env_py_holds_also_in_the_one_it_proposes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", "a variable", make_url("postgresql://app@db/app"))
    url = with_password(make_url("postgresql://app@db/app"))
    env = OWN_ENV.format(password=PASSWORD, url=url)
    (project.folder / "chain" / "env.py").write_text(env, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))

    found = reviewed(project, static=True)

    assert is_silent(found)
    assert "configure_options(" in found
    assert '"***"' in found


def reviewed(project: Project, *, static: bool) -> str:
    """All renderings of a review."""
    found = review_of(Config(str(project.folder / "alembic.ini")), static=static)
    return "".join(form(found) for form in FORMATS.values())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"foo://app:{CANARY}@db/app", "AGE105"),
        (f"postgres://app:{CANARY}@db/app", "AGE105"),
        (f"mysql+mysqldb://app:{CANARY}@db/app", "AGE105"),
        (f"not a url {CANARY}", "AGE105"),
        (f"postgresql+psycopg://app:{CANARY}@db:port/app", "AGE105"),
        # An @ that is not in percent form: SQLAlchemy reads the rest of the password as host, port or database.
        (f"postgresql+psycopg://app:p@{CANARY}@db/app", "AGE105"),
        (f"postgresql+psycopg://app:p@{CANARY}:1@db/app", "AGE105"),
        (f"postgresql+psycopg://app:p@q/{CANARY}@db/app", "AGE105"),
        (f"postgresql+psycopg://app:p?q@{CANARY}@db/app", "AGE105"),
    ],
)
@pytest.mark.parametrize("offline", [(), ("--sql",)])
def test_a_url_that_cannot_be_used_does_not_show_the_password(
    tmp_path: Path, url: str, code: str, offline: tuple[str, ...]
) -> None:
    project = Project(tmp_path / "project", "a variable", make_url("sqlite://"))
    project.variable = url

    ran = project.alembic("upgrade", "head", *offline)

    assert is_silent(ran.all), ran.all
    if not offline:
        assert ran.all.count("FAILED:") == 1, ran.all
        assert f"FAILED: {code} " in ran.all, ran.all


def test_an_at_sign_in_a_sqlite_path_and_in_a_url_object_is_no_password() -> None:
    given = URL.create("postgresql+psycopg", "app", "p@q", "db", database="a@b")

    assert database_url(Config(), given) is given
    assert database_url(Config(), "sqlite:////srv/a@b/c@d.db").database == "/srv/a@b/c@d.db"
    assert database_url(Config(), "postgresql+psycopg://app:p@db/app?application_name=a@b").host == "db"
    assert database_url(Config(), "postgresql+psycopg://app@tenant:p@db/app").username == "app@tenant"


@pytest.mark.parametrize("name", ["password", "sslpassword", "pwd", "PWD", "passwd", "secret", "access_token", "key"])
def test_a_secret_in_the_query_is_hidden(name: str) -> None:
    assert CANARY not in describe_url(make_url(f"postgresql://app@db/app?{name}={CANARY}"))


def test_an_odbc_string_is_hidden() -> None:
    assert CANARY not in describe_url(make_url(f"mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3D{CANARY}"))


@pytest.mark.parametrize("kind", [str, make_url])
def test_a_guard_that_is_printed_does_not_show_the_password(kind: Callable[[str], Any]) -> None:
    guard = Guard(sa.MetaData(), url=kind(with_password(make_url("postgresql://app@db/app"))))

    assert is_silent(repr(guard) + str(guard))


def test_a_url_of_another_kind_is_not_shown() -> None:
    with pytest.raises(GuardError) as caught:
        Guard(sa.MetaData(), url=f"postgresql://app:{CANARY}@db/app".encode())  # type: ignore[arg-type]

    assert caught.value.diagnostics[0].code == "AGE108"
    assert CANARY not in str(caught.value)


def test_the_whole_chain_of_exceptions_does_not_show_the_password(tmp_path: Path, form: str) -> None:
    project = Project(tmp_path / "project", form, make_url("postgresql+psycopg://app@127.0.0.1:1/app"))

    with pytest.raises(GuardError) as caught:
        run_here(project)

    # What the exceptions say; a traceback also prints the lines of env.py, where a user may have typed anything.
    said = "".join("".join(traceback.format_exception_only(each)) + repr(each) for each in chain_of(caught.value))
    assert "OperationalError" in said
    assert is_silent(said + repr(caught.value.diagnostics))


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# It works


@pytest.fixture
def arrived() -> Iterator[list[Any]]:
    """What each new connection gives to its driver."""
    seen: list[Any] = []

    def note(dialect: Any, record: Any, arguments: list[Any], keywords: dict[str, Any]) -> None:
        seen.append(keywords.get("password"))

    sa.event.listen(sa.Engine, "do_connect", note)
    yield seen
    sa.event.remove(sa.Engine, "do_connect", note)


def run_here(project: Project) -> None:
    os.environ["THE_DATABASE"] = project.variable
    try:
        command.current(Config(str(project.folder / "alembic.ini")))
    finally:
        del os.environ["THE_DATABASE"]


def test_the_password_reaches_the_driver_unchanged(
    tmp_path: Path, form: str, postgresql: Database, arrived: list[Any]
) -> None:
    project = Project(tmp_path / "project", form, postgresql.url)

    run_here(project)

    assert arrived == [PASSWORD]


@pytest.fixture
def role(postgresql: Database) -> Iterator[URL]:
    """A role that must give the password: a line of its own before those that trust everybody."""
    if os.environ.get("ALEMBIC_GUARD_POSTGRESQL"):
        pytest.skip("needs a server of its own: it changes pg_hba.conf")
    name = f"canary_{postgresql.url.database}"
    hba = Path(postgresql.rows("SHOW hba_file")[0][0])
    line = f"local all {name} scram-sha-256\n"
    with postgresql.connect() as connection:
        given = PASSWORD.replace("'", "''")
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{given}'".replace("%", "%%"), ())
    # One server for all workers of the run: each edits under a lock.
    with FileLock(f"{hba}.lock"):
        hba.write_text(line + hba.read_text())
    postgresql.execute("SELECT pg_reload_conf()")
    yield postgresql.url.set(username=name)
    with FileLock(f"{hba}.lock"):
        hba.write_text(hba.read_text().replace(line, ""))
    postgresql.execute("SELECT pg_reload_conf()", f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_role_with_that_password_gets_in_and_no_other(tmp_path: Path, form: str, role: URL) -> None:
    assert Project(tmp_path / "project", form, role).alembic("current").code == 0

    other = Project(tmp_path / "other", "a variable", role)
    other.variable = role.set(password="wrong").render_as_string(hide_password=False)
    ran = other.alembic("current")

    assert "FAILED: AGE106 " in ran.all, ran.all
    assert "wrong" not in ran.all


@pytest.mark.parametrize("driver", ["postgresql+asyncpg", "postgresql+psycopg_async"])
def test_a_role_gets_in_by_an_asynchronous_driver_and_no_other(tmp_path: Path, role: URL, driver: str) -> None:
    gets_in_and_no_other(tmp_path, role.set(drivername=driver))


@pytest.mark.parametrize("driver", ["mysql+pymysql", "mysql+aiomysql"])
def test_a_user_of_mariadb_gets_in_and_no_other(tmp_path: Path, mariadb: Database, driver: str) -> None:
    name = f"canary_{mariadb.url.database}"[:32]
    given = "*" + sha1(sha1(PASSWORD.encode("latin-1")).digest()).hexdigest().upper()  # PyMySQL sends latin-1
    with mariadb.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute(f"CREATE USER {name} IDENTIFIED BY PASSWORD '{given}'")
        raw.execute(f"GRANT ALL ON {mariadb.url.database}.* TO {name}")
    try:
        gets_in_and_no_other(tmp_path, mariadb.url.set(username=name, drivername=driver))
    finally:
        mariadb.execute(f"DROP USER {name}")


def gets_in_and_no_other(tmp_path: Path, url: URL) -> None:
    ran = Project(tmp_path / "project", "a variable", url).alembic("current")
    other = Project(tmp_path / "other", "a variable", url)
    other.variable = with_password(url).replace(CANARY, f"{CANARY}_")
    refused = other.alembic("current")

    assert ran.code == 0, ran.all
    assert is_silent(ran.all), ran.all
    assert "FAILED: AGE106 " in refused.all, refused.all
    assert is_silent(refused.all), refused.all
