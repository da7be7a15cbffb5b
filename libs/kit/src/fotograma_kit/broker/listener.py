"""Receiving transient events from an exclusive queue, which ends with its process."""

from collections.abc import Callable
from typing import Generic, TypeVar

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from fotograma_contracts.base import Message
from fotograma_contracts.topology import routing_key_of
from pydantic import ValidationError

from fotograma_kit.broker.connection import keep_connected, until_closed
from fotograma_kit.broker.publication import cause_of
from fotograma_kit.broker.topology import ensure_topology
from fotograma_kit.settings import BrokerSettings

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=Message)

QUEUE_LENGTH = 1_000
"""A listener that falls behind loses the oldest events, which later ones replace."""


class Listener(Generic[M]):
    """Calls `handle` with every event of one class, in every process that listens."""

    def __init__(
        self, settings: BrokerSettings, message: type[M], handle: Callable[[M], None]
    ) -> None:
        self._settings = settings
        self._message = message
        self._handle = handle

    async def run(self) -> None:
        """Listen until cancelled."""
        name = f"listen {routing_key_of(self._message)}"
        await keep_connected(self._settings, name, self._session)

    async def _session(self, connection: AbstractConnection) -> None:
        channel = await connection.channel()
        await ensure_topology(channel, self._settings)
        queue = await channel.declare_queue(
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": QUEUE_LENGTH, "x-overflow": "drop-head"},
        )
        await queue.bind(self._message.exchange, routing_key_of(self._message))
        await queue.consume(self._receive, no_ack=True)
        await until_closed(connection)

    async def _receive(self, incoming: AbstractIncomingMessage) -> None:
        try:
            message = self._message.model_validate_json(incoming.body)
        except ValidationError as error:
            log.warning("event does not parse", error=str(error))
        else:
            with cause_of(incoming).logged():
                self._handle(message)
