"""How keys across the border are written: order, locks, one revision or two; whole migrations as text, up and down, on
every database. About 30 seconds."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from alembic_guard import ExternalTables, Guard, GuardError
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, OWN_ENV, Chain, Database, body

GOLDEN = Path(__file__).parent / "golden" / "references"
NAMES = {
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}
auth = better_auth()
crm = ExternalTables("crm", [sa.Table("accounts", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))])
THEIRS = ("user", "session", "account", "verification")

PLAIN = (
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.Text().with_variant(sa.String(36), "mysql", "mariadb")),
)


def load(database: Database) -> None:
    suffix = {"postgresql": "pg", "mariadb": "maria"}.get(database.dialect, "sqlite")
    database.load(DUMPS / f"ba1.7.25_core.{suffix}.sql")
    database.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY)")


def to_user(column: str = "user_id", **options: Any) -> sa.Column[Any]:
    return sa.Column(column, sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"), **options)


def tables(**columns: list[Any]) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=NAMES)
    for name, given in columns.items():
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *given)
    return metadata


def guard(metadata: sa.MetaData, **options: Any) -> Guard:
    return Guard(metadata, external=[auth, crm], **options)


def nothing() -> sa.MetaData:
    return tables(chats=[])


def new_tables() -> sa.MetaData:
    return tables(chats=[], notes=[to_user(index=True)], profiles=[to_user(unique=True)])


def key_on_a_table_that_exists() -> sa.MetaData:
    return tables(chats=[to_user(index=True)])


def several_owners() -> sa.MetaData:
    account = sa.Column("account_id", sa.ForeignKey(crm["accounts"].c.id, ondelete="SET NULL"), index=True)
    return tables(chats=[], deals=[to_user(index=True), account])


def self_reference() -> sa.MetaData:
    parent = sa.Column("parent_id", sa.ForeignKey("notes.id", ondelete="CASCADE"), index=True)
    return tables(chats=[], notes=[to_user(index=True), parent])


def cycle(use_alter: bool = False) -> sa.MetaData:
    """Two new tables that refer to each other and to the user."""
    last = sa.ForeignKey("messages.id", ondelete="SET NULL", use_alter=use_alter)
    thread = sa.ForeignKey("threads.id", ondelete="CASCADE")
    return tables(
        chats=[],
        messages=[sa.Column("thread_id", thread, index=True), to_user(index=True)],
        threads=[sa.Column("last_id", last, index=True), to_user(index=True)],
    )


def key_to_a_column_that_is_new() -> sa.MetaData:
    code = sa.Column("code", sa.String(20), unique=True)
    by_code = sa.Column("chat_code", sa.ForeignKey("chats.code", ondelete="CASCADE"), index=True)
    return tables(chats=[code], notes=[to_user(index=True), by_code])


CASES = {
    each.__name__: each
    for each in (
        new_tables,
        key_on_a_table_that_exists,
        several_owners,
        self_reference,
        cycle,
        key_to_a_column_that_is_new,
    )
}


@pytest.fixture
def begun(chain: Chain, database: Database) -> Chain:
    """Better Auth's tables, another owner's, and `chats` of ours."""
    load(database)
    chain.revision(guard(nothing()), "0001")
    chain.upgrade(guard(nothing()))
    return chain


def assert_golden(written: str, dialect: str, name: str) -> None:
    golden = GOLDEN / dialect / f"{name}.py.txt"
    written = re.sub(r"\bguard_[0-9a-f]{12}\b", "app", written)  # MariaDB's schema is the database
    if os.environ.get("ALEMBIC_GUARD_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


def there_and_back(chain: Chain, database: Database, wanted: Guard) -> None:
    """Up, no difference, down to where it began, up again; the owners' tables are as they were throughout."""
    before = database.snapshot(*THEIRS, "accounts")
    for _ in range(2):
        chain.upgrade(wanted)
        chain.check(wanted)
        assert database.snapshot(*THEIRS, "accounts") == before
        chain.downgrade(wanted, "0001")
        assert database.tables() == {*THEIRS, "accounts", "alembic_version", "chats"}
        assert database.snapshot(*THEIRS, "accounts") == before
        assert chain.diffs(guard(nothing())) == []


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")
@pytest.mark.parametrize("case", CASES)
def test_a_migration_is_written_as_in_its_golden_file_and_runs_both_ways(
    begun: Chain, database: Database, case: str
) -> None:
    wanted = guard(CASES[case]())

    written = begun.revision(wanted, "0002", case.replace("_", " "))

    assert_golden(written, database.dialect, case)
    there_and_back(begun, database, wanted)


