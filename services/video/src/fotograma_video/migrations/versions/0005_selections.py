"""Frames without the archive: their list, their sheets, and what users select of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Archives that exist already have no list of their frames."""
    op.add_column("extractions", sa.Column("frame_index_key", sa.Text(), nullable=True))
    op.add_column(
        "extractions", sa.Column("sheets", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "selections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("extraction_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("runs", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["extraction_id"],
            ["extractions.id"],
            name=op.f("fk_selections_extraction_id_extractions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
    )
    op.create_index("ix_selections_owner", "selections", ["owner_id", "created_at"])
    op.create_index(op.f("ix_selections_extraction_id"), "selections", ["extraction_id"])
    op.create_index(op.f("ix_selections_expires_at"), "selections", ["expires_at"])


def downgrade() -> None:
    """As it was."""
    op.drop_table("selections")
    op.drop_column("extractions", "sheets")
    op.drop_column("extractions", "frame_index_key")
