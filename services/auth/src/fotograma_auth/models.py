"""Tables."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from fotograma_contracts.users import Locale
from fotograma_kit.database import named_metadata
from fotograma_kit.outbox import OutboxMixin
from fotograma_kit.tokens import Role
from sqlalchemy import CheckConstraint, DateTime, Enum, ForeignKey, LargeBinary, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def _word(values: type[StrEnum]) -> Enum:
    """An enum's values as plain text: PostgreSQL's own enum types are hard to change."""
    return Enum(
        values, native_enum=False, length=16, values_callable=lambda e: [m.value for m in e]
    )


class Base(DeclarativeBase):
    """What every table has in common: text without a length, times with a zone."""

    metadata = named_metadata()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        bytes: LargeBinary(),
    }


class User(Base):
    """An account. `revision` grows with every change that other services are told of."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'admin')", name="role"),
        CheckConstraint("locale IN ('en', 'pt')", name="locale"),
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


class OutboxMessage(OutboxMixin, Base):
    """A message to be published."""
