"""The fence: a migration changes no table of another owner, whatever it runs; its owner may at any time.

Costs 25 s on two cores.
"""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from pprint import pformat
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.util import CommandError

from alembic_guard import Allow, ExternalTables, Guard, GuardError, TableName
from alembic_guard.presets import better_auth
from tests.kit import OWN_ENV, ROOT, Chain, Database, sqlite_database, statements
from tests.ways import COMMITTED, HARMLESS, REFUSED, ROLLED_BACK, TOLD, UNSEEN, WAYS, Way

THEIRS = ("user", "session", "account", "verification")


def guard(**given: Any) -> Guard:
    return Guard(
        sa.MetaData(),
        external=[
            better_auth(),
            ExternalTables("keyring", [TableName("auth", name) for name in ("keys", "events", "tickets")]),
        ],
        **given,
    )


USER = (
    'INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") '
    "VALUES ('u1', 'Ann', 'a@b.co', {true}, {now}, {now})"
)
SESSION = (
    'INSERT INTO session (id, "expiresAt", token, "createdAt", "updatedAt", "userId") '
    "VALUES ('s1', {now}, 't1', {now}, {now}, 'u1')"
)
VERIFICATION = (
    'INSERT INTO verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt", chat_id) '
    "VALUES ('v1', 'i', 'v', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)"
)


def neighbours(database: Database) -> None:
    """Better Auth's tables with rows, a key from one of theirs to ours, triggers on both sides."""
    database.load(database.better_auth())
    words = {"true": "true" if database.dialect == "postgresql" else "1", "now": "'2026-01-01 00:00:00'"}
    database.execute(USER.format(**words), SESSION.format(**words))
    database.execute(
        "CREATE TABLE chat (id INTEGER PRIMARY KEY)",
        "CREATE TABLE chat_messages (id INTEGER PRIMARY KEY)",
        "INSERT INTO chat (id) VALUES (1)",
    )
    if database.dialect == "postgresql":
        database.execute(
            "CREATE SCHEMA auth",
            "CREATE TABLE auth.keys (id INTEGER PRIMARY KEY)",
            "CREATE TABLE auth.events (kind INTEGER) PARTITION BY LIST (kind)",
            "CREATE TABLE auth.events_a PARTITION OF auth.events FOR VALUES IN (1)",
            "INSERT INTO auth.events VALUES (1)",
            "CREATE TYPE auth.mood AS ENUM ('sad', 'well')",
            "CREATE TABLE auth.tickets (id SERIAL PRIMARY KEY, mood auth.mood)",
            "ALTER TABLE verification ADD COLUMN chat_id INTEGER REFERENCES chat ON DELETE CASCADE",
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER theirs AFTER DELETE ON verification FOR EACH ROW EXECUTE FUNCTION nothing()",
            "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM session; RETURN NULL; END'",
            "CREATE TRIGGER ours AFTER INSERT ON chat_messages FOR EACH ROW EXECUTE FUNCTION follow()",
        )
    elif database.dialect == "mariadb":
        database.execute(
            "ALTER TABLE verification ADD COLUMN chat_id INTEGER",
            "ALTER TABLE verification ADD FOREIGN KEY (chat_id) REFERENCES chat (id) ON DELETE CASCADE",
            "CREATE TRIGGER ours AFTER INSERT ON chat_messages FOR EACH ROW DELETE FROM session",
            "CREATE PROCEDURE tidy_up() ALTER TABLE session ADD COLUMN x INT",
            "CREATE FUNCTION wipe() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM session; RETURN 1; END",
            "CREATE TRIGGER theirs AFTER DELETE ON verification FOR EACH ROW SET @x = 1",
            "CREATE VIEW seen AS SELECT * FROM verification",
            "CREATE TABLE root (id INTEGER PRIMARY KEY)",
            "ALTER TABLE chat ADD COLUMN root_id INTEGER",
            "ALTER TABLE chat ADD FOREIGN KEY (root_id) REFERENCES root (id) ON DELETE CASCADE",
            "CREATE TABLE relay (id INTEGER)",
            "CREATE TRIGGER relayed AFTER INSERT ON relay FOR EACH ROW INSERT INTO chat_messages VALUES (NEW.id)",
        )
    else:
        database.execute(
            "ALTER TABLE verification ADD COLUMN chat_id INTEGER REFERENCES chat (id) ON DELETE CASCADE",
            "CREATE TRIGGER ours AFTER INSERT ON chat_messages BEGIN DELETE FROM session; END",
        )
    database.execute(VERIFICATION)


