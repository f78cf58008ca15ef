"""run_migrations and configure_options: where the database comes from, what an application keeps, how hooks are joined."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.operations import ops
from sqlalchemy.engine import make_url

from alembic_guard import Guard, GuardError
from alembic_guard.presets import better_auth
from tests.kit import OWN_ENV, Chain, Database, alembic, body, statements

TABLE = "op.create_table({!r}, sa.Column('id', sa.Integer, primary_key=True))"


def one_table() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
    return metadata


# Where the database comes from


def test_an_engine_that_is_handed_in_is_used(chain: Chain, database: Database) -> None:
    chain.revision(Guard(one_table()))

    with database.engine() as engine:
        chain.upgrade(Guard(one_table(), url="sqlite:////nowhere/at/all.db"), connection=engine)

    assert "things" in database.tables()


def test_a_connection_that_is_handed_in_is_used_and_its_transaction_left_to_its_owner(
    chain: Chain, database: Database
) -> None:
    chain.revision(Guard(one_table()))

    with database.engine() as engine, engine.connect() as connection:
        connection.begin()
        chain.upgrade(Guard(one_table()), connection=connection)
        assert "things" in sa.inspect(connection).get_table_names()
        assert connection.in_transaction()
        connection.rollback()

    if database.dialect == "postgresql":  # the plain SQLite driver opens no transaction for DDL
        assert database.tables() == set()


def test_an_object_that_only_behaves_like_an_engine_is_used(chain: Chain, database: Database) -> None:
    class Wrapper:
        def __init__(self, engine: sa.Engine) -> None:
            self._engine = engine

        def connect(self) -> sa.Connection:
            return self._engine.connect()

    chain.revision(Guard(one_table()))

    with database.engine() as engine:
        chain.upgrade(Guard(one_table()), connection=Wrapper(engine))

    assert "things" in database.tables()


def test_the_guards_url_goes_before_the_configurations(chain: Chain, tmp_path: Path) -> None:
    other = tmp_path / "other.db"

    command.current(chain.config(Guard(one_table(), url=f"sqlite:///{other}")))
    command.current(chain.config(Guard(one_table(), url=make_url(f"sqlite:///{other}"))))

    assert other.exists()


def test_a_variable_is_read_when_the_command_runs(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(one_table(), url="env:THE_DATABASE")
    monkeypatch.setenv("THE_DATABASE", f"sqlite:///{tmp_path / 'named.db'}")

    command.current(chain.config(guard))

    assert (tmp_path / "named.db").exists()


@pytest.mark.parametrize("written", ["sqlite:///%(here)s/in_ini.db", "env:THE_DATABASE"])
def test_the_ini_files_url(tmp_path: Path, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Chain(tmp_path / "chain", Database(make_url("sqlite://")))
    ini = tmp_path / "alembic.ini"
    ini.write_text(f"[alembic]\nscript_location = %(here)s/chain\npath_separator = os\nsqlalchemy.url = {written}\n")
    monkeypatch.setenv("THE_DATABASE", f"sqlite:///{tmp_path}/in_ini.db")
    config = Config(str(ini))
    config.attributes["guard"] = Guard(one_table())

    command.current(config)

    assert chain.versions.exists()
    assert (tmp_path / "in_ini.db").exists()


def test_a_lone_percent_sign_in_the_ini_files_url_is_a_percent_sign(tmp_path: Path) -> None:
    Chain(tmp_path / "chain", Database(make_url("sqlite://")))
    ini = tmp_path / "alembic.ini"
    ini.write_text(
        f"[alembic]\nscript_location = {tmp_path}/chain\npath_separator = os\nsqlalchemy.url = sqlite:///{tmp_path}/50%off.db\n"
    )
    config = Config(str(ini))
    config.attributes["guard"] = Guard(one_table())

    command.current(config)

    assert (tmp_path / "50%off.db").exists()


def test_sqlalchemy_options_of_the_configuration_reach_the_engine(
    tmp_path: Path, sqlite: Database, caplog: Any
) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    config = chain.config(Guard(one_table()))
    config.set_main_option("sqlalchemy.echo", "true")

    with caplog.at_level(logging.INFO, logger="sqlalchemy.engine.Engine"):
        command.current(config)

    assert any("alembic_version" in record.getMessage() for record in caplog.records)


# What an application keeps


def test_an_applications_loggers_and_handlers_stay_as_they_were(chain: Chain, tmp_path: Path) -> None:
    ini = tmp_path / "alembic.ini"
    ini.write_text(
        f"[alembic]\nscript_location = {chain.folder}\npath_separator = os\n"
        "[loggers]\nkeys = root\n[handlers]\nkeys = h\n[formatters]\nkeys =\n"
        "[logger_root]\nlevel = ERROR\nhandlers = h\n[handler_h]\nclass = StreamHandler\nargs = (sys.stderr,)\n"
    )
    application = logging.getLogger("application.of.mine")
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    config = Config(str(ini))
    config.attributes["guard"] = Guard(one_table(), url=chain.database.url)

    command.current(config)

    assert not application.disabled
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger().level == level


def test_on_the_command_line_the_configured_logging_applies_and_loggers_stay_alive(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "import logging\nimport sqlalchemy as sa\nlog = logging.getLogger('application.of.mine')\n"
        "metadata = sa.MetaData()\nsa.Table('things', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    chain = Chain(tmp_path / "chain", Database(make_url("sqlite://")))
    (chain.folder / "env.py").write_text(
        "import models\nfrom alembic_guard import Guard, run_migrations\n"
        "run_migrations(Guard('models:metadata', url='sqlite:///x.db'))\n"
        "models.log.warning('the application still speaks')\n"
    )
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/chain\nprepend_sys_path = %(here)s\npath_separator = os\n"
        "[loggers]\nkeys = root\n[handlers]\nkeys = h\n[formatters]\nkeys = f\n"
        "[logger_root]\nlevel = INFO\nhandlers = h\n[handler_h]\nclass = StreamHandler\nargs = (sys.stderr,)\nformatter = f\n"
        "[formatter_f]\nformat = <%(message)s>\n"
    )

    ran = alembic(tmp_path, "current")

    assert ran.code == 0, ran.all
    assert "<the application still speaks>" in ran.err


# Transactions


def test_each_migration_has_a_transaction_of_its_own(chain: Chain, database: Database) -> None:
    chain.write("0001", TABLE.format("first"))
    chain.write("0002", TABLE.format("second") + "\nraise RuntimeError('half-way')", down_revision="0001")

    with pytest.raises(RuntimeError, match="half-way"):
        chain.upgrade(Guard(one_table()))

    left = set() if database.rolls_ddl_back else {"second"}
    assert database.tables() == {"alembic_version", "first", *left}
    assert database.rows("SELECT version_num FROM alembic_version") == [("0001",)]


# Hooks that are joined


@pytest.fixture
def own(tmp_path: Path, database: Database) -> Chain:
    return Chain(tmp_path / "own", database, env=OWN_ENV)


def test_every_keyword_goes_through(own: Chain) -> None:
    seen: dict[str, Any] = {}

    def rewrite(context: Any, revision: Any, directives: list[Any]) -> None:
        seen.update(context.opts)

    own.revision(
        Guard(one_table(), configure={"compare_server_default": True, "version_table": "our_versions"}),
        options={"process_revision_directives": rewrite, "compare_type": False, "user_module_prefix": "mine."},
    )

    assert seen["compare_server_default"] is True
    assert seen["version_table"] == "our_versions"
    assert seen["compare_type"] is False
    assert seen["user_module_prefix"] == "mine."
    assert seen["transaction_per_migration"] is True
    assert seen["render_as_batch"] is (own.database.dialect == "sqlite")


def test_our_rewriter_runs_before_the_guards_and_the_guards_before_env_pys(own: Chain, database: Database) -> None:
    order: list[tuple[str, str]] = []

    def note(who: str) -> Any:
        def rewrite(context: Any, revision: Any, directives: list[ops.MigrationScript]) -> None:
            order.append((who, type(directives[0].upgrade_ops.ops[0]).__name__))  # type: ignore[union-attr]

        return rewrite

    with database.connect() as connection:
        better_auth().create_all(connection)
    metadata = one_table()
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), primary_key=True),
    )

    own.revision(Guard(metadata, rewriters=[note("guard")]), options={"process_revision_directives": note("env.py")})

    assert order == [("guard", "RequireTableOp"), ("env.py", "RequireTableOp")]


def test_a_users_render_item_is_asked_first(own: Chain) -> None:
    def render(type_: str, object_: Any, autogen_context: Any) -> Any:
        return "sa.Unicode(20)" if isinstance(object_, sa.String) else False

    assert "sa.Column('name', sa.Unicode(20), nullable=True)" in own.revision(
        Guard(one_table()), options={"render_item": render}
    )


def test_plugins_that_env_py_asks_for_stay(own: Chain) -> None:
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), comment="said")

    without = own.revision(
        Guard(metadata), options={"autogenerate_plugins": ["alembic.autogenerate.*", "alembic_guard"]}
    )

    assert body(without).startswith("op.create_table('things'")


def test_the_same_metadata_may_be_said_twice_and_another_may_not(own: Chain) -> None:
    metadata = one_table()
    command.current(own.config(Guard(metadata), options={"target_metadata": metadata}))

    with pytest.raises(GuardError) as caught:
        command.current(own.config(Guard(metadata), options={"target_metadata": one_table()}))

    assert caught.value.diagnostics[0].code == "AGE108"


def test_several_metadata_are_compared_together(chain: Chain) -> None:
    other = sa.MetaData()
    sa.Table("others", other, sa.Column("id", sa.Integer, primary_key=True))
    guard = Guard([one_table(), other])

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert "create_table('things'" in source
    assert "create_table('others'" in source


def test_a_second_compare_with_one_context_starts_anew(database: Database, chain: Chain) -> None:
    guard = Guard(one_table())

    first, second = chain.diffs(guard), chain.diffs(guard)

    assert [each[0] for each in first] == [each[0] for each in second] == ["add_table"]


def test_a_compare_reads_the_same_number_of_statements_beside_many_neighbours(chain: Chain, database: Database) -> None:
    guard = Guard(one_table())
    chain.revision(guard)
    chain.upgrade(guard)

    def count() -> int:
        with database.engine() as engine, statements(engine) as seen:
            command.check(chain.config(guard, connection=engine))
        return len(seen)

    # One table in doubt has the chain read, which asks the version table once more.
    database.execute("CREATE TABLE neighbour (id INTEGER PRIMARY KEY, a INTEGER)")
    beside_one = count()
    database.execute(*(f"CREATE TABLE neighbour_{number} (id INTEGER PRIMARY KEY, a INTEGER)" for number in range(50)))

    assert count() == beside_one


def test_offline_without_a_database(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", Database(make_url("postgresql+psycopg://app:secret@nowhere.invalid/app")))
    chain.write("0001", TABLE.format("first"))

    script = chain.sql(Guard(one_table()))

    assert "CREATE TABLE first" in script
    assert "secret" not in script


def test_the_working_folder_is_left_alone(chain: Chain) -> None:
    before = set(os.listdir())

    chain.revision(Guard(one_table()))

    assert set(os.listdir()) == before
