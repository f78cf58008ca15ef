"""Why the application sees another schema than the migrations made: each cause made for real, on each database."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import CommandLine, Config
from sqlalchemy.ext.asyncio import create_async_engine

from alembic_guard import Cause, DatabaseIdentity, GuardError, SchemaReport, check_schema
from alembic_guard._drift.cause import Evidence, Kind, cause_of
from alembic_guard._drift.chain import Chain, Done
from alembic_guard._drift.command import drift
from alembic_guard._drift.comparison import Missing
from alembic_guard._drift.effects import effects_in
from alembic_guard._names import TableName
from tests.kit import Database, MariaDB, PostgreSQL, run, sqlite_database
from tests.test_drift import ASYNC

MODELS = """from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)


class Run(Base):
    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
"""
CHAT = "    chat_session_id: Mapped[str | None] = mapped_column(String(36))\n"
STATUS = "    status: Mapped[str | None] = mapped_column(String(20))\n"
ENV = """from alembic_guard import Guard, run_migrations

run_migrations(Guard("{module}:Base.metadata", url="env:THE_DATABASE"))
"""
# As Alembic's own template has it; the driver opens no transaction before DDL on SQLite.
PLAIN_ENV = """import os
from alembic import context
from sqlalchemy import create_engine, pool

with create_engine(os.environ["THE_DATABASE"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
INI = """[alembic]
script_location = %(here)s/alembic
prepend_sys_path = %(here)s
path_separator = os
"""
FIRST = """op.create_table("projects", sa.Column("id", sa.Integer, primary_key=True))
op.create_table(
    "runs",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
)
op.create_index("ix_runs_project_id", "runs", ["project_id"])"""
SECOND = """op.add_column("runs", sa.Column("chat_session_id", sa.String(36)))
op.add_column("runs", sa.Column("status", sa.String(20)))"""
_numbers = itertools.count()


class Project:
    """An application and its migrations, in a folder."""

    def __init__(
        self, folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch, columns: str = CHAT + STATUS
    ) -> None:
        self.folder, self.database = folder, database
        self.in_a_process = False
        self.module = f"models_{os.getpid()}_{next(_numbers)}"
        self.versions = folder / "alembic" / "versions"
        self.versions.mkdir(parents=True)
        self.ini = folder / "alembic.ini"
        self.ini.write_text(INI, encoding="utf-8")
        self.env(ENV.format(module=self.module))
        (folder / "alembic" / "script.py.mako").write_text(_MAKO, encoding="utf-8")
        self.models(columns)
        monkeypatch.setenv("THE_DATABASE", database.text)
        monkeypatch.syspath_prepend(folder)
        self.write("0001", FIRST, None)
        self.write("0002", SECOND, "0001")

    def env(self, source: str) -> None:
        (self.folder / "alembic" / "env.py").write_text(source, encoding="utf-8")

    def module_again(self) -> None:
        """Under another name: what a new process would import."""
        (self.folder / f"{self.module}.py").rename(self.folder / f"{self.module}_again.py")
        self.module += "_again"

    def models(self, columns: str) -> None:
        (self.folder / f"{self.module}.py").write_text(MODELS + columns, encoding="utf-8")

    def write(self, revision: str, body: str, down: str | None) -> Path:
        head = f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {revision!r}\ndown_revision = {down!r}\n"
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        path = self.versions / f"{revision}_.py"
        path.write_text(f"{head}\n\ndef upgrade():\n{lines}\n\ndef downgrade():\n    pass\n", encoding="utf-8")
        return path

    @property
    def config(self) -> Config:
        return Config(self.ini)

    def upgrade(self, to: str = "head") -> None:
        command.upgrade(self.config, to)

    @property
    def metadata(self) -> sa.MetaData:
        found: sa.MetaData = import_module(self.module).Base.metadata
        return found

    def check(self, database: Database | None = None) -> SchemaReport:
        """With a synchronous engine; Alembic is asked in this process, or in one of its own, which takes a second."""
        asked = self.ini if self.in_a_process else self.config
        with (database or self.database).engine() as engine:
            return check_schema(engine, self.metadata, config=asked)

    def check_async(self, database: Database | None = None) -> SchemaReport:
        """In a running loop with an asynchronous engine, and Alembic asked in this process."""
        url = (database or self.database).url

        async def main() -> SchemaReport:
            engine = create_async_engine(url.set(drivername=ASYNC[self.database.dialect]))
            found = await asyncio.to_thread(check_schema, engine, self.metadata, config=self.config)
            await engine.dispose()
            return found

        return asyncio.run(main())

    def works(self) -> bool:
        """Whether the application's own query runs."""
        with self.database.connect() as connection:
            connection.execute(sa.select(self.metadata.tables["runs"])).all()
        return True

    def follow(self, cause: Cause, monkeypatch: pytest.MonkeyPatch) -> None:
        """Do what the next step says, by Alembic's own command line in this process."""
        folder, *commands = (shlex.split(each) for each in cause.next_step.split(" && "))
        assert folder == ["cd", str(self.folder)]
        with monkeypatch.context() as there:
            there.chdir(self.folder)
            for program, *arguments in commands:
                assert program == "alembic"
                CommandLine().main(arguments)


_MAKO = (Path(__file__).parent / "kit.py").read_text(encoding="utf-8").split("MAKO = '''")[1].split("'''")[0]


@pytest.fixture
def project(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path / "project", database, monkeypatch)


def told(project: Project, kind: Kind, database: Database | None = None) -> Cause:
    """The cause, which both ways of asking name first, in the first error."""
    reports = [project.check(database), project.check_async(database)]
    for report in reports:
        assert report.cause is not None
        assert report.cause.kind == kind.value, report
        with pytest.raises(GuardError) as caught:
            report.raise_for_errors()
        assert report.cause.sentence in " ".join(caught.value.diagnostics[0].message.split())
        assert "cause: " in str(caught.value)
    assert reports[0].cause is not None
    return reports[0].cause


# Each cause, on each database, with a synchronous and an asynchronous engine


def test_pending_revisions(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.in_a_process = True
    project.upgrade("0001")

    cause = told(project, Kind.PENDING)

    assert "revision 0002 (" in cause.sentence
    assert "0002_.py:9) adds runs.chat_session_id and has not run here" in cause.sentence
    assert "at: 0001" in cause.evidence
    if project.database.dialect == "sqlite":  # as a person pastes it
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        ran = run(["/bin/sh", "-c", cause.next_step], Path.cwd(), {"PATH": path})
        assert ran.code == 0, ran.all
    else:
        project.follow(cause, monkeypatch)
    assert project.works()
    assert project.check().diagnostics == ()


def test_a_database_in_which_no_revision_has_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    cause = told(project, Kind.PENDING)

    assert "at: no revision" in cause.evidence
    project.follow(cause, monkeypatch)
    assert project.works()


def test_stamped_but_never_applied(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.upgrade("0001")
    command.stamp(project.config, "0002")

    cause = told(project, Kind.STAMPED)

    assert "runs.status, of the same revision, is missing too" in cause.evidence
    project.follow(cause, monkeypatch)
    assert project.works()


def test_the_whole_chain_stamped_and_never_applied(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    command.stamp(project.config, "head")

    cause = told(project, Kind.STAMPED)

    assert "stamp base" in cause.next_step
    for error in project.check().errors:  # also where the missing table is of the second revision
        assert "stamp base && alembic upgrade head" in error.hint
    project.follow(cause, monkeypatch)
    assert project.works()


def test_a_stamped_revision_before_one_that_did_run_is_not_stamped_again(project: Project) -> None:
    project.upgrade("0001")
    command.stamp(project.config, "0002")
    project.write("0003", 'op.create_table("runs_by_day", sa.Column("runs", sa.Integer))', "0002")
    project.write("0004", 'op.add_column("projects", sa.Column("kind", sa.String(9)))  # not runs', "0003")
    project.upgrade()

    cause = told(project, Kind.STAMPED)

    assert cause.next_step.endswith("0002_.py does by hand: later revisions have run here.")


def test_a_database_that_create_all_made(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sa.MetaData()
    for table in project.metadata.tables.values():
        table.to_metadata(before)
    runs = before.tables["runs"]
    bare = sa.MetaData()
    before.tables["projects"].to_metadata(bare)
    columns = [
        sa.Column(each.name, each.type, *([sa.ForeignKey("projects.id")] if each.foreign_keys else []))
        for each in runs.columns
        if each.name in ("id", "project_id")
    ]
    sa.Table("runs", bare, *columns, sa.PrimaryKeyConstraint("id"))
    with project.database.connect() as connection:
        bare.create_all(connection)

    cause = told(project, Kind.UNSTAMPED)

    assert "the database is at no revision although all that revision 0001 adds is there" in cause.sentence
    project.follow(cause, monkeypatch)
    assert project.works()


def test_a_revision_that_this_chain_does_not_have(project: Project) -> None:
    path = project.write("0003", 'op.drop_column("runs", "status")', "0002")
    project.upgrade()
    path.unlink()

    cause = told(project, Kind.UNKNOWN_REVISION)

    assert "the database is at revision 0003, which no file of this chain has" in cause.sentence


def test_a_revision_edited_after_it_was_applied(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", database, monkeypatch, "    extra_data: Mapped[str | None]\n")
    project.write("0002", 'op.add_column("runs", sa.Column("metadata", sa.Text()))', "0001")
    project.upgrade()
    project.write("0002", 'op.add_column("runs", sa.Column("extra_data", sa.Text()))', "0001")

    cause = told(project, Kind.EDITED)

    assert "the revision says extra_data, the database has metadata, which no revision names" in cause.sentence
    assert "op.alter_column('runs', 'metadata', new_column_name='extra_data')" in cause.next_step


def test_changed_by_hand(project: Project) -> None:
    project.upgrade()
    project.database.execute("ALTER TABLE runs DROP COLUMN status")

    cause = told(project, Kind.BY_HAND)

    assert cause.sentence.startswith("runs.status was taken away by hand: revision 0002")


def test_failed_half_way(project: Project) -> None:
    project.env(PLAIN_ENV)
    project.upgrade("0001")
    first, second = SECOND.splitlines()
    if project.database.dialect == "postgresql":  # rolls back what is not in a block of its own
        first = f"with op.get_context().autocommit_block():\n    {first}"
    project.write("0002", f"{first}\nop.execute('SELECT no_such_thing FROM nowhere')\n{second}", "0001")
    with pytest.raises(sa.exc.DBAPIError):
        project.upgrade()

    cause = told(project, Kind.HALF_WAY)

    assert "it has not been recorded, and runs.chat_session_id of it is there" in cause.sentence
    project.write("0002", SECOND, "0001")
    project.database.execute("ALTER TABLE runs DROP COLUMN chat_session_id")
    project.upgrade()
    assert project.works()


def test_a_model_that_no_revision_knows(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.models(CHAT + STATUS + "    note: Mapped[str | None] = mapped_column(String(9))\n")
    project.upgrade()

    cause = told(project, Kind.NO_REVISION)

    project.follow(cause, monkeypatch)
    assert project.works()
    assert len(list(project.versions.glob("*.py"))) == 3


def test_a_process_that_is_older_than_its_source(project: Project) -> None:
    project.upgrade()
    metadata = project.metadata  # imported: the process runs this from now on
    assert project.check().ok  # as it started
    project.write("0003", 'op.drop_column("runs", "status")', "0002")
    project.models(CHAT)
    os.utime(project.folder / f"{project.module}.py", (4e9, 4e9))  # whatever the file system's clock ticks in
    project.upgrade()

    cause = told(project, Kind.STALE)

    assert "revision 0003" in cause.sentence
    assert f"{project.module}.py was written after this process had read it" in cause.evidence[0]
    assert cause.next_step == "Restart the application."
    assert metadata is project.metadata


def test_a_model_that_the_chain_has_left_behind(project: Project) -> None:
    project.write("0003", 'op.drop_column("runs", "status")', "0002")
    project.upgrade()

    cause = told(project, Kind.REMOVED)

    assert "revision 0003" in cause.sentence


def test_where_the_evidence_does_not_decide_it_says_so(project: Project) -> None:
    project.write("0003", 'op.add_column("projects", sa.Column("kind", sa.Text()))', "0002")
    source = (project.folder / f"{project.module}.py").read_text(encoding="utf-8")
    source = source.replace("\n\nclass Run", "    kind: Mapped[str | None]\n\nclass Run")
    (project.folder / f"{project.module}.py").write_text(source, encoding="utf-8")
    project.upgrade("0002")
    command.stamp(project.config, "0003")

    cause = told(project, Kind.UNDECIDED)

    assert "it was stamped without running, or what it made was taken away by hand" in cause.sentence
    assert "different databases" in cause.ruled_out


@pytest.fixture
def another(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A second database of the same kind."""
    if database.dialect == "sqlite":
        yield sqlite_database(tmp_path / "elsewhere.sqlite")
        return
    fixture = "server" if database.dialect == "postgresql" else "mariadb_itself"
    server: PostgreSQL | MariaDB = request.getfixturevalue(fixture)
    with server.database() as found:
        yield found


def test_different_databases(project: Project, another: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    project.in_a_process = True
    project.upgrade()
    monkeypatch.setenv("THE_DATABASE", another.text)
    project.upgrade("0001")
    monkeypatch.setenv("THE_DATABASE", project.database.text)

    cause = told(project, Kind.OTHER_DATABASE, another)

    assert str(another.url.database) in cause.sentence
    assert str(project.database.url.database) in cause.sentence
    assert "Alembic's has runs.chat_session_id" in cause.evidence


def test_one_relative_path_from_two_working_folders(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    monkeypatch.setenv("THE_DATABASE", "sqlite:///crucible.db")
    monkeypatch.chdir(project.folder)
    project.upgrade()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    engine = sa.create_engine("sqlite:///crucible.db")

    asked = check_schema(engine, project.metadata, config=project.ini).cause
    unasked = check_schema(engine, project.metadata).cause
    monkeypatch.chdir(project.folder)
    lost = check_schema(sa.create_engine(f"sqlite:///{tmp_path / 'elsewhere' / 'crucible.db'}"), project.metadata).cause
    engine.dispose()

    migrated = project.folder / "crucible.db"
    assert asked is not None
    assert asked.kind == Kind.OTHER_DATABASE.value
    assert asked.next_step == f"Give both the same absolute path: sqlite:///{migrated}"
    assert (
        f"working folder of the application: {tmp_path / 'elsewhere'}; of Alembic: {project.folder}" in asked.evidence
    )
    assert unasked is not None
    assert unasked.kind == Kind.UNDECIDED.value  # nobody told where the project is
    assert lost is not None
    assert lost.kind == Kind.OTHER_DATABASE.value
    assert lost.next_step == f"Give the application an absolute path: sqlite:///{migrated}"


def test_another_kind_of_database_than_alembics(
    tmp_path: Path, postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", postgresql, monkeypatch)
    project.upgrade()

    cause = project.check(sqlite_database(tmp_path / "app.db")).cause

    assert cause is not None
    assert cause.kind == Kind.OTHER_DATABASE.value
    assert cause.sentence.startswith(f"the application talks to sqlite:///{tmp_path}/app.db and Alembic to postgresql")


def test_a_database_in_memory_is_not_alembics(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    monkeypatch.setenv("THE_DATABASE", "sqlite://")
    engine = sa.create_engine("sqlite://")

    cause = check_schema(engine, project.metadata, config=project.ini).cause
    engine.dispose()

    assert cause is not None
    assert cause.kind == Kind.OTHER_DATABASE.value
    assert cause.next_step.startswith("A database in memory is gone with its connection")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # the others have no search_path
def test_wrong_schema(project: Project, database: Database) -> None:
    project.upgrade()
    database.execute("CREATE SCHEMA app")
    elsewhere = Database(database.url.update_query_dict({"options": "-csearch_path=app"}))
    with elsewhere.engine() as engine:
        report = check_schema(engine, project.metadata, config=project.ini)
        alone = check_schema(engine, project.metadata)
    asynchronous = create_async_engine(
        database.url.set(drivername=ASYNC["postgresql"]), connect_args={"server_settings": {"search_path": "app"}}
    )
    awaited = asyncio.run(asyncio.to_thread(check_schema, asynchronous, project.metadata, config=project.config))

    for cause in (report.cause, alone.cause, awaited.cause):
        assert cause is not None
        assert cause.kind == Kind.OTHER_SCHEMA.value
        assert "is in schema public, where the application does not look: it looks in" in cause.sentence
    database.execute(f'ALTER DATABASE "{database.url.database}" SET search_path TO public')
    assert project.works()


def test_a_temporary_table_of_a_batch_that_failed(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.env(PLAIN_ENV)
    project.upgrade("0001")
    sqlite.execute("INSERT INTO projects VALUES (1)", "INSERT INTO runs VALUES (1, 1)")
    batch = 'with op.batch_alter_table("runs") as batch:\n    batch.add_column(sa.Column("chat_session_id", sa.String(36)))\n'
    batch += '    batch.add_column(sa.Column("status", sa.String(20), nullable=False))\n'
    project.write("0002", batch + '    batch.create_check_constraint("never", "1 = 0")', "0001")
    with pytest.raises(sa.exc.IntegrityError):
        project.upgrade()
    assert "_alembic_tmp_runs" in sqlite.tables()

    cause = told(project, Kind.HALF_WAY)

    assert "its temporary table _alembic_tmp_runs is still there" in cause.sentence
    drop, then = cause.next_step.split("; then: ")
    sqlite.execute(drop)
    project.write("0002", SECOND, "0001")
    project.follow(replace(cause, next_step=then), monkeypatch)
    assert project.works()


def test_a_column_whose_key_failed_on_sqlite(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = '    parent_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))\n'
    project = Project(tmp_path / "project", sqlite, monkeypatch, chat)
    project.env(
        PLAIN_ENV.replace(
            "connection=connection", f"connection=connection, target_metadata={project.module}.Base.metadata"
        )
    )
    env = (project.folder / "alembic" / "env.py").read_text(encoding="utf-8")
    project.env(f"import {project.module}\n{env}")
    project.upgrade("0001")
    key = 'sa.Column("parent_id", sa.Integer, sa.ForeignKey("runs.id", name="own", ondelete="CASCADE"))'
    project.write("0002", f'op.add_column("runs", {key})', "0001")
    with pytest.raises(NotImplementedError):
        project.upgrade()
    config = project.config
    config.stdout = sys.stdout

    with pytest.raises(SystemExit) as stopped:
        drift(config, format="json")

    told = json.loads(capsys.readouterr().out)
    assert stopped.value.code == 4
    assert told["cause"]["kind"] == Kind.HALF_WAY.value
    assert "runs.parent_id of it is there" in told["cause"]["sentence"]
    assert [each["code"] for each in told["diagnostics"]] == ["AGD106"]


# What stands in the way of a plain "alembic upgrade head"


def test_with_two_branches_the_step_says_heads(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.write("0002b", 'op.execute("SELECT 1")', "0001")
    project.upgrade("0001")

    cause = told(project, Kind.PENDING)

    assert cause.next_step.endswith("alembic upgrade heads")
    project.follow(cause, monkeypatch)
    assert project.works()
    project.models(CHAT + STATUS + "    more: Mapped[int | None]\n")
    project.module_again()
    unwritten = told(project, Kind.NO_REVISION)
    assert " revision --autogenerate --head 0002" in unwritten.next_step
    project.env(ENV.format(module=project.module))
    project.follow(unwritten, monkeypatch)
    assert project.works()


def test_a_stamped_merge_is_stamped_back_to_both_of_its_branches(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.write("0002b", 'op.create_table("other", sa.Column("id", sa.Integer))', "0001")
    merge = project.write("0003", 'op.add_column("runs", sa.Column("more", sa.Integer))', "0002")
    text = merge.read_text(encoding="utf-8")
    merge.write_text(text.replace("down_revision = '0002'", "down_revision = ('0002', '0002b')"), encoding="utf-8")
    project.models(CHAT + STATUS + "    more: Mapped[int | None]\n")
    project.upgrade("0002")
    project.upgrade("0002b")
    command.stamp(project.config, "0003")

    cause = told(project, Kind.UNDECIDED)

    assert "alembic stamp --purge 0002 0002b && alembic upgrade head" in cause.next_step
    project.follow(replace(cause, next_step=cause.next_step.removeprefix("If it never ran: ")), monkeypatch)
    assert project.works()


def test_the_step_names_the_file_the_section_and_the_options_that_were_given_and_no_secret(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.ini = project.folder / "other.ini"
    project.ini.write_text(INI.replace("[alembic]", "[second]"), encoding="utf-8")
    options = Namespace(x=["tenant=a b", "url=postgresql://app:CANARY@db/app", "password=CANARY"])
    with sqlite.engine() as engine:
        config = Config(project.ini, ini_section="second", cmd_opts=options)
        report = check_schema(engine, project.metadata, config=config)

    assert report.cause is not None
    _, _, step = report.cause.next_step.partition(" && ")
    assert step == "alembic -c other.ini -n second -x 'tenant=a b' -x 'url=***' -x 'password=***' upgrade head"
    assert "CANARY" not in str(report)
    monkeypatch.chdir(project.folder)
    CommandLine().main(shlex.split(step)[1:])
    assert project.works()


def test_a_pyproject_toml_is_a_configuration_too(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.ini.unlink()
    project.ini = project.folder / "pyproject.toml"
    here = 'script_location = "%(here)s/alembic"\nprepend_sys_path = ["%(here)s"]\n'
    project.ini.write_text(f"[tool.alembic]\n{here}", encoding="utf-8")
    with sqlite.engine() as engine:
        given = [project.ini, Config(toml_file=project.ini)]
        reports = [check_schema(engine, project.metadata, config=each) for each in given]
        project.ini.with_name("alembic.ini").write_text(
            "[alembic]\n", encoding="utf-8"
        )  # as `alembic init -t pyproject`
        reports.append(check_schema(engine, project.metadata, config=project.ini.with_name("alembic.ini")))

    for report in reports:
        assert report.cause is not None
        assert report.cause.kind == Kind.PENDING.value, report
        assert report.cause.next_step.endswith(f"cd {project.folder} && alembic upgrade head")
    project.follow(report.cause, monkeypatch)
    assert project.works()


@pytest.mark.parametrize(
    ("source", "raised"),
    [
        ("raise KeyError('CANARY')", "KeyError"),
        ("import sys\nsys.exit('CANARY')", "SystemExit"),
        ("import none_such", "ModuleNotFoundError"),
        ("def (", "SyntaxError"),
    ],
)
def test_an_env_py_that_fails_in_this_process_hides_nothing_either(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch, source: str, raised: str
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.env(source)

    report = project.check()

    assert [each.code for each in report.errors] == ["AGD101", "AGD101"]
    assert report.cause is not None
    assert f"Alembic was not asked (env.py raised {raised} (" in report.cause.sentence
    assert "env.py:" in report.cause.sentence
    assert "CANARY" not in str(report)


def test_an_env_py_may_print_by_whatever_way(tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.in_a_process = True
    project.upgrade("0001")
    noise = 'import os, sys\nprint("hello")\nos.write(1, b"\\xff")\nos.system("echo from a shell")\n'
    project.env(noise + ENV.format(module=project.module))

    report = project.check()

    assert report.cause is not None
    assert report.cause.kind == Kind.PENDING.value, report


# What is there and not seen


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)  # PostgreSQL's catalogue is everybody's
def test_what_mariadb_hides_from_a_user_is_not_taken_for_stamped(project: Project, database: Database) -> None:
    project.upgrade()
    schema, user = database.url.database, f"u_{os.getpid()}"
    database.execute(
        f"CREATE OR REPLACE USER {user}@'%'",
        f"GRANT SELECT (id, project_id) ON {schema}.runs TO {user}@'%'",
        f"GRANT SELECT, REFERENCES ON {schema}.projects TO {user}@'%'",
    )
    few = Database(database.url.set(username=user, password=None))
    try:
        cause = told(project, Kind.HIDDEN, few)
        grant = cause.next_step.removesuffix("the application's user.")
        database.execute(f"{grant} {user}@'%'")
        report = project.check(few)
    finally:
        database.execute(f"DROP USER {user}@'%'")

    assert "MariaDB hides what a user has no rights on" in cause.sentence
    assert report.ok


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_schema_on_the_search_path_that_the_role_may_not_use(project: Project, database: Database) -> None:
    role = f"reader_{os.getpid()}"
    database.execute(f"CREATE ROLE {role} LOGIN", "CREATE SCHEMA app")
    database.execute(f'ALTER DATABASE "{database.url.database}" SET search_path TO app')
    project.upgrade()
    reading = Database(database.url.set(username=role))
    try:
        cause = told(project, Kind.OTHER_SCHEMA, reading)
        database.execute(cause.next_step)
        report = project.check(reading)
    finally:
        database.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert f"in schema app, which is on the search_path and which role {role} may not use" in cause.sentence
    assert "None" not in str(cause)
    assert report.diagnostics == ()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_snapshot_that_is_older_than_the_revision(project: Project, database: Database) -> None:
    project.upgrade("0001")
    engine = sa.create_engine(database.url, isolation_level="REPEATABLE READ", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        project.upgrade()
        cause = check_schema(connection, project.metadata, config=project.config).cause
    engine.dispose()

    assert cause is not None
    assert cause.kind == Kind.HIDDEN.value
    assert "its transaction is older than the revision" in cause.sentence


def test_a_connection_to_a_file_that_was_deleted_since(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.upgrade("0001")
    with sqlite.engine() as engine, engine.connect() as connection:
        connection.execute(sa.text("SELECT 1 FROM runs"))
        Path(str(sqlite.url.database)).unlink()
        project.upgrade()
        cause = check_schema(connection, project.metadata, config=project.config).cause

    assert cause is not None
    assert cause.kind == Kind.HIDDEN.value
    assert "a file of that path open that was deleted or replaced since" in cause.sentence


REPORTING = """

class Reported(Base):
    __tablename__ = "runs"
    __table_args__ = {"schema": "reporting"}
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str | None] = mapped_column(String(20))
"""


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_one_name_in_two_schemas_is_two_tables(
    project: Project, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("CREATE SCHEMA reporting")
    project.models(CHAT + STATUS + REPORTING)
    theirs = 'op.create_table("runs", sa.Column("id", sa.Integer, primary_key=True), schema="reporting")'
    project.write("0003", theirs, "0002")
    project.write("0004", 'op.add_column("runs", sa.Column("status", sa.String(20)), schema="reporting")', "0003")
    project.upgrade("0003")

    cause = told(project, Kind.PENDING)

    assert "0004_.py:9) adds reporting.runs.status and has not run here" in cause.sentence
    project.follow(cause, monkeypatch)
    database.execute("ALTER TABLE public.runs DROP COLUMN status")
    mine = project.check().cause
    assert mine is not None
    assert mine.sentence.startswith("runs.status was taken away by hand: revision 0002 ")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_table_that_a_revision_made_in_another_schema_than_the_models(project: Project, database: Database) -> None:
    database.execute("CREATE SCHEMA reporting")
    project.models(CHAT + STATUS + REPORTING.replace('"runs"', '"sums"'))
    project.write("0003", 'op.create_table("sums", sa.Column("id", sa.Integer), sa.Column("status", sa.Text))', "0002")
    project.upgrade()

    cause = told(project, Kind.OTHER_SCHEMA)

    assert cause.sentence.startswith("reporting.sums is in schema public: revision 0003 (")
    assert cause.sentence.endswith("made it there, and the model looks in reporting")


# What the database requires


def test_a_required_column_that_a_pending_revision_takes_away(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    must = 'with op.batch_alter_table("runs") as batch:\n    batch.add_column(sa.Column("must", sa.Integer, nullable=False))'
    project.write("0003", must, "0002")
    project.write("0004", 'with op.batch_alter_table("runs") as batch:\n    batch.drop_column("must")', "0003")
    project.upgrade("0003")

    pending = told(project, Kind.PENDING)
    command.stamp(project.config, "0004")
    stamped = told(project, Kind.STAMPED)

    assert pending.sentence.endswith("takes runs.must away and has not run here")
    assert "takes runs.must away, is recorded as run, and runs.must is still there" in stamped.sentence
    project.follow(replace(stamped, next_step=stamped.next_step.removeprefix("If it never ran: ")), monkeypatch)
    assert project.check().diagnostics == ()
    sqlite.execute("ALTER TABLE runs ADD COLUMN must INTEGER NOT NULL DEFAULT 1")
    assert project.check().diagnostics == ()


def test_a_required_column_is_not_called_missing(tmp_path: Path, sqlite: Database) -> None:
    sqlite.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, must INTEGER NOT NULL)")
    metadata = sa.MetaData()
    sa.Table("runs", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with sqlite.engine() as engine:
        cause = check_schema(engine, metadata).cause

    assert cause is not None
    assert cause.sentence == (
        "the evidence does not decide why runs.must is required and in no model: Alembic was not asked (no config was given)"
    )


# Decided from values


def test_what_a_revision_adds_and_removes_is_read_from_its_file() -> None:
    source = """
from alembic import op
import sqlalchemy as sa
TABLE = "runs"
def upgrade():
    op.create_table("a", sa.Column("id", sa.Integer), sa.Column("n", sa.Text()), schema="s")
    op.add_column(TABLE, sa.Column("kind", sa.Text()))
    op.alter_column("runs", "metadata", new_column_name="extra_data")
    op.alter_column("runs", "title", nullable=True)
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("x", sa.Text()))
        batch.drop_column("y")
        op.drop_column("other", "z")
    op.rename_table("old", "new")
    op.execute("ALTER TABLE runs ADD COLUMN IF NOT EXISTS raw TEXT; DROP TABLE gone")
    op.execute(sa.text('ALTER TABLE "runs" RENAME COLUMN p TO q'))
    op.add_column(name(), sa.Column("unread", sa.Text()))
def downgrade():
    op.drop_table("a")
"""

    found = [(each.kind, each.schema, each.table, each.column) for each in effects_in(source)]

    assert found == [
        ("adds", "s", "a", None),
        ("adds", "s", "a", "id"),
        ("adds", "s", "a", "n"),
        ("adds", None, "runs", "kind"),
        ("removes", None, "runs", "metadata"),
        ("adds", None, "runs", "extra_data"),
        ("adds", None, "runs", "x"),
        ("removes", None, "runs", "y"),
        ("removes", None, "other", "z"),
        ("removes", None, "old", None),
        ("adds", None, "new", None),
        ("removes", None, "gone", None),
        ("adds", None, "runs", "raw"),
        ("removes", None, "runs", "p"),
        ("adds", None, "runs", "q"),
    ]
    assert effects_in("not python(") == []


def test_a_renamed_tables_columns_are_known_under_its_new_name(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    project.write("0001", FIRST.replace('"runs"', '"jobs"').replace("ix_runs", "ix_jobs"), None)
    project.write("0002", SECOND.replace('"runs"', '"jobs"') + '\nop.rename_table("jobs", "runs")', "0001")
    project.upgrade()
    sqlite.execute("ALTER TABLE runs DROP COLUMN status")

    assert told(project, Kind.BY_HAND).sentence.startswith("runs.status was taken away by hand")


def test_without_alembics_configuration_what_can_be_said_is_said_and_what_was_ruled_out(project: Project) -> None:
    project.upgrade("0001")
    with project.database.engine() as engine:
        unasked = check_schema(engine, project.metadata)
        absent = check_schema(engine, project.metadata, config=project.folder / "none.ini")

    for report, why in ((unasked, "no config was given"), (absent, f"there is no {project.folder}")):
        assert report.cause is not None
        assert report.cause.kind == Kind.UNDECIDED.value
        assert f"Alembic was not asked ({why}" in report.cause.sentence
        assert any(each.startswith("failed half-way: ") for each in report.cause.ruled_out)
        assert any(each.startswith("stale process: ") for each in report.cause.ruled_out)


def test_an_env_py_that_fails_is_told_and_does_not_hide_the_finding(project: Project) -> None:
    project.env("raise ValueError('sqlite://user:CANARY@')")
    with project.database.engine() as engine:
        report = check_schema(engine, project.metadata, config=project.ini)

    assert [each.code for each in report.errors] == ["AGD101", "AGD101"]
    assert report.cause is not None
    assert "env.py raised ValueError" in report.cause.sentence
    assert "CANARY" not in str(report)


def test_the_application_in_step_never_asks_alembic(project: Project) -> None:
    project.upgrade()
    project.env("raise AssertionError('asked')")

    report = project.check()

    assert (report.diagnostics, report.cause) == ((), None)


def test_a_column_that_the_database_requires(project: Project) -> None:
    project.upgrade()
    must = 'op.add_column("runs", sa.Column("must", sa.Integer, nullable=False))'
    path = project.write("0003", must.replace("False)", 'False, server_default="1")'), "0002")
    rebuilt = {
        "sqlite": 'with op.batch_alter_table("runs") as batch:\n    batch.alter_column("must", server_default=None)',
        "postgresql": 'op.alter_column("runs", "must", server_default=None)',
        "mariadb": 'op.alter_column("runs", "must", server_default=None, existing_type=sa.Integer, existing_nullable=False)',
    }[project.database.dialect]
    path.write_text(
        path.read_text(encoding="utf-8").replace("\n\n\ndef down", f"\n{'__body__'}\n\n\ndef down"), encoding="utf-8"
    )
    lines = "\n".join(f"    {line}" for line in rebuilt.splitlines())
    path.write_text(path.read_text(encoding="utf-8").replace("__body__", lines), encoding="utf-8")
    project.upgrade()

    report = project.check()

    assert [each.code for each in report.errors] == ["AGD105"]
    assert report.cause is not None
    assert report.cause.kind == Kind.REMOVED.value
    assert "revision 0003" in report.cause.sentence
    assert "added runs.must, and this application's models do not have it" in report.cause.sentence


@pytest.mark.parametrize(
    ("ours", "theirs", "another"),
    [
        (("7", "16384"), ("7", "16384"), False),
        (("7", "16384"), ("8", "16384"), True),
        (("", "16384"), ("8", "16384"), False),  # one role may not ask for the system identifier: nobody knows
        (("", "16385"), ("8", "16384"), True),
    ],
)
def test_two_databases_are_two_only_where_that_is_sure(
    ours: tuple[str, str], theirs: tuple[str, str], another: bool
) -> None:
    one, other = (DatabaseIdentity("postgresql", "postgresql://db/app", key) for key in (ours, theirs))

    assert one.is_another(other) is another
    assert one.is_another(DatabaseIdentity("sqlite", "sqlite:///app.db", key=("file", "1", "2")))


@pytest.mark.parametrize(
    ("facts", "system", "why"),
    [
        ({"standby": "yes"}, "7", "it is a standby that has not replayed the revision yet"),
        ({}, "", "or the two are different servers, of which one role may not ask for the system identifier"),
        ({}, "7", "its transaction is older than the revision, or the revision ran only just now"),
    ],
)
def test_what_alembic_sees_in_the_same_database_is_not_stamped(facts: dict[str, str], system: str, why: str) -> None:
    missing = Missing(TableName(None, "runs"), "status")
    ours = DatabaseIdentity("postgresql", "postgresql://standby/app", (system, "16384"), facts)
    alembics = DatabaseIdentity("postgresql", "postgresql://primary/app", ("7", "16384"))
    adds = Done(True, None, "runs", "status", "0002", "0001", "0002_.py", 9, applied=True)
    chain = Chain(
        alembics, "public", "/srv/app", "alembic", ("0002",), (), (), frozenset({missing}), (adds,), ("0002",)
    )

    cause = cause_of(missing, Evidence(ours, "public", chain=chain))

    assert cause.kind == Kind.HIDDEN.value
    assert cause.sentence.endswith(why)
    assert "alembic" not in cause.next_step


HELPER = """for name in ("chat_session_id", "status"):
    added(name)


def added(name):
    op.add_column("runs", sa.Column(name, sa.String(36)))"""


def test_a_revision_whose_columns_are_computed_is_named_where_it_is_pending_and_else_nobody_decides(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", sqlite, monkeypatch)
    source = project.write("0002", HELPER.partition("\n\n\n")[0], "0001")
    source.write_text(
        source.read_text(encoding="utf-8") + "\n\n" + HELPER.partition("\n\n\n")[2] + "\n", encoding="utf-8"
    )
    project.upgrade("0001")

    pending = told(project, Kind.PENDING)
    project.upgrade()
    sqlite.execute("ALTER TABLE runs DROP COLUMN status")
    ran = told(project, Kind.UNDECIDED)

    assert pending.sentence == "revision 0002, which has not run here, names runs and chat_session_id"
    assert "revision 0002 names it, has run here, and what it does cannot be read without running it" in ran.sentence
