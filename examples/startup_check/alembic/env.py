from alembic_guard import Guard, run_migrations

run_migrations(Guard("core.models:Base.metadata"))