def body_of(way: Way, database: Database) -> str:
    sqlite = database.dialect == "sqlite"
    view = "op.execute('CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM verification; END')\n"
    words = {
        "{schema}": database.default_schema,
        "{key}": {"postgresql": "session_userId_fkey", "mariadb": "session_ibfk_1"}.get(database.dialect, ""),
        "{trigger}": "BEGIN SELECT 1; END" if sqlite else "FOR EACH ROW EXECUTE FUNCTION nothing()",
        "{option}": "connect_timeout",
        "{through}": f"{view if sqlite else ''}op.execute('DELETE FROM v')",
        "§": "`" if database.dialect == "mariadb" else "\\x22",  # of a string in either quotes
    }
    text = way.body
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


_POSTGRESQL = """
SELECT CAST(CAST(c.oid AS regclass) AS text), CAST(c.relacl AS text), c.relrowsecurity, pg_get_userbyid(c.relowner),
  obj_description(c.oid), col_description(c.oid, 1),
  (SELECT array_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull) ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = c.oid AND attnum > 0), (SELECT array_agg(pg_get_expr(adbin, adrelid)) FROM pg_attrdef WHERE adrelid = c.oid),
  (SELECT array_agg(conname || pg_get_constraintdef(oid) ORDER BY 1) FROM pg_constraint WHERE conrelid = c.oid),
  (SELECT array_agg(pg_get_indexdef(indexrelid) ORDER BY 1) FROM pg_index WHERE indrelid = c.oid),
  (SELECT array_agg(concat(pg_get_triggerdef(oid), tgenabled) ORDER BY 1) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal),
  (SELECT array_agg(rulename) FROM pg_rewrite WHERE ev_class = c.oid), (SELECT array_agg(polname) FROM pg_policy WHERE polrelid = c.oid),
  (SELECT array_agg(inhrelid ORDER BY 1) FROM pg_inherits WHERE inhparent = c.oid),
  (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_attribute JOIN pg_enum ON enumtypid = atttypid WHERE attrelid = c.oid)
FROM pg_class c WHERE c.relkind IN ('r', 'p')
  AND c.relname IN ('user', 'session', 'account', 'verification', 'keys', 'events', 'events_a', 'tickets') ORDER BY 1
"""


def look(database: Database) -> Any:
    """Definition and rows of their tables; in PostgreSQL's own words, one statement where the kit's takes a hundred."""
    if database.dialect != "postgresql":
        return database.snapshot(*THEIRS)
    rows = [database.rows(f'SELECT * FROM "{table}" ORDER BY id') for table in THEIRS]
    more = [
        database.rows(f"SELECT {what} FROM auth.{table}")
        for what, table in (("*", "keys"), ("*", "events"), ("last_value", "tickets_id_seq"))
    ]
    return database.rows(_POSTGRESQL), rows, more


def outcome_of(chain: Chain, database: Database, before: Any, body: str, caplog: pytest.LogCaptureFixture) -> str:
    """What becomes of a migration with this body; the tables of others are as before, or that is said."""
    versions = chain.versions / "0002_by_hand.py"
    chain.write("0002", body, down_revision="0001")
    caplog.clear()
    codes = []
    try:
        chain.upgrade(guard())
    except GuardError as error:
        codes = [each.code for each in error.diagnostics]
    same = look(database) == before
    versions.unlink()
    told = [record.getMessage()[:6] for record in caplog.records if record.getMessage().startswith("AGO123")]
    if codes:
        (code,) = set(codes)
        outcome = {"AGO120": REFUSED, "AGO121": ROLLED_BACK, "AGO122": COMMITTED}[code]
    else:
        outcome = TOLD if told else UNSEEN
    return outcome if same or outcome in (COMMITTED, TOLD, UNSEEN) else f"{outcome}, and yet it happened"


