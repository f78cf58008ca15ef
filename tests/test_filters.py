"""Every row of the facts' table "Filters and external tables": a clean diff, or a diagnostic that names the mistake
and its remedy; never a diff that comes back, never an op on what is not ours."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from alembic_guard import Diagnostic, ExternalTables, Guard, GuardError, Severity, external
from alembic_guard.presets import better_auth
from tests.kit import DUMPS, Chain, Database, body


@pytest.fixture
def auth_there(postgresql: Database) -> Database:
    """Better Auth's own tables in schema public."""
    postgresql.load(DUMPS / "ba1.7.25_core.pg.sql")
    return postgresql


@pytest.fixture
def in_auth_schema(postgresql: Database) -> Database:
    """The same tables in a schema of their own."""
    dump = (DUMPS / "ba1.7.25_core.pg.sql").read_text(encoding="utf-8")
    postgresql.script("CREATE SCHEMA auth;" + dump.replace("public.", "auth."))
    return postgresql


@pytest.fixture
def chain(tmp_path: Any, postgresql: Database) -> Chain:
    return Chain(tmp_path / "chain", postgresql)


def profiles(target: Any, **key: Any) -> sa.MetaData:
    metadata = sa.MetaData(
        naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
    )
    sa.Table(
        "profiles",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.ForeignKey(target, ondelete="CASCADE", **key), index=True),
    )
    return metadata


def search_path(database: Database, path: str) -> None:
    database.execute(f'ALTER DATABASE "{database.url.database}" SET search_path = {path}')


def errors(error: GuardError) -> list[Diagnostic]:
    return [each for each in error.diagnostics if each.severity is Severity.ERROR]


def codes(error: GuardError) -> list[str]:
    return [each.code for each in errors(error)]


def test_a_string_key_without_a_stub_is_a_diagnostic_and_not_a_sqlalchemy_error(
    auth_there: Database, chain: Chain
) -> None:
    guard = Guard(profiles("user.id"))

    with pytest.raises(GuardError) as caught:
        chain.revision(guard)

    assert codes(caught.value) == ["AGR102"]
    assert caught.value.diagnostics[0].location.object == "profiles.user_id"
    assert "auth.attach(Base.metadata)" in caught.value.diagnostics[0].hint
    assert not list(chain.versions.glob("*.py"))


def test_a_string_key_to_a_declared_owner_names_that_owner_in_the_hint(auth_there: Database, chain: Chain) -> None:
    with pytest.raises(GuardError) as caught:
        chain.check(Guard(profiles("user.id"), external=[better_auth()]))

    assert "the ExternalTables of better-auth" in caught.value.diagnostics[0].hint


def test_a_stub_whose_columns_differ_is_clean(auth_there: Database, chain: Chain) -> None:
    metadata = sa.MetaData()
    user = sa.Table("user", metadata, sa.Column("id", sa.Text, primary_key=True), info=external("better-auth"))
    sa.Table("profiles", metadata, sa.Column("user_id", sa.ForeignKey(user.c.id, ondelete="CASCADE"), primary_key=True))
    guard = Guard(metadata, external=[ExternalTables("better-auth", ["session", "account", "verification"])])

    assert body(chain.revision(guard)) == (
        "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')\n"
        "# AGL101 SHARE ROW EXCLUSIVE on public.user (better-auth) until this migration commits: its writes\n"
        "# wait; an instant, as the new table is empty\n"
        "op.create_table('profiles',\n"
        "sa.Column('user_id', sa.Text(), nullable=False),\n"
        "sa.ForeignKeyConstraint(['user_id'], ['user.id'], ondelete='CASCADE'),\n"
        "sa.PrimaryKeyConstraint('user_id')\n"
        ")"
    )
    chain.round_trip(guard)


def test_attached_stubs_are_neither_created_nor_altered(auth_there: Database, chain: Chain) -> None:
    auth, metadata = better_auth(), profiles("user.id")
    auth.attach(metadata)
    guard = Guard(metadata)
    before = auth_there.snapshot("user", "session", "account", "verification")

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert "create_table('profiles'" in source
    assert "session" not in source
    assert auth_there.snapshot("user", "session", "account", "verification") == before


