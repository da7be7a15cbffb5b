"""What the successor of a refresh token is derived with.

Replicas of the release before neither write nor miss the column: of a token that they exchanged,
the successor is not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend refresh tokens."""
    op.add_column("refresh_tokens", sa.Column("successor_key", sa.LargeBinary(), nullable=True))
