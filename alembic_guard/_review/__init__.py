"""The setup review: what an Alembic project does, who owns which table, and what to do next; nothing of it is imported."""
