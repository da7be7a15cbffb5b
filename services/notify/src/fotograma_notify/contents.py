"""The contents of mails by kind, where they go, and when they expire."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never
from uuid import UUID

from fotograma_contracts.reasons import Reason, WarningCode


class Kind(StrEnum):
    """What a mail is about."""

    VIDEO_PROCESSED = "video.processed"
    VIDEO_FAILED = "video.failed"
    VIDEO_EXPIRING = "video.expiring"
    NOTIFICATION = "notification"
    VERIFICATION = "user.verification_requested"
    PASSWORD_RESET = "user.password_reset_requested"  # noqa: S105 - an event's name
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an event's name
    EMAIL_CHANGED = "user.email_changed"
    EMAIL_CHANGE_REQUESTED = "user.email_change_requested"
    API_KEY_CREATED = "user.api_key_created"
    PROMOTED = "user.promoted"
    DEMOTED = "user.demoted"


@dataclass(frozen=True, slots=True)
class VideoProcessedContent:
    """A mail about a finished extraction."""

    video_id: UUID
    name: str
    frames: int
    archive_bytes: int
    warnings: tuple[WarningCode, ...] = ()
    """As every release knows them."""
    told: tuple[tuple[WarningCode, str], ...] = ()
    """The same, exactly, each with its English sentence; empty from the first release."""
    kind: Literal[Kind.VIDEO_PROCESSED] = Kind.VIDEO_PROCESSED


@dataclass(frozen=True, slots=True)
class VideoFailedContent:
    """A mail about a failed extraction."""

    video_id: UUID
    name: str
    reason: Reason
    """As every release knows it."""
    told: tuple[Reason, str] | None = None
    """The same, exactly, with its English sentence; None from the first release."""
    kind: Literal[Kind.VIDEO_FAILED] = Kind.VIDEO_FAILED


@dataclass(frozen=True, slots=True)
class VideoExpiringContent:
    """A mail about a video that will be deleted."""

    video_id: UUID
    name: str
    expires_at: datetime
    kind: Literal[Kind.VIDEO_EXPIRING] = Kind.VIDEO_EXPIRING


@dataclass(frozen=True, slots=True)
class NotificationContent:
    """A mail whose words the sender chooses."""

    subject: str
    text: str
    kind: Literal[Kind.NOTIFICATION] = Kind.NOTIFICATION


@dataclass(frozen=True, slots=True)
class VerificationContent:
    """A link that verifies an address, which need not be the account's yet."""

    email: str
    token: str = field(repr=False)
    expires_at: datetime
    kind: Literal[Kind.VERIFICATION] = Kind.VERIFICATION


@dataclass(frozen=True, slots=True)
class PasswordResetContent:
    """A link to choose another password with."""

    token: str = field(repr=False)
    expires_at: datetime
    kind: Literal[Kind.PASSWORD_RESET] = Kind.PASSWORD_RESET


@dataclass(frozen=True, slots=True)
class NamedKey:
    """An API key, of which only the first characters are known."""

    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class PasswordChangedContent:
    """The account has another password; lists the API keys that are left and those that ended."""

    api_keys_kept: tuple[NamedKey, ...] = ()
    api_keys_deleted: tuple[NamedKey, ...] = ()
    kind: Literal[Kind.PASSWORD_CHANGED] = Kind.PASSWORD_CHANGED


@dataclass(frozen=True, slots=True)
class EmailChangedContent:
    """The account has another address; the mail goes to the old one."""

    old_email: str
    kind: Literal[Kind.EMAIL_CHANGED] = Kind.EMAIL_CHANGED


@dataclass(frozen=True, slots=True)
class EmailChangeRequestedContent:
    """Another address is requested for the account. The mail goes to the old one, which was
    verified, with a link to object.
    """

    old_email: str
    new_email: str
    token: str = field(repr=False)
    expires_at: datetime
    kind: Literal[Kind.EMAIL_CHANGE_REQUESTED] = Kind.EMAIL_CHANGE_REQUESTED


@dataclass(frozen=True, slots=True)
class ApiKeyCreatedContent:
    """The account has another API key, of which only the first characters are known."""

    name: str
    prefix: str
    kind: Literal[Kind.API_KEY_CREATED] = Kind.API_KEY_CREATED


@dataclass(frozen=True, slots=True)
class PromotedContent:
    """The user is an administrator now."""

    kind: Literal[Kind.PROMOTED] = Kind.PROMOTED


@dataclass(frozen=True, slots=True)
class DemotedContent:
    """The user is no administrator any more."""

    kind: Literal[Kind.DEMOTED] = Kind.DEMOTED


LinkContent = VerificationContent | PasswordResetContent | EmailChangeRequestedContent
AccountContent = (
    LinkContent
    | PasswordChangedContent
    | EmailChangedContent
    | ApiKeyCreatedContent
    | PromotedContent
    | DemotedContent
)
"""Mails about the account itself, which cannot be switched off."""
OutcomeContent = VideoProcessedContent | VideoFailedContent
"""How an extraction ended."""
Content = OutcomeContent | VideoExpiringContent | NotificationContent | AccountContent


def address_of(content: Content) -> str | None:
    """The address of a mail that does not go to the account's; None if it does."""
    match content:
        case VerificationContent():
            return content.email
        case EmailChangedContent() | EmailChangeRequestedContent():
            return content.old_email
        case VideoProcessedContent() | VideoFailedContent() | VideoExpiringContent():
            return None
        case NotificationContent() | PasswordResetContent() | PasswordChangedContent():
            return None
        case ApiKeyCreatedContent():
            return None
        case PromotedContent() | DemotedContent():
            return None
        case _:
            assert_never(content)


def is_expired(content: Content, now: datetime) -> bool:
    """Whether a mail comes too late: its link has expired, or its video is deleted."""
    match content:
        case (
            VerificationContent()
            | PasswordResetContent()
            | EmailChangeRequestedContent()
            | VideoExpiringContent()
        ):
            return content.expires_at <= now
        case VideoProcessedContent() | VideoFailedContent() | NotificationContent():
            return False
        case PasswordChangedContent() | EmailChangedContent() | ApiKeyCreatedContent():
            return False
        case PromotedContent() | DemotedContent():
            return False
        case _:
            assert_never(content)
