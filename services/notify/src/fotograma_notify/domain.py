"""A delivery: one mail to one user, its states, and who may get it.

`PENDING → CLAIMED → SENDING → SENT` is the usual way. A claim has a lease: a dispatcher that dies
before `SENDING` leaves a delivery that another one may claim. One that dies in `SENDING` leaves a
mail that may or may not have been sent, and SES cannot be asked: it becomes `UNCERTAIN`, and no
second mail is sent.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID, uuid5

from fotograma_contracts.users import Locale

from fotograma_notify.contents import Content, Kind, LinkContent

_DELIVERIES = UUID("6f0e7a6c-5f0b-4e0e-9d53-7f2f5b8d2a10")
"""The namespace of delivery ids (RFC 9562, version 5)."""


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
    """Whether SES took it is unknown; an operator checks."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"


UNFINISHED = frozenset({Status.PENDING, Status.CLAIMED, Status.SENDING})
"""From here a mail may still be written. From all others never: an uncertain one, too, is not sent
again; its recipient can request another link."""

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
    EXPIRED = "expired"
    """The mail is too late: its link has expired, or its video is deleted."""
    UNCONFIRMED = "unconfirmed"
    """The address is unverified, and the mail is no link that verifies it."""
    BUDGET = "budget"
    """The address has had as many mails of this kind as it may within an hour or a day."""
    MALFORMED = "malformed"
    """A link's token has not the format of the auth service's: it was forged."""


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
    verified: bool | None = None
    """Whether the address is verified. None: not known, as for events of the release before."""

    @property
    def is_confirmed(self) -> bool:
        """Whether all kinds of mail may go there: unless auth says that it is unverified."""
        return self.verified is not False


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A user who has left, as of `revision`."""

    user_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """Which mails a user wants. `locale` overrides the account's language."""

    email_on_processed: bool = True
    email_on_failed: bool = True
    email_on_expiring: bool = True
    locale: Locale | None = None

    def wants(self, kind: Kind) -> bool:
        """Whether mail of this kind is wanted. Other kinds than these three always are."""
        match kind:
            case Kind.VIDEO_PROCESSED:
                return self.email_on_processed
            case Kind.VIDEO_FAILED:
                return self.email_on_failed
            case Kind.VIDEO_EXPIRING:
                return self.email_on_expiring
            case Kind.NOTIFICATION | Kind.VERIFICATION | Kind.PASSWORD_RESET:
                return True
            case Kind.PASSWORD_CHANGED | Kind.EMAIL_CHANGED | Kind.API_KEY_CREATED:
                return True
            case Kind.EMAIL_CHANGE_REQUESTED | Kind.PROMOTED | Kind.DEMOTED:
                return True
            case _:
                assert_never(kind)


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
        """Whether its lease passed while it was being sent."""
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
    content: Content | None = None
    """The new content, if it changes."""


def ended(delivery: Delivery, change: Change) -> Change:
    """The step; the last one of a link's delivery also erases the link's token.

    A copy of the table, such as a backup or an export, then holds nothing to log in with.
    """
    if change.to in UNFINISHED or not isinstance(delivery.content, LinkContent):
        return change
    return replace(change, content=replace(delivery.content, token=""))


def lives_until(delivery: Delivery, retention: timedelta) -> datetime:
    """When a delivery is deleted: one of a link when the link expires."""
    if isinstance(delivery.content, LinkContent):
        return delivery.content.expires_at
    return delivery.created_at + retention


def id_of_outcome_mail(extraction_id: UUID, kind: Kind, runs: int) -> UUID:
    """The delivery's id by meaning: two events about the same outcome of a run are one mail."""
    of_run = f":{runs}" if runs > 1 else ""
    return uuid5(_DELIVERIES, f"{kind}:{extraction_id}{of_run}")


def id_of_expiry_mail(video_id: UUID, expires_at: datetime) -> UUID:
    """The delivery's id by meaning: one mail for each time at which a video is to be deleted."""
    moment = expires_at.astimezone(UTC).isoformat()
    return uuid5(_DELIVERIES, f"{Kind.VIDEO_EXPIRING}:{video_id}:{moment}")


def id_of_account_mail(event_id: UUID, kind: Kind) -> UUID:
    """The delivery's id of a mail about the account: an event that comes twice is one mail."""
    return uuid5(_DELIVERIES, f"{kind}:{event_id}")


def id_of_notification(sender: str, idempotency_key: str) -> UUID:
    """The delivery's id of a requested notification: a repeated request is the same mail."""
    return uuid5(_DELIVERIES, f"{Kind.NOTIFICATION}:{sender}:{idempotency_key}")


def address_digest(address: str) -> str:
    """An address as the suppression list knows it: case does not matter, and it is not kept."""
    return hashlib.sha256(address.strip().casefold().encode()).hexdigest()


def retry_delay(receives: int, first_seconds: float) -> float:
    """Seconds until the attempt after the n-th: three times longer each time."""
    return float(first_seconds * 3 ** (max(receives, 1) - 1))
