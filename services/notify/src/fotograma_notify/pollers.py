"""Long-polls an SQS queue and settles each message by its handler's outcome."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from fotograma_kit.telemetry import mark_failed, span
from opentelemetry.trace import SpanKind

from fotograma_notify.errors import QueueUnavailable, Unreadable
from fotograma_notify.job_outcomes import Finished, JobOutcome, Postponed
from fotograma_notify.metrics import QUEUE_AGE, QUEUE_MESSAGES, QUEUE_OUTCOMES
from fotograma_notify.sqs import Depth, Received, sqs_attributes

log = structlog.get_logger(__name__)

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0

MessageHandler = Callable[[Received], Awaitable[JobOutcome]]


class Polled(Protocol):
    """The queue that is polled. Every method raises `QueueUnavailable`."""

    async def depth(self) -> Depth: ...

    async def receive(
        self, *, wait_seconds: int, visibility_seconds: int
    ) -> Sequence[Received]: ...

    async def delete(self, message: Received) -> None: ...

    async def postpone(self, message: Received, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class PollTimes:
    """How long a poll is held open, a taken message hidden, and a stop may take; in seconds."""

    wait: int
    visibility: int
    drain: float


class Poller:
    """Takes messages of one queue, ten at most at once, until cancelled.

    A message is deleted when it is finished. One that cannot be parsed is handed back at once, so
    that SQS soon moves it to the dead-letter queue; one whose handler failed comes back when its
    visibility ends. During an outage the poller slows down, so that waiting messages do not spend
    their receives on it.
    """

    def __init__(self, name: str, queue: Polled, handle: MessageHandler, times: PollTimes) -> None:
        self._name = name
        self._queue = queue
        self._handle = handle
        self._times = times

    async def run(self) -> None:
        """Poll until cancelled; then let what runs finish."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            if await self._poll():
                pause = _FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def measure(self) -> None:
        """Set the gauges of the queue. Raises `QueueUnavailable`."""
        depth = await self._queue.depth()
        for state, count in (
            ("waiting", depth.waiting),
            ("in_flight", depth.in_flight),
            ("delayed", depth.delayed),
        ):
            QUEUE_MESSAGES.labels(self._name, state).set(count)

    async def _poll(self) -> bool:
        """Handle one batch. False when something does not answer and it is better to wait."""
        try:
            messages = await self._receive()
        except QueueUnavailable as error:
            log.warning("queue not reached", queue=self._name, error=str(error))
            return False
        self._measure_age(messages)
        batch = asyncio.gather(*(self._process(message) for message in messages))
        try:
            return all(await asyncio.shield(batch))
        except asyncio.CancelledError:
            await asyncio.wait([batch], timeout=self._times.drain)
            raise

    async def _receive(self) -> Sequence[Received]:
        poll = asyncio.ensure_future(
            self._queue.receive(
                wait_seconds=self._times.wait, visibility_seconds=self._times.visibility
            )
        )
        try:
            return await asyncio.shield(poll)
        except asyncio.CancelledError:
            # SQS may be answering this poll right now, with messages that no other poll would
            # see until their visibility ends.
            await self._hand_back(poll)
            raise

    async def _hand_back(self, poll: asyncio.Future[Sequence[Received]]) -> None:
        try:
            async with asyncio.timeout(self._times.drain):
                for message in await poll:
                    await self._queue.postpone(message, 0)
        except (QueueUnavailable, TimeoutError) as error:
            log.warning("last poll not handed back", queue=self._name, error=repr(error))

    def _measure_age(self, messages: Sequence[Received]) -> None:
        oldest = min((message.sent_at.timestamp() for message in messages), default=time.time())
        QUEUE_AGE.labels(self._name).set(max(time.time() - oldest, 0.0))

    async def _process(self, message: Received) -> bool:
        """Handle and settle one message. False in an outage."""
        cause = message.cause
        name, about = f"process {self._name}", sqs_attributes("process", self._name, cause)
        with span(name, SpanKind.CONSUMER, cause.traceparent, about) as current, cause.logged():
            try:
                outcome = await self._handle(message)
            except Unreadable:
                log.exception("message does not parse", queue=self._name)
                mark_failed(current, Unreadable.__name__)
                QUEUE_OUTCOMES.labels(self._name, "unreadable").inc()
                return await self._settled(Postponed(0, "does not parse"), message)
            except Exception as error:
                log.exception("message failed", queue=self._name, receives=message.receives)
                mark_failed(current, type(error).__qualname__)
                QUEUE_OUTCOMES.labels(self._name, "error").inc()
                return False
            return await self._settled(outcome, message)

    async def _settled(self, outcome: JobOutcome, message: Received) -> bool:
        try:
            match outcome:
                case Finished():
                    await self._queue.delete(message)
                    QUEUE_OUTCOMES.labels(self._name, "finished").inc()
                    return True
                case Postponed(seconds, reason, outage):
                    log.warning("message postponed", queue=self._name, reason=reason)
                    await self._queue.postpone(message, seconds)
                    QUEUE_OUTCOMES.labels(self._name, "postponed").inc()
                    return not outage
        except QueueUnavailable as error:
            log.warning("message not settled; it comes back", error=str(error))
            return False
