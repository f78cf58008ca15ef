"""user_profiles

Revision ID: 9c40d7e5b1f2
Revises: e58d1bdc4ddb
Create Date: 2025-12-18 16:41:37

"""

import sqlalchemy as sa
from alembic import op

revision = "9c40d7e5b1f2"
down_revision = "e58d1bdc4ddb"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_profiles",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("experience_level", sa.String(20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", name="pk_user_profiles"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_user_profiles_user_id_user"),
    )
    op.create_index("ix_user_profiles_user_id", "user_profiles", ["user_id"])


def downgrade() -> None:
    pass
