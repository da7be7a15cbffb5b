"""Messages, and extractions, know the request that they follow from.

Replicas of the release before leave the columns null, and carry on without.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add outbox.request_id and extractions.request_id: null, where it is not known."""
    op.add_column("outbox", sa.Column("request_id", sa.Text(), nullable=True))
    op.add_column("extractions", sa.Column("request_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop both."""
    op.drop_column("extractions", "request_id")
    op.drop_column("outbox", "request_id")
