"""Consuming one queue: parse, call one handler, settle by its named outcome."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import aiormq
import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, AbstractQueue
from fotograma_contracts.base import Message
from fotograma_contracts.topology import DeadKey, Queue, routing_key_of
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge, Histogram
from pydantic import ValidationError

from fotograma_kit.broker.channels import BrokerUnavailable, MessageRefused
from fotograma_kit.broker.client import Broker, routing_key_of_delivery
from fotograma_kit.broker.connection import CONNECTION_ERRORS, keep_connected
from fotograma_kit.broker.letters import DeadLetter
from fotograma_kit.broker.outcomes import Done, Outcome, Parked, Rejected, Retry
from fotograma_kit.broker.publication import cause_of, messaging_attributes
from fotograma_kit.broker.retries import attempt_of, next_attempt
from fotograma_kit.broker.senders import objection
from fotograma_kit.broker.topology import ensure_topology
from fotograma_kit.telemetry import exemplar, mark_failed, span

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=Message)
Handler = Callable[[M], Awaitable[Outcome]]

LIVENESS_SECONDS = 15.0
"""Seconds between two checks that the broker still knows a consumer."""

OUTCOMES = Counter(
    "fotograma_messages", "Messages handled, by outcome", ["queue", "routing_key", "outcome"]
)
SECONDS = Histogram(
    "fotograma_message_seconds",
    "Seconds a handler took",
    ["queue", "routing_key"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600),
)
HEARTBEAT = Gauge(
    "fotograma_consumer_heartbeat_timestamp_seconds",
    "When the consumer was last known to be subscribed",
    ["queue"],
)
RUNNING = Gauge("fotograma_messages_running", "Messages being handled now", ["queue"])


_SUBJECTS = {
    "video_id": "video_id",
    "extraction_id": "extraction_id",
    "index": "segment",
    "attempt": "attempt",
    "owner_id": "user_id",
    "user_id": "user_id",
}
"""What a message may be about, by its own name and by the log's."""


class ConsumerLost(ConnectionError):
    """The broker no longer knows this consumer, and sent no notice of it."""


