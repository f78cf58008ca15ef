"""Where the database is. CORE_DATABASE_URL goes before DATABASE_URL, which Alembic reads: two settings, so they can differ."""

import os

DATABASE_URL = os.environ.get("CORE_DATABASE_URL") or os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///crucible.db")
