"""Connections that come back.

aio-pika's robust connection hides when a consumer is gone and does not bound the wait for a
reconnect; here a connection is a plain one, and its session is run again on the next.
"""

import asyncio
from collections.abc import Awaitable, Callable

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from fotograma_kit.settings import BrokerSettings

log = structlog.get_logger(__name__)

CONNECTION_ERRORS = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
"""What a lost or refused connection, or a channel closed with it, raises."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0

Session = Callable[[AbstractConnection], Awaitable[None]]
"""Uses one connection until it is lost; it is cancelled on shutdown."""


async def connect(settings: BrokerSettings, name: str) -> AbstractConnection:
    """Open a plain connection. Raises one of `CONNECTION_ERRORS`."""
    url = settings.rabbitmq_url.get_secret_value()
    separator = "&" if "?" in url else "?"
    connection = aio_pika.Connection(
        make_url(f"{url}{separator}heartbeat={settings.rabbitmq_heartbeat_seconds}"),
        client_properties={"connection_name": name},
    )
    try:
        async with asyncio.timeout(settings.rabbitmq_connect_seconds):
            await connection.connect()
    except BaseException:
        await connection.close()
        raise
    return connection


def user_of(settings: BrokerSettings) -> str | None:
    """Return whom RabbitMQ knows these connections by."""
    return make_url(settings.rabbitmq_url.get_secret_value()).user


async def keep_connected(settings: BrokerSettings, name: str, session: Session) -> None:
    """Run `session` on a connection; when either is lost, on the next one. Never returns."""
    pause = _FIRST_PAUSE
    while True:
        try:
            connection = await connect(settings, name)
            pause = _FIRST_PAUSE
            async with connection:
                await session(connection)
        except CONNECTION_ERRORS as error:
            log.warning("broker connection lost", connection=name, error=repr(error), pause=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def until_closed(connection: AbstractConnection) -> None:
    """Wait until either side closes the connection."""
    closed = asyncio.Event()
    connection.close_callbacks.add(lambda *_: closed.set())
    if connection.is_closed:
        return
    await closed.wait()
