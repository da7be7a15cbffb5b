"""Remember the commands that the workers gave up.

Replicas of the release before neither write nor read the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create dead_commands."""
    op.create_table(
        "dead_commands",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("extraction_id", sa.Uuid(), nullable=True),
        sa.Column("segment", sa.Integer(), nullable=True),
        sa.Column("first_died_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_dead_commands")),
    )
    op.create_index("ix_dead_commands_died", "dead_commands", ["died_at", "message_id"])


def downgrade() -> None:
    """Drop dead_commands."""
    op.drop_table("dead_commands")
