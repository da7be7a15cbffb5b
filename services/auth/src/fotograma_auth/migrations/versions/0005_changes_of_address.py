"""The session in which a change of address was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend links. Replicas of the version before neither write nor miss the column."""
    op.add_column("one_time_links", sa.Column("session_id", sa.Uuid(), nullable=True))
