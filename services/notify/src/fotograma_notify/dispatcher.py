"""Sends deliveries: claim, decide, send, record."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import structlog
from fotograma_kit.telemetry import call

from fotograma_notify.clock import Clock, utc_now
from fotograma_notify.contents import Kind, address_of
from fotograma_notify.deliveries import count_step
from fotograma_notify.domain import (
    Change,
    Delivery,
    DeliveryKey,
    Recipient,
    SkipReason,
    Status,
    ended,
    retry_delay,
)
from fotograma_notify.errors import (
    MailerUnavailable,
    MailRefused,
    MailUncertain,
    StoreUnavailable,
)
from fotograma_notify.job_outcomes import Finished, JobOutcome, Postponed
from fotograma_notify.permission import is_for_confirmed, reason_to_skip
from fotograma_notify.ports import Ledger, Mailer, RenderedMail, Store
from fotograma_notify.rendering import MailRenderer, MalformedToken

log = structlog.get_logger(__name__)

_RECORD_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Addressed:
    """A claimed delivery, its address and its mail."""

    delivery: Delivery
    email: str
    mail: RenderedMail


class Dispatcher:
    """Sends deliveries: claim, decide, send, record."""

    def __init__(
        self,
        store: Store,
        mailer: Mailer,
        renderer: MailRenderer,
        ledger: Ledger,
        *,
        lease: timedelta,
        retry_seconds: float,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._mailer = mailer
        self._renderer = renderer
        self._ledger = ledger
        self._lease = lease
        self._retry_seconds = retry_seconds
        self._clock = clock

    async def deliver(self, key: DeliveryKey, receives: int) -> JobOutcome:
        """Send one delivery, unless another dispatcher has or does. Raises `StoreUnavailable`."""
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
        """What to do with a delivery that cannot be claimed: done, claimed, or abandoned."""
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
                    count_step(delivery, change)
                return Finished()
            case Status.PENDING | Status.CLAIMED | Status.SENDING:
                return Postponed(self._lease.total_seconds(), "claimed by another dispatcher")
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
            mail = self._renderer.render(delivery.content, preferences.locale or recipient.locale)
        except MalformedToken:
            return SkipReason.MALFORMED
        if not await self._has_budget(delivery, recipient, email):
            return SkipReason.BUDGET
        return _Addressed(delivery, email, mail)

    async def _has_budget(self, delivery: Delivery, recipient: Recipient, email: str) -> bool:
        """Spend the address's budget for the mail; False when there is none left."""
        content = delivery.content
        return await self._ledger.spend(
            email,
            Kind(content.kind),
            delivery.key,
            is_confirmed=is_for_confirmed(content, recipient),
            now=self._clock(),
        )

    async def _send(self, addressed: _Addressed, claim: str, receives: int) -> JobOutcome:
        delivery, mail = addressed.delivery, addressed.mail
        now = self._clock()
        sending = Change(Status.SENDING, now, lease_until=now + self._lease)
        if not await self._store.move(delivery.key, claim, sending):
            return Postponed(self._lease.total_seconds(), "the claim was lost")
        try:
            with call("send mail", {}):
                message_id = await self._mailer.send(addressed.email, mail, delivery.key)
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
        """Store SES's answer, retrying for a lease: SES cannot be asked for it again."""
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
            count_step(delivery, change)
