"""op.require_table: written where it is needed, checked before the first pending revision, on every database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy as sa
from alembic.operations.ops import UpgradeOps
from sqlalchemy import text

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard._operations import RequireTableOp
from alembic_guard.presets import better_auth
from tests.kit import OWN_ENV, Chain, Database, body


@pytest.fixture
def guard() -> Guard:
    metadata = sa.MetaData()
    key = sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE")
    sa.Table("profiles", metadata, sa.Column("user_id", key, primary_key=True))
    return Guard(metadata)


def load_better_auth(database: Database) -> None:
    database.load(database.better_auth())


def only(caught: pytest.ExceptionInfo[GuardError], code: str) -> Any:
    (found,) = caught.value.diagnostics
    assert found.code == code
    return found


FIRST = "op.create_table('first', sa.Column('id', sa.Integer, primary_key=True))"


def test_requirements_of_all_pending_revisions_are_checked_before_the_first_runs(
    chain: Chain, guard: Guard, database: Database
) -> None:
    chain.write("0001", FIRST)
    chain.write(
        "0002", "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')", down_revision="0001"
    )

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    found = only(caught, "AGC102")
    assert "revision 0002 (0002_by_hand.py) needs better-auth's table in " in found.message
    assert found.hint == "Let better-auth migrate first: npx auth@latest migrate"
    assert database.tables() == (set() if database.rolls_ddl_back else {"alembic_version"})


def test_in_an_env_py_of_ones_own_they_are_checked_too(tmp_path: Path, guard: Guard, database: Database) -> None:
    chain = Chain(tmp_path / "own", database, env=OWN_ENV)
    chain.write("0001", FIRST)
    chain.write("0002", "op.require_table('user', 'id', owner='better-auth')", down_revision="0001")

    with pytest.raises(GuardError):
        chain.upgrade(guard)

    assert "first" not in database.tables()


def test_a_revision_that_is_not_pending_is_not_checked(chain: Chain, guard: Guard, database: Database) -> None:
    chain.write("0001", FIRST)
    chain.write("0002", "op.require_table('user', 'id', owner='better-auth')", down_revision="0001")

    chain.upgrade(guard, "0001")

    assert database.tables() == {"alembic_version", "first"}


def test_what_is_there_passes(chain: Chain, guard: Guard, database: Database) -> None:
    load_better_auth(database)
    chain.write("0001", "op.require_table('user', sa.Column('id', sa.Text()), 'email', owner='better-auth')\n" + FIRST)

    chain.upgrade(guard)

    assert "first" in database.tables()


def test_a_missing_column_and_another_type_are_named(chain: Chain, guard: Guard, database: Database) -> None:
    load_better_auth(database)
    chain.write(
        "0001", "op.require_table('user', sa.Column('id', sa.Integer()), 'nickname', owner='better-auth')\n" + FIRST
    )

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    assert [each.code for each in caught.value.diagnostics] == ["AGC101", "AGC103"]
    left = set() if database.rolls_ddl_back else {"alembic_version"}
    assert database.tables() == {"user", "session", "account", "verification", *left}


def test_a_table_in_another_schema(tmp_path: Path, guard: Guard, postgresql: Database) -> None:
    postgresql.execute("CREATE SCHEMA auth", 'CREATE TABLE auth."user" (id text PRIMARY KEY)')
    chain = Chain(tmp_path / "chain", postgresql)
    chain.write("0001", "op.require_table('user', 'id', owner='better-auth', schema='auth')\n" + FIRST)
    chain.upgrade(guard)
    chain.write("0002", "op.require_table('user', 'id', owner='better-auth', schema='missing')", down_revision="0001")

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    assert only(caught, "AGC102").location.object == "missing.user"


def test_arguments_are_read_in_the_names_of_their_module(chain: Chain, guard: Guard, database: Database) -> None:
    chain.write("0001", FIRST + "\nop.require_table(OWNERS_TABLE, owner='crm')")
    path = next(chain.versions.glob("0001*"))
    path.write_text(path.read_text() + "\n\nOWNERS_TABLE = 'accounts'\n", encoding="utf-8")

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    assert only(caught, "AGC102").hint == "Let crm migrate first."
    assert "first" not in database.tables()


def test_a_requirement_that_cannot_be_read_is_checked_when_it_runs(
    chain: Chain, guard: Guard, database: Database
) -> None:
    chain.write("0001", FIRST + "\nfor name in ['accounts']:\n    op.require_table(name, owner='crm')")

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    assert "this migration needs crm's table" in only(caught, "AGC102").message
    # The statement before it has run: what is checked this late comes too late where DDL is not rolled back.
    assert ("first" in database.tables()) is not database.rolls_ddl_back


def test_deleting_the_line_leaves_a_migration_that_runs(chain: Chain, guard: Guard, database: Database) -> None:
    load_better_auth(database)
    source = chain.revision(guard)
    path = next(chain.versions.glob("0001*"))
    path.write_text("".join(line for line in source.splitlines(True) if "require_table" not in line), encoding="utf-8")

    chain.round_trip(guard)


def test_an_empty_migration_has_no_requirement(chain: Chain, guard: Guard, database: Database) -> None:
    load_better_auth(database)
    chain.revision(guard)
    chain.upgrade(guard)

    assert body(chain.revision(guard, "0002")) == "pass"


def test_a_migration_that_refers_to_nobody_has_no_requirement(chain: Chain) -> None:
    metadata = sa.MetaData()
    sa.Table("parents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("children", metadata, sa.Column("id", sa.ForeignKey("parents.id"), primary_key=True))

    source = chain.revision(Guard(metadata, external=[better_auth()]))

    assert "require_table" not in source


def test_several_owners_and_columns_are_one_line_each(chain: Chain, database: Database) -> None:
    load_better_auth(database)
    database.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, code VARCHAR(10) UNIQUE NOT NULL)")
    crm = ExternalTables(
        "crm",
        [
            sa.Table(
                "accounts",
                sa.MetaData(),
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("code", sa.String(10), key="short_code"),
            )
        ],
    )
    metadata = sa.MetaData()
    sa.Table(
        "deals",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), index=True),
        sa.Column("account_id", sa.ForeignKey(crm["accounts"].c.id, ondelete="CASCADE"), index=True),
        sa.Column("account_code", sa.ForeignKey(crm["accounts"].c.short_code, ondelete="CASCADE"), index=True),
    )
    guard = Guard(metadata)
    text = "sa.VARCHAR(length=36)" if database.dialect == "mariadb" else "sa.Text()"

    lines = [line for line in body(chain.revision(guard)).splitlines() if "require_table" in line]

    assert lines == [
        "op.require_table('accounts', sa.Column('code', sa.String(length=10)), sa.Column('id', sa.Integer()), owner='crm')",
        f"op.require_table('user', sa.Column('id', {text}), owner='better-auth')",
    ]
    chain.round_trip(guard)


def test_offline_sql_stops_by_itself_on_postgresql(tmp_path: Path, guard: Guard, postgresql: Database) -> None:
    chain = Chain(tmp_path / "chain", postgresql)
    load_better_auth(postgresql)
    chain.revision(guard)
    script = chain.sql(guard)
    postgresql.execute('DROP TABLE session, account, verification, "user"')

    with pytest.raises(psycopg.errors.RaiseException, match="AGC102 user: the table of better-auth is not there"):
        postgresql.script(script)

    assert postgresql.tables() == set()
    load_better_auth(postgresql)
    postgresql.script(script)
    chain.check(guard)


def test_offline_sql_stops_by_itself_on_mariadb(tmp_path: Path, guard: Guard, mariadb: Database) -> None:
    chain = Chain(tmp_path / "chain", mariadb)
    load_better_auth(mariadb)
    chain.revision(guard)
    script = chain.sql(guard)
    mariadb.execute('DROP TABLE session, account, verification, "user", alembic_version')

    with pytest.raises(pymysql.err.OperationalError, match="AGC102 user: the table of better-auth is not there"):
        mariadb.script(script)

    assert "profiles" not in mariadb.tables()
    mariadb.execute("DROP TABLE alembic_version", 'CREATE TABLE "user" (name VARCHAR(36) PRIMARY KEY)')
    with pytest.raises(pymysql.err.OperationalError, match=r"AGC103 user\.id: the column of better-auth is not there"):
        mariadb.script(script)

    mariadb.execute('DROP TABLE alembic_version, "user"')
    load_better_auth(mariadb)
    mariadb.script(script)
    chain.check(guard)


def test_odd_names_are_quoted_in_sql_for_mariadb(tmp_path: Path, guard: Guard, mariadb: Database) -> None:
    mariadb.execute('CREATE TABLE `it\'s\\a "b"` (id INTEGER PRIMARY KEY)')
    chain = Chain(tmp_path / "chain", mariadb)
    chain.write("0001", """op.require_table('it\\'s\\\\a "b"', 'id', owner='the "o\\'s"')\n""" + FIRST)

    mariadb.script(chain.sql(guard))

    assert "first" in mariadb.tables()


def test_offline_sql_has_a_comment_on_sqlite(tmp_path: Path, guard: Guard, sqlite: Database) -> None:
    chain = Chain(tmp_path / "chain", sqlite)
    load_better_auth(sqlite)
    chain.revision(guard)

    script = chain.sql(guard)

    assert "-- requires table user with id of better-auth: let better-auth migrate first" in script
    sqlite.script(script)
    chain.check(guard)


def test_the_operation_has_an_opposite_and_a_diff() -> None:
    operation = RequireTableOp("user", ["id"], owner="better-auth", schema="auth")

    assert operation.reverse() is operation
    assert UpgradeOps([operation]).as_diffs() == [("require_table", "auth", "user", ["id"])]


def test_a_role_that_may_only_refer_does_the_whole_work(tmp_path: Path, guard: Guard, postgresql: Database) -> None:
    load_better_auth(postgresql)
    migrator = Database(postgresql.url.set(username=_role(postgresql), password="secret"))
    postgresql.execute(f'GRANT REFERENCES ON "user" TO {migrator.url.username}')
    chain = Chain(tmp_path / "chain", migrator)

    chain.revision(guard)
    chain.round_trip(guard)

    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        migrator.rows('SELECT * FROM "user"')
    _drop_role(postgresql, str(migrator.url.username))


def test_without_references_the_error_says_which_grant_is_missing(
    tmp_path: Path, guard: Guard, postgresql: Database
) -> None:
    load_better_auth(postgresql)
    role = _role(postgresql)
    migrator = Database(postgresql.url.set(username=role, password="secret"))
    postgresql.execute(f'GRANT SELECT ON "user" TO {role}')
    chain = Chain(tmp_path / "chain", migrator)
    chain.revision(guard)

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    found = only(caught, "AGC105")
    assert found.hint.startswith(f'GRANT REFERENCES ON public."user" TO "{role}";')
    assert "secret" not in str(caught.value)
    assert "profiles" not in postgresql.tables()
    postgresql.execute(found.hint.partition(";")[0])
    chain.upgrade(guard)
    chain.check(guard)
    _drop_role(postgresql, role)


def test_on_mariadb_the_error_says_which_grant_is_missing(tmp_path: Path, guard: Guard, mariadb: Database) -> None:
    load_better_auth(mariadb)
    name = str(mariadb.url.database)
    migrator = Database(mariadb.url.set(username=name, password="secret"))
    rights = "CREATE, DROP, ALTER, INDEX"
    mariadb.execute(
        f"CREATE USER '{name}'@'%' IDENTIFIED BY 'secret'",
        f"GRANT {rights} ON \"{name}\".* TO '{name}'@'%'",
        *(
            f"GRANT CREATE, SELECT, INSERT, UPDATE, DELETE, REFERENCES ON \"{name}\".{table} TO '{name}'@'%'"
            for table in ("alembic_version", "profiles", "first")
        ),
    )
    chain = Chain(tmp_path / "chain", migrator)
    chain.revision(guard)

    with pytest.raises(GuardError) as caught:
        chain.upgrade(guard)

    found = only(caught, "AGC105")
    assert found.hint.startswith(f"GRANT REFERENCES ON {name}.user TO '{name}'@'%';")
    assert "secret" not in str(caught.value)
    assert mariadb.tables() == {"user", "session", "account", "verification", "alembic_version"}
    mariadb.execute(found.hint.partition(";")[0])
    chain.upgrade(guard)
    chain.check(guard)
    with pytest.raises(sa.exc.OperationalError, match="denied"):
        migrator.rows('SELECT * FROM "user"')
    mariadb.execute(f"DROP USER '{name}'@'%'")


def _role(database: Database) -> str:
    role = f"migrator_{database.url.database}"
    database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'", f"GRANT CREATE, USAGE ON SCHEMA public TO {role}")
    return role


def _drop_role(database: Database, role: str) -> None:
    with database.connect() as connection:
        connection.execute(text(f"DROP OWNED BY {role} CASCADE"))
        connection.execute(text(f"DROP ROLE {role}"))
