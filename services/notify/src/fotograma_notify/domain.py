"""A delivery: one mail to one user, its states, and who may get it.

`PENDING → CLAIMED → SENDING → SENT` is the way of most. A claim has a lease: whoever dies before
`SENDING` leaves a delivery that the next one may claim. Whoever dies in `SENDING` leaves a mail
that may or may not have left, and SES cannot be asked: it becomes `UNCERTAIN`, never a second mail.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid5

from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.users import Locale

_DELIVERIES = UUID("6f0e7a6c-5f0b-4e0e-9d53-7f2f5b8d2a10")
"""The namespace of delivery ids (RFC 9562, version 5)."""


class Kind(StrEnum):
    """What a mail is about."""

    VIDEO_PROCESSED = "video.processed"
    VIDEO_FAILED = "video.failed"
    NOTIFICATION = "notification"


class Status(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    """A dispatcher is preparing it, until its lease ends."""
    SENDING = "sending"
    """SES has been, or is just being, asked."""
    SENT = "sent"
    """SES has taken it."""
    SKIPPED = "skipped"
    """It was not to be sent; the reason says why."""
    FAILED = "failed"
    """SES refused it for good."""
    UNCERTAIN = "uncertain"
    """Nobody knows whether SES took it; an operator looks."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"


SOURCES: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CLAIMED, Status.SENDING}),
    Status.CLAIMED: frozenset({Status.PENDING, Status.CLAIMED}),
    Status.SENDING: frozenset({Status.CLAIMED}),
    Status.SENT: frozenset({Status.SENDING, Status.UNCERTAIN}),
    Status.SKIPPED: frozenset({Status.CLAIMED}),
    Status.FAILED: frozenset({Status.SENDING}),
    Status.UNCERTAIN: frozenset({Status.SENDING}),
    Status.BOUNCED: frozenset({Status.SENDING, Status.SENT, Status.UNCERTAIN}),
    Status.COMPLAINED: frozenset({Status.SENDING, Status.SENT, Status.UNCERTAIN, Status.BOUNCED}),
}
"""From where a status may be reached. `CLAIMED` from `CLAIMED` only after the lease."""


class SkipReason(StrEnum):
    """Why a mail was not to be sent."""

    PREFERENCES = "preferences"
    """The user does not want this kind of mail."""
    SUPPRESSED = "suppressed"
    """An earlier mail to this address bounced or was called spam."""
    RECIPIENT_GONE = "recipient_gone"
    """The user has left."""


class SuppressionReason(StrEnum):
    """Why no mail goes to an address."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A user's address, as of `revision`."""

    user_id: UUID
    revision: int
    email: str
    locale: Locale


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A user who has left, as of `revision`."""

    user_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user wants to be mailed. `locale` overrides the account's language."""

    email_on_processed: bool = True
    email_on_failed: bool = True
    locale: Locale | None = None

    def wants(self, kind: Kind) -> bool:
        """Whether mail of this kind is wanted. Notifications are not asked about."""
        match kind:
            case Kind.VIDEO_PROCESSED:
                return self.email_on_processed
            case Kind.VIDEO_FAILED:
                return self.email_on_failed
            case Kind.NOTIFICATION:
                return True


@dataclass(frozen=True, slots=True)
class VideoProcessedContent:
    """What the mail about a finished extraction tells."""

    video_id: UUID
    name: str
    frames: int
    archive_bytes: int
    warnings: tuple[WarningCode, ...] = ()
    kind: Literal[Kind.VIDEO_PROCESSED] = Kind.VIDEO_PROCESSED


@dataclass(frozen=True, slots=True)
class VideoFailedContent:
    """What the mail about a failed extraction tells."""

    video_id: UUID
    name: str
    reason: Reason
    kind: Literal[Kind.VIDEO_FAILED] = Kind.VIDEO_FAILED


@dataclass(frozen=True, slots=True)
class NotificationContent:
    """A mail in the words of whoever asked for it."""

    subject: str
    text: str
    kind: Literal[Kind.NOTIFICATION] = Kind.NOTIFICATION


Content = VideoProcessedContent | VideoFailedContent | NotificationContent


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """Names one delivery."""

    user_id: UUID
    delivery_id: UUID


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to one user."""

    key: DeliveryKey
    content: Content
    created_at: datetime
    status: Status = Status.PENDING
    reason: str | None = None
    """Why it was skipped or failed, or what is uncertain about it."""
    lease_until: datetime | None = None
    message_id: str | None = None
    """SES's own."""
    sent_at: datetime | None = None

    def is_abandoned(self, now: datetime) -> bool:
        """Whether whoever was sending it has let its lease pass."""
        return (
            self.status is Status.SENDING
            and self.lease_until is not None
            and self.lease_until < now
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A step of a delivery to another status."""

    to: Status
    at: datetime
    reason: str | None = None
    lease_until: datetime | None = None
    message_id: str | None = None


def id_of_video_mail(extraction_id: UUID, kind: Kind) -> UUID:
    """The delivery's id by meaning: two events about the same outcome are one mail."""
    return uuid5(_DELIVERIES, f"{kind}:{extraction_id}")


def id_of_notification(sender: str, idempotency_key: str) -> UUID:
    """The delivery's id of a requested notification: a repeated request is the same mail."""
    return uuid5(_DELIVERIES, f"{Kind.NOTIFICATION}:{sender}:{idempotency_key}")


def address_digest(address: str) -> str:
    """An address as the suppression list knows it: case does not matter, and it is not kept."""
    return hashlib.sha256(address.strip().casefold().encode()).hexdigest()


def retry_delay(receives: int, first_seconds: float) -> float:
    """Seconds until the next try after the n-th: three times longer each time."""
    return float(first_seconds * 3 ** (max(receives, 1) - 1))