def test_a_cycle_that_says_use_alter_keeps_its_key(begun: Chain, database: Database) -> None:
    wanted = guard(cycle(use_alter=True))

    begun.revision(wanted, "0002")

    there_and_back(begun, database, wanted)


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")
def test_a_key_without_a_name_that_must_come_later_gets_one_for_the_downgrade(begun: Chain, database: Database) -> None:
    wanted = guard(cycle())
    for table in wanted.metadata.tables.values():  # type: ignore[union-attr]
        for constraint in table.foreign_key_constraints:
            constraint.name = None

    source = begun.revision(wanted, "0002")

    if database.dialect != "sqlite":
        assert source.count("op.f('messages_thread_id_fkey')") + source.count("'messages_thread_id_fkey'") == 2
    there_and_back(begun, database, wanted)


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")
def test_a_new_tables_key_stays_in_it_when_another_column_of_its_target_is_new(
    begun: Chain, database: Database
) -> None:
    chat = sa.Column("chat_id", sa.ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    wanted = guard(tables(chats=[sa.Column("title", sa.String(20))], notes=[chat]))

    assert "create_foreign_key" not in begun.revision(wanted, "0002")

    there_and_back(begun, database, wanted)


def test_another_on_delete_is_dropped_and_made_in_an_order_that_runs_both_ways(
    begun: Chain, database: Database
) -> None:
    there = guard(key_on_a_table_that_exists())
    begun.revision(there, "0002")
    begun.upgrade(there)
    kept = guard(
        tables(chats=[sa.Column("user_id", sa.ForeignKey(auth["user"].c.id, ondelete="SET NULL"), index=True)])
    )

    begun.revision(kept, "0003")

    for _ in range(2):
        begun.upgrade(kept)
        begun.check(kept)
        begun.downgrade(kept, "0002")
        assert begun.diffs(there) == []


def test_a_key_that_goes_is_dropped_as_late_as_may_be(begun: Chain, database: Database) -> None:
    there = guard(key_on_a_table_that_exists())
    begun.revision(there, "0002")
    begun.upgrade(there)

    assert_golden(begun.revision(guard(nothing()), "0003", "key dropped"), database.dialect, "key_dropped")

    begun.upgrade(guard(nothing()))
    begun.check(guard(nothing()))
    begun.downgrade(there, "0002")
    assert begun.diffs(there) == []


def key_that_says_use_alter() -> sa.MetaData:
    key = sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE", use_alter=True)
    return tables(chats=[], notes=[sa.Column("user_id", key, index=True)])


def test_a_key_of_a_new_table_made_later_looks_up_no_row_and_goes_with_its_table(
    begun: Chain, database: Database
) -> None:
    source = begun.revision(split(key_that_says_use_alter()), "0002")

    assert "not_valid" not in source
    assert "looked up" not in source
    there_and_back(begun, database, guard(key_that_says_use_alter()))


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")
def test_tables_of_a_cycle_go_and_come_again(begun: Chain) -> None:
    there, gone = guard(cycle()), guard(nothing(), drops="write")
    begun.revision(there, "0002")
    begun.upgrade(there)

    begun.revision(gone, "0003")

    for _ in range(2):
        begun.upgrade(gone)
        begun.check(gone)
        begun.downgrade(gone, "0002")
        assert begun.diffs(there) == []


def test_a_key_to_another_owner_is_dropped_before_its_column_gets_that_ones_type(
    begun: Chain, database: Database
) -> None:
    def keyed(type_: Any, target: Any) -> sa.MetaData:
        return tables(chats=[sa.Column("owner_id", type_, sa.ForeignKey(target, ondelete="CASCADE"), index=True)])

    there = guard(keyed(sa.Integer(), crm["accounts"].c.id))
    begun.revision(there, "0002")
    begun.upgrade(there)
    moved = guard(keyed(PLAIN[1].type, auth["user"].c.id))

    source = begun.revision(moved, "0003")

    for written in (body(source), body(source, "downgrade")):
        words = ("drop_constraint", "alter_column", "create_foreign_key")
        places = [written.index(each) for each in words]
        assert database.dialect == "sqlite" or places == sorted(places)
    begun.upgrade(moved)
    begun.check(moved)
    if database.dialect != "postgresql":  # which casts no text to integers by itself
        begun.downgrade(moved, "0002")
        assert begun.diffs(there) == []


@pytest.mark.parametrize("after", ["replaced", "gone", "new"])
def test_keys_of_what_is_renamed_are_made_and_dropped_by_the_names_of_that_moment(
    begun: Chain, database: Database, after: str
) -> None:
    def keyed(name: str, column: str, key: str | None) -> Guard:
        keys = [sa.ForeignKey(auth["user"].c.id, ondelete=key)] if key else []
        metadata = tables(chats=[])
        sa.Table(
            name, metadata, sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(column, PLAIN[1].type, *keys, index=True),
        )  # fmt: skip
        return guard(metadata)

    there = keyed("notes", "user_id", None if after == "new" else "CASCADE")
    begun.revision(there, "0002")
    begun.upgrade(there)
    renamed = keyed("memos", "author_id", None if after == "gone" else "SET NULL")

    begun.revision(renamed, "0003", x=["rename=notes:memos", "rename=memos.user_id:author_id"])

    for _ in range(2):
        begun.upgrade(renamed)
        begun.check(renamed)
        begun.downgrade(renamed, "0002")
        assert begun.diffs(there) == []


# Two revisions


@pytest.fixture
def postgresql_begun(tmp_path: Path, postgresql: Database) -> Chain:
    return begin(Chain(tmp_path / "chain", postgresql))


def begin(chain: Chain) -> Chain:
    load(chain.database)
    chain.revision(guard(nothing()), "0001")
    chain.upgrade(guard(nothing()))
    return chain


def split(metadata: sa.MetaData, **options: Any) -> Guard:
    return guard(metadata, locks="split", **options)


def revised(chain: Chain, wanted: Guard, rev_id: str, message: str = "keys", **given: Any) -> str:
    command.revision(chain.config(wanted), message, autogenerate=True, rev_id=rev_id, **given)
    return of(chain, rev_id)


def of(chain: Chain, rev_id: str) -> str:
    """The text of exactly that revision."""
    texts = [path.read_text(encoding="utf-8") for path in chain.versions.glob(f"{rev_id}_*.py")]
    (found,) = [each for each in texts if f"\nrevision = {rev_id!r}\n" in each]
    return found


def valid(database: Database) -> dict[str, bool]:
    keys = (
        "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = CAST('chats' AS regclass)"
    )
    return dict(database.rows(keys))  # type: ignore[arg-type]


def test_two_revisions_are_written_and_run_both_ways_one_by_one(postgresql_begun: Chain) -> None:
    chain, database, wanted = postgresql_begun, postgresql_begun.database, split(key_on_a_table_that_exists())

    first = revised(chain, wanted, "0002", "chats belong to users")

    assert_golden(first, "postgresql", "split_first")
    assert_golden(of(chain, "0002_validate"), "postgresql", "split_second")
    for _ in range(2):
        chain.upgrade(wanted, "0002")
        assert valid(database) == {"fk_chats_user_id": False}
        chain.upgrade(wanted)
        assert valid(database) == {"fk_chats_user_id": True}
        chain.check(wanted)
        chain.downgrade(wanted, "0002")
        chain.downgrade(wanted, "0001")
        assert valid(database) == {}
        assert chain.diffs(guard(nothing())) == []
    chain.upgrade(wanted, "0002")
    with pytest.raises(sa.exc.IntegrityError):  # NOT VALID is of old rows only
        database.execute("INSERT INTO chats (id, user_id) VALUES (1, 'nobody')")


def test_rows_that_break_the_key_stop_the_second_and_leave_the_first(postgresql_begun: Chain) -> None:
    chain, database = postgresql_begun, postgresql_begun.database
    plain = tables(chats=[sa.Column("user_id", sa.Text)])
    chain.revision(guard(plain), "0002")
    chain.upgrade(guard(plain))
    database.execute("INSERT INTO chats (id, user_id) VALUES (1, 'nobody')")
    revised(chain, split(key_on_a_table_that_exists()), "0003")

    with pytest.raises(sa.exc.IntegrityError, match="violates foreign key constraint"):
        chain.upgrade(split(key_on_a_table_that_exists()))

    assert valid(database) == {"fk_chats_user_id": False}
    database.execute("DELETE FROM chats")
    chain.upgrade(split(key_on_a_table_that_exists()))
    assert valid(database) == {"fk_chats_user_id": True}


def test_a_new_tables_key_and_other_databases_need_no_second_revision(begun: Chain, database: Database) -> None:
    begun.revision(split(new_tables()), "0002")
    assert len(list(begun.versions.glob("*.py"))) == 2

    begun.upgrade(split(new_tables()))
    if database.dialect != "postgresql":
        merged = new_tables()
        merged.tables["chats"].append_column(to_user(index=True))
        begun.revision(split(merged), "0003")
        assert len(list(begun.versions.glob("*.py"))) == 3


def differences(chain: Chain, wanted: Guard) -> str:
    with pytest.raises(CommandError) as caught:
        chain.check(wanted)
    # Which Column object it is tells nothing.
    return re.sub(r"0x[0-9a-f]+", "0x", str(caught.value))


def test_names_that_need_quotes_colons_and_per_cent_signs_are_validated(postgresql_begun: Chain) -> None:
    wanted = tables(chats=[sa.Column("user id", sa.Text, index=True)])
    begun_with = guard(wanted)
    postgresql_begun.revision(begun_with, "0002")
    postgresql_begun.upgrade(begun_with)
    key = sa.ForeignKeyConstraint(["user id"], [auth["user"].c.id], name='fk%(of) :a "user"', ondelete="CASCADE")
    wanted.tables["chats"].append_constraint(key)

    revised(postgresql_begun, split(wanted), "0003")

    postgresql_begun.upgrade(split(wanted))
    assert valid(postgresql_begun.database) == {'fk%(of) :a "user"': True}
    sql = postgresql_begun.sql(split(wanted), "0003:head")
    assert 'VALIDATE CONSTRAINT "fk%(of) :a ""user""";' in sql


def test_check_tells_the_same_differences_in_both_ways(postgresql_begun: Chain) -> None:
    noted = differences(postgresql_begun, guard(key_on_a_table_that_exists()))
    both = differences(postgresql_begun, split(key_on_a_table_that_exists()))

    assert noted.startswith("New upgrade operations detected: [")
    assert [both.count(each) for each in ("'add_column'", "'add_index'", "'add_fk'")] == [1, 1, 1]
    assert "comment" not in noted + both
    assert re.sub(r"postgresql_not_valid\S+", "", both) == noted


def test_compare_metadata_knows_no_second_revision(postgresql_begun: Chain) -> None:
    wanted = split(key_on_a_table_that_exists())

    assert [each[0] for each in postgresql_begun.diffs(wanted)] == ["add_column", "add_index", "add_fk"]


def test_without_an_id_of_ones_own_both_get_alembics(postgresql_begun: Chain) -> None:
    wanted = split(key_on_a_table_that_exists())
    command.revision(postgresql_begun.config(wanted), message="keys", autogenerate=True)

    first, second = sorted(
        (path for path in postgresql_begun.versions.glob("*.py") if not path.name.startswith("0001")),
        key=lambda path: "validated" in path.name,
    )
    assert re.fullmatch(r"[0-9a-f]{12}_keys\.py", first.name)
    assert re.fullmatch(r"[0-9a-f]{12}_keys_validated\.py", second.name)
    assert f"down_revision = '{first.name[:12]}'" in second.read_text(encoding="utf-8")


def test_an_id_that_fills_the_version_column_gets_no_word_more(postgresql_begun: Chain) -> None:
    long = "2026_11_25_chats_belong_to_users"
    assert len(long) == 32
    postgresql_begun.revision(split(key_on_a_table_that_exists()), long)

    postgresql_begun.upgrade(split(key_on_a_table_that_exists()))

    assert valid(postgresql_begun.database) == {"fk_chats_user_id": True}


def test_on_a_branch_with_a_label_and_splice_the_second_follows_the_first(postgresql_begun: Chain) -> None:
    chain, wanted = postgresql_begun, split(key_on_a_table_that_exists())
    chain.write("0002", "pass", down_revision="0001")
    chain.upgrade(wanted)

    revised(chain, wanted, "0003", head="0002", splice=True, branch_label="keys")

    assert "down_revision = '0002'\nbranch_labels = ('keys',)" in of(chain, "0003")
    assert "down_revision = '0003'\nbranch_labels = None" in of(chain, "0003_validate")
    chain.upgrade(wanted, "keys@head")
    assert valid(chain.database) == {"fk_chats_user_id": True}


def test_with_two_heads_it_follows_the_one_that_was_named(postgresql_begun: Chain) -> None:
    chain, wanted = postgresql_begun, split(key_on_a_table_that_exists())
    chain.write("0002", "pass", down_revision="0001")
    chain.write("0003", "pass", down_revision="0001")
    chain.upgrade(wanted, "heads")

    command.revision(chain.config(wanted), "keys", autogenerate=True, rev_id="0004", head="0003")
    chain.upgrade(wanted, "heads")

    assert "down_revision = '0004'" in of(chain, "0004_validate")
    assert valid(chain.database) == {"fk_chats_user_id": True}


def test_a_rewriter_that_numbers_the_revision_sees_one_script_and_is_followed(postgresql_begun: Chain) -> None:
    seen: list[int] = []

    def number(context: Any, revision: Any, directives: Any) -> None:
        seen.append(len(directives))
        (script,) = directives
        script.rev_id = "0007"

    chain = postgresql_begun
    command.revision(chain.config(split(key_on_a_table_that_exists(), rewriters=[number])), "keys", autogenerate=True)

    assert seen == [1]
    assert "down_revision = '0007'" in of(chain, "0007_validate")


def test_a_rewriter_that_takes_the_revision_away_leaves_nothing(postgresql_begun: Chain) -> None:
    def take(context: Any, revision: Any, directives: Any) -> None:
        directives[:] = []

    wanted = split(key_on_a_table_that_exists(), rewriters=[take])
    command.revision(postgresql_begun.config(wanted), "keys", autogenerate=True)

    assert [path.name for path in postgresql_begun.versions.glob("*.py")] == ["0001_change.py"]


@pytest.mark.parametrize(
    "options",
    [{"transaction_per_migration": False}, {"upgrade_token": "one_upgrades"}],
    ids=["one transaction", "multidb"],
)
def test_where_the_first_lock_would_not_be_gone_one_revision_is_written(
    tmp_path: Path, postgresql: Database, options: dict[str, Any]
) -> None:
    chain = begin(Chain(tmp_path / "chain", postgresql, env=OWN_ENV))
    mako = (chain.folder / "script.py.mako").read_text(encoding="utf-8")
    (chain.folder / "script.py.mako").write_text(mako.replace("upgrades if upgrades", "one_upgrades if one_upgrades")
        if "upgrade_token" in options else mako, encoding="utf-8")  # fmt: skip

    chain.revision(split(key_on_a_table_that_exists()), "0002", options=options)

    assert len(list(chain.versions.glob("*.py"))) == 2
    assert "not_valid" not in of(chain, "0002")


def test_an_unknown_word_for_locks_is_refused() -> None:
    with pytest.raises(
        GuardError, match=r"AGE108 Guard\(locks=\.\.\.\): expected one of \('note', 'split'\), found 'two'"
    ):
        guard(nothing(), locks="two")


# AGL101


def test_the_comments_go_with_the_rule_and_an_error_stops_the_command(postgresql_begun: Chain) -> None:
    wanted = key_on_a_table_that_exists()

    with pytest.raises(GuardError) as caught:
        postgresql_begun.revision(guard(wanted, rules={"AGL101": "error"}), "0002")
    (only,) = [each for each in caught.value.diagnostics if each.code == "AGL101"]
    assert only.location.object == "public.user"
    assert only.message == (
        "the new key of chats takes SHARE ROW EXCLUSIVE on it, better-auth's, until the migration commits: "
        "its writes wait while every row of chats is looked up"
    )

    assert "AGL101" not in postgresql_begun.revision(guard(wanted, rules={"AGL101": "off"}), "0002")


def test_a_requirement_stands_in_front_of_all_operations(postgresql_begun: Chain) -> None:
    lines = [
        line
        for line in body(postgresql_begun.revision(guard(several_owners()), "0002")).splitlines()
        if line[:1] != "#"
    ]

    assert [line.partition("(")[0] for line in lines[:3]] == ["op.require_table", "op.require_table", "op.create_table"]
