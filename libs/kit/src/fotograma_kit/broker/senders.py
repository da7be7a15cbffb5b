"""Whether a message is from who may tell it, as far as RabbitMQ knows.

A publisher's permissions are about exchanges and routing keys. What a message says that it is (its
`type`) is only words, so it must agree with the way it came; and who sent it RabbitMQ itself
checks, where `user_id` is set (https://www.rabbitmq.com/docs/validated-user-id). The release before
does not set it: a message without one is taken unless `RABBITMQ_SENDER_REQUIRED`. An administrator,
who is no service, may tell everything: dead letters are replayed so.
"""

from aio_pika.abc import AbstractIncomingMessage
from fotograma_contracts.base import Message
from fotograma_contracts.topology import Queue, Service, teller_of

_SERVICES = frozenset(Service)


def objection(
    message: AbstractIncomingMessage, queue: Queue, kind: type[Message], *, is_required: bool
) -> str | None:
    """Return why a message of `queue` is not what it says; None where nothing speaks against it."""
    told_as = kind.model_fields["routing_key"].default
    # Under its own key, or back from the queue's retries: into these only its consumer may write.
    if message.routing_key not in {told_as, queue.name}:
        return f"it says it is {told_as!r}, and came as {message.routing_key!r}"
    sender = message.user_id
    if not sender:
        return "it does not say who sent it" if is_required else None
    may = {teller_of(kind), queue.consumer, queue.handed_on_by}
    return f"{sender!r} may not tell {told_as!r}" if sender in _SERVICES - may else None
