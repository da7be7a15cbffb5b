"""Request and response bodies."""

import unicodedata
from datetime import datetime
from typing import Annotated, Self, assert_never
from uuid import UUID

from fotograma_contracts.users import Locale
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fotograma_notify.contents import (
    ApiKeyCreatedContent,
    Content,
    DemotedContent,
    EmailChangedContent,
    EmailChangeRequestedContent,
    Kind,
    NotificationContent,
    PasswordChangedContent,
    PasswordResetContent,
    PromotedContent,
    VerificationContent,
    VideoExpiringContent,
    VideoFailedContent,
    VideoProcessedContent,
)
from fotograma_notify.domain import Delivery, Preferences, Status

MAX_TEXT_CHARACTERS = 10_000
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LINE_ENDS = str.maketrans("", "", "\r\n\t")


def _one_line(text: str) -> str:
    if any(unicodedata.category(c) in _CONTROLS for c in text):
        raise ValueError("control characters are not allowed")
    return text


def _several_lines(text: str) -> str:
    _one_line(text.translate(_LINE_ENDS))
    return text


class PreferencesBody(BaseModel):
    """What a user wants to be mailed. `locale` overrides the account's language."""

    model_config = ConfigDict(extra="forbid")

    email_on_processed: bool = True
    email_on_failed: bool = True
    email_on_expiring: bool = True
    locale: Locale | None = None

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        """From the domain."""
        return cls(
            email_on_processed=preferences.email_on_processed,
            email_on_failed=preferences.email_on_failed,
            email_on_expiring=preferences.email_on_expiring,
            locale=preferences.locale,
        )

    def to_domain(self) -> Preferences:
        """To the domain."""
        return Preferences(
            email_on_processed=self.email_on_processed,
            email_on_failed=self.email_on_failed,
            email_on_expiring=self.email_on_expiring,
            locale=self.locale,
        )


class NotificationRequest(BaseModel):
    """A mail to a user, in your words."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID
    subject: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_one_line)]
    text: Annotated[
        str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS), AfterValidator(_several_lines)
    ]

    def to_domain(self) -> NotificationContent:
        """To the domain."""
        return NotificationContent(self.subject, self.text)


class NotificationAccepted(BaseModel):
    """The mail waits to be sent."""

    delivery_id: UUID
    status: Status


class DeliveryBody(BaseModel):
    """One mail and what became of it. `reason` says why it was not sent, where that is known."""

    id: UUID
    kind: Kind
    status: Status
    reason: str | None
    about: str
    """The video's or API key's name, or the notification's subject; else empty."""
    video_id: UUID | None
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """From the domain."""
        about, video_id = _subject_of(delivery.content)
        return cls(
            id=delivery.key.delivery_id,
            kind=delivery.content.kind,
            status=delivery.status,
            reason=delivery.reason,
            about=about,
            video_id=video_id,
            created_at=delivery.created_at,
            sent_at=delivery.sent_at,
        )


class DeliveryPage(BaseModel):
    """Deliveries, newest first. Ask again with `next_cursor` for older ones."""

    items: list[DeliveryBody]
    next_cursor: str | None


def _subject_of(content: Content) -> tuple[str, UUID | None]:
    match content:
        case VideoProcessedContent() | VideoFailedContent() | VideoExpiringContent():
            return content.name, content.video_id
        case NotificationContent():
            return content.subject, None
        case ApiKeyCreatedContent():
            return content.name, None
        case VerificationContent() | PasswordResetContent():
            return "", None
        case PasswordChangedContent() | EmailChangedContent() | EmailChangeRequestedContent():
            return "", None
        case PromotedContent() | DemotedContent():
            return "", None
        case _:
            assert_never(content)
