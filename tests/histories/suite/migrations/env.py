from projects import PROJECT

from alembic_guard import Guard, run_migrations

run_migrations(Guard(PROJECT.metadata))
