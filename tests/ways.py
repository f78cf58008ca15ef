"""Ways to change a table of another owner in a migration, and what the fence makes of each.

``session``, ``user`` and ``verification`` are Better Auth's; ``auth.keys``, the partitioned ``auth.events`` and
``auth.tickets``, with a sequence and an enum, are somebody's in another schema; ``chat`` is ours, and ``verification``
refers to it with ON DELETE CASCADE. On MariaDB ``chat`` itself follows ``root`` so, ``relay`` has a trigger that writes
``chat_messages``, and ``seen`` is a view of ``verification``. SQLite follows keys only where a connection asks for it
(PRAGMA foreign_keys), which a migration in its transaction cannot; and its own lock keeps a second connection from
committing.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSED, ROLLED_BACK, COMMITTED, TOLD = "refused", "rolled back", "reported when committed", "told as another session's"
UNSEEN = "not seen"


@dataclass(frozen=True)
class Way:
    """One way.

    Args:
        body: Of ``upgrade()``; ``§`` in it stands for the database's own quote of names.
        outcome: By database; one that is not named does not have this way.
    """

    name: str
    body: str
    outcome: dict[str, str]


def _everywhere(name: str, body: str) -> Way:
    return Way(name, body, dict.fromkeys(("postgresql", "mariadb", "sqlite"), REFUSED))


def _on(databases: str, outcome: str, name: str, body: str) -> Way:
    return Way(name, body, dict.fromkeys(databases.split(), outcome))


_SERVERS = "postgresql mariadb"
_ENGINE = "bind = op.get_bind()\nother = sa.create_engine(bind.engine.url, poolclass=sa.pool.NullPool)\n"

WAYS = [
    # Alembic's operations
    _everywhere("add_column", "op.add_column('user', sa.Column('nickname', sa.Integer))"),
    _everywhere("drop_column", "op.drop_column('user', 'image')"),
    _everywhere("rename_table", "op.rename_table('session', 'sessions')"),
    _everywhere("drop_table", "op.drop_table('session')"),
    _everywhere("create_index", "op.create_index('ix_user_flag', 'user', ['emailVerified'])"),
    _on(
        "postgresql mariadb",
        REFUSED,
        "alter_column, the type",
        "op.alter_column('user', 'name', type_=sa.String(100), existing_nullable=False)",
    ),
    _on(
        "postgresql mariadb",
        REFUSED,
        "alter_column, its null",
        "op.alter_column('user', 'name', nullable=True, existing_type=sa.String(255))",
    ),
    _on(
        "postgresql mariadb",
        REFUSED,
        "alter_column, a default",
        "op.alter_column('user', 'name', server_default='x', existing_type=sa.String(255), existing_nullable=False)",
    ),
    _on(
        "postgresql mariadb",
        REFUSED,
        "alter_column, a new name",
        "op.alter_column('user', 'name', new_column_name='title', existing_type=sa.String(255), existing_nullable=False)",
    ),
    _on(
        "postgresql mariadb", REFUSED, "create_unique_constraint", "op.create_unique_constraint('uq', 'user', ['name'])"
    ),
    _on(
        "postgresql mariadb",
        REFUSED,
        "create_check_constraint",
        "op.create_check_constraint('ck', 'user', 'name <> 1')",
    ),
    _on(
        "postgresql mariadb",
        REFUSED,
        "create_foreign_key from theirs",
        "op.create_foreign_key('fk', 'user', 'chat', ['emailVerified'], ['id'])",
    ),
    _on("postgresql mariadb", REFUSED, "create_table_comment", "op.create_table_comment('user', 'ours now')"),
    _on("postgresql", REFUSED, "drop_constraint", "op.drop_constraint('user_email_key', 'user')"),
    _on(
        "postgresql mariadb",
        REFUSED,
        "drop_constraint of a key",
        "op.drop_constraint('{key}', 'session', type_='foreignkey')",
    ),
    Way(
        "drop_index",
        "op.drop_index('session_userId_idx', table_name='session')",
        dict.fromkeys(("postgresql", "mariadb", "sqlite"), REFUSED),
    ),
    _everywhere(
        "bulk_insert",
        "op.bulk_insert(sa.table('verification', *map(sa.column, ['id', 'identifier', 'value', 'expiresAt'])),\n"
        "    [{'id': 'v2', 'identifier': 'i', 'value': 'v', 'expiresAt': '2026-01-01 00:00:00'}])",
    ),
    _everywhere("execute of an update", "op.execute(sa.table('user', sa.column('name')).update().values(name='x'))"),
    _everywhere("execute of a delete", "op.execute(sa.table('session').delete())"),
    _everywhere(
        "batch_alter_table",
        "with op.batch_alter_table('user') as batch:\n    batch.add_column(sa.Column('nickname', sa.Integer))",
    ),
    _on(
        "postgresql sqlite",
        REFUSED,
        "batch_alter_table, the whole table made anew",
        "with op.batch_alter_table('session', recreate='always') as batch:\n    batch.drop_column('ipAddress')",
    ),
    _everywhere("Table.drop()", "sa.Table('session', sa.MetaData()).drop(op.get_bind())"),
    _everywhere(
        "an ORM session",
        "from sqlalchemy.orm import Session\n"
        "with Session(op.get_bind()) as session:\n    session.execute(sa.table('session').delete())\n    session.commit()",
    ),
    # Raw SQL
    _everywhere("raw ALTER TABLE", "op.execute('ALTER TABLE §user§ ADD COLUMN nickname INTEGER')"),
    _everywhere("odd case", "op.execute('dRoP tAbLe §session§')"),
    _everywhere("comments inside", "op.execute('DROP /* TABLE chat */ TABLE -- chat\\n §session§')"),
    _everywhere("the schema spelled out", "op.execute('DROP TABLE {schema}.§session§')"),
    _everywhere("IF EXISTS", "op.execute('DROP TABLE IF EXISTS §session§')"),
    _on("postgresql mariadb", REFUSED, "in a list of tables", "op.execute('DROP TABLE chat_messages, §session§')"),
    _on("postgresql", REFUSED, "several statements at once", "op.execute('SELECT 1; DROP TABLE session')"),
    _everywhere("raw UPDATE", "op.execute(\"UPDATE §user§ SET name = 'x'\")"),
    _everywhere("raw DELETE", "op.execute('DELETE FROM §session§ WHERE id IS NOT NULL')"),
    _everywhere("raw INSERT from a SELECT", "op.execute('INSERT INTO §session§ SELECT * FROM §session§ WHERE 1 = 0')"),
    _on(
        "postgresql sqlite",
        REFUSED,
        "INSERT ... ON CONFLICT",
        'op.execute("INSERT INTO verification (id, identifier, value, \\"expiresAt\\") "\n'
        "    \"VALUES ('v1', 'i', 'v', '2026-01-01') ON CONFLICT (id) DO UPDATE SET value = 'w'\")",
    ),
    _on(
        "mariadb sqlite",
        REFUSED,
        "REPLACE",
        "op.execute(\"REPLACE INTO verification (id, identifier, value, §expiresAt§) VALUES ('v1', 'i', 'v', '2026-01-01')\")",
    ),
    _on(
        "postgresql",
        REFUSED,
        "a common table expression that deletes",
        "op.execute('WITH gone AS (DELETE FROM session RETURNING 1) SELECT count(*) FROM gone')",
    ),
    _on(
        "postgresql sqlite",
        REFUSED,
        "behind a common table expression",
        "op.execute('WITH one AS (SELECT 1) DELETE FROM session')",
    ),
    _on(
        "postgresql", REFUSED, "MERGE", "op.execute('MERGE INTO session USING chat ON false WHEN MATCHED THEN DELETE')"
    ),
    _on("postgresql mariadb", REFUSED, "TRUNCATE", "op.execute('TRUNCATE TABLE §session§')"),
    _on("mariadb", REFUSED, "RENAME TABLE", "op.execute('RENAME TABLE chat TO chats, session TO sessions')"),
    _on("mariadb", REFUSED, "DROP INDEX ... ON", "op.execute('DROP INDEX `session_userId_idx` ON session')"),
    _on("mariadb", REFUSED, "CREATE OR REPLACE TABLE", "op.execute('CREATE OR REPLACE TABLE verification (id INT)')"),
    _on(
        "mariadb",
        REFUSED,
        "UPDATE of several tables",
        "op.execute(\"UPDATE user, session SET user.name = 'x' WHERE user.id = session.`userId`\")",
    ),
    _on(
        "postgresql sqlite",
        REFUSED,
        "CREATE TRIGGER on theirs",
        "op.execute('CREATE TRIGGER t AFTER DELETE ON session {trigger}')",
    ),
    _on(
        "mariadb",
        REFUSED,
        "CREATE TRIGGER on theirs, MariaDB",
        "op.execute('CREATE TRIGGER t AFTER DELETE ON session FOR EACH ROW SET @x = 1')",
    ),
    _on("postgresql", REFUSED, "DROP TRIGGER", "op.execute('DROP TRIGGER theirs ON verification')"),
    _on("postgresql", REFUSED, "DISABLE TRIGGER", "op.execute('ALTER TABLE verification DISABLE TRIGGER theirs')"),
    _on("postgresql", REFUSED, "RENAME COLUMN", "op.execute('ALTER TABLE ONLY \"user\" RENAME name TO title')"),
    _on("postgresql", REFUSED, "SET SCHEMA", "op.execute('ALTER TABLE session SET SCHEMA auth')"),
    _on("postgresql", REFUSED, "OWNER TO", "op.execute('ALTER TABLE session OWNER TO pg_monitor')"),
    _on("postgresql", REFUSED, "ROW LEVEL SECURITY", "op.execute('ALTER TABLE session ENABLE ROW LEVEL SECURITY')"),
    _on("postgresql", REFUSED, "CREATE POLICY", "op.execute('CREATE POLICY p ON session USING (true)')"),
    _on("postgresql", REFUSED, "CREATE RULE", "op.execute('CREATE RULE r AS ON DELETE TO session DO INSTEAD NOTHING')"),
    _on("postgresql", REFUSED, "GRANT", "op.execute('GRANT SELECT ON \"user\" TO PUBLIC')"),
    _on(
        "postgresql",
        ROLLED_BACK,
        "GRANT on all tables",
        "op.execute('GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC')",
    ),
    _on("postgresql", REFUSED, "REVOKE", "op.execute('REVOKE ALL ON TABLE chat, session FROM PUBLIC')"),
    _on("postgresql", REFUSED, "COMMENT ON COLUMN", "op.execute(\"COMMENT ON COLUMN public.session.id IS 'ours'\")"),
    _on("postgresql", REFUSED, "ALTER INDEX", "op.execute('ALTER INDEX \"session_userId_idx\" RENAME TO ix')"),
    _on(
        "postgresql",
        REFUSED,
        "behind another statement",
        "op.execute('CREATE TABLE heir () INHERITS (auth.keys); INSERT INTO auth.keys VALUES (7)')",
    ),
    # What no text shows
    _on("postgresql", ROLLED_BACK, "a DO block", "op.execute('DO $$ BEGIN DELETE FROM session; END $$')"),
    _on(
        "postgresql",
        ROLLED_BACK,
        "a DO block that puts its text together",
        "op.execute(\"DO $$ BEGIN EXECUTE 'DROP TABLE ses' || 'sion'; END $$\")",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "a function's body",
        "op.execute('CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM session $$')\n"
        "op.execute('SELECT f()')",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "a prepared statement",
        "op.execute('PREPARE p AS DELETE FROM session')\nop.execute('EXECUTE p')",
    ),
    _on("mariadb", REFUSED, "a prepared statement, MariaDB", "op.execute(\"PREPARE p FROM 'DELETE FROM session'\")"),
    _on("mariadb", REFUSED, "EXECUTE IMMEDIATE", "op.execute(\"EXECUTE IMMEDIATE 'DROP TABLE session'\")"),
    _on(
        "mariadb",
        COMMITTED,
        "EXECUTE IMMEDIATE of a text put together",
        "op.execute(\"EXECUTE IMMEDIATE CONCAT('ALTER TABLE ses', 'sion ADD COLUMN x INT')\")",
    ),
    _on("mariadb", REFUSED, "a procedure made before", "op.execute('CALL tidy_up()')"),
    _on("postgresql", ROLLED_BACK, "a name in escapes", "op.execute('DROP TABLE U&\"\\\\0073ession\"')"),
    _on(
        "postgresql",
        ROLLED_BACK,
        "by another search_path",
        "op.execute('SET LOCAL search_path TO auth')\nop.execute('ALTER TABLE keys ADD COLUMN x int')\n"
        "op.execute('SET LOCAL search_path TO public')",
    ),
    _on("postgresql", REFUSED, "ALTER SCHEMA", "op.execute('ALTER SCHEMA auth RENAME TO oauth')"),
    _on("postgresql", REFUSED, "DROP SCHEMA ... CASCADE", "op.execute('DROP SCHEMA auth CASCADE')"),
    Way(
        "a view that is written through, by a trigger or by itself",
        "op.execute('CREATE VIEW v AS SELECT * FROM verification')\n{through}",
        {"postgresql": ROLLED_BACK, "mariadb": REFUSED, "sqlite": REFUSED},
    ),
    _on("postgresql", ROLLED_BACK, "DROP TABLE of ours with CASCADE", "op.execute('DROP TABLE chat CASCADE')"),
    _on("postgresql", ROLLED_BACK, "TRUNCATE of ours with CASCADE", "op.execute('TRUNCATE chat CASCADE')"),
    Way(
        "DELETE of ours that theirs follow",
        "op.execute('DELETE FROM chat')",
        {"postgresql": ROLLED_BACK, "mariadb": REFUSED},
    ),
    Way(
        "a trigger on ours that writes into theirs",
        'op.execute("INSERT INTO chat_messages (id) VALUES (1)")',
        {"postgresql": ROLLED_BACK, "sqlite": REFUSED, "mariadb": REFUSED},
    ),
    _on(
        "sqlite",
        REFUSED,
        "a trigger of its own",
        "op.execute('CREATE TEMP TRIGGER t AFTER INSERT ON session BEGIN SELECT 1; END')",
    ),
    # By another way than op
    _everywhere("exec_driver_sql", "op.get_bind().exec_driver_sql('DROP TABLE session')"),
    Way(
        "the driver's own cursor",
        "cursor = op.get_bind().connection.cursor()\ncursor.execute('ALTER TABLE session ADD COLUMN x INTEGER')",
        {"postgresql": ROLLED_BACK, "sqlite": REFUSED, "mariadb": TOLD},
    ),
    _everywhere(
        "a second connection",
        _ENGINE + "with other.begin() as second:\n    second.execute(sa.text('DELETE FROM session'))",
    ),
    _on(
        _SERVERS,
        TOLD,
        "a second connection in another thread",
        _ENGINE + "import threading\n\ndef work():\n    with other.begin() as second:\n"
        "        second.execute(sa.text('ALTER TABLE session ADD COLUMN x INTEGER'))\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()",
    ),
    _on(
        _SERVERS,
        TOLD,
        "a second connection of the driver's own",
        _ENGINE
        + "raw = other.raw_connection()\nraw.cursor().execute('ALTER TABLE session ADD COLUMN x INTEGER')\nraw.commit()\nraw.close()",
    ),
    _everywhere(
        "a failure that is passed over", "try:\n    op.execute('DROP TABLE session')\nexcept Exception:\n    pass"
    ),
    # Transactions of its own
    _on(
        "postgresql",
        ROLLED_BACK,
        "a DO block and a raw COMMIT",
        "op.execute('DO $$ BEGIN DELETE FROM session; END $$')\nop.execute('COMMIT')",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "a DO block in front of an autocommit block",
        "op.execute('DO $$ BEGIN DELETE FROM session; END $$')\n"
        "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')",
    ),
    _on(
        "postgresql",
        REFUSED,
        "inside an autocommit block",
        "with op.get_context().autocommit_block():\n    op.execute('ALTER TABLE session ADD COLUMN x int')",
    ),
    _on(
        "postgresql",
        COMMITTED,
        "a DO block inside an autocommit block",
        "with op.get_context().autocommit_block():\n"
        "    op.execute(\"DO $$ BEGIN EXECUTE 'ALTER TABLE ses' || 'sion ADD COLUMN x int'; END $$\")",
    ),
    _on(
        "postgresql",
        COMMITTED,
        "a COMMIT in the middle of a text",
        "op.execute(\"DO $$ BEGIN EXECUTE 'ALTER TABLE ses' || 'sion ADD COLUMN x int'; END $$; COMMIT; SELECT 1\")",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "behind an autocommit block",
        "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')\n"
        "op.execute('DO $$ BEGIN DELETE FROM session; END $$')",
    ),
]

_AT_ONCE = "with op.get_context().autocommit_block():\n    "
_SWEEP = "op.execute('CREATE FUNCTION sweep() RETURNS void LANGUAGE sql AS $$ {} $$')\n"
_DELETES, _ALTERS = _SWEEP.format("DELETE FROM session"), _SWEEP.format("ALTER TABLE session ADD COLUMN x int")


def _sql(databases: str, outcome: str, name: str, *statements: str) -> Way:
    return _on(databases, outcome, name, "\n".join(f"op.execute({each!r})" for each in statements))


WAYS += [
    # What is a part of a table without its name
    _sql("postgresql", REFUSED, "an heir", "CREATE TABLE heir () INHERITS (auth.keys)"),
    _sql(
        "postgresql",
        REFUSED,
        "an heir by ALTER TABLE",
        "CREATE TABLE heir (LIKE auth.keys INCLUDING ALL)",
        "ALTER TABLE heir INHERIT auth.keys",
    ),
    _sql(
        "postgresql",
        ROLLED_BACK,
        "an heir in a DO block",
        "DO $$ BEGIN CREATE TABLE heir () INHERITS (auth.keys); END $$",
    ),
    _sql(
        "postgresql",
        REFUSED,
        "theirs as a partition of ours",
        "CREATE TABLE whole (id INTEGER) PARTITION BY LIST (id)",
        "ALTER TABLE whole ATTACH PARTITION auth.keys DEFAULT",
    ),
    _sql(
        "postgresql",
        REFUSED,
        "a partition of ours in theirs",
        "CREATE TABLE auth.events_c PARTITION OF auth.events FOR VALUES IN (3)",
    ),
    _sql("postgresql", REFUSED, "DROP TABLE of a partition", "DROP TABLE auth.events_a"),
    _sql("postgresql", REFUSED, "DELETE in a partition", "DELETE FROM auth.events_a"),
    _sql(
        "postgresql",
        ROLLED_BACK,
        "a DO block that deletes in a partition",
        "DO $$ BEGIN DELETE FROM auth.events; END $$",
    ),
    _sql("postgresql", REFUSED, "ALTER SEQUENCE", "ALTER SEQUENCE auth.tickets_id_seq RESTART WITH 500"),
    _sql("postgresql", REFUSED, "setval", "SELECT setval('auth.tickets_id_seq', 500)"),
    _sql(
        "postgresql",
        REFUSED,
        "setval by table and column",
        "SELECT setval(pg_get_serial_sequence('auth.tickets', 'id'), 500)",
    ),
    _sql(
        "postgresql",
        ROLLED_BACK,
        "ALTER SEQUENCE in a DO block",
        "DO $$ BEGIN ALTER SEQUENCE auth.tickets_id_seq RESTART WITH 500; END $$",
    ),
    _sql(
        "postgresql", ROLLED_BACK, "a value of their enum renamed", "ALTER TYPE auth.mood RENAME VALUE 'sad' TO 'bad'"
    ),
    _sql("postgresql", ROLLED_BACK, "a value more in their enum", "ALTER TYPE auth.mood ADD VALUE 'new'"),
    _sql(
        "postgresql",
        ROLLED_BACK,
        "another body for their trigger",
        "CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
    ),
    _sql("postgresql", REFUSED, "CREATE STATISTICS", 'CREATE STATISTICS s ON name, email FROM "user"'),
    _sql("postgresql", REFUSED, "CREATE PUBLICATION", "CREATE PUBLICATION guard_pub FOR TABLE session"),
    _sql("postgresql", REFUSED, "COMMENT ON CONSTRAINT", "COMMENT ON CONSTRAINT session_pkey ON session IS 'x'"),
    _sql("postgresql", REFUSED, "COMMENT ON INDEX", "COMMENT ON INDEX \"session_userId_idx\" IS 'x'"),
    _sql("postgresql", REFUSED, "REINDEX", "REINDEX TABLE session"),
    _sql("postgresql", REFUSED, "CLUSTER", "CLUSTER session USING session_pkey"),
    _sql("postgresql", REFUSED, "COPY FROM", "COPY auth.keys FROM PROGRAM 'echo 9'"),
    _on(
        "postgresql",
        ROLLED_BACK,
        "COPY by the driver",
        "cursor = op.get_bind().connection.cursor()\nwith cursor.copy('COPY auth.keys FROM STDIN') as rows:\n    rows.write('9')",
    ),
    _sql("postgresql", REFUSED, "EXPLAIN ANALYZE", "EXPLAIN (ANALYZE) DELETE FROM session"),
    # More transactions of its own
    _on("postgresql", REFUSED, "VACUUM FULL", _AT_ONCE + "op.execute('VACUUM FULL session')"),
    _on(
        "postgresql",
        REFUSED,
        "DROP INDEX CONCURRENTLY",
        _AT_ONCE + "op.drop_index('session_userId_idx', postgresql_concurrently=True)",
    ),
    _on(
        "postgresql",
        REFUSED,
        "a DO block inside an autocommit block that names the table",
        _AT_ONCE + "op.execute('DO $$ BEGIN DELETE FROM session; END $$')",
    ),
    _on(
        "postgresql",
        COMMITTED,
        "rows by a DO block inside an autocommit block",
        _AT_ONCE + "op.execute(\"DO $$ BEGIN EXECUTE 'DELETE FROM ses' || 'sion'; END $$\")",
    ),
    _on("postgresql", COMMITTED, "rows by a function inside one", _DELETES + _AT_ONCE + "op.execute('SELECT sweep()')"),
    _on("postgresql", COMMITTED, "DDL by a function inside one", _ALTERS + _AT_ONCE + "op.execute('SELECT sweep()')"),
    _on(
        "postgresql",
        COMMITTED,
        "rows and a COMMIT in the middle of a text",
        _DELETES + "op.execute('SELECT sweep(); COMMIT; SELECT 1')",
    ),
    _on(
        "postgresql",
        COMMITTED,
        "DDL of a function and a COMMIT in the middle of a text",
        _ALTERS + "op.execute('SELECT sweep(); COMMIT; SELECT 1')",
    ),
    _on(
        "postgresql",
        COMMITTED,
        "the driver's own cursor and commit",
        "raw = op.get_bind().connection\nraw.cursor().execute('ALTER TABLE session ADD COLUMN x int')\nraw.commit()",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "behind a raw ROLLBACK",
        f"op.execute('ROLLBACK')\n{_DELETES}op.execute('SELECT sweep()')",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "behind a rollback",
        f"op.get_bind().rollback()\nop.get_bind().begin()\n{_DELETES}op.execute('SELECT sweep()')",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "in a savepoint",
        "with op.get_bind().begin_nested():\n    op.execute('DO $$ BEGIN DELETE FROM session; END $$')",
    ),
    _on(
        "postgresql",
        ROLLED_BACK,
        "a DO block on a second connection",
        _ENGINE
        + "with other.begin() as second:\n    second.execute(sa.text('DO $$ BEGIN DELETE FROM session; END $$'))",
    ),
    _on(
        _SERVERS,
        REFUSED,
        "a second connection by another URL",
        "url = op.get_bind().engine.url.update_query_dict({'{option}': '9'})\n"
        "with sa.create_engine(url, poolclass=sa.pool.NullPool).begin() as second:\n"
        "    second.execute(sa.text('DELETE FROM session'))",
    ),
    _on(
        "sqlite",
        REFUSED,
        "a second connection by another URL, SQLite",
        "import os\nfile = op.get_bind().engine.url.database\n"
        "for url in (f'sqlite:///{os.path.relpath(file)}', f'sqlite:///file:{file}?uri=true'):\n"
        "    with sa.create_engine(url, poolclass=sa.pool.NullPool).begin() as second:\n"
        "        second.execute(sa.text('DELETE FROM session'))",
    ),
    _on(
        "sqlite",
        REFUSED,
        "the same file, attached",
        _AT_ONCE + "bind = op.get_bind()\n    bind.exec_driver_sql(f\"ATTACH '{bind.engine.url.database}' AS again\")\n"
        "    bind.exec_driver_sql('DELETE FROM again.session')",
    ),
    _sql(
        "sqlite",
        ROLLED_BACK,
        "writable_schema",
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_master SET sql = replace(sql, 'token', 'tokn') WHERE name = 'session'",
    ),
    _sql("sqlite", ROLLED_BACK, "a new name for ours that theirs refer to", "ALTER TABLE chat RENAME TO chats"),
    # What MariaDB alone has
    _sql("mariadb", REFUSED, "a comment that runs", "/*!50000 DROP TABLE session */"),
    _sql("mariadb", REFUSED, "a comment that runs, with rows", "DELETE /*M! FROM session */"),
    _sql("mariadb", REFUSED, "UPDATE of ours and theirs", "UPDATE chat_messages c, session s SET s.token = 'x'"),
    _sql(
        "mariadb",
        REFUSED,
        "UPDATE of a join",
        "UPDATE chat_messages JOIN session ON session.id = 's1' SET token = 'x'",
    ),
    _sql("mariadb", REFUSED, "DELETE by an alias", "DELETE s.* FROM chat_messages c RIGHT JOIN session s ON TRUE"),
    _sql("mariadb", REFUSED, "DELETE ... USING", "DELETE FROM s USING chat JOIN session AS s ON TRUE"),
    _sql("mariadb", REFUSED, "SET STATEMENT ... FOR", "SET STATEMENT max_statement_time = 9 FOR DELETE FROM session"),
    _sql("mariadb", REFUSED, "ANALYZE of a statement", "ANALYZE FORMAT=JSON DELETE FROM session"),
    _sql("mariadb", REFUSED, "IF ... THEN", "IF 1 THEN DELETE FROM session; END IF"),
    _sql("mariadb", REFUSED, "a loop", "FOR i IN 1..1 DO DELETE FROM session; END FOR"),
    _sql("mariadb", REFUSED, "a view of before", "DELETE FROM seen"),
    _sql(
        "mariadb", REFUSED, "a view of a view", "CREATE VIEW seen_again AS SELECT * FROM seen", "DELETE FROM seen_again"
    ),
    _sql("mariadb", REFUSED, "DELETE of what ours follow that theirs follow", "DELETE FROM root"),
    _sql("mariadb", REFUSED, "a trigger that sets off another", "INSERT INTO relay VALUES (1)"),
    _sql("mariadb", REFUSED, "a function made before", "SELECT wipe()"),
    _sql(
        "mariadb",
        REFUSED,
        "a procedure that calls another",
        "CREATE PROCEDURE once_more() BEGIN CALL tidy_up(); END",
        "CALL once_more()",
    ),
    _sql(
        "mariadb", REFUSED, "a text in a variable", "SET @s = 'DELETE FROM session'", "PREPARE p FROM @s", "EXECUTE p"
    ),
    _on(
        "mariadb",
        REFUSED,
        "a text in a parameter",
        "op.get_bind().execute(sa.text('EXECUTE IMMEDIATE :s'), {'s': 'DELETE FROM session'})",
    ),
    _sql("mariadb", REFUSED, "DROP TRIGGER, MariaDB", "DROP TRIGGER theirs"),
    _sql(
        "mariadb",
        REFUSED,
        "a trigger with a definer",
        "CREATE DEFINER=`root`@`localhost` TRIGGER t AFTER DELETE ON session FOR EACH ROW SET @x = 1",
    ),
    _sql("mariadb", REFUSED, "ALTER ONLINE TABLE", "ALTER ONLINE TABLE session ADD COLUMN x INT"),
    _sql("mariadb", REFUSED, "DROP TABLES", "DROP TABLES session"),
    _sql("mariadb", REFUSED, "OPTIMIZE TABLE", "OPTIMIZE TABLE session"),
    _sql("mariadb", REFUSED, "EXCHANGE PARTITION", "ALTER TABLE chat EXCHANGE PARTITION p WITH TABLE session"),
    _sql("mariadb", REFUSED, "DROP DATABASE", "DROP DATABASE {schema}"),
]

_ALL = "postgresql mariadb sqlite"
HARMLESS = [
    # What only reads theirs, names them, or has a name like theirs; `§` as above
    (_ALL, "op.execute('CREATE VIEW of_users AS SELECT id FROM §user§')"),
    (_ALL, "op.create_index('ix_user_session', 'chat', ['id'])"),
    (_ALL, "op.add_column('chat', sa.Column('session', sa.Integer))"),
    (_ALL, "op.execute('UPDATE chat SET session = 1 WHERE session IS NULL')"),
    (_ALL, "op.execute('INSERT INTO logs (note) SELECT name FROM §user§')"),
    (_ALL, "op.execute('CREATE TABLE copied AS SELECT * FROM session')"),
    (_ALL, "op.execute(\"INSERT INTO logs (note) VALUES ('DELETE FROM session; DROP TABLE session')\")"),
    (_ALL, "op.execute('/* DROP TABLE session */ UPDATE logs SET note = note -- DELETE FROM session')"),
    (_ALL, "op.get_bind().execute(sa.text('SELECT id FROM §user§')).all()"),
    (_ALL, "op.bulk_insert(sa.table('logs', sa.column('note')), [{'note': 'user'}, {'note': 'session'}])"),
    (
        _ALL,
        "from sqlalchemy.orm import Session\nwith Session(op.get_bind()) as session:\n"
        "    session.execute(sa.table('logs', sa.column('note')).update().values(note='user'))",
    ),
    (
        "postgresql sqlite",
        "op.execute('WITH session AS (SELECT 1 AS a) INSERT INTO logs (note) SELECT name FROM §user§, session')",
    ),
    ("postgresql sqlite", "op.execute('UPDATE logs SET note = name FROM §user§')"),
    ("postgresql sqlite", "op.execute('CREATE TEMP TABLE passing (id INT)')\nop.execute('DROP TABLE passing')"),
    (_SERVERS, "op.get_bind().execute(sa.text('SELECT id FROM §user§ FOR UPDATE')).all()"),
    (
        _SERVERS,
        "op.create_table('own', sa.Column('u', sa.{id}, sa.ForeignKey('user.id', ondelete='CASCADE', name='fk_user')))",
    ),
    (_SERVERS, "op.drop_constraint('fk_user', 'own', type_='foreignkey')"),
    (_SERVERS, "op.create_table_comment('logs', 'as session and user have it')"),
    (_SERVERS, "op.execute('GRANT SELECT ON logs TO {role}')"),
    (_SERVERS, "op.execute('EXPLAIN DELETE FROM session')"),
    (_SERVERS, "op.execute('ANALYZE {table} session')"),
    ("postgresql", "op.execute('WITH one AS (SELECT 1) SELECT * FROM session, one FOR UPDATE OF session')"),
    ("postgresql", "op.execute('DELETE FROM logs USING session WHERE false')"),
    ("postgresql", "op.execute('SELECT * INTO copied_again FROM session')"),
    ("postgresql", "op.execute('COPY (SELECT * FROM session) TO PROGRAM \\'cat > /dev/null\\'')"),
    ("postgresql", "op.execute('COPY session TO PROGRAM \\'cat > /dev/null\\'')"),
    ("postgresql", "op.execute('CREATE SCHEMA app')\nop.execute('CREATE TABLE app.session (id INT)')"),
    ("postgresql", "op.execute('INSERT INTO app.session VALUES (1)')\nop.drop_table('session', schema='app')"),
    (
        "postgresql",
        "op.execute('SET LOCAL search_path TO app')\nop.execute('CREATE TABLE session (id INT)')\n"
        "op.execute('INSERT INTO session VALUES (1)')\nop.execute('DROP TABLE session')\n"
        "op.execute('SET LOCAL search_path TO public')",
    ),
    ("postgresql", "op.execute('COMMENT ON COLUMN logs.note IS \\'user\\'')"),
    ("postgresql", "op.execute('CREATE STATISTICS of_logs ON id, note FROM logs')"),
    ("postgresql", "op.execute('CREATE SEQUENCE session_seq')\nop.execute('SELECT setval(\\'session_seq\\', 9)')"),
    ("postgresql", "op.execute('ALTER SEQUENCE session_seq RESTART')\nop.execute('DROP SEQUENCE session_seq')"),
    ("postgresql", "op.execute('CREATE ROLE {role}_2')\nop.execute('GRANT {role}_2 TO {role}')"),
    (
        "postgresql",
        "op.execute('CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$')",
    ),
    (
        "postgresql",
        "op.execute('CREATE TYPE app.mood AS ENUM (\\'a\\')')\nop.execute('ALTER TYPE app.mood ADD VALUE \\'b\\'')",
    ),
    ("postgresql", "op.execute('CREATE FUNCTION later() RETURNS void LANGUAGE sql AS $$ DELETE FROM session $$')"),
    (
        "postgresql",
        "with op.get_context().autocommit_block():\n"
        "    op.create_index('ix_user', 'logs', ['note'], postgresql_concurrently=True)",
    ),
    ("mariadb", "op.execute('CREATE TABLE alike LIKE session')"),
    ("mariadb", "op.execute('INSERT INTO chat (id) SELECT 7 FROM session')"),
    ("mariadb", "op.execute('UPDATE logs JOIN session ON TRUE SET logs.note = session.token')"),
    ("mariadb", "op.execute('DELETE logs FROM logs JOIN session ON FALSE')"),
    (
        "mariadb",
        "op.execute('SET @s = \\'SELECT * FROM session\\'')\nop.execute('PREPARE p FROM @s')\nop.execute('EXECUTE p')",
    ),
    ("mariadb", "op.execute('CREATE PROCEDURE later() DELETE FROM session')\nop.execute('DROP PROCEDURE later')"),
    ("mariadb", "op.execute('SHOW CREATE TABLE session')"),
    (
        "mariadb",
        "op.execute('CREATE TRIGGER looks BEFORE INSERT ON logs FOR EACH ROW SET NEW.note = (SELECT MAX(name) FROM user)')\n"
        "op.execute('INSERT INTO logs (note) VALUES (1)')",
    ),
    ("mariadb", "op.execute('TRUNCATE logs')"),
    ("sqlite", "op.execute('CREATE TEMP TABLE session (id INT)')\nop.execute('INSERT INTO session VALUES (1)')"),
    (
        "sqlite",
        "with op.get_context().autocommit_block():\n    bind = op.get_bind()\n    bind.exec_driver_sql(\"ATTACH ':memory:' AS other\")\n"
        "    bind.exec_driver_sql('CREATE TABLE other.session (id INT)')\n"
        "    bind.exec_driver_sql('INSERT INTO other.session VALUES (1)')",
    ),
    (
        "sqlite",
        "with op.batch_alter_table('chat', recreate='always') as batch:\n    batch.add_column(sa.Column('z', sa.Integer))",
    ),
    ("sqlite", "op.execute('CREATE TRIGGER later AFTER INSERT ON logs BEGIN DELETE FROM session; END')"),
]
"""Databases, and bodies of revisions of one chain: the fence lets them through."""
