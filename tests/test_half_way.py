"""A migration that fails half-way leaves a clear state. Costs 3 s on two cores."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from alembic_guard import Guard, GuardError
from alembic_guard._run.half_way import undo_of
from tests.kit import Chain, Database

TABLE = "op.create_table({!r}, sa.Column('id', sa.Integer, primary_key=True))"


@pytest.fixture
def database(mariadb: Database) -> Database:
    return mariadb


def undo_in(text: str) -> list[str]:
    """The statements of a hint, which a person would paste."""
    return [line.strip() for line in text.splitlines() if re.match(r"\s*(DROP|ALTER|RENAME) ", line)]


def test_what_ran_and_what_did_not_is_said_and_how_to_take_it_back(
    chain: Chain, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.write(
        "0001",
        f"{TABLE.format('first')}\nop.create_index('ix_first', 'first', ['id'])\n"
        "op.execute('INSERT INTO first VALUES (1)')\nop.execute('CREATE TABLE second (nonsense)')\n"
        + TABLE.format("third"),
    )

    with pytest.raises(sa.exc.ProgrammingError):
        chain.upgrade(Guard(sa.MetaData()))

    said = capsys.readouterr().err
    assert "AGE136 error" in said
    assert "revision 0001 (0001_by_hand.py) failed; it is not recorded as applied" in said
    assert re.search(r"1\. CREATE TABLE first .*\n *2\. CREATE INDEX ix_first .*\n *3\. INSERT INTO first", said)
    assert "did not run: CREATE TABLE second (nonsense), and what stands behind it" in said
    assert undo_in(said) == ["DROP INDEX ix_first ON first;", "DROP TABLE first;"]


def test_rows_behind_the_last_ddl_are_rolled_back_and_not_listed(
    chain: Chain, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.write("0001", TABLE.format("first") + "\nop.execute('INSERT INTO first VALUES (1)')\nraise RuntimeError('x')")

    with pytest.raises(RuntimeError):
        chain.upgrade(Guard(sa.MetaData()))

    assert "INSERT" not in capsys.readouterr().err
    assert database.rows("SELECT * FROM first") == []


def test_the_next_run_explains_and_says_what_to_do_until_all_is_well(
    chain: Chain, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a kill: what ran stays, and nobody saw a report."""
    chain.write(
        "0001",
        f"{TABLE.format('first')}\nop.add_column('first', sa.Column('a', sa.Integer))\n{TABLE.format('second')}\n"
        "op.create_index('ix', 'second', ['id'])",
    )
    database.execute(
        "CREATE TABLE first (id INTEGER PRIMARY KEY, a INTEGER)", "CREATE TABLE second (id INTEGER PRIMARY KEY)"
    )

    with pytest.raises(GuardError) as caught:
        chain.upgrade(Guard(sa.MetaData()))

    (found,) = caught.value.diagnostics
    assert found.code == "AGE137"
    assert "Table 'first' already exists" in found.message
    assert "revision 0001 (0001_by_hand.py) is not recorded as applied" in found.message
    assert undo_in(found.hint) == ["DROP TABLE first;"]

    database.execute("DROP TABLE first")
    capsys.readouterr()
    with pytest.raises(sa.exc.OperationalError, match="Table 'second' already exists"):
        chain.upgrade(Guard(sa.MetaData()))

    said = capsys.readouterr().err
    assert "its work is done" in said
    assert "Take back what it did, and first what the earlier run left" in said
    undo = ["DROP TABLE second;", "ALTER TABLE first DROP COLUMN a;", "DROP TABLE first;"]
    assert undo_in(said) == undo

    database.execute(*undo)
    chain.upgrade(Guard(sa.MetaData()))


def test_a_migration_that_fails_before_it_did_anything_needs_no_report(
    chain: Chain, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.write("0001", "op.execute('CREATE TABLE second (nonsense)')")

    with pytest.raises(sa.exc.ProgrammingError):
        chain.upgrade(Guard(sa.MetaData()))

    assert "AGE13" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("statement", "undo"),
    [
        ("CREATE TABLE `a b` (id INT)", "DROP TABLE `a b`;"),
        ("CREATE TABLE app.first (id INT)", "DROP TABLE app.first;"),
        ("CREATE UNIQUE INDEX ix ON first (a)", "DROP INDEX ix ON first;"),
        ("ALTER TABLE first ADD COLUMN a INTEGER", "ALTER TABLE first DROP COLUMN a;"),
        ("ALTER TABLE first ADD a INTEGER", "ALTER TABLE first DROP COLUMN a;"),
        ("ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY(a) REFERENCES u (id)", "ALTER TABLE t DROP FOREIGN KEY fk;"),
        ("ALTER TABLE t ADD CONSTRAINT uq UNIQUE (a)", "ALTER TABLE t DROP INDEX uq;"),
        ("ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 1)", "ALTER TABLE t DROP CONSTRAINT ck;"),
        ("ALTER TABLE t ADD PRIMARY KEY (id)", "ALTER TABLE t DROP PRIMARY KEY;"),
        ("ALTER TABLE old RENAME new", "ALTER TABLE new RENAME TO old;"),
        ("ALTER TABLE old RENAME TO new", "ALTER TABLE new RENAME TO old;"),
        ("RENAME TABLE a TO b", "RENAME TABLE b TO a;"),
        (
            "ALTER TABLE t DROP COLUMN a",
            "-- by hand, or leave it out of the file for one run: ALTER TABLE t DROP COLUMN a",
        ),
        (
            "ALTER TABLE t RENAME COLUMN a TO b",
            "-- by hand, or leave it out of the file for one run: ALTER TABLE t RENAME COLUMN a TO b",
        ),
    ],
)
def test_the_statement_that_takes_another_one_back(statement: str, undo: str) -> None:
    assert undo_of(statement) == undo
