"""Chats and their messages. A chat belongs to a user of Better Auth, or to nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.base import Base, auth


class ChatSession(Base):
    __tablename__ = "chat_sessions"

    session_id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Anonymous sessions have no user.
    user_id: Mapped[str | None] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)


class ChatMessage(Base):
    __tablename__ = "chat_messages"

    message_id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.session_id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Text)
    citations: Mapped[list[Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiMetric(Base):
    __tablename__ = "api_metrics"

    metric_id: Mapped[int] = mapped_column(primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(255), index=True)
    method: Mapped[str] = mapped_column(String(10))
    status_code: Mapped[int]
    response_time_ms: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
