"""The use cases: whom to mail, what to tell them, and what became of it."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never
from uuid import UUID

import structlog
from fotograma_kit.telemetry import span
from opentelemetry.trace import SpanKind

from fotograma_notify.contents import (
    AccountContent,
    Content,
    Kind,
    NotificationContent,
    OutcomeContent,
    VideoExpiringContent,
    address_of,
)
from fotograma_notify.domain import (
    Change,
    Delivery,
    DeliveryKey,
    Preferences,
    Recipient,
    SkipReason,
    Status,
    SuppressionReason,
    Tombstone,
    ended,
    id_of_account_mail,
    id_of_expiry_mail,
    id_of_notification,
    id_of_outcome_mail,
    retry_delay,
)
from fotograma_notify.errors import (
    IdempotencyKeyReused,
    MailerUnavailable,
    MailRefused,
    MailUncertain,
    RecipientGone,
    StoreUnavailable,
)
from fotograma_notify.feedback import NOT_SPAM, PERMANENT, Bounce, Complaint, Feedback
from fotograma_notify.letters import LetterWriter, MalformedToken
from fotograma_notify.metrics import DELAY, DELIVERIES, FEEDBACK, SKIPPED, UNCERTAIN
from fotograma_notify.permission import is_for_confirmed, reason_to_skip
from fotograma_notify.ports import Ledger, Letter, Mailer, MailQueue, Page, Store

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

_RECORD_PAUSE_SECONDS = 0.5


def utc_now() -> datetime:
    """The clock of everything but tests."""
    return datetime.now(UTC)


class Recipients:
    """Who can be mailed, and what they want."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def remember(self, recipient: Recipient) -> None:
        """Keep the newest revision of a user."""
        if not await self._store.put_recipient(recipient):
            log.info("older revision ignored", user_id=str(recipient.user_id))

    async def forget(self, tombstone: Tombstone) -> None:
        """Erase a user: recipient, preferences, deliveries. A repetition finishes what one left."""
        if await self._store.bury(tombstone):
            await self._store.erase(tombstone.user_id)

    async def preferences(self, user_id: UUID) -> Preferences:
        """What the user wants; the defaults until it was said."""
        return await self._store.preferences(user_id)

    async def change_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        """Raises `RecipientGone`."""
        await self._store.put_preferences(user_id, preferences)


class Announcements:
    """Turns what happened into deliveries that wait to be sent.

    The delivery is stored first, then queued, and only then is the event acknowledged, or the
    request answered. A crash in between leaves a pending delivery, and an event or a client that
    comes again and queues it once more: so nothing has to search for forgotten deliveries. One
    delivery queued twice is sent once, because a dispatcher must claim it.
    """

    def __init__(self, store: Store, queue: MailQueue, clock: Clock = utc_now) -> None:
        self._store = store
        self._queue = queue
        self._clock = clock

    async def announce(
        self, user_id: UUID, extraction_id: UUID, content: OutcomeContent, tries: int = 1
    ) -> None:
        """Mail the outcome of an extraction, once for each try. Raises `RecipientUnknown`."""
        delivery_id = id_of_outcome_mail(extraction_id, content.kind, tries)
        await self._tell(user_id, delivery_id, content)

    async def warn_of_expiry(self, user_id: UUID, content: VideoExpiringContent) -> None:
        """Mail that a video will be deleted, once for each date. Raises `RecipientUnknown`."""
        delivery_id = id_of_expiry_mail(content.video_id, content.expires_at)
        await self._tell(user_id, delivery_id, content)

    async def tell_of_account(self, user_id: UUID, event_id: UUID, content: AccountContent) -> None:
        """Mail what happened to an account, once for each event. Raises `RecipientUnknown`."""
        await self._tell(user_id, id_of_account_mail(event_id, content.kind), content)

    async def _tell(self, user_id: UUID, delivery_id: UUID, content: Content) -> None:
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


class Deliveries:
    """What users and operators see of deliveries."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_user(self, user_id: UUID, limit: int, cursor: str | None) -> Page:
        """Newest first. Raises `InvalidCursor`."""
        return await self._store.deliveries(user_id, limit, cursor)

    async def uncertain(self) -> list[Delivery]:
        """Those an operator must look at."""
        found = [await self._store.delivery(key) for key in await self._store.uncertain()]
        return [delivery for delivery in found if delivery is not None]

    async def measure(self) -> None:
        """Set the gauge the alarm watches."""
        UNCERTAIN.set(len(await self._store.uncertain()))


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to do for this job."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Try the job again after `seconds`. `outage`: so will every other job have to."""

    seconds: float
    reason: str
    outage: bool = False


JobOutcome = Finished | Postponed


@dataclass(frozen=True, slots=True)
class _Addressed:
    """A claimed delivery that shall be sent."""

    delivery: Delivery
    email: str
    letter: Letter


