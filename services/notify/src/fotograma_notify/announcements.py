"""Turns events and requests into deliveries that wait to be sent."""

from uuid import UUID

import structlog

from fotograma_notify.clock import Clock, utc_now
from fotograma_notify.contents import (
    AccountContent,
    Content,
    NotificationContent,
    OutcomeContent,
    VideoExpiringContent,
)
from fotograma_notify.domain import (
    Delivery,
    DeliveryKey,
    Status,
    id_of_account_mail,
    id_of_expiry_mail,
    id_of_notification,
    id_of_outcome_mail,
)
from fotograma_notify.errors import IdempotencyKeyReused, RecipientGone
from fotograma_notify.ports import MailQueue, Store

log = structlog.get_logger(__name__)


class Announcements:
    """Creates deliveries and queues them.

    The delivery is stored first, then queued, and only then is the event acknowledged, or the
    request answered. A crash in between leaves a pending delivery, which the redelivered event or
    the repeated request queues again: so nothing has to search for forgotten deliveries. A
    delivery queued twice is sent once, because a dispatcher must claim it.
    """

    def __init__(self, store: Store, queue: MailQueue, clock: Clock = utc_now) -> None:
        self._store = store
        self._queue = queue
        self._clock = clock

    async def announce(
        self, user_id: UUID, extraction_id: UUID, content: OutcomeContent, runs: int = 1
    ) -> None:
        """Mail the outcome of an extraction, once for each run. Raises `RecipientUnknown`."""
        delivery_id = id_of_outcome_mail(extraction_id, content.kind, runs)
        await self._announce(user_id, delivery_id, content)

    async def warn_of_expiry(self, user_id: UUID, content: VideoExpiringContent) -> None:
        """Mail that a video will be deleted, once for each date. Raises `RecipientUnknown`."""
        delivery_id = id_of_expiry_mail(content.video_id, content.expires_at)
        await self._announce(user_id, delivery_id, content)

    async def announce_account(
        self, user_id: UUID, event_id: UUID, content: AccountContent
    ) -> None:
        """Mail an event of an account, once for each event. Raises `RecipientUnknown`."""
        await self._announce(user_id, id_of_account_mail(event_id, content.kind), content)

    async def _announce(self, user_id: UUID, delivery_id: UUID, content: Content) -> None:
        try:
            await self._enqueue(Delivery(DeliveryKey(user_id, delivery_id), content, self._clock()))
        except RecipientGone:
            log.info("no mail: the user has left", user_id=str(user_id))

    async def request(
        self, sender: str, idempotency_key: str, user_id: UUID, content: NotificationContent
    ) -> Delivery:
        """Mail a notification, once per sender and key.

        Raises `RecipientUnknown`, `RecipientGone` or `IdempotencyKeyReused`.
        """
        key = DeliveryKey(user_id, id_of_notification(sender, idempotency_key))
        delivery = await self._enqueue(Delivery(key, content, self._clock()))
        if delivery.content != content:
            raise IdempotencyKeyReused
        return delivery

    async def _enqueue(self, wanted: Delivery) -> Delivery:
        delivery = await self._store.add(wanted)
        if delivery.status is Status.PENDING:
            await self._queue.put(delivery.key)
        return delivery
