"""Locks on the owner's tables, read in pg_locks by a second connection while each migration runs statement by statement.
About 15 seconds.

The table in docs/explanation/locks.md is what is measured here; ALEMBIC_GUARD_WRITE_GOLDEN=1 writes it anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event, text

from alembic_guard import Guard
from tests.kit import ROOT, Chain, Database
from tests.test_written_keys import (
    auth,
    begin,
    crm,
    key_on_a_table_that_exists,
    new_tables,
    nothing,
    revised,
    several_owners,
    split,
    tables,
    to_user,
)

PAGE = ROOT / "docs" / "explanation" / "locks.md"
WEAK_TO_STRONG = [
    "none",
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]
HELD = text(
    """
    SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.pid = :pid AND c.relname = :table AND l.granted
    """
)


@dataclass
class Measured:
    """The strongest lock on a table after each statement of a migration, in order; reads are left out."""

    table: str = "user"
    after: list[tuple[str, str]] = field(default_factory=list)

    @property
    def strongest(self) -> str:
        return max((mode for _, mode in self.after), key=WEAK_TO_STRONG.index, default="none")

    @property
    def spans(self) -> int:
        """How many of the migration's own statements run until it commits, from the one that takes the strongest on."""
        modes = [mode for statement, mode in self.after if "alembic_version" not in statement]
        return len(modes) - modes.index(self.strongest) if self.strongest != "none" else 0


@contextmanager
def measured(database: Database, table: str = "user") -> Iterator[tuple[sa.Engine, Measured]]:
    """An engine whose every changing statement is followed by a look at the locks from outside."""
    found = Measured(table)
    with database.engine() as engine, database.engine() as watching, watching.connect() as second:
        watcher = second.execution_options(isolation_level="AUTOCOMMIT")

        def look(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
            if re.match(r"\s*(CREATE|ALTER|DROP|UPDATE|INSERT|DELETE)", statement):
                pid = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
                held = watcher.execute(HELD, {"pid": pid, "table": table}).scalars()
                modes = ["none", *(_words(mode) for mode in held)]
                found.after.append((" ".join(statement.split()), max(modes, key=WEAK_TO_STRONG.index)))

        event.listen(engine, "after_cursor_execute", look)
        yield engine, found


def _words(mode: str) -> str:
    """``ShareRowExclusiveLock`` as the manual writes it."""
    return " ".join(re.findall(r"[A-Z][a-z]+", mode.removesuffix("Lock"))).upper()


@pytest.fixture
def begun(tmp_path: Path, postgresql: Database) -> Chain:
    return begin(Chain(tmp_path / "chain", postgresql))


def up(chain: Chain, guard: Guard, to: str, table: str = "user") -> Measured:
    with measured(chain.database, table) as (engine, found):
        chain.upgrade(guard, to, connection=engine)
    return found


def down(chain: Chain, guard: Guard, to: str) -> Measured:
    with measured(chain.database) as (engine, found):
        chain.downgrade(guard, to, connection=engine)
    return found


def one(metadata: Callable[[], sa.MetaData], **options: Any) -> Callable[[Chain], tuple[Measured, Measured]]:
    def run(chain: Chain) -> tuple[Measured, Measured]:
        wanted = Guard(metadata(), external=[auth, crm], **options)
        chain.revision(wanted, "0002")
        return up(chain, wanted, "0002"), down(chain, wanted, "0001")

    return run


def first_of_two(chain: Chain) -> tuple[Measured, Measured]:
    wanted = split(key_on_a_table_that_exists())
    revised(chain, wanted, "0002")
    return up(chain, wanted, "0002"), down(chain, wanted, "0001")


def second_of_two(chain: Chain) -> tuple[Measured, Measured]:
    wanted = split(key_on_a_table_that_exists())
    revised(chain, wanted, "0002")
    chain.upgrade(wanted, "0002")
    return up(chain, wanted, "0002_validate"), down(chain, wanted, "0002")


def another_type(chain: Chain) -> tuple[Measured, Measured]:
    def keyed(type_: Any) -> Guard:
        key = sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE")
        return Guard(tables(chats=[sa.Column("user_id", type_, key, index=True)]), external=[auth, crm])

    short, long = keyed(sa.String(36)), keyed(sa.String(64))
    chain.revision(short, "0002")
    chain.upgrade(short)
    source = chain.revision(long, "0003")
    assert source.count("# AGL101 ACCESS EXCLUSIVE on public.user (better-auth)") == 2
    return up(chain, long, "0003"), down(chain, short, "0002")


def key_dropped(chain: Chain) -> tuple[Measured, Measured]:
    there, gone = (Guard(each(), external=[auth, crm]) for each in (key_on_a_table_that_exists, nothing))
    chain.revision(there, "0002")
    chain.upgrade(there)
    chain.revision(gone, "0003")
    return up(chain, gone, "0003"), down(chain, there, "0002")


def table_dropped(chain: Chain) -> tuple[Measured, Measured]:
    there, gone = Guard(one_table(), external=[auth]), Guard(nothing(), external=[auth, crm], drops="write")
    chain.revision(there, "0002")
    chain.upgrade(there)
    chain.revision(gone, "0003")
    return up(chain, gone, "0003"), down(chain, there, "0002")


def by_hand_the_key_first(chain: Chain) -> tuple[Measured, Measured]:
    there = Guard(one_table(), external=[auth])
    chain.revision(there, "0002")
    chain.upgrade(there)
    chain.write(
        "0003",
        "op.drop_constraint('fk_profiles_user_id', 'profiles', type_='foreignkey')\nop.drop_table('profiles')",
        down_revision="0002",
    )
    return up(chain, there, "0003"), Measured()


def one_table() -> sa.MetaData:
    return tables(chats=[], profiles=[to_user(unique=True)])


MIGRATIONS: dict[str, Callable[[Chain], tuple[Measured, Measured]]] = {
    "a new table with a key": one(one_table),
    "two new tables with keys, one with an index": one(new_tables),
    "a key on a table that exists": one(key_on_a_table_that_exists),
    'the same with `locks="split"`, first revision': first_of_two,
    'the same with `locks="split"`, second revision': second_of_two,
    "another type for a key's column": another_type,
    "a key that is dropped with its column": key_dropped,
    "a table that is dropped": table_dropped,
    "by hand: its key dropped first, then the table": by_hand_the_key_first,
}


def row(name: str, upgrade: Measured, downgrade: Measured) -> str:
    cells = [name]
    for each in (upgrade, downgrade):
        cells += [each.strongest, str(each.spans)] if each.after else ["", ""]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", MIGRATIONS)
def test_the_table_in_the_documentation_is_what_is_measured(begun: Chain, name: str) -> None:
    written = row(name, *MIGRATIONS[name](begun))

    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        page = re.sub(rf"^\| {re.escape(name)} \|.*$", written, page, flags=re.M)
        PAGE.write_text(page, encoding="utf-8")
    assert written in page.splitlines()


def test_the_page_has_no_other_rows() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| migration |")[2].partition("\n\n")[0]

    assert [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]] == list(MIGRATIONS)


