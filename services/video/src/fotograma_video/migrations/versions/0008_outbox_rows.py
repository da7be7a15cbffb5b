"""The outbox stores how a message is published, and why one could not be."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Null in the rows that are there, and in those of a release that does not know the columns."""
    op.add_column("outbox", sa.Column("exchange", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("message_id", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("persistent", sa.Boolean(), nullable=True))
    op.add_column("outbox", sa.Column("mandatory", sa.Boolean(), nullable=True))
    op.add_column("outbox", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("refused_reason", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("refused_tries", sa.Integer(), nullable=True))


def downgrade() -> None:
    """As it was."""
    for column in (
        "refused_tries",
        "refused_reason",
        "refused_at",
        "mandatory",
        "persistent",
        "message_id",
        "exchange",
    ):
        op.drop_column("outbox", column)
