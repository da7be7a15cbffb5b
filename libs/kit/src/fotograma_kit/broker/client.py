"""Publishing, with confirms."""

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import PublishError
from fotograma_contracts.base import Message
from fotograma_contracts.topology import DEAD_EXCHANGE, UNHEARD_EVENTS, DeadKey, Queue
from opentelemetry.trace import SpanKind

from fotograma_kit.broker.connection import CONNECTION_ERRORS, connect
from fotograma_kit.broker.topology import ensure_topology, retry_exchange
from fotograma_kit.settings import BrokerSettings
from fotograma_kit.telemetry import TRACEPARENT, current_traceparent, span

log = structlog.get_logger(__name__)

ATTEMPT = "x-attempt"
"""Header: how often this message has been handled, this time included."""
REASON = "x-reason"
"""Header of a retried or dead message: why."""
ORIGIN = "x-origin"
"""Header of a dead message: the queue it was in."""
_RECONNECT_PAUSE = 0.2


class BrokerUnavailable(Exception):
    """RabbitMQ did not confirm in time, or cannot route the message."""


class Broker:
    """One connection for publishing and asking; opened on demand, and anew when it is lost."""

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self.settings = settings
        self._name = name
        self._connecting = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._confirmed: AbstractChannel | None = None
        self._unconfirmed: AbstractChannel | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def publish(self, message: Message, traceparent: str | None = None) -> None:
        """Publish to the message's own exchange and wait for the confirm.

        A transient message is neither confirmed nor an error when nobody hears it. Raises
        `BrokerUnavailable`.
        """
        with span(f"publish {message.routing_key}", SpanKind.PRODUCER, traceparent):
            await self._send(
                _outgoing(message),
                exchange=message.exchange,
                routing_key=message.routing_key,
                mandatory=not message.transient and not isinstance(message, UNHEARD_EVENTS),
            )

    async def retry_later(
        self, message: AbstractIncomingMessage, queue: Queue, *, attempt: int, reason: str
    ) -> None:
        """Publish the message to a retry queue, which returns it to `queue` after a delay."""
        delays = self.settings.retry_delays_seconds
        await self._send(
            _again(message, {ATTEMPT: attempt + 1, REASON: reason}),
            exchange=retry_exchange(delays[min(attempt - 1, len(delays) - 1)]),
            routing_key=queue.name,
        )

    async def bury(
        self, message: AbstractIncomingMessage, key: DeadKey, *, origin: str, reason: str
    ) -> None:
        """Publish the message to where the dead go."""
        await self._send(
            _again(message, {ORIGIN: origin, REASON: reason}),
            exchange=DEAD_EXCHANGE,
            routing_key=key,
        )

    async def _send(
        self, outgoing: aio_pika.Message, *, exchange: str, routing_key: str, mandatory: bool = True
    ) -> None:
        confirmed = outgoing.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
        try:
            async with asyncio.timeout(self.settings.rabbitmq_publish_seconds):
                channel = await self._channel(confirmed=confirmed)
                # get_exchange(ensure=False) sends nothing: the exchange was declared on connecting
                target = await channel.get_exchange(exchange, ensure=False)
                await target.publish(outgoing, routing_key, mandatory=mandatory)
        except PublishError as error:
            raise BrokerUnavailable(f"no queue takes {routing_key!r}") from error
        except CONNECTION_ERRORS as error:
            raise BrokerUnavailable(repr(error)) from error

    async def consumers_of(self, queue: Queue) -> int:
        """How many consumers the queue has. Raises `BrokerUnavailable`."""
        try:
            async with asyncio.timeout(self.settings.rabbitmq_publish_seconds):
                channel = await self._channel(confirmed=True)
                declared = await channel.declare_queue(queue.name, passive=True)
        except CONNECTION_ERRORS as error:
            raise BrokerUnavailable(repr(error)) from error
        return declared.declaration_result.consumer_count or 0

    async def ping(self) -> str:
        """A readiness check: the connection is, or can be, opened."""
        await self._channel(confirmed=True)
        return "ok"

    async def _channel(self, *, confirmed: bool) -> AbstractChannel:
        async with self._connecting:
            while not self._is_open():
                await self._open()
        channel = self._confirmed if confirmed else self._unconfirmed
        assert channel is not None  # noqa: S101 - _is_open() has just said so
        return channel

    def _is_open(self) -> bool:
        return (
            self._connection is not None
            and not self._connection.is_closed
            and all(c is not None and not c.is_closed for c in (self._confirmed, self._unconfirmed))
        )

    async def _open(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        try:
            self._connection = await connect(self.settings, self._name)
            # An unroutable message must be an error: by default it resolves like a success.
            self._confirmed = await self._connection.channel(on_return_raises=True)
            self._unconfirmed = await self._connection.channel(publisher_confirms=False)
            await ensure_topology(self._confirmed, self.settings)
        except CONNECTION_ERRORS as error:
            log.warning("broker not reached", connection=self._name, error=repr(error))
            await asyncio.sleep(_RECONNECT_PAUSE)


def _outgoing(message: Message) -> aio_pika.Message:
    traceparent = current_traceparent()
    return aio_pika.Message(
        message.model_dump_json().encode(),
        content_type="application/json",
        message_id=str(message.id),
        type=message.routing_key,
        headers={TRACEPARENT: traceparent} if traceparent else {},
        delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT
        if message.transient
        else aio_pika.DeliveryMode.PERSISTENT,
    )


def _again(message: AbstractIncomingMessage, headers: dict[str, str | int]) -> aio_pika.Message:
    """The same message, to be published anew.

    It keeps its type, since its AMQP routing key becomes a queue's name on the way, and our own
    headers; RabbitMQ's (x-death, x-delivery-count) begin anew. Its time is that of this publishing.
    """
    kept = {
        key: value
        for key, value in message.headers.items()
        if key in {TRACEPARENT, ATTEMPT, ORIGIN}
    }
    return aio_pika.Message(
        message.body,
        content_type=message.content_type,
        message_id=message.message_id,
        type=routing_key_of_delivery(message),
        timestamp=datetime.now(UTC),
        headers={**kept, **headers},
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def routing_key_of_delivery(message: AbstractIncomingMessage) -> str:
    """The message's own routing key, wherever the message has been."""
    return message.type or message.routing_key or ""
