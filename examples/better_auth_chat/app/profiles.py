"""What a user tells about themselves: one row for each user of Better Auth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.base import Base, auth


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
    questionnaire_completed: Mapped[bool] = mapped_column(server_default=text("false"))
    questionnaire_completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
