"""What is known of a dead-lettered message, from its headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from fotograma_kit.broker.client import routing_key_of_delivery
from fotograma_kit.broker.publication import ORIGIN, REASON
from fotograma_kit.broker.retries import attempts_before


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead-lettered message."""

    message_id: str | None
    """None for one that is none of ours."""
    routing_key: str
    """Its own, under which it was published first."""
    origin: str | None
    """The queue that dead-lettered it, or the outbox that it could not leave."""
    reason: str | None
    attempts: int
    """How many it had, as far as is known."""
    died_at: datetime | None
    body: bytes

    @classmethod
    def of(cls, message: AbstractIncomingMessage) -> "DeadLetter":
        """From a delivery: by our headers, or by RabbitMQ's where that dead-lettered it."""
        newest = _newest_death(message)
        died_at = newest.get("time")
        return cls(
            message_id=message.message_id,
            routing_key=routing_key_of_delivery(message),
            origin=as_text(message.headers.get(ORIGIN) or newest.get("queue")),
            reason=as_text(message.headers.get(REASON) or newest.get("reason")),
            attempts=attempts_before(message.headers),
            died_at=message.timestamp
            or (died_at.astimezone(UTC) if isinstance(died_at, datetime) else None),
            body=message.body,
        )


def as_text(value: object) -> str | None:
    """A header's value as text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def _newest_death(message: AbstractIncomingMessage) -> Mapping[str, Any]:
    """What RabbitMQ has recorded of the newest dead-lettering of its own."""
    match message.headers.get("x-death"):
        case [{} as newest, *_]:
            return newest
        case _:  # none, or of another form
            return {}
