"""projects and runs

Revision ID: 3c1d9a7e5b20
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "3c1d9a7e5b20"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
    )
    op.create_table(
        "crucible_runs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_crucible_runs_project_id_projects", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_crucible_runs_project_id", "crucible_runs", ["project_id"])


def downgrade() -> None:
    op.drop_table("crucible_runs")
    op.drop_table("projects")
