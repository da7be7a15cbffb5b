"""Tries of an extraction; a notification for every change that a user can see."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Ids only: who hears them reads the truth from the tables."""
    op.add_column(
        "extractions", sa.Column("tries", sa.Integer(), nullable=False, server_default="1")
    )
    for table, video_id in (("videos", "NEW.id"), ("extractions", "NEW.video_id")):
        function = f"notify_{table}_change"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM pg_notify('changes', NEW.owner_id || ':' || {video_id}); "
            "RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {function} AFTER INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    """As it was."""
    for table in ("videos", "extractions"):
        op.execute(f"DROP TRIGGER notify_{table}_change ON {table}")
        op.execute(f"DROP FUNCTION notify_{table}_change()")
    op.drop_column("extractions", "tries")
