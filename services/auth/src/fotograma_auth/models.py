"""Tables."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from fotograma_contracts.users import Locale
from fotograma_kit.database import named_metadata
from fotograma_kit.outbox import OutboxMixin
from fotograma_kit.rate_table import RateBucketMixin
from fotograma_kit.tokens import Role
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fotograma_auth.domain import LinkPurpose, SecurityEvent

_UNPUBLISHED = "published_verified IS DISTINCT FROM (verified_at IS NOT NULL)"


def _is_in(column: str, values: type[StrEnum]) -> str:
    """The condition that a column holds one of an enum's values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _word(values: type[StrEnum], length: int = 16) -> Enum:
    """An enum's values as plain text: PostgreSQL's own enum types are hard to change."""
    return Enum(
        values, native_enum=False, length=length, values_callable=lambda e: [m.value for m in e]
    )


class Base(DeclarativeBase):
    """What every table has in common: text without a length, times with a zone."""

    metadata = named_metadata()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        bytes: LargeBinary(),
        list[str]: ARRAY(Text()),
    }


class User(Base):
    """An account. `revision` grows with every change that is published to other services."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'admin')", name="role"),
        CheckConstraint(_is_in("locale", Locale), name="locale"),
        Index("ix_users_verification_unpublished", "id", postgresql_where=text(_UNPUBLISHED)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str]
    """As mail is sent to it."""
    email_key: Mapped[str] = mapped_column(unique=True)
    """The address in lower case."""
    password_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(_word(Role))
    locale: Mapped[Locale] = mapped_column(_word(Locale))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    verified_at: Mapped[datetime | None]
    """When the address was last verified."""
    suspended_at: Mapped[datetime | None]
    published_verified: Mapped[bool | None]
    """What was published last about whether the address is verified; None: nothing yet."""

    def __repr__(self) -> str:
        return f"User(id={self.id})"


class TokenFamily(Base):
    """One login and every refresh token that descends from it."""

    __tablename__ = "token_families"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When the last of its tokens expires."""
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    address: Mapped[str | None]
    """The network address it was last used from."""
    user_agent: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token, of which only the SHA-256 is known."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[UUID] = mapped_column(
        ForeignKey("token_families.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    """Its first use."""
    successor_key: Mapped[bytes | None]
    """Random; with the token itself it yields the successor. None before the first use, and where
    the release before exchanged the token."""


class OutboxMessage(OutboxMixin, Base):
    """A message to be published."""


class RateBucket(RateBucketMixin, Base):
    """What a user or a network has spent of a rate."""


class OneTimeLink(Base):
    """A token that was mailed, of which only the SHA-256 is known."""

    __tablename__ = "one_time_links"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(_word(LinkPurpose))
    email: Mapped[str]
    """The address it was mailed to, which presenting it verifies."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    session_id: Mapped[UUID | None]
    """The session in which a change of address was asked for; it survives the change."""


class LinkRequest(Base):
    """A request for a link to an address, which may or may not have an account.

    The background process looks it up, so that not even the time of the answer says which.
    """

    __tablename__ = "link_requests"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    purpose: Mapped[LinkPurpose] = mapped_column(_word(LinkPurpose))
    email: Mapped[str]
    address: Mapped[str | None]
    """The network address of the request."""
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime]


class ApiKey(Base):
    """A user's key for programs, of which only the SHA-256 and the first characters are known."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    @property
    def description(self) -> str:
        """The name and prefix, by which its user recognises it."""
        return f"{self.name} ({self.prefix}…)"


class Attempts(Base):
    """A count of recent attempts: of an account's password, or of requests from an address.

    `key` says who guesses at what (`throttling`); of e-mail addresses it has the SHA-256.
    """

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime]
    """When counting began."""
    blocked_until: Mapped[datetime | None]
    forgotten_at: Mapped[datetime] = mapped_column(index=True)
    """When the count no longer applies and the row can be deleted."""


class AuditEntry(Base):
    """A security event of an account."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_user_id_id", "user_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event: Mapped[SecurityEvent] = mapped_column(_word(SecurityEvent, 32))
    at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    detail: Mapped[str | None]
    actor_id: Mapped[UUID | None]
    """The administrator who did it, if one did."""
