"""Tools that share a database with Alembic, run as themselves: what they make is in ``schemas/``."""
