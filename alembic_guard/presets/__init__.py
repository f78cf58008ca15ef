"""Ready ExternalTables for tools that often share a database with Alembic; each is data with its source and date."""

from __future__ import annotations

from alembic_guard.presets._better_auth import better_auth
from alembic_guard.presets._django import django
from alembic_guard.presets._drizzle import drizzle
from alembic_guard.presets._langgraph import langgraph
from alembic_guard.presets._prisma import prisma
from alembic_guard.presets._supabase import supabase

__all__ = ["better_auth", "django", "drizzle", "langgraph", "prisma", "supabase"]
