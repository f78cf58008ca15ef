"""The API, as far as it matters here: plain SQL, no models."""

from __future__ import annotations

from sqlalchemy import Connection, text


def messages_of(connection: Connection, session_id: str) -> list[str]:
    """What was said in one chat."""
    found = connection.execute(
        text("SELECT content FROM chat_messages WHERE session_id = :session_id ORDER BY created_at"),
        {"session_id": session_id},
    )
    return [str(content) for (content,) in found]
