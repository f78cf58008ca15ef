"""Moment 1, compare: what changed, and whether it may. `alembic check`, `revision`, pytest-alembic and
`compare_metadata` all share it; nothing that decides either belongs anywhere else."""
