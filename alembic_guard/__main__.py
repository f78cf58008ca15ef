from alembic_guard.cli import main

main()
