"""All models: importing this module defines every table."""

from app.base import Base
from app.chat import ApiMetric, ChatMessage, ChatSession
from app.profiles import UserProfile
from app.questionnaire import UserBackgroundQuestionnaire

__all__ = ["ApiMetric", "Base", "ChatMessage", "ChatSession", "UserBackgroundQuestionnaire", "UserProfile"]
