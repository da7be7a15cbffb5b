"""Verified addresses, sessions that can be told apart, API keys, limits and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Extend users and sessions, create the tables."""
    op.add_column("users", sa.Column("verified_at", _TIME, nullable=True))
    op.add_column("users", sa.Column("suspended_at", _TIME, nullable=True))
    _extend_token_families()
    _create_one_time_links()
    _create_link_requests()
    _create_api_keys()
    _create_attempts()
    _create_audit_entries()


def _extend_token_families() -> None:
    # The default serves replicas of the version before, which do not know the column.
    op.add_column(
        "token_families",
        sa.Column("last_used_at", _TIME, server_default=sa.func.now(), nullable=False),
    )
    op.add_column("token_families", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("token_families", sa.Column("user_agent", sa.Text(), nullable=True))


def _create_one_time_links() -> None:
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        _of_user("one_time_links"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_links")),
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"])
    op.create_index(op.f("ix_one_time_links_expires_at"), "one_time_links", ["expires_at"])


def _create_link_requests() -> None:
    op.create_table(
        "link_requests",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_requests")),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("last_used_at", _TIME, nullable=True),
        _of_user("api_keys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("blocked_until", _TIME, nullable=True),
        sa.Column("forgotten_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_forgotten_at"), "attempts", ["forgotten_at"])


def _create_audit_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        _of_user("audit_entries"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_user_id_id", "audit_entries", ["user_id", "id"])
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"])


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id_users"), ondelete="CASCADE"
    )
