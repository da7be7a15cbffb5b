"""By what a client recognises the file of an unfinished upload.

Replicas of the release before neither write nor miss the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend uploads."""
    op.add_column("uploads", sa.Column("fingerprint", sa.Text(), nullable=True))
