"""Uploads that the client sends to S3 itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """An upload says when it is given up, instead of when it was last heard of."""
    op.drop_index("ix_uploads_heard", "uploads")
    op.alter_column("uploads", "heard_at", new_column_name="expires_at")
    op.create_index("ix_uploads_expires", "uploads", ["expires_at"])
    op.add_column("uploads", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("uploads", sa.Column("s3_upload_id", sa.Text(), nullable=True))
    op.add_column("uploads", sa.Column("part_bytes", sa.BigInteger(), nullable=True))
    op.add_column("uploads", sa.Column("recipe", postgresql.JSONB(), nullable=True))
    op.alter_column("videos", "source_sha256", nullable=True)


def downgrade() -> None:
    """As it was."""
    op.alter_column("videos", "source_sha256", nullable=False)
    for column in ("recipe", "part_bytes", "s3_upload_id", "name"):
        op.drop_column("uploads", column)
    op.drop_index("ix_uploads_expires", "uploads")
    op.alter_column("uploads", "expires_at", new_column_name="heard_at")
    op.create_index("ix_uploads_heard", "uploads", ["heard_at"])
