"""MariaDB: what is particular to it, and that the kit's server is a real one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.kit import DUMPS, Database, mariadb_server


def test_the_kit_loads_a_dump_and_shows_it_as_the_database_tells_it(mariadb: Database) -> None:
    mariadb.load(DUMPS / "ba1.7.25_core.maria.sql")

    mariadb.execute("""INSERT INTO "user" (id, name, email, "emailVerified") VALUES ('1', 'Ada', 'a@b.co', 1)""")

    assert mariadb.tables() == {"user", "session", "account", "verification"}
    definition, rows = mariadb.snapshot("user")["user"]
    assert "`id` varchar(36) NOT NULL" in definition
    assert [row[1] for row in rows] == ["Ada"]


def test_the_kit_tells_of_a_failure_in_the_middle_of_a_script(mariadb: Database) -> None:
    with pytest.raises(Exception, match="no_such_table"):
        mariadb.script("CREATE TABLE one (id int); DROP TABLE no_such_table; CREATE TABLE two (id int)")

    assert mariadb.tables() == {"one"}


def test_no_server_is_a_reason_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEMBIC_GUARD_MARIADB", "mysql+pymysql://root@127.0.0.1:1")

    found = mariadb_server()

    assert isinstance(found, str)
    assert found.startswith("needs a MariaDB server, named by ALEMBIC_GUARD_MARIADB: ")
    assert "\n" not in found


def test_both_of_sqlalchemys_names_for_it_reach_it(mariadb: Database) -> None:
    other = Database(mariadb.url.set(drivername="mariadb+pymysql"))

    with other.connect() as connection:
        assert connection.dialect.name == "mariadb"
        assert connection.scalar(sa.text("SELECT DATABASE()")) == mariadb.url.database
    assert other.dialect == mariadb.dialect == "mariadb"
