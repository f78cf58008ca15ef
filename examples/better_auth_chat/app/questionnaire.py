"""Answers to the background questionnaire, one row for each question."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.base import Base, auth


class UserBackgroundQuestionnaire(Base):
    __tablename__ = "user_background_questionnaire"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)
    question_id: Mapped[str] = mapped_column(String(100), index=True)
    answer: Mapped[list[Any] | None]
    answered_at: Mapped[datetime] = mapped_column(server_default=func.now())
