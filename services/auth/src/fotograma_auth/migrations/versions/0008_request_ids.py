"""Messages know the request that they follow from.

Replicas of the release before leave the column null, and carry on without.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add outbox.request_id: null, where it is not known."""
    op.add_column("outbox", sa.Column("request_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop outbox.request_id."""
    op.drop_column("outbox", "request_id")
