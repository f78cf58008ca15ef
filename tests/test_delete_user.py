"""The real Better Auth deletes a user, with each ON DELETE that a key of ours can have: what the hints promise.
About 60 seconds."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from alembic_guard import Guard
from alembic_guard.presets import better_auth
from tests.kit import BetterAuth, Chain, Database

pytestmark = pytest.mark.project

NAMES = {"fk": "fk_%(table_name)s_%(column_0_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
EMAIL = "leaving@example.org"


def models(ondelete: str | None, between: str | None = "CASCADE") -> sa.MetaData:
    """user -> chats -> messages."""
    metadata = sa.MetaData(naming_convention=NAMES)
    to_user = sa.ForeignKey(better_auth()["user"].c.id, ondelete=ondelete)
    to_chat = sa.ForeignKey("chats.id", ondelete=between)
    sa.Table("chats", metadata, _id(), sa.Column("user_id", to_user, index=True))
    sa.Table("messages", metadata, _id(), sa.Column("chat_id", to_chat, index=True))
    return metadata


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


@pytest.fixture
def with_rows(chain: Chain, database: Database, better_auth_itself: BetterAuth) -> Any:
    """The models migrated, a user signed up, a chat of theirs with a message."""

    def fill(metadata: sa.MetaData) -> str:
        better_auth_itself.migrate()
        guard = Guard(metadata, rules={"AGR110": "warning", "AGR111": "warning"})
        chain.revision(guard)
        chain.upgrade(guard)
        user = better_auth_itself.sign_up(EMAIL)
        database.execute(f"INSERT INTO chats VALUES (1, '{user}')", "INSERT INTO messages VALUES (1, 1)")
        return user

    return fill


def counts(database: Database) -> dict[str, int]:
    return {
        table: int(database.rows(f'SELECT count(*) FROM "{table}"')[0][0])
        for table in ("user", "session", "account", "chats", "messages")
    }


def test_with_cascade_our_rows_go_with_theirs(
    with_rows: Any, database: Database, better_auth_itself: BetterAuth
) -> None:
    with_rows(models("CASCADE"))

    better_auth_itself.delete(EMAIL)

    assert counts(database) == {"user": 0, "session": 0, "account": 0, "chats": 0, "messages": 0}


def test_with_set_null_our_rows_stay_and_refer_to_nobody(
    with_rows: Any, database: Database, better_auth_itself: BetterAuth
) -> None:
    with_rows(models("SET NULL"))

    better_auth_itself.delete(EMAIL)

    assert counts(database) == {"user": 0, "session": 0, "account": 0, "chats": 1, "messages": 1}
    assert database.rows("SELECT user_id FROM chats") == [(None,)]


@pytest.mark.parametrize("ondelete", [None, "RESTRICT"])
def test_without_one_that_lets_go_the_user_stays_with_neither_session_nor_account(
    with_rows: Any, database: Database, better_auth_itself: BetterAuth, ondelete: str | None
) -> None:
    with_rows(models(ondelete))

    better_auth_itself.refuses_to_delete(EMAIL)

    assert counts(database) == {"user": 1, "session": 0, "account": 0, "chats": 1, "messages": 1}


def test_a_cascade_that_is_refused_further_on_leaves_the_same(
    with_rows: Any, database: Database, better_auth_itself: BetterAuth
) -> None:
    with_rows(models("CASCADE", between=None))

    better_auth_itself.refuses_to_delete(EMAIL)

    assert counts(database) == {"user": 1, "session": 0, "account": 0, "chats": 1, "messages": 1}
