"""Whether an archive has a poster.

Replicas of the release before neither write nor miss the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend extractions."""
    op.add_column(
        "extractions",
        sa.Column("poster", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
