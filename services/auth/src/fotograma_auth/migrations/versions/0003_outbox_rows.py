"""The outbox stores how a message is published, and why one could not be."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Null in the rows that are there, and in those of a release that does not know the columns."""
    op.add_column("outbox", sa.Column("exchange", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("message_id", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("persistent", sa.Boolean(), nullable=True))
    op.add_column("outbox", sa.Column("mandatory", sa.Boolean(), nullable=True))
    op.add_column("outbox", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("refused_reason", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("refused_tries", sa.Integer(), nullable=True))
