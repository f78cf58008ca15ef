"""runs belong to chats

Revision ID: 7b24e0c8f9d1
Revises: 3c1d9a7e5b20
"""

import sqlalchemy as sa
from alembic import op

revision = "7b24e0c8f9d1"
down_revision = "3c1d9a7e5b20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crucible_runs", sa.Column("chat_session_id", sa.String(36)))
    op.add_column("crucible_runs", sa.Column("started_by", sa.String(36)))


def downgrade() -> None:
    op.drop_column("crucible_runs", "started_by")
    op.drop_column("crucible_runs", "chat_session_id")
