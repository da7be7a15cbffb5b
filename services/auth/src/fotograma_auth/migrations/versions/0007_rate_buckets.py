"""What users and networks have spent of their rates.

Replicas of the release before neither write nor read the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create rate_buckets, which is not logged: it may be lost, and is written every second."""
    op.create_table(
        "rate_buckets",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_buckets")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    """Drop rate_buckets."""
    op.drop_table("rate_buckets")
