"""The application's tables. `user` is Better Auth's: it is referred to and never declared."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, String, Text, false, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from alembic_guard.presets import better_auth

auth = better_auth()


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSON(), list[Any]: JSON()}


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


class UserProfile(Base):
    __tablename__ = "user_profiles"

    user_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), primary_key=True)
    software_background: Mapped[dict[str, Any] | None]
    hardware_background: Mapped[dict[str, Any] | None]
    preferences: Mapped[dict[str, Any] | None]
    experience_level: Mapped[str | None] = mapped_column(String(20))
    learning_style: Mapped[str | None] = mapped_column(String(20))
    learning_goals: Mapped[str | None] = mapped_column(Text)
    robotics_projects_description: Mapped[str | None] = mapped_column(Text)
    has_robotics_projects: Mapped[bool | None]
    programming_years: Mapped[int | None]
    questionnaire_completed: Mapped[bool] = mapped_column(server_default=false())
    questionnaire_completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserBackgroundQuestionnaire(Base):
    __tablename__ = "user_background_questionnaire"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)
    question_id: Mapped[str] = mapped_column(String(100), index=True)
    answer: Mapped[list[Any] | None]
    answered_at: Mapped[datetime] = mapped_column(server_default=func.now())
