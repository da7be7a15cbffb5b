"""One connection for publishing: its channels, and which message closed one."""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any, NamedTuple

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPChannelError, ConnectionClosed, PublishError
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
)

from fotograma_kit.broker.connection import CONNECTION_ERRORS, connect, user_of
from fotograma_kit.broker.topology import ensure_topology
from fotograma_kit.settings import BrokerSettings

log = structlog.get_logger(__name__)

_RECONNECT_PAUSE = 0.2
_CLOSE_SECONDS = 1.0

_CONFIRMED = True
_KINDS: Mapping[bool, dict[str, Any]] = MappingProxyType(
    {
        # An unroutable message must be an error: by default it resolves like a success.
        _CONFIRMED: {"on_return_raises": True},
        not _CONFIRMED: {"publisher_confirms": False},
    }
)

_LOST = (ConnectionClosed, RuntimeError)
"""The connection was closed; what uses it then is answered with a plain RuntimeError."""
_CLOSED = (AMQPChannelError, *_LOST)
"""The channel was closed: by this message, or by another that was under way on it. A frame that
still goes out on it then has RabbitMQ close the connection as well (504)."""
_REFUSALS = (ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed)
"""Why RabbitMQ closes a channel over a message: no permission (403), no such exchange (404), too
large (406) (https://www.rabbitmq.com/docs/channels#error-handling). They stay when it is sent
again; whatever else closes a channel may pass."""
_UNWRITABLE = (ValueError, TypeError, struct.error)
"""What AMQP cannot express, as a routing key above 255 bytes: raised before anything is sent."""


class BrokerUnavailable(Exception):
    """RabbitMQ did not confirm in time, or cannot route the message."""


class MessageRefused(BrokerUnavailable):
    """RabbitMQ answers, and does not take this message: sent again, it would be refused again.

    Everything that may pass is only a `BrokerUnavailable`: no connection, no confirm in time, a
    confirm that says no (a queue that is full or has lost its majority).
    """


class Channels:
    """Opened on demand, and anew when they are lost."""

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._user = user_of(settings)
        self._connecting = asyncio.Lock()
        self._alone = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channels: dict[bool, AbstractChannel] = {}

    async def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def channel(self, *, confirmed: bool) -> AbstractChannel:
        """The channel that publishers share. Waits for the broker as long as it is away."""
        async with self._connecting:
            connection = await self._connected()
            channel = self._channels.get(confirmed)
            if channel is None or channel.is_closed:
                channel = await connection.channel(**_KINDS[confirmed])
                self._channels[confirmed] = channel
        return channel

    async def send(
        self, outgoing: aio_pika.Message, *, exchange: str, routing_key: str, mandatory: bool
    ) -> None:
        """Publish in this user's name, and wait for the confirm of what is persistent.

        AMQP answers a message that it refuses by closing the channel, without naming which of those
        under way it was. So each of them is sent again, one at a time on a channel of its own: the
        one that is refused there is the one. The others may arrive twice, which every consumer
        takes. Raises `MessageRefused` or `BrokerUnavailable`.
        """
        outgoing.user_id = self._user
        sending = _Sending(outgoing, exchange, routing_key, mandatory)
        confirmed = outgoing.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
        try:
            async with asyncio.timeout(self._settings.rabbitmq_publish_seconds):
                await sending.on(await self.channel(confirmed=confirmed))
        except PublishError as error:
            raise MessageRefused(f"no queue takes {routing_key!r}") from error
        except _UNWRITABLE as error:
            raise MessageRefused(f"AMQP cannot express it: {error}") from error
        except _CLOSED:
            await self._send_alone(sending)
        except CONNECTION_ERRORS as error:
            raise BrokerUnavailable(repr(error)) from error

    async def _send_alone(self, sending: "_Sending") -> None:
        try:
            # The wait for the turn counts: a message without its turn in time is tried
            # again later; the first in the line always has its turn.
            async with asyncio.timeout(self._settings.rabbitmq_publish_seconds), self._alone:
                await self._send_on_own_channel(sending)
        except PublishError as error:
            raise MessageRefused(f"no queue takes {sending.routing_key!r}") from error
        except _REFUSALS as error:
            raise MessageRefused(str(error)) from error
        except (*CONNECTION_ERRORS, RuntimeError) as error:
            raise BrokerUnavailable(repr(error)) from error

    async def _send_on_own_channel(self, sending: "_Sending") -> None:
        """On the next connection, when it is lost: by what others had under way before."""
        while True:
            try:
                async with self._own_channel() as channel:
                    return await sending.on(channel)
            except _LOST as error:
                log.warning("broker connection lost", connection=self._name, error=repr(error))
                await asyncio.sleep(_RECONNECT_PAUSE)

    @asynccontextmanager
    async def _own_channel(self) -> AsyncIterator[AbstractChannel]:
        """Used for one message, so that no other's late refusal can be taken for its own."""
        async with self._connecting:
            connection = await self._connected()
        channel = await connection.channel(**_KINDS[_CONFIRMED])
        try:
            yield channel
        finally:
            with suppress(*CONNECTION_ERRORS, RuntimeError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await channel.close()

    async def _connected(self) -> AbstractConnection:
        while self._connection is None or not _is_open(self._connection):
            await self._connect()
        return self._connection

    async def _connect(self) -> None:
        self._channels.clear()
        try:
            await self.close()
            self._connection = await self._opened()
        except (*CONNECTION_ERRORS, RuntimeError) as error:
            log.warning("broker not reached", connection=self._name, error=repr(error))
            await asyncio.sleep(_RECONNECT_PAUSE)

    async def _opened(self) -> AbstractConnection:
        connection = await connect(self._settings, self._name)
        try:
            async with connection.channel() as channel:
                await ensure_topology(channel, self._settings)
        except BaseException:
            await connection.close()
            raise
        return connection


def _is_open(connection: AbstractConnection) -> bool:
    """Asks the transport too: the connection hears later that RabbitMQ has closed it."""
    transport = connection.transport
    return not connection.is_closed and transport is not None and not transport.connection.is_closed


class _Sending(NamedTuple):
    outgoing: aio_pika.Message
    exchange: str
    routing_key: str
    mandatory: bool

    async def on(self, channel: AbstractChannel) -> None:
        # get_exchange(ensure=False) sends nothing: the exchange was declared on connecting
        target = await channel.get_exchange(self.exchange, ensure=False)
        await target.publish(self.outgoing, self.routing_key, mandatory=self.mandatory)