def test_over_two_revisions_writers_wait_for_one_statement_and_the_second_is_row_share(begun: Chain) -> None:
    wanted = split(key_on_a_table_that_exists())
    revised(begun, wanted, "0002")

    first, second = up(begun, wanted, "0002"), up(begun, wanted, "0002_validate")

    assert (first.strongest, first.spans) == ("SHARE ROW EXCLUSIVE", 1)
    ours = [(statement, mode) for statement, mode in first.after if "alembic_version" not in statement]
    assert [mode for _, mode in ours] == ["none", "none", "SHARE ROW EXCLUSIVE"]
    assert ours[-1][0].endswith("ON DELETE CASCADE NOT VALID")
    assert (second.strongest, second.spans) == ("ROW SHARE", 1)


def test_a_lock_on_each_owners_table_is_the_one_in_the_comment(begun: Chain) -> None:
    wanted = Guard(several_owners(), external=[auth, crm])
    source = begun.revision(wanted, "0002")

    assert up(begun, wanted, "0002", table="accounts").strongest == "SHARE ROW EXCLUSIVE"
    assert "# AGL101 SHARE ROW EXCLUSIVE on public.accounts (crm)" in source


SIGN_UP = (
    'INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") '
    "VALUES ('a', 'Ada', 'a@b.co', true, now(), now())"
)


@pytest.mark.parametrize(
    ("migration", "sign_up", "sign_in"), [("0002", False, True), ("0002_validate", True, True), ("down", False, False)]
)
def test_who_waits_is_who_the_comment_says(begun: Chain, migration: str, sign_up: bool, sign_in: bool) -> None:
    # The sign-up is made in this process, where the fence refuses it from any connection while a migration runs.
    wanted = replace(split(key_on_a_table_that_exists()), fence=False)
    revised(begun, wanted, "0002")
    begun.upgrade(wanted, {"0002": "0001", "0002_validate": "0002"}.get(migration, "head"))
    went: dict[str, bool] = {}

    def try_it(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if "FOREIGN KEY" in statement or "CONSTRAINT fk" in statement:
            went.update(sign_up=passes(begun.database, SIGN_UP), sign_in=passes(begun.database, 'SELECT * FROM "user"'))

    with begun.database.engine() as engine:
        event.listen(engine, "after_cursor_execute", try_it)
        if migration == "down":
            begun.downgrade(wanted, "0001", connection=engine)
        else:
            begun.upgrade(wanted, migration, connection=engine)

    assert went == {"sign_up": sign_up, "sign_in": sign_in}


def passes(database: Database, statement: str) -> bool:
    with database.engine() as engine, engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '300ms'"))
        try:
            connection.execute(text(statement))
        except sa.exc.OperationalError as error:
            return "lock timeout" not in str(error)  # another failure would be none of waiting
        return True
