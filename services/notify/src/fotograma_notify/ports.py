"""The ports of the use cases; adapters and the tests' fakes implement them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from fotograma_notify.contents import Kind
from fotograma_notify.domain import (
    Change,
    Delivery,
    DeliveryKey,
    Preferences,
    Recipient,
    SuppressionReason,
    Tombstone,
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some deliveries, newest first; `next_cursor` leads to the older ones, if there are any."""

    deliveries: Sequence[Delivery]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail, rendered in a language."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str


class RecipientStore(Protocol):
    """Users and their preferences. Every method raises `StoreUnavailable`."""

    async def recipient(self, user_id: UUID) -> Recipient | Tombstone | None: ...

    async def put_recipient(self, recipient: Recipient) -> bool:
        """False, and nothing changes, unless the revision is newer than the stored one.

        The stored `verified` is kept if the newer revision has none.
        """
        ...

    async def bury(self, tombstone: Tombstone) -> bool:
        """False, and nothing changes, when the stored revision is newer."""
        ...

    async def erase(self, user_id: UUID) -> None:
        """Delete all items of the user except the tombstone."""
        ...

    async def preferences(self, user_id: UUID) -> Preferences: ...

    async def put_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        """Raises `RecipientGone`."""
        ...


class DeliveryStore(Protocol):
    """Deliveries. Every method raises `StoreUnavailable`."""

    async def add(self, delivery: Delivery) -> Delivery:
        """Store it, or answer with the one of this key that is already there.

        Raises `RecipientUnknown` or `RecipientGone`.
        """
        ...

    async def delivery(self, key: DeliveryKey) -> Delivery | None: ...

    async def deliveries(self, user_id: UUID, limit: int, cursor: str | None) -> Page:
        """Raises `InvalidCursor`."""
        ...

    async def claim(
        self, key: DeliveryKey, claim: str, *, now: datetime, until: datetime
    ) -> Delivery | None:
        """Take a delivery that is pending, or whose claim has expired; None when it is neither."""
        ...

    async def move(self, key: DeliveryKey, claim: str, change: Change) -> bool:
        """Take the step if the delivery is still under `claim` and where the step begins."""
        ...

    async def flag_abandoned(self, key: DeliveryKey, change: Change) -> bool:
        """Take the step if the delivery's lease passed before `change.at`."""
        ...

    async def record_feedback(self, key: DeliveryKey, change: Change) -> bool:
        """Take the step, whichever dispatcher sent the mail."""
        ...

    async def key_of_message(self, message_id: str) -> DeliveryKey | None: ...

    async def uncertain(self) -> Sequence[DeliveryKey]: ...


class SuppressionList(Protocol):
    """Addresses that no mail goes to. Every method raises `StoreUnavailable`."""

    async def suppress(self, address: str, reason: SuppressionReason, at: datetime) -> None: ...

    async def suppression(self, address: str) -> SuppressionReason | None: ...

    async def unsuppress(self, address: str) -> None: ...


class Ledger(Protocol):
    """Which mails an address has had lately. Every method raises `StoreUnavailable`."""

    async def spend(
        self, address: str, kind: Kind, key: DeliveryKey, *, is_confirmed: bool, now: datetime
    ) -> bool:
        """Count a mail to the address, once however often it is tried.

        False, and nothing is counted, when its budget for such mails is used up.
        """
        ...


class Store(RecipientStore, DeliveryStore, SuppressionList, Protocol):
    """All stores except the ledger."""


class MailQueue(Protocol):
    """Deliveries that wait for a dispatcher."""

    async def put(self, key: DeliveryKey) -> None:
        """Raises `QueueUnavailable`."""
        ...


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, address: str, mail: RenderedMail, key: DeliveryKey) -> str:
        """Send a mail; returns its message id.

        Raises `MailRefused`, `MailerUnavailable` or `MailUncertain`.
        """
        ...
