"""What other services were told about whether an address is proved.

The column begins empty: the herald tells of every user once, with a newer revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and the index by which the herald finds whom to tell of."""
    op.add_column("users", sa.Column("told_verified", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_users_untold",
        "users",
        ["id"],
        postgresql_where=sa.text("told_verified IS DISTINCT FROM (verified_at IS NOT NULL)"),
    )