class Dispatcher:
    """Sends deliveries: claim, decide, send, record."""

    def __init__(
        self,
        store: Store,
        mailer: Mailer,
        letters: LetterWriter,
        ledger: Ledger,
        *,
        lease: timedelta,
        retry_seconds: float,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._mailer = mailer
        self._letters = letters
        self._ledger = ledger
        self._lease = lease
        self._retry_seconds = retry_seconds
        self._clock = clock

    async def deliver(self, key: DeliveryKey, receives: int) -> JobOutcome:
        """Send one delivery, unless that is done or somebody else's. Raises `StoreUnavailable`."""
        claim = secrets.token_hex(8)
        now = self._clock()
        delivery = await self._store.claim(key, claim, now=now, until=now + self._lease)
        if delivery is None:
            return await self._leave(key)
        match await self._addressed(delivery):
            case SkipReason() as reason:
                await self._settle(delivery, claim, Change(Status.SKIPPED, now, reason=reason))
                return Finished()
            case addressed:
                return await self._send(addressed, claim, receives)

    async def _leave(self, key: DeliveryKey) -> JobOutcome:
        """The delivery could not be claimed: it is done, somebody else's, or was abandoned."""
        delivery = await self._store.delivery(key)
        now = self._clock()
        if delivery is None:
            return Finished()  # erased with its user
        status = delivery.status
        match status:
            case Status.SENDING if delivery.is_abandoned(now):
                interrupted = Change(Status.UNCERTAIN, now, reason="interrupted while sending")
                change = ended(delivery, interrupted)
                if await self._store.flag_abandoned(key, change):
                    _count(delivery, change)
                return Finished()
            case Status.PENDING | Status.CLAIMED | Status.SENDING:
                return Postponed(self._lease.total_seconds(), "somebody else is at it")
            case Status.SENT | Status.SKIPPED | Status.FAILED | Status.UNCERTAIN:
                return Finished()
            case Status.BOUNCED | Status.COMPLAINED:
                return Finished()
            case _:
                assert_never(status)

    async def _addressed(self, delivery: Delivery) -> _Addressed | SkipReason:
        recipient = await self._store.recipient(delivery.key.user_id)
        if not isinstance(recipient, Recipient):
            return SkipReason.RECIPIENT_GONE
        preferences = await self._store.preferences(recipient.user_id)
        reason = reason_to_skip(delivery.content, recipient, preferences, self._clock())
        if reason is not None:
            return reason
        email = address_of(delivery.content) or recipient.email
        if await self._store.suppression(email) is not None:
            return SkipReason.SUPPRESSED
        try:
            letter = self._letters.write(delivery.content, preferences.locale or recipient.locale)
        except MalformedToken:
            return SkipReason.MALFORMED
        if not await self._has_budget(delivery, recipient, email):
            return SkipReason.BUDGET
        return _Addressed(delivery, email, letter)

    async def _has_budget(self, delivery: Delivery, recipient: Recipient, email: str) -> bool:
        """Whoever asked for the mail, and however often: an address has only so many."""
        content = delivery.content
        return await self._ledger.spend(
            email,
            Kind(content.kind),
            delivery.key,
            is_confirmed=is_for_confirmed(content, recipient),
            now=self._clock(),
        )

    async def _send(self, addressed: _Addressed, claim: str, receives: int) -> JobOutcome:
        delivery, letter = addressed.delivery, addressed.letter
        now = self._clock()
        sending = Change(Status.SENDING, now, lease_until=now + self._lease)
        if not await self._store.move(delivery.key, claim, sending):
            return Postponed(self._lease.total_seconds(), "the claim was lost")
        try:
            with span("send mail", SpanKind.CLIENT):
                message_id = await self._mailer.send(addressed.email, letter, delivery.key)
        except MailRefused as error:
            change = Change(Status.FAILED, self._clock(), reason=str(error))
        except MailerUnavailable as error:
            await self._record(delivery, claim, Change(Status.PENDING, self._clock()))
            delay = retry_delay(receives, self._retry_seconds)
            return Postponed(delay, str(error), outage=True)
        except MailUncertain as error:
            log.warning("no answer from SES", error=str(error))
            change = Change(Status.UNCERTAIN, self._clock(), reason="no answer from SES")
        else:
            change = Change(Status.SENT, self._clock(), message_id=message_id)
        await self._record(delivery, claim, change)
        return Finished()

    async def _record(self, delivery: Delivery, claim: str, change: Change) -> None:
        """Write down what SES said, trying as long as the lease lasts: it cannot be asked again."""
        deadline = self._clock() + self._lease
        while True:
            try:
                return await self._settle(delivery, claim, change)
            except StoreUnavailable:
                if self._clock() >= deadline:
                    raise
                await asyncio.sleep(_RECORD_PAUSE_SECONDS)

    async def _settle(self, delivery: Delivery, claim: str, change: Change) -> None:
        if await self._store.move(delivery.key, claim, ended(delivery, change)):
            _count(delivery, change)


class FeedbackDesk:
    """Learns from what SES reports."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    async def take(self, feedback: Feedback, tagged: DeliveryKey | None) -> None:
        """Suppress addresses that bounce for good or complain; say so in the delivery.

        `tagged` is the delivery the mail's tags name, where it has them. Repetition does no harm.
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
            _count(delivery, change)

    async def _confirm(self, feedback: Feedback, tagged: DeliveryKey | None) -> None:
        """SES has taken the mail: that settles an uncertain delivery."""
        delivery = await self._store.delivery(tagged) if tagged else None
        if delivery is None or delivery.status is not Status.UNCERTAIN:
            return
        change = Change(Status.SENT, self._clock(), message_id=feedback.mail.message_id)
        if await self._store.record_feedback(delivery.key, ended(delivery, change)):
            _count(delivery, change)


def _count(delivery: Delivery, change: Change) -> None:
    kind = Kind(delivery.content.kind)
    if change.to is not Status.PENDING:
        DELIVERIES.labels(kind, change.to).inc()
    if change.to is Status.SKIPPED:
        SKIPPED.labels(kind, change.reason).inc()
    if change.to is Status.SENT:
        DELAY.labels(kind).observe((change.at - delivery.created_at).total_seconds())
    write = log.error if change.to is Status.UNCERTAIN else log.info
    write(
        "delivery",
        status=change.to.value,
        kind=kind.value,
        delivery_id=str(delivery.key.delivery_id),
        reason=change.reason,
    )