def test_external_tables_are_never_reflected(auth_there: Database, chain: Chain) -> None:
    chain.revision(Guard(profiles(better_auth()["user"].c.id)))
    chain.upgrade(Guard(profiles(better_auth()["user"].c.id)))
    seen: list[tuple[str, str]] = []

    def note(object_: Any, name: str, type_: str, reflected: bool, compare_to: Any) -> bool:
        if reflected or compare_to is not None:
            seen.append((type_, name))
        return True

    assert chain.diffs(Guard(profiles(better_auth()["user"].c.id)), include_object=note) == []
    assert ("table", "profiles") in seen
    assert not [name for type_, name in seen if type_ == "table" and name != "profiles"]


def test_a_stub_in_schema_public_where_that_is_the_default_is_clean(auth_there: Database, chain: Chain) -> None:
    guard = Guard(profiles(better_auth(schema="public")["user"].c.id))

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert "['public.user.id']" in source
    assert chain.diffs(guard) == []


def test_our_own_tables_in_schema_public_are_clean(auth_there: Database, chain: Chain) -> None:
    metadata = sa.MetaData(schema="public")
    sa.Table("parents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("children", metadata, sa.Column("id", sa.ForeignKey("public.parents.id"), primary_key=True))
    guard = Guard(metadata)
    chain.revision(guard)
    chain.round_trip(guard)

    assert chain.diffs(guard) == []


def test_a_table_in_another_schema_off_the_search_path_is_clean(in_auth_schema: Database, chain: Chain) -> None:
    guard = Guard(profiles(better_auth(schema="auth")["user"].c.id))

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth', schema='auth')" in source
    assert chain.diffs(guard) == []


def test_the_same_schema_on_the_search_path_is_clean(in_auth_schema: Database, chain: Chain) -> None:
    search_path(in_auth_schema, "public, auth")
    guard = Guard(profiles(better_auth(schema="auth")["user"].c.id))

    chain.revision(guard)
    chain.round_trip(guard)

    assert chain.diffs(guard) == []


def test_a_stub_without_schema_finds_the_table_through_the_search_path(in_auth_schema: Database, chain: Chain) -> None:
    search_path(in_auth_schema, "public, auth")
    guard = Guard(profiles(better_auth()["user"].c.id))
    before = in_auth_schema.rows("SELECT count(*) FROM pg_class WHERE relnamespace = 'auth'::regnamespace")

    chain.revision(guard)
    chain.round_trip(guard)

    assert chain.diffs(guard) == []
    assert in_auth_schema.rows("SELECT count(*) FROM pg_class WHERE relnamespace = 'auth'::regnamespace") == before


def test_a_table_in_a_schema_that_the_search_path_hides_says_where_it_is(
    in_auth_schema: Database, chain: Chain
) -> None:
    with pytest.raises(GuardError) as caught:
        chain.revision(Guard(profiles(better_auth()["user"].c.id)))

    (found,) = caught.value.diagnostics
    assert found.code == "AGC102"
    assert "found auth.user, which search_path does not show" in found.message
    assert "schema='auth'" in found.hint


def test_our_models_in_a_schema_of_their_own_need_no_include_schemas(auth_there: Database, chain: Chain) -> None:
    auth_there.execute("CREATE SCHEMA app", "CREATE SCHEMA other", "CREATE TABLE other.theirs (id int)")
    metadata = sa.MetaData(schema="app")
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), primary_key=True),
    )
    guard = Guard(metadata)

    source = chain.revision(guard)
    chain.round_trip(guard)

    assert "theirs" not in source
    assert chain.diffs(guard) == []


def test_our_models_in_a_schema_on_the_search_path_are_clean(auth_there: Database, chain: Chain) -> None:
    auth_there.execute("CREATE SCHEMA app")
    search_path(auth_there, "public, app")
    metadata = sa.MetaData(schema="app")
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.ForeignKey(better_auth()["user"].c.id, ondelete="CASCADE"), primary_key=True),
    )
    sa.Table(
        "notes",
        metadata,
        sa.Column("user_id", sa.ForeignKey("app.profiles.user_id", ondelete="CASCADE"), primary_key=True),
    )
    guard = Guard(metadata)

    chain.revision(guard)
    chain.round_trip(guard)

    assert chain.diffs(guard) == []


