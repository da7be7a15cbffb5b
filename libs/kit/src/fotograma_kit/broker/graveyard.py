"""The graveyard: messages that nobody could handle, looked at and replayed by an operator.

Looking takes messages without acknowledging them and hands them back in their order. RabbitMQ
counts how often a message was handed back, and since version 4 drops one for which that happened
more than twenty times: a message that was looked at often is therefore published anew, whereby the
count begins again, before the old one is acknowledged. The same order, publish, confirm,
acknowledge, makes replaying safe: whoever is killed in between leaves a message twice, never none,
and every consumer takes a message twice for one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import PublishError
from fotograma_contracts.topology import DEAD_EXCHANGE, MESSAGES, DeadKey, routing_key_of

from fotograma_kit.broker.client import (
    ORIGIN,
    REASON,
    BrokerUnavailable,
    routing_key_of_delivery,
)
from fotograma_kit.broker.connection import CONNECTION_ERRORS, connect
from fotograma_kit.settings import BrokerSettings
from fotograma_kit.telemetry import TRACEPARENT

DELIVERY_COUNT = "x-delivery-count"
"""RabbitMQ's header: how often the message was handed back."""
WORN_AFTER = 10
"""Times a message is handed back before it is published anew; half of RabbitMQ's limit."""

_EXCHANGES = {routing_key_of(message): message.exchange for message in MESSAGES}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in the graveyard."""

    message_id: str | None
    """None for one that is none of ours."""
    routing_key: str
    """Its own, under which it was published first."""
    origin: str | None
    """The queue it was in when it was given up."""
    reason: str | None
    died_at: datetime | None
    body: bytes

    @classmethod
    def of(cls, message: AbstractIncomingMessage) -> "DeadLetter":
        """What a delivery says of itself: in our headers, or in RabbitMQ's where it buried it."""
        return cls(
            message_id=message.message_id,
            routing_key=routing_key_of_delivery(message),
            origin=_text(message.headers.get(ORIGIN) or message.headers.get("x-first-death-queue")),
            reason=_text(
                message.headers.get(REASON) or message.headers.get("x-first-death-reason")
            ),
            died_at=message.timestamp or _time_of_death(message),
            body=message.body,
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """A message that was replayed; or was not, and lies where it lay."""

    letter: DeadLetter
    refused: str | None = None
    """Why not."""


class Graveyard:
    """What an operator does with dead messages. Needs a user who may read the queue `graveyard`
    and publish what any service publishes."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings

    async def look(self, limit: int) -> list[DeadLetter]:
        """The messages that are dead longest. Raises `BrokerUnavailable`."""
        async with self._open() as grave:
            return [DeadLetter.of(message) async for message in grave.take(limit)]

    async def find(self, message_id: str) -> DeadLetter | None:
        """One message. Raises `BrokerUnavailable`."""
        async with self._open() as grave:
            async for message in grave.take():
                if message.message_id == message_id:
                    return DeadLetter.of(message)
            return None

    async def replay(self, is_wanted: Callable[[DeadLetter], bool]) -> AsyncIterator[Replay]:
        """Publish messages again as they were published first; each is yielded when that is done.

        One that dies again while this goes on is left for the next time. Raises
        `BrokerUnavailable`.
        """
        replayed: set[str | None] = set()
        async with self._open() as grave:
            async for message in grave.take():
                letter = DeadLetter.of(message)
                if is_wanted(letter) and letter.message_id not in replayed:
                    yield Replay(letter, refused=await grave.replay(message))
                    replayed.add(letter.message_id)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator["_OpenGrave"]:
        try:
            async with await connect(self._settings, "graveyard") as connection:
                # An unroutable message must be an error: by default it resolves like a success.
                channel = await connection.channel(on_return_raises=True)
                queue = await channel.get_queue(DeadKey.GRAVEYARD, ensure=False)
                grave = _OpenGrave(channel, queue, self._settings.rabbitmq_publish_seconds)
                try:
                    yield grave
                finally:
                    await grave.hand_back()
        except CONNECTION_ERRORS as error:
            raise BrokerUnavailable(repr(error)) from error


class _OpenGrave:
    """One channel with the messages that were taken on it."""

    def __init__(self, channel: AbstractChannel, queue: AbstractQueue, seconds: float) -> None:
        self._channel = channel
        self._queue = queue
        self._seconds = seconds
        self._held: dict[int, AbstractIncomingMessage] = {}

    async def take(self, limit: int | None = None) -> AsyncIterator[AbstractIncomingMessage]:
        """At most `limit` of the messages, first the one dead longest."""
        while limit is None or len(self._held) < limit:
            message = await self._queue.get(fail=False, timeout=self._seconds)
            if message is None:
                return
            self._held[message.delivery_tag or 0] = message
            yield message

    async def replay(self, message: AbstractIncomingMessage) -> str | None:
        """None when the message has left; else why it has not."""
        routing_key = routing_key_of_delivery(message)
        exchange = _EXCHANGES.get(routing_key)
        if exchange is None:
            return f"no message is called {routing_key!r}"
        kept = {key: value for key, value in message.headers.items() if key == TRACEPARENT}
        try:
            await self._publish(_copy(message, kept), exchange, routing_key)
        except PublishError:
            return f"no queue takes {routing_key!r}"
        await self._acknowledge(message)
        return None

    async def hand_back(self) -> None:
        """Leave everything that was taken, and not replayed, as it was found."""
        for message in list(self._held.values()):
            if _times_handed_back(message) >= WORN_AFTER:
                await self._publish(_renewed(message), DEAD_EXCHANGE, DeadKey.GRAVEYARD)
                await self._acknowledge(message)
            else:
                await message.nack(requeue=True)

    async def _acknowledge(self, message: AbstractIncomingMessage) -> None:
        await message.ack()
        del self._held[message.delivery_tag or 0]

    async def _publish(self, message: aio_pika.Message, exchange: str, routing_key: str) -> None:
        """Returns when RabbitMQ has confirmed."""
        async with asyncio.timeout(self._seconds):
            target = await self._channel.get_exchange(exchange, ensure=False)
            await target.publish(message, routing_key)


def _renewed(message: AbstractIncomingMessage) -> aio_pika.Message:
    """The same dead message. RabbitMQ's own headers would not survive: ours say the same."""
    letter = DeadLetter.of(message)
    said = {
        TRACEPARENT: message.headers.get(TRACEPARENT),
        ORIGIN: letter.origin,
        REASON: letter.reason,
    }
    headers = {key: value for key, value in said.items() if value is not None}
    return _copy(message, headers, died_at=letter.died_at)


def _copy(
    message: AbstractIncomingMessage, headers: dict[str, Any], died_at: datetime | None = None
) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        content_type=message.content_type,
        message_id=message.message_id,
        type=routing_key_of_delivery(message),
        timestamp=died_at,
        headers=headers,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _times_handed_back(message: AbstractIncomingMessage) -> int:
    count = message.headers.get(DELIVERY_COUNT, 0)
    return count if isinstance(count, int) else 0


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def _time_of_death(message: AbstractIncomingMessage) -> datetime | None:
    """The newest of the deaths that RabbitMQ itself has recorded."""
    deaths: Any = message.headers.get("x-death") or [{}]
    time = deaths[0].get("time")
    return time.astimezone(UTC) if isinstance(time, datetime) else None