class Consumer:
    """Consumes `queue` with at most `slots` messages at once, over lost connections.

    Every message ends acknowledged (after its outcome was published and confirmed) or is handed
    back to the broker. A handler that raises is a `Retry`; a body that does not parse, a message
    without a handler, or one that its sender may not tell, is `Parked`. `record` is called before
    each of them is handled, and may raise as a handler may: for a queue of dead-lettered messages.
    """

    def __init__(
        self,
        broker: Broker,
        queue: Queue,
        handlers: Mapping[type[Message], Handler[Any]],
        *,
        slots: int,
        record: Callable[[DeadLetter], Awaitable[None]] | None = None,
    ) -> None:
        self._broker = broker
        self._queue = queue
        self._handlers = {routing_key_of(kind): (kind, handle) for kind, handle in handlers.items()}
        self._slots = slots
        self._record = record
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Consume until cancelled; then finish or hand back what is running."""
        await keep_connected(self._broker.settings, f"consume {self._queue.name}", self._session)

    async def _session(self, connection: AbstractConnection) -> None:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=self._slots)
        await ensure_topology(channel, self._broker.settings)
        queue = await channel.get_queue(self._queue.name, ensure=False)
        tag = await queue.consume(self._start)
        log.info("consuming", queue=self._queue.name, slots=self._slots)
        try:
            await self._watch(queue, tag)
        except asyncio.CancelledError:
            await self._drain(queue, tag)
            raise
        finally:
            # Whatever still runs has lost its delivery: the broker delivers it to another consumer.
            await self._cancel_running()

    async def _watch(self, queue: AbstractQueue, tag: str) -> None:
        """Watch the subscription. Raises one of `CONNECTION_ERRORS` when it is gone."""
        closed = asyncio.Event()
        queue.channel.close_callbacks.add(lambda *_: closed.set())
        while True:
            HEARTBEAT.labels(self._queue.name).set(time.time())
            try:
                await asyncio.wait_for(closed.wait(), LIVENESS_SECONDS)
            except TimeoutError:
                await self._check_subscribed(queue, tag)
            else:
                raise ConsumerLost("channel closed")

    async def _check_subscribed(self, queue: AbstractQueue, tag: str) -> None:
        underlay = cast("aiormq.Channel", await queue.channel.get_underlay_channel())
        if tag not in underlay.consumers:  # the broker sent basic.cancel
            raise ConsumerLost("cancelled by the broker")
        async with asyncio.timeout(LIVENESS_SECONDS):
            declared = await queue.channel.declare_queue(self._queue.name, passive=True)
        if not declared.declaration_result.consumer_count:
            raise ConsumerLost("unknown to the broker")

    async def _drain(self, queue: AbstractQueue, tag: str) -> None:
        try:
            async with asyncio.timeout(self._broker.settings.drain_seconds):
                await queue.cancel(tag)
                if self._running:
                    log.info("draining", queue=self._queue.name, running=len(self._running))
                    await asyncio.wait(self._running)
        except CONNECTION_ERRORS as error:
            log.warning("drain cut short", queue=self._queue.name, error=repr(error))

    async def _cancel_running(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _start(self, message: AbstractIncomingMessage) -> None:
        task = asyncio.create_task(self._process(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _process(self, message: AbstractIncomingMessage) -> None:
        routing_key = routing_key_of_delivery(message)
        cause = cause_of(message)
        described = messaging_attributes(
            "process", "process", self._queue.name, routing_key, message.message_id, cause
        )
        with (
            span(
                f"process {routing_key}", SpanKind.CONSUMER, cause.traceparent, described
            ) as current,
            RUNNING.labels(self._queue.name).track_inprogress(),
            cause.logged(),
            structlog.contextvars.bound_contextvars(
                message_id=message.message_id, routing_key=routing_key
            ),
        ):
            began = time.perf_counter()
            outcome = await self._outcome(message, routing_key)
            seconds = time.perf_counter() - began
            SECONDS.labels(self._queue.name, routing_key).observe(seconds, exemplar())
            if isinstance(outcome, Retry | Parked):
                mark_failed(current, type(outcome).__name__)
            log.info("message handled", outcome=type(outcome).__name__, seconds=round(seconds, 4))
            await self._settle(message, routing_key, outcome)

    async def _outcome(self, message: AbstractIncomingMessage, routing_key: str) -> Outcome:
        try:
            return await self._handle(message, routing_key)
        except Exception as error:
            log.exception("handler failed")
            return Retry(repr(error)[:500])

    async def _handle(self, message: AbstractIncomingMessage, routing_key: str) -> Outcome:
        if self._record is not None:
            await self._record(DeadLetter.of(message))
        if routing_key not in self._handlers:
            return Parked("no handler for this routing key")
        kind, handle = self._handlers[routing_key]
        is_required = self._broker.settings.rabbitmq_sender_required
        if reason := objection(message, self._queue, kind, is_required=is_required):
            return Parked(reason)
        try:
            parsed = kind.model_validate_json(message.body)
        except ValidationError as error:
            return Parked(
                f"does not parse: {error.error_count()} errors, {error.errors()[0]['msg']}"
            )
        subjects = _subjects(parsed)
        structlog.contextvars.bind_contextvars(**subjects)  # for the message's own task
        trace.get_current_span().set_attributes(
            {f"fotograma.{name}": value for name, value in subjects.items()}
        )
        return await handle(parsed)

    async def _settle(
        self, message: AbstractIncomingMessage, routing_key: str, outcome: Outcome
    ) -> None:
        try:
            try:
                name = await self._publish_outcome(message, outcome)
            except MessageRefused as error:
                # Handed back it would come again at once, to be refused: it counts as an attempt.
                name = await self._retry(message, f"its outcome is refused: {error}")
            await message.ack()
        except BrokerUnavailable as error:
            log.warning("outcome not confirmed; message handed back", error=str(error))
            await self._hand_back(message)
        except CONNECTION_ERRORS as error:
            log.warning("delivery lost with its connection", error=repr(error))
        else:
            OUTCOMES.labels(self._queue.name, routing_key, name).inc()

    async def _publish_outcome(self, message: AbstractIncomingMessage, outcome: Outcome) -> str:
        match outcome:
            case Done(events):
                for event in events:
                    await self._broker.publish(event)
                return "done"
            case Rejected(reason, events):
                log.info("message rejected", reason=reason)
                for event in events:
                    await self._broker.publish(event)
                return "rejected"
            case Retry(reason):
                return await self._retry(message, reason)
            case Parked(reason):
                log.error("message parked", reason=reason)
                await self._broker.dead_letter(
                    message, DeadKey.GRAVEYARD, origin=self._queue.name, reason=reason
                )
                return "parked"

    async def _retry(self, message: AbstractIncomingMessage, reason: str) -> str:
        attempt = attempt_of(message.headers)
        following = next_attempt(attempt, reason, self._broker.settings)
        if following is None:
            log.error("message dead-lettered", attempts=attempt, reason=reason)
            await self._broker.dead_letter(
                message, self._queue.dead_key, origin=self._queue.name, reason=reason
            )
            return "exhausted"
        log.warning("message retried", attempt=attempt, reason=reason)
        await self._broker.retry_later(message, self._queue, following)
        return "retry"

    async def _hand_back(self, message: AbstractIncomingMessage) -> None:
        try:
            await message.nack(requeue=True)
        except CONNECTION_ERRORS as error:
            log.warning("delivery lost with its connection", error=repr(error))


def _subjects(message: Message) -> dict[str, str | int]:
    """What the message is about, as the log has it."""
    return {
        logged: value if isinstance(value, int) else str(value)
        for name, logged in _SUBJECTS.items()
        if (value := getattr(message, name, None)) is not None
    }