def test_a_key_only_in_the_database_is_dropped_once_and_said(auth_there: Database, chain: Chain) -> None:
    auth_there.execute(
        'CREATE TABLE profiles (id serial PRIMARY KEY, user_id text CONSTRAINT by_hand REFERENCES "user" ON DELETE CASCADE)'
    )
    metadata = sa.MetaData()
    sa.Table("profiles", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("user_id", sa.Text))
    guard = Guard(metadata, external=[better_auth()])

    assert body(chain.revision(guard)) == (
        "# AGR105 public.profiles.user_id: the database has this key to public.user.id and no model declares\n"
        "# it, so it is dropped\n"
        "# AGL101 ACCESS EXCLUSIVE on public.user (better-auth) until this migration commits: its reads and\n"
        "# writes wait; an instant, once the lock is had\n"
        "op.drop_constraint(op.f('by_hand'), 'profiles', type_='foreignkey')"
    )
    chain.upgrade(guard)
    chain.check(guard)


def test_another_on_delete_is_one_drop_and_one_create_of_our_key(auth_there: Database, chain: Chain) -> None:
    auth_there.execute(
        'CREATE TABLE profiles (id serial PRIMARY KEY, user_id text CONSTRAINT fk_profiles_user_id REFERENCES "user")'
    )
    guard = Guard(profiles(better_auth()["user"].c.id))

    assert body(chain.revision(guard)) == (
        "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')\n"
        "op.create_index(op.f('ix_profiles_user_id'), 'profiles', ['user_id'], unique=False)\n"
        "# AGL101 ACCESS EXCLUSIVE on public.user (better-auth) until this migration commits: its reads and\n"
        "# writes wait; an instant, once the lock is had\n"
        "op.drop_constraint(op.f('fk_profiles_user_id'), 'profiles', type_='foreignkey')\n"
        "# AGL101 SHARE ROW EXCLUSIVE on public.user (better-auth) until this migration commits: its writes\n"
        "# wait while every row of profiles is looked up\n"
        "op.create_foreign_key(op.f('fk_profiles_user_id'), 'profiles', 'user', ['user_id'], ['id'], ondelete='CASCADE')"
    )
    chain.round_trip(guard)
    assert chain.diffs(guard) == []


def test_a_stub_of_another_type_is_an_error_and_our_column_is_left(auth_there: Database, chain: Chain) -> None:
    auth_there.execute(
        'CREATE TABLE profiles (id serial PRIMARY KEY, user_id text REFERENCES "user" ON DELETE CASCADE)'
    )

    with pytest.raises(GuardError) as caught:
        chain.revision(Guard(profiles(better_auth(id_type="uuid")["user"].c.id)))

    (found,) = errors(caught.value)
    assert (found.code, found.location.object) == ("AGC101", "public.user.id")
    assert found.message.startswith("better-auth declares UUID; the database postgresql")
    assert found.message.endswith("has TEXT")
    assert '"text" for text ids' in found.hint
    assert not list(chain.versions.glob("*.py"))


def test_a_new_key_of_another_type_is_an_error_before_a_file_is_written(auth_there: Database, chain: Chain) -> None:
    metadata = sa.MetaData()
    target = better_auth()["user"].c.id
    sa.Table(
        "profiles",
        metadata,
        sa.Column("user_id", sa.Integer, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True),
    )

    with pytest.raises(GuardError) as caught:
        chain.revision(Guard(metadata))

    assert codes(caught.value) == ["AGR101"]
    assert "the key is INTEGER; public.user.id is TEXT" in caught.value.diagnostics[0].message
    assert not list(chain.versions.glob("*.py"))


def test_an_old_key_of_another_type_is_a_warning_on_adoption_day(tmp_path: Any, sqlite: Database) -> None:
    sqlite.load(DUMPS / "ba1.7.25_core.sqlite.sql")
    sqlite.execute('CREATE TABLE profiles (user_id INTEGER NOT NULL PRIMARY KEY REFERENCES "user" (id))')
    metadata = sa.MetaData()
    target = better_auth()["user"].c.id
    sa.Table("profiles", metadata, sa.Column("user_id", sa.Integer, sa.ForeignKey(target), primary_key=True))
    chain = Chain(tmp_path / "chain", sqlite)

    assert chain.diffs(Guard(metadata)) == []
    chain.check(Guard(metadata))
    with pytest.raises(GuardError) as caught:
        chain.check(Guard(metadata, rules={"AGR101": "error"}))
    assert codes(caught.value) == ["AGR101"]


