"""What SES reports about mails, applied to deliveries and to the suppression list."""

import structlog

from fotograma_notify.clock import Clock, utc_now
from fotograma_notify.deliveries import count_step
from fotograma_notify.domain import Change, DeliveryKey, Status, SuppressionReason, ended
from fotograma_notify.metrics import FEEDBACK
from fotograma_notify.ports import Store
from fotograma_notify.ses_events import NOT_SPAM, PERMANENT, Bounce, Complaint, Feedback

log = structlog.get_logger(__name__)


class FeedbackRecorder:
    """Records what SES reports about mails."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    async def record(self, feedback: Feedback, tagged: DeliveryKey | None) -> None:
        """Suppress addresses that bounce for good or complain, and mark the delivery.

        `tagged` is the delivery that the mail's tags name, if it has them. Safe to repeat.
        """
        FEEDBACK.labels(feedback.type).inc()
        match feedback:
            case Feedback(bounce=Bounce(bounce_type=kind) as bounce) if kind == PERMANENT:
                addresses = [a.email_address for a in bounce.bounced_recipients]
                await self._suppress(addresses, SuppressionReason.BOUNCE)
                await self._mark(feedback, tagged, Status.BOUNCED, bounce.bounce_sub_type)
            case Feedback(complaint=Complaint(complaint_feedback_type=kind) as complaint) if (
                kind != NOT_SPAM
            ):
                addresses = [a.email_address for a in complaint.complained_recipients]
                await self._suppress(addresses, SuppressionReason.COMPLAINT)
                await self._mark(feedback, tagged, Status.COMPLAINED, kind)
            case Feedback(type="Delivery" | "Send"):
                await self._confirm(feedback, tagged)
            case _:
                log.info("SES event ignored", type=feedback.type)

    async def _suppress(self, addresses: list[str], reason: SuppressionReason) -> None:
        for address in addresses:
            await self._store.suppress(address, reason, self._clock())

    async def _mark(
        self, feedback: Feedback, tagged: DeliveryKey | None, status: Status, reason: str | None
    ) -> None:
        key = tagged or await self._store.key_of_message(feedback.mail.message_id)
        if key is None:
            log.warning("feedback about an unknown mail", type=feedback.type)
            return
        change = Change(status, self._clock(), reason=reason, message_id=feedback.mail.message_id)
        delivery = await self._store.delivery(key)
        if delivery is None:
            return
        if await self._store.record_feedback(key, ended(delivery, change)):
            count_step(delivery, change)

    async def _confirm(self, feedback: Feedback, tagged: DeliveryKey | None) -> None:
        """Mark an uncertain delivery as sent: SES has accepted the mail."""
        delivery = await self._store.delivery(tagged) if tagged else None
        if delivery is None or delivery.status is not Status.UNCERTAIN:
            return
        change = Change(Status.SENT, self._clock(), message_id=feedback.mail.message_id)
        if await self._store.record_feedback(delivery.key, ended(delivery, change)):
            count_step(delivery, change)
