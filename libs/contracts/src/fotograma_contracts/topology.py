"""Exchanges, queues and bindings: the whole of what RabbitMQ must hold.

Every work queue is a quorum queue with a delivery limit. What exceeds it (a message that kills
its consumers) is dead-lettered at least once: commands to `q.dead`, where the video service turns
them into a failed extraction; events straight to `graveyard`, where an operator looks. A queue has
an exchange for its retries, and behind it a queue for each delay, which has a time to live and
dead-letters back to that one queue: nobody reaches another's by it.

A service is a user of RabbitMQ, by its own name. What it may write to, and what of that it may tell
(`teller_of`), is the same in deploy/compose/rabbitmq/definitions.json.
"""

from dataclasses import dataclass
from enum import StrEnum

from fotograma_contracts import extractions, users, videos
from fotograma_contracts.base import Exchange, Message

DEAD_EXCHANGE = "fotograma.dead"
"""For commands that workers give up, and for what RabbitMQ itself dead-letters."""
GRAVEYARD_EXCHANGE = "fotograma.graveyard"
"""For what services give up."""
DELIVERY_LIMIT = 20
"""Deliveries of one message before RabbitMQ itself dead-letters it; above our own attempts."""


class Service(StrEnum):
    """The services, each a user of RabbitMQ."""

    AUTH = "auth"
    VIDEO = "video"
    NOTIFY = "notify"
    WORKER = "worker"


class DeadKey(StrEnum):
    """The queue of a dead-lettered message, which is also the routing key to `DEAD_EXCHANGE`."""

    COMMAND = "q.dead"
    GRAVEYARD = "graveyard"

    @property
    def exchange(self) -> str:
        """Where a service publishes what it gives up."""
        return GRAVEYARD_EXCHANGE if self is DeadKey.GRAVEYARD else DEAD_EXCHANGE


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue and the messages it gets."""

    name: str
    messages: tuple[type[Message], ...]
    dead_key: DeadKey
    consumer: Service
    handed_on_by: Service | None = None
    """Who gives up messages for this queue, without having told them."""

    @property
    def exchange(self) -> Exchange:
        """The one exchange its messages come from."""
        return self.messages[0].exchange

    @property
    def retry_exchange(self) -> str:
        """Where its consumer publishes what it tries again later."""
        return f"fotograma.retry.{self.name}"


def _command_queue(message: type[Message]) -> Queue:
    return Queue(routing_key_of(message), (message,), DeadKey.COMMAND, Service.WORKER)


def routing_key_of(message: type[Message]) -> str:
    """The routing key of a message class."""
    return str(message.model_fields["routing_key"].default)


PLAN_QUEUE = _command_queue(extractions.ExtractionPlan)
SEGMENT_QUEUE = _command_queue(extractions.SegmentExtract)
SHORT_SEGMENT_QUEUE = _command_queue(extractions.ShortSegmentExtract)
ASSEMBLE_QUEUE = _command_queue(extractions.ArchiveAssemble)
COMMAND_QUEUES = (PLAN_QUEUE, SEGMENT_QUEUE, SHORT_SEGMENT_QUEUE, ASSEMBLE_QUEUE)

VIDEO_EVENTS = Queue(
    "video.events",
    (
        extractions.ExtractionPlanned,
        extractions.ExtractionRejected,
        extractions.SegmentExtracted,
        extractions.SegmentFailed,
        extractions.ArchiveAssembled,
        users.UserDeleted,
    ),
    DeadKey.GRAVEYARD,
    Service.VIDEO,
)
NOTIFY_EVENTS = Queue(
    "notify.events",
    (
        users.UserRegistered,
        users.UserUpdated,
        users.UserDeleted,
        users.UserVerificationRequested,
        users.UserPasswordResetRequested,
        users.UserPasswordChanged,
        users.UserEmailChanged,
        users.UserEmailChangeRequested,
        users.UserApiKeyCreated,
        users.UserPromoted,
        users.UserDemoted,
        videos.VideoProcessed,
        videos.VideoFailed,
        videos.VideoExpiring,
    ),
    DeadKey.GRAVEYARD,
    Service.NOTIFY,
)
DEAD_COMMANDS = Queue(
    DeadKey.COMMAND,
    tuple(message for queue in COMMAND_QUEUES for message in queue.messages),
    DeadKey.GRAVEYARD,
    Service.VIDEO,
    handed_on_by=Service.WORKER,
)
"""Dead-lettered commands: the video service fails their extraction."""

WORK_QUEUES = (*COMMAND_QUEUES, VIDEO_EVENTS, NOTIFY_EVENTS)
CONSUMED_QUEUES = (*WORK_QUEUES, DEAD_COMMANDS)
"""Queues with a consumer, and so with retries."""

UNHEARD_EVENTS = (videos.VideoUploaded, extractions.ExtractionCancelled)
"""Events that may have no listener of ours: published without `mandatory`."""

MESSAGES: tuple[type[Message], ...] = (
    users.UserRegistered,
    users.UserUpdated,
    users.UserDeleted,
    users.UserVerificationRequested,
    users.UserPasswordResetRequested,
    users.UserPasswordChanged,
    users.UserEmailChanged,
    users.UserEmailChangeRequested,
    users.UserApiKeyCreated,
    users.UserPromoted,
    users.UserDemoted,
    videos.VideoUploaded,
    videos.VideoProcessed,
    videos.VideoFailed,
    videos.VideoExpiring,
    extractions.ExtractionPlan,
    extractions.ExtractionPlanned,
    extractions.ExtractionRejected,
    extractions.ExtractionCancelled,
    extractions.SegmentExtract,
    extractions.ShortSegmentExtract,
    extractions.SegmentProgressed,
    extractions.SegmentExtracted,
    extractions.SegmentFailed,
    extractions.ArchiveAssemble,
    extractions.ArchiveAssembled,
)


SECRET_FIELDS = frozenset(
    name for message in MESSAGES for name, field in message.model_fields.items() if not field.repr
)
"""Fields whose values are never shown: a mailed token opens its account."""


def teller_of(message: type[Message]) -> Service:
    """Return the one service that tells a kind of message."""
    if message.__module__ == users.__name__:
        return Service.AUTH
    of_video = (*DEAD_COMMANDS.messages, extractions.ExtractionCancelled)
    if message.__module__ == videos.__name__ or message in of_video:
        return Service.VIDEO
    return Service.WORKER