def test_a_key_in_its_columns_definition_does_on_delete_what_sqlite_says(tmp_path: Any, sqlite: Database) -> None:
    sqlite.load(DUMPS / "ba1.7.25_core.sqlite.sql")
    sqlite.execute(
        'CREATE TABLE profiles (id INTEGER NOT NULL PRIMARY KEY, user_id TEXT REFERENCES "user" ON DELETE CASCADE)',
        "CREATE INDEX ix_profiles_user_id ON profiles (user_id)",
    )
    chain = Chain(tmp_path / "chain", sqlite)
    same = Guard(profiles(better_auth()["user"].c.id))

    assert chain.diffs(same) == []
    assert [each[0] for each in chain.diffs(Guard(profiles(better_auth()["user"].c.id, onupdate="CASCADE")))] == [
        "remove_fk",
        "add_fk",
    ]


def test_a_key_that_sqlite_has_without_a_name_is_replaced_and_comes_back(tmp_path: Any, sqlite: Database) -> None:
    sqlite.load(DUMPS / "ba1.7.25_core.sqlite.sql")
    sqlite.execute(
        'CREATE TABLE profiles (id INTEGER NOT NULL PRIMARY KEY, user_id TEXT REFERENCES "user")',
        "CREATE INDEX ix_profiles_user_id ON profiles (user_id)",
    )
    chain = Chain(tmp_path / "chain", sqlite)
    guard = Guard(profiles(better_auth()["user"].c.id))

    source = chain.revision(guard)

    assert body(source) == (
        "op.require_table('user', sa.Column('id', sa.Text()), owner='better-auth')\n"
        "with op.batch_alter_table('profiles', schema=None, "
        "naming_convention={'fk': 'fk_%(table_name)s_%(column_0_N_name)s'}) as batch_op:\n"
        "    batch_op.drop_constraint('fk_profiles_user_id', type_='foreignkey')\n"
        "    batch_op.create_foreign_key(batch_op.f('fk_profiles_user_id'), 'user', ['user_id'], ['id'], ondelete='CASCADE')"
    )
    for _ in range(2):
        chain.upgrade(guard)
        chain.check(guard)
        assert sqlite.rows("SELECT on_delete FROM pragma_foreign_key_list('profiles')") == [("CASCADE",)]
        chain.downgrade(guard)
        assert sqlite.rows("SELECT on_delete FROM pragma_foreign_key_list('profiles')") == [("NO ACTION",)]


def test_a_relied_on_column_that_is_missing_is_an_error(auth_there: Database, chain: Chain) -> None:
    auth_there.execute('ALTER TABLE "user" DROP COLUMN image')

    with pytest.raises(GuardError) as caught:
        chain.check(Guard(profiles(better_auth(relies_on={"user": ["email", "image"]})["user"].c.id)))

    (found,) = errors(caught.value)
    assert (found.code, found.location.object) == ("AGC103", "public.user.image")
    assert "found id, name, email, emailVerified, createdAt, updatedAt" in found.message


def test_a_preset_column_that_nobody_relies_on_may_be_missing(auth_there: Database, chain: Chain) -> None:
    auth_there.execute('ALTER TABLE "user" DROP COLUMN image')
    guard = Guard(profiles(better_auth()["user"].c.id))
    chain.revision(guard)

    chain.round_trip(guard)


def test_the_users_own_filters_are_asked_too(auth_there: Database, chain: Chain) -> None:
    metadata = profiles(better_auth()["user"].c.id)
    sa.Table("hidden", metadata, sa.Column("id", sa.Integer, primary_key=True))
    auth_there.execute("CREATE TABLE old_view_cache (id int)")

    found = chain.diffs(
        Guard(metadata, undeclared="drop"),
        include_name=lambda name, type_, parents: name != "old_view_cache",
        include_object=lambda object_, name, type_, reflected, compare_to: name != "hidden",
    )

    assert [each[1].name for each in found if each[0] == "add_table"] == ["profiles"]
    assert "old_view_cache" not in {each[1].name for each in found if each[0] == "remove_table"}
