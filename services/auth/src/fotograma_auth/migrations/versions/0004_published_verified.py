"""What was published last about whether an address is verified.

The column begins empty: the verification_sync tells of every user once, with a newer revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and the index by which the verification_sync finds whom to tell of."""
    op.add_column("users", sa.Column("published_verified", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_users_verification_unpublished",
        "users",
        ["id"],
        postgresql_where=sa.text("published_verified IS DISTINCT FROM (verified_at IS NOT NULL)"),
    )
