"""Every real Better Auth schema under tests/dumps/, loaded: what autogenerate writes beside it touches only ours.

The dumps were made by the real migrators of better-auth 1.0 to 1.7 (2026-11-22).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import ops

from alembic_guard import Guard, GuardError, Severity
from alembic_guard._compare.prune import table_of, walk
from alembic_guard._operations import RequireTableOp
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, Chain, Database

ALL = sorted(DUMPS.glob("ba*.sql"))
SUFFIX = {"sqlite": ".sqlite.sql", "postgresql": ".pg.sql", "mariadb": ".maria.sql"}
THEIRS = ("user", "session", "account", "verification")


def dialect_of(dump: Path) -> str:
    return next(dialect for dialect, suffix in SUFFIX.items() if dump.name.endswith(suffix))


def id_type_of(dump: Path) -> str:
    """uuid and serial are ids' types from 1.4 on; with false, a function or the old useNumberId they are text."""
    version = tuple(int(part) for part in re.findall(r"\d+", dump.name.partition("_")[0]))
    found = re.search(r"opt_id_(\w+)\.", dump.name)
    option = {"uuid": "uuid", "serial": "serial"}.get(found[1] if found else "", "text")
    return option if version >= (1, 4) else "text"


@pytest.fixture(params=ALL, ids=lambda path: path.name)
def dump(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def loaded(dump: Path, request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(dialect_of(dump))
    database.load(dump)
    return database


@pytest.fixture
def chain(tmp_path: Path, loaded: Database) -> Chain:
    return Chain(tmp_path / "chain", loaded)


def tables_of(script: ops.MigrationScript) -> set[str]:
    """Every table that an op of the script works on, up and down; a requirement only looks."""
    containers = [script.upgrade_ops, script.downgrade_ops]
    found = [op for container in containers if container for op in walk(container)]
    return {str(table.name) for op in found if not isinstance(op, RequireTableOp) and (table := table_of(op))}


def models(id_type: str) -> Guard:
    auth = better_auth(id_type=id_type)  # type: ignore[arg-type]
    metadata = sa.MetaData()
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.ForeignKey(auth["user"].c.id, ondelete="CASCADE"), primary_key=True),
        sa.Column("bio", sa.Text),
    )
    sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.ForeignKey(auth["user"].c.id, ondelete="SET NULL"), index=True),
    )
    return Guard(metadata)


def test_there_are_core_dumps_of_every_version_and_of_every_database() -> None:
    names = {path.name for path in ALL}

    versions = ("1.0.22", "1.2.12", "1.3.34", "1.4.22", "1.7.25")
    assert {f"ba{version}_core.{suffix}.sql" for version in versions for suffix in ("pg", "maria")} <= names
    assert "ba1.7.25_core.sqlite.sql" in names


def test_what_is_written_names_their_tables_only_as_targets_and_leaves_them_as_they_were(
    dump: Path, loaded: Database, chain: Chain
) -> None:
    guard = models(id_type_of(dump))
    before = loaded.snapshot(*THEIRS)

    worked_on: set[str] = set()
    chain.revision(
        replace(guard, rewriters=[lambda context, revision, scripts: worked_on.update(tables_of(scripts[0]))])
    )

    assert worked_on == {"profiles", "notes"}
    for step in (chain.upgrade, chain.check, chain.downgrade, chain.upgrade, chain.check):
        step(guard)
        assert loaded.snapshot(*THEIRS) == before
    assert chain.diffs(guard) == []


def test_keys_have_the_type_of_the_live_id(dump: Path, loaded: Database, chain: Chain) -> None:
    guard = models(id_type_of(dump))
    chain.revision(guard)
    chain.upgrade(guard)

    with loaded.connect() as connection:
        inspector = sa.inspect(connection)
        types = {
            table: {column["name"]: str(column["type"]) for column in inspector.get_columns(table)}
            for table in ("user", "profiles", "notes")
        }

    assert (
        types["profiles"]["user_id"]
        == types["notes"]["author_id"]
        == types["user"]["id"].replace("text", "TEXT").replace("integer", "INTEGER")
    )


def test_the_file_names_their_tables_in_requirements_and_keys_only(dump: Path, loaded: Database, chain: Chain) -> None:
    source = chain.revision(models(id_type_of(dump)))

    naming = [line.strip() for line in source.splitlines() if re.search(rf"['\"]({'|'.join(THEIRS)})\b", line)]
    assert len(naming) == 3
    assert naming[0].startswith("op.require_table('user', ")
    assert all(
        re.match(r"sa\.ForeignKeyConstraint\(\['(user_id|author_id)'\], \['user\.id'\], ", each) for each in naming[1:]
    )


def test_deleting_a_user_deletes_what_cascades_and_empties_what_is_set_null(
    dump: Path, loaded: Database, chain: Chain
) -> None:
    guard = models(id_type_of(dump))
    chain.revision(guard)
    chain.upgrade(guard)
    id_ = {"text": "'abc'", "serial": "7", "uuid": "'5c0e7b0e-6f0a-4a39-9d4c-1f4c7b1c9a11'"}[id_type_of(dump)]
    # MariaDB's timestamps have no zone to be written.
    now = "'2026-11-22 01:54:42.486'" if loaded.dialect == "mariadb" else "'2026-11-22T01:54:42.486Z'"
    yes = "true" if loaded.dialect == "postgresql" else "1"

    loaded.execute(
        *(["PRAGMA foreign_keys = ON"] if loaded.dialect == "sqlite" else []),
        'INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") '
        f"VALUES ({id_}, 'Ada', 'ada@example.org', {yes}, {now}, {now})".replace(":", "\\:"),
        f"INSERT INTO profiles (user_id, bio) VALUES ({id_}, 'writes')",
        f"INSERT INTO notes (id, author_id) VALUES (1, {id_})",
        'DELETE FROM "user"',
    )

    assert loaded.rows("SELECT * FROM profiles") == []
    assert loaded.rows("SELECT id, author_id FROM notes") == [(1, None)]


def wrong_types(right: str, dialect: str) -> list[str]:
    # On SQLite Better Auth's uuid is text, on MariaDB varchar(36) both.
    same = {"text", "uuid"} if dialect != "postgresql" and right != "serial" else {right}
    return [each for each in ("text", "uuid", "serial") if each not in same]


def test_every_wrong_id_type_is_an_error_and_no_file_is_written(dump: Path, loaded: Database, chain: Chain) -> None:
    for wrong in wrong_types(id_type_of(dump), loaded.dialect):
        with pytest.raises(GuardError) as caught:
            chain.revision(models(wrong))

        errors = [each for each in caught.value.diagnostics if each.severity is Severity.ERROR]
        assert {(each.code, each.location.object) for each in errors} == {
            ("AGC101", f"{loaded.default_schema}.user.id")
        }, wrong
        assert not list(chain.versions.glob("*.py"))