def ways_of(database: Database) -> list[Way]:
    return [way for way in WAYS if database.dialect in way.outcome]


def test_no_way_to_change_a_table_of_another_owner_is_silent(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    neighbours(database)
    chain = Chain(tmp_path / "chain", database)
    chain.write("0001", "pass")
    chain.upgrade(guard())
    caplog.set_level(logging.WARNING, logger="alembic.guard")
    expected, found = {}, {}
    before = look(database)

    for way in ways_of(database):
        expected[way.name] = way.outcome[database.dialect]
        try:
            found[way.name] = outcome_of(chain, database, before, body_of(way, database), caplog)
        except (sa.exc.SQLAlchemyError, CommandError) as error:
            found[way.name] = repr(error)[:200]
        if database.rows("SELECT version_num FROM alembic_version") != [("0001",)]:
            take_back(chain, database)
            before = look(database)

    wrong = {name: (is_, expected[name]) for name, is_ in found.items() if is_ != expected[name]}
    assert not wrong, pformat(wrong)


def test_the_page_on_the_fence_says_how_many_ways_were_tried() -> None:
    page = (ROOT / "docs" / "explanation" / "fence.md").read_text(encoding="utf-8")
    counts = Counter((outcome, database) for way in WAYS for database, outcome in way.outcome.items())
    databases = ("postgresql", "mariadb", "sqlite")
    rows = [
        f"| {outcome} | {' | '.join(str(counts[outcome, database]) for database in databases)} |"
        for outcome in (REFUSED, ROLLED_BACK, COMMITTED, TOLD)
    ]

    assert "\n".join(rows) in page
    assert len(WAYS) >= 60


def take_back(chain: Chain, database: Database) -> None:
    """After what is not rolled back: the tables as they were."""
    database.execute("DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0001')")
    if database.dialect == "postgresql":
        database.execute("DROP FUNCTION IF EXISTS sweep()")
    if "x" in {row["name"] for row in _columns(database, "session")}:
        database.execute("ALTER TABLE session DROP COLUMN x")
    if not database.rows("SELECT 1 FROM session"):
        words = {"true": "true" if database.dialect == "postgresql" else "1", "now": "'2026-01-01 00:00:00'"}
        database.execute(SESSION.format(**words), "DELETE FROM chat_messages")
    if not database.rows("SELECT 1 FROM verification"):
        database.execute("INSERT INTO chat (id) VALUES (1)", VERIFICATION)


def _columns(database: Database, table: str) -> list[Any]:
    with database.connect() as connection:
        return list(sa.inspect(connection).get_columns(table))


# What is ours to do


def test_what_only_reads_theirs_or_looks_like_them_is_let_through(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    neighbours(database)
    chain = Chain(tmp_path / "chain", database)
    role = f"guard_harmless_{database.url.database}" if database.dialect == "postgresql" else "CURRENT_USER"
    words = {
        "§": "`" if database.dialect == "mariadb" else "\\x22",
        "{id}": "String(36)" if database.dialect == "mariadb" else "Text",
        "{role}": role,
        "{table}": "TABLE" if database.dialect == "mariadb" else "",
    }
    chain.write("0000", "op.create_table('logs', sa.Column('id', sa.Integer), sa.Column('note', sa.String(200)))")
    if database.dialect == "postgresql":
        database.execute(f'CREATE ROLE "{role}"')
    bodies = [body for databases, body in HARMLESS if database.dialect in databases.split()]
    for number, body in enumerate(bodies, 1):
        for word, meant in words.items():
            body = body.replace(word, meant)
        chain.write(f"{number:04}", body, down_revision=f"{number - 1:04}")
    before = look(database)

    chain.upgrade(guard())

    assert database.rows("SELECT version_num FROM alembic_version") == [(f"{len(bodies):04}",)]
    assert [each.getMessage() for each in caplog.records if each.name == "alembic.guard"] == []
    if database.dialect == "postgresql":
        database.execute(f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}_2"', f'DROP ROLE "{role}"')
    assert look(database) == before


def test_keys_to_their_tables_come_and_go(chain: Chain, database: Database) -> None:
    database.load(database.better_auth())
    id_type = "sa.String(36)" if database.dialect == "mariadb" else "sa.Text()"
    key = f"sa.Column('user_id', {id_type}, sa.ForeignKey('user.id', ondelete='CASCADE', name='fk_user'))"
    chain.write("0001", f"op.create_table('profiles', {key})", "op.drop_table('profiles')")
    chain.write(
        "0002",
        f"with op.batch_alter_table('profiles') as batch:\n    batch.add_column(sa.Column('name', {id_type}))\n"
        f"op.execute('INSERT INTO profiles (user_id) SELECT id FROM §user§')".replace(
            "§", "`" if database.dialect == "mariadb" else "\\x22"
        ),
        "with op.batch_alter_table('profiles') as batch:\n    batch.drop_constraint('fk_user', type_='foreignkey')",
        down_revision="0001",
    )

    chain.upgrade(guard())
    chain.downgrade(guard())

    assert "profiles" not in database.tables()


def test_what_the_chain_itself_creates_in_this_run_is_not_inside_the_fence(chain: Chain, database: Database) -> None:
    chain.write("0001", "op.create_table('session', sa.Column('id', sa.Integer))")
    chain.write("0002", "op.add_column('session', sa.Column('a', sa.Integer))", down_revision="0001")

    chain.upgrade(guard())

    assert "session" in database.tables()


def test_with_consent_one_revision_may_change_one_table(chain: Chain, database: Database) -> None:
    database.load(database.better_auth())
    change = "op.add_column('{}', sa.Column('nickname', sa.Integer))"
    chain.write("0001", change.format("user"))
    chain.write("0002", change.format("session"), down_revision="0001")
    agreed = guard(allow=[Allow("0001", "user", reason="agreed with the auth team")])

    with pytest.raises(GuardError) as caught:
        chain.upgrade(agreed)

    (found,) = caught.value.diagnostics
    assert (found.code, found.location.object) == ("AGO120", f"{database.default_schema}.session")
    assert f'allow=[Allow("0002", "{database.default_schema}.session", reason="...")]' in found.hint
    assert database.rows("SELECT version_num FROM alembic_version") == [("0001",)]


def test_rows_that_one_revision_may_write_hide_none_of_the_next(tmp_path: Path, postgresql: Database) -> None:
    """PostgreSQL's counts go on behind a commit, or begin anew: they are compared within one transaction."""
    neighbours(postgresql)
    chain = Chain(tmp_path / "chain", postgresql)
    many = "op.execute('DO $$ BEGIN INSERT INTO auth.keys SELECT * FROM generate_series(1, 5); END $$')"
    chain.write("0001", many)
    chain.write("0002", "op.execute('SELECT pg_sleep(1.2)')", down_revision="0001")
    one = "op.execute('DO $$ BEGIN INSERT INTO auth.keys VALUES (6); END $$')"
    chain.write("0003", one, down_revision="0002")

    with pytest.raises(GuardError, match=r"^AGO121 auth.keys: .*: 1 row inserted"):
        chain.upgrade(guard(allow=[Allow("0001", "auth.keys", reason="agreed")]))

    assert postgresql.rows("SELECT count(*) FROM auth.keys") == [(5,)]


def test_without_a_fence_nothing_is_looked_at(chain: Chain, database: Database) -> None:
    database.load(database.better_auth())
    chain.write("0001", "op.add_column('user', sa.Column('nickname', sa.Integer))")

    chain.upgrade(guard(fence=False))

    assert "nickname" in {column["name"] for column in _columns(database, "user")}


def test_a_chain_with_a_consent_that_needs_none_runs(chain: Chain) -> None:
    chain.write("0001", "op.create_table('mine', sa.Column('id', sa.Integer))")

    chain.upgrade(guard(allow=[Allow("0001", "nobodys.table", reason="to come")]))


@pytest.mark.parametrize("allow", [["0001"], [Allow("0001", "user", reason=" ")], Allow("0001", "user", reason="x")])
def test_a_consent_needs_a_reason(allow: Any) -> None:
    with pytest.raises(GuardError, match=r"^AGE108 Guard\(allow"):
        guard(allow=allow)


def test_the_fence_stands_in_an_env_py_of_ones_own_and_in_a_downgrade(tmp_path: Path, database: Database) -> None:
    database.load(database.better_auth())
    chain = Chain(tmp_path / "own", database, env=OWN_ENV)
    chain.write("0001", "pass", "op.drop_table('session')")
    chain.upgrade(guard())

    with pytest.raises(GuardError, match=r"^AGO120 "):
        chain.downgrade(guard())

    assert "session" in database.tables()


def test_on_mariadb_another_column_of_an_index_is_seen_even_where_the_last_one_stays(
    tmp_path: Path, mariadb: Database
) -> None:
    mariadb.execute("CREATE TABLE tickets (id INTEGER, a INTEGER, b INTEGER, c INTEGER, KEY `by two` (a, c))")
    chain = Chain(tmp_path / "chain", mariadb)
    hidden = "CONCAT('ALTER TABLE tic', 'kets DROP KEY `by two`, ADD KEY `by two` (b, c), COMMENT = ''x''')"
    chain.write("0001", f'op.execute("EXECUTE IMMEDIATE {hidden}")')

    with pytest.raises(GuardError) as caught:
        chain.upgrade(Guard(sa.MetaData(), external=[ExternalTables("crm", ["tickets"])]))

    (found,) = caught.value.diagnostics
    assert found.code == "AGO122"
    assert 'index "by two" is another' in found.message


# What it costs


def test_a_run_asks_as_much_beside_a_hundred_tables_as_beside_one(tmp_path: Path, database: Database) -> None:
    neighbours_ = [f"neighbour_{number}" for number in range(100)]
    database.execute(*(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, a INTEGER)" for name in neighbours_))

    def asked(external: list[str], number: int) -> int:
        chain = Chain(tmp_path / f"chain{number}", database)
        chain.write("0001", f"op.create_table('mine_{number}', sa.Column('id', sa.Integer))")
        one = Guard(
            sa.MetaData(),
            external=[ExternalTables("crm", external)],
            configure={"version_table": f"versions_{number}"},
        )
        with database.engine() as engine, statements(engine) as seen:
            chain.upgrade(one, connection=engine)
        database.execute(f"DROP TABLE mine_{number}", f"DROP TABLE versions_{number}")
        return len(seen)

    assert asked(neighbours_[:1], 1) == asked(neighbours_, 2)


def test_of_an_attached_database_no_table_is_inside_and_ours_of_the_same_name_is_free(
    tmp_path: Path, sqlite: Database
) -> None:
    sqlite_database(tmp_path / "other.db").execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")
    ours = sa.MetaData()
    sa.Table("things", ours, sa.Column("id", sa.Integer), sa.Column("more", sa.Integer))
    guard = Guard(ours, external=[ExternalTables("them", [TableName("other", "things")])])
    chain = Chain(tmp_path / "chain", sqlite)
    chain.write("0001", "op.create_table('things', sa.Column('id', sa.Integer))")
    chain.upgrade(guard)
    chain.write("0002", "op.add_column('things', sa.Column('more', sa.Integer))", down_revision="0001")

    def attach(raw: Any, record: Any) -> None:
        raw.execute(f"ATTACH '{tmp_path / 'other.db'}' AS other")

    sa.event.listen(sa.Engine, "connect", attach)
    try:
        chain.upgrade(guard)
    finally:
        sa.event.remove(sa.Engine, "connect", attach)

    assert [row[1] for row in sqlite.rows("PRAGMA table_info(things)")] == ["id", "more"]
