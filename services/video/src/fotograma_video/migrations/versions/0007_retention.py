"""Videos expire."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Every video says when it is deleted."""
    op.add_column("videos", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("videos", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    # From now on, for videos that are there already: nobody loses one without having been told.
    op.execute("UPDATE videos SET expires_at = now() + interval '30 days'")
    op.alter_column("videos", "expires_at", nullable=False)
    op.add_column("videos", sa.Column("warned_of", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "videos", sa.Column("expired", sa.Boolean(), nullable=False, server_default="false")
    )
    op.create_index(
        "ix_videos_expires",
        "videos",
        ["expires_at"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_videos_expired", "videos", ["deleted_at"], postgresql_where=sa.text("expired")
    )
    op.add_column("uploads", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("user_quotas", sa.Column("retention_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    """As it was."""
    op.drop_column("user_quotas", "retention_days")
    op.drop_column("uploads", "retention_days")
    op.drop_index("ix_videos_expired", "videos")
    op.drop_index("ix_videos_expires", "videos")
    for column in ("expired", "warned_of", "expires_at", "retention_days"):
        op.drop_column("videos", column)
