"""Publishing, with confirms."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from fotograma_contracts.base import Message
from fotograma_contracts.topology import GRAVEYARD_EXCHANGE, DeadKey, Queue
from opentelemetry.trace import SpanKind

from fotograma_kit.broker.channels import BrokerUnavailable, Channels, MessageRefused
from fotograma_kit.broker.connection import CONNECTION_ERRORS
from fotograma_kit.broker.publication import ORIGIN, REASON, Publication
from fotograma_kit.broker.retries import ATTEMPTS, NextAttempt, attempt_of
from fotograma_kit.settings import BrokerSettings
from fotograma_kit.telemetry import TRACEPARENT, current_traceparent, span


class Broker:
    """One connection for publishing and asking; opened on demand, and anew when it is lost.

    Every method that publishes raises `BrokerUnavailable` when a later attempt may succeed, and
    `MessageRefused`, which is one, when it is the message that cannot be sent.
    """

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self.settings = settings
        self._channels = Channels(settings, name)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._channels.close()

    async def publish(self, message: Message) -> None:
        """Publish to the message's own exchange and wait for the confirm.

        A transient message is neither confirmed nor an error when no queue takes it.
        """
        await self.publish_stored(Publication.of(message))

    async def publish_stored(self, publication: Publication) -> None:
        """Publish bytes that were stored, by any release, and wait for the confirm."""
        routing_key, route = publication.routing_key, publication.route
        if route is None:
            raise MessageRefused(f"no exchange is known for {routing_key!r}")
        with span(
            f"publish {routing_key}",
            SpanKind.PRODUCER,
            publication.cause.traceparent,
            publication.described,
        ):
            await self._channels.send(
                publication.outgoing(current_traceparent()),
                exchange=route.exchange,
                routing_key=routing_key,
                mandatory=route.mandatory,
            )

    async def dead_letter_stored(
        self, publication: Publication, *, origin: str, reason: str
    ) -> None:
        """Publish to the graveyard what no exchange takes."""
        name = f"dead-letter {publication.routing_key}"
        with span(name, SpanKind.PRODUCER, publication.cause.traceparent, publication.described):
            await self._send(
                publication.dead_lettered(current_traceparent(), origin=origin, reason=reason),
                exchange=GRAVEYARD_EXCHANGE,
                routing_key=DeadKey.GRAVEYARD,
            )

    async def retry_later(
        self, message: AbstractIncomingMessage, queue: Queue, following: NextAttempt
    ) -> None:
        """Publish the message to a retry queue, which returns it to `queue` after the delay.

        One that was dead-lettered before keeps what is known of that.
        """
        death = {key: message.headers.get(key) for key in (ORIGIN, REASON, ATTEMPTS)}
        await self._send(
            _again(message, {**death, **following.headers}, message.timestamp),
            exchange=queue.retry_exchange,
            routing_key=following.routing_key,
        )

    async def dead_letter(
        self, message: AbstractIncomingMessage, key: DeadKey, *, origin: str, reason: str
    ) -> None:
        """Publish the message to a dead-letter queue. Its attempts begin again there."""
        death = {ORIGIN: origin, REASON: reason, ATTEMPTS: attempt_of(message.headers)}
        await self._send(
            _again(message, death, datetime.now(UTC)),
            exchange=key.exchange,
            routing_key=key,
        )

    async def _send(self, outgoing: aio_pika.Message, *, exchange: str, routing_key: str) -> None:
        await self._channels.send(
            outgoing, exchange=exchange, routing_key=routing_key, mandatory=True
        )

    async def consumers_of(self, queue: Queue) -> int:
        """Return the number of the queue's consumers. Raises `BrokerUnavailable`."""
        declared = await self._declared(queue)
        return declared.declaration_result.consumer_count or 0

    async def idle_consumers_of(self, queue: Queue) -> int:
        """Return how many of the queue's consumers may be idle: none while a message waits, else
        all, as RabbitMQ does not tell who is busy. Raises `BrokerUnavailable`.
        """
        state = (await self._declared(queue)).declaration_result
        return 0 if state.message_count else state.consumer_count or 0

    async def _declared(self, queue: Queue) -> AbstractQueue:
        try:
            async with asyncio.timeout(self.settings.rabbitmq_publish_seconds):
                channel = await self._channels.channel(confirmed=True)
                return await channel.declare_queue(queue.name, passive=True)
        except CONNECTION_ERRORS as error:
            raise BrokerUnavailable(repr(error)) from error

    async def ping(self) -> str:
        """A readiness check: the connection is, or can be, opened."""
        await self._channels.channel(confirmed=True)
        return "ok"


def _again(
    message: AbstractIncomingMessage, headers: Mapping[str, Any], timestamp: datetime | None
) -> aio_pika.Message:
    """Build the same message, to be published again with these headers, those that are None left
    out.

    It keeps its type, since its AMQP routing key becomes a queue's name on the way, and its cause;
    RabbitMQ's headers (x-death, x-delivery-count) begin again.
    """
    kept = {TRACEPARENT: message.headers.get(TRACEPARENT), **headers}
    return aio_pika.Message(
        message.body,
        content_type=message.content_type,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=routing_key_of_delivery(message),
        timestamp=timestamp,
        headers={key: value for key, value in kept.items() if value is not None},
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def routing_key_of_delivery(message: AbstractIncomingMessage) -> str:
    """Return the message's first routing key: a retry or a dead-lettering changes AMQP's own."""
    return message.type or message.routing_key or ""
