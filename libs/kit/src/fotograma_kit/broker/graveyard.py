"""The graveyard: dead-lettered messages, which an operator inspects and replays.

Inspecting takes messages without acknowledging them and hands them back in their order. RabbitMQ
counts how often a message was handed back, and since version 4 drops one after twenty times: a
message that was inspected often is therefore published again, whereby the count begins again,
before the old one is acknowledged. The same order, publish, confirm, acknowledge, makes replaying
safe: a process killed in between leaves a message twice, never none, and every consumer is
idempotent.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from fotograma_contracts.base import Exchange
from fotograma_contracts.topology import GRAVEYARD_EXCHANGE, DeadKey

from fotograma_kit.broker.channels import BrokerUnavailable, Channels, MessageRefused
from fotograma_kit.broker.client import routing_key_of_delivery
from fotograma_kit.broker.connection import CONNECTION_ERRORS, connect
from fotograma_kit.broker.letters import DeadLetter, as_text
from fotograma_kit.broker.publication import EXCHANGE, ORIGIN, REASON, ROUTES, Route
from fotograma_kit.broker.retries import ATTEMPTS
from fotograma_kit.settings import BrokerSettings
from fotograma_kit.telemetry import TRACEPARENT

DELIVERY_COUNT = "x-delivery-count"
"""RabbitMQ's header: how often the message was handed back."""
RENEWED_AFTER = 10
"""Times a message is handed back before it is published again; half of RabbitMQ's limit."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The result of replaying a message; where it was refused, the message stays."""

    letter: DeadLetter
    refused: str | None = None
    """Why not."""


class Graveyard:
    """Inspects and replays dead-lettered messages. Needs a user who may read the queue `graveyard`
    and publish what any service publishes."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings

    async def look(self, limit: int) -> list[DeadLetter]:
        """Return the messages that were dead-lettered first. Raises `BrokerUnavailable`."""
        async with self._open() as taken:
            return [DeadLetter.of(message) async for message in taken.take(limit)]

    async def find(self, message_id: str) -> DeadLetter | None:
        """Return one message, if it is there. Raises `BrokerUnavailable`."""
        async with self._open() as taken:
            async for message in taken.take():
                if message.message_id == message_id:
                    return DeadLetter.of(message)
            return None

    async def replay(self, is_wanted: Callable[[DeadLetter], bool]) -> AsyncIterator[Replay]:
        """Publish messages again by their first route; each is yielded afterwards.

        One that is dead-lettered again meanwhile is left for the next time. Raises
        `BrokerUnavailable`.
        """
        replayed: set[str | None] = set()
        async with self._open() as taken:
            async for message in taken.take():
                letter = DeadLetter.of(message)
                if is_wanted(letter) and letter.message_id not in replayed:
                    yield Replay(letter, refused=await taken.replay(message))
                    replayed.add(letter.message_id)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator["_Taken"]:
        # What is refused closes the channel it is published on, and one that messages were taken
        # on would lose them all: publishing has a connection of its own.
        publisher = Channels(
            self._settings.model_copy(update={"rabbitmq_declare": False}), "graveyard replay"
        )
        try:
            async with await connect(self._settings, "graveyard") as connection:
                channel = await connection.channel()
                queue = await channel.get_queue(DeadKey.GRAVEYARD, ensure=False)
                taken = _Taken(publisher, queue, self._settings.rabbitmq_publish_seconds)
                try:
                    yield taken
                finally:
                    await taken.hand_back()
        except CONNECTION_ERRORS as error:
            raise BrokerUnavailable(repr(error)) from error
        finally:
            await publisher.close()


class _Taken:
    """The messages that were taken on one channel."""

    def __init__(self, publisher: Channels, queue: AbstractQueue, seconds: float) -> None:
        self._publisher = publisher
        self._queue = queue
        self._seconds = seconds
        self._held: dict[int, AbstractIncomingMessage] = {}

    async def take(self, limit: int | None = None) -> AsyncIterator[AbstractIncomingMessage]:
        """Take at most `limit` of the messages, first the one dead-lettered first."""
        while limit is None or len(self._held) < limit:
            message = await self._queue.get(fail=False, timeout=self._seconds)
            if message is None:
                return
            self._held[message.delivery_tag or 0] = message
            yield message

    async def replay(self, message: AbstractIncomingMessage) -> str | None:
        """Publish the message; returns None, or why it was refused."""
        routing_key = routing_key_of_delivery(message)
        route = _route(message, routing_key)
        if route is None:
            return f"no message is called {routing_key!r}"
        kept = {key: value for key, value in message.headers.items() if key == TRACEPARENT}
        try:
            await self._publisher.send(
                _copy(message, kept),
                exchange=route.exchange,
                routing_key=routing_key,
                mandatory=route.mandatory,
            )
        except MessageRefused as error:
            return str(error)
        await self._acknowledge(message)
        return None

    async def hand_back(self) -> None:
        """Return everything that was taken, and not replayed, to the queue."""
        for message in list(self._held.values()):
            if _times_handed_back(message) < RENEWED_AFTER or not await self._renew(message):
                await message.nack(requeue=True)

    async def _renew(self, message: AbstractIncomingMessage) -> bool:
        """Publish the message again; False where it is refused: the next one may not be."""
        try:
            await self._publisher.send(
                _renewed(message),
                exchange=GRAVEYARD_EXCHANGE,
                routing_key=DeadKey.GRAVEYARD,
                mandatory=True,
            )
        except MessageRefused:
            return False
        await self._acknowledge(message)
        return True

    async def _acknowledge(self, message: AbstractIncomingMessage) -> None:
        await message.ack()
        del self._held[message.delivery_tag or 0]


def _route(message: AbstractIncomingMessage, routing_key: str) -> Route | None:
    """Return its first route: by the contracts, or by the header of another release's outbox.

    A header names one of our exchanges only: an administrator, who replays, may use any.
    """
    exchange = as_text(message.headers.get(EXCHANGE))
    return ROUTES.get(routing_key) or (Route(exchange) if exchange in set(Exchange) else None)


def _renewed(message: AbstractIncomingMessage) -> aio_pika.Message:
    """Build the same message again, with our headers in place of RabbitMQ's, which are not kept."""
    letter = DeadLetter.of(message)
    known = {
        TRACEPARENT: message.headers.get(TRACEPARENT),
        ORIGIN: letter.origin,
        REASON: letter.reason,
        ATTEMPTS: letter.attempts,
        EXCHANGE: message.headers.get(EXCHANGE),
    }
    headers = {key: value for key, value in known.items() if value is not None}
    return _copy(message, headers, died_at=letter.died_at)


def _copy(
    message: AbstractIncomingMessage, headers: dict[str, Any], died_at: datetime | None = None
) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        content_type=message.content_type,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=routing_key_of_delivery(message),
        timestamp=died_at,
        headers=headers,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _times_handed_back(message: AbstractIncomingMessage) -> int:
    count = message.headers.get(DELIVERY_COUNT, 0)
    return count if isinstance(count, int) else 0
