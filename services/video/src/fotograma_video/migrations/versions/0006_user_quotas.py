"""Limits of single users; extractions by state."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """A limit that is NULL is the service's own."""
    op.create_table(
        "user_quotas",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("upload_bytes", sa.BigInteger(), nullable=True),
        sa.Column("videos", sa.Integer(), nullable=True),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=True),
        sa.Column("daily_upload_bytes", sa.BigInteger(), nullable=True),
        sa.Column("uploads_in_progress", sa.Integer(), nullable=True),
        sa.Column("running_extractions", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_quotas")),
    )
    op.create_index("ix_extractions_status", "extractions", ["status", "created_at", "id"])


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_extractions_status", "extractions")
    op.drop_table("user_quotas")
