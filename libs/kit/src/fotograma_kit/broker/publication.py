"""A message as it is sent to RabbitMQ: its bytes and its route."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from fotograma_contracts.base import Message
from fotograma_contracts.topology import MESSAGES, UNHEARD_EVENTS, routing_key_of

from fotograma_kit.causes import UNKNOWN, Cause
from fotograma_kit.request_ids import current_request_id
from fotograma_kit.telemetry import TRACEPARENT

ORIGIN = "x-origin"
"""Header of a dead-lettered message: the queue it was in, or the outbox it could not leave."""
REASON = "x-reason"
"""Header of a dead-lettered message: why."""
EXCHANGE = "x-exchange"
"""Header of a dead-lettered message of an outbox: the exchange it was for, where known."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a kind of message is published."""

    exchange: str
    persistent: bool = True
    """A message that is not is published without a confirm."""
    mandatory: bool = True
    """Whether it is an error when no queue takes it."""

    @classmethod
    def of(cls, kind: type[Message]) -> Self:
        """Return the route of a class of messages by the contracts."""
        return cls(
            kind.exchange,
            persistent=not kind.transient,
            mandatory=not kind.transient and not issubclass(kind, UNHEARD_EVENTS),
        )


ROUTES = {routing_key_of(message): Route.of(message) for message in MESSAGES}
"""By routing key: of the messages that this release knows."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One message, ready to be sent without parsing its body."""

    route: Route | None
    """None where its exchange is not known."""
    routing_key: str
    body: bytes
    message_id: str
    cause: Cause = UNKNOWN
    """Where its trace is not known, it is that of who publishes it."""

    @classmethod
    def of(cls, message: Message) -> Self:
        """A message of this release, which follows from what is being done now."""
        return cls(
            Route.of(type(message)),
            message.routing_key,
            message.model_dump_json().encode(),
            str(message.id),
            Cause(current_request_id()),
        )

    @property
    def described(self) -> dict[str, str]:
        """The attributes of the span in which it is sent."""
        destination = self.route.exchange if self.route else ""
        return messaging_attributes(
            "publish", "send", destination, self.routing_key, self.message_id, self.cause
        )

    def outgoing(self, traceparent: str | None) -> aio_pika.Message:
        """Build what is published by its route."""
        persistent = self.route is None or self.route.persistent
        return self._message({TRACEPARENT: traceparent}, persistent=persistent)

    def dead_lettered(
        self, traceparent: str | None, *, origin: str, reason: str
    ) -> aio_pika.Message:
        """Build what is published to the dead-letter exchange, with all that a replay needs."""
        exchange = self.route.exchange if self.route else None
        headers = {TRACEPARENT: traceparent, ORIGIN: origin, REASON: reason, EXCHANGE: exchange}
        return self._message(headers, persistent=True, timestamp=datetime.now(UTC))

    def _message(
        self,
        headers: dict[str, str | None],
        *,
        persistent: bool,
        timestamp: datetime | None = None,
    ) -> aio_pika.Message:
        known: dict[str, Any] = {key: value for key, value in headers.items() if value is not None}
        mode = aio_pika.DeliveryMode
        return aio_pika.Message(
            self.body,
            content_type="application/json",
            message_id=self.message_id,
            correlation_id=self.cause.request_id,
            type=self.routing_key,
            timestamp=timestamp,
            headers=known,
            delivery_mode=mode.PERSISTENT if persistent else mode.NOT_PERSISTENT,
        )


def cause_of(message: AbstractIncomingMessage) -> Cause:
    """What a delivery follows from, by its properties."""
    return Cause.told(message.correlation_id, message.headers.get(TRACEPARENT))


def messaging_attributes(
    operation: str,
    kind: str,
    destination: str,
    routing_key: str,
    message_id: str | None,
    cause: Cause,
) -> dict[str, str]:
    """What a span says of a message, by the semantic conventions of messaging."""
    known = {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": operation,
        "messaging.operation.type": kind,
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": routing_key,
        "messaging.message.id": message_id,
        "messaging.message.conversation_id": cause.request_id,
    }
    return {name: value for name, value in known.items() if value is not None}
