"""Exchanges, queues and bindings: the whole of what RabbitMQ must hold.

Every work queue is a quorum queue with a delivery limit. What exceeds it (a message that kills
its consumers) is dead-lettered at least once: commands to `q.dead`, where the video service turns
them into a failed extraction; events straight to `graveyard`, where an operator looks. A retry
queue has a time to live and dead-letters back to the queue whose name is the routing key.
"""

from dataclasses import dataclass
from enum import StrEnum

from fotograma_contracts import extractions, users, videos
from fotograma_contracts.base import Exchange, Message

DEAD_EXCHANGE = "fotograma.dead"
DELIVERY_LIMIT = 20
"""Deliveries of one message before RabbitMQ itself dead-letters it; above our own attempts."""


class DeadKey(StrEnum):
    """The queue of a dead-lettered message, which is also the routing key to `DEAD_EXCHANGE`."""

    COMMAND = "q.dead"
    GRAVEYARD = "graveyard"


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue and the messages it gets."""

    name: str
    messages: tuple[type[Message], ...]
    dead_key: DeadKey

    @property
    def exchange(self) -> Exchange:
        """The one exchange its messages come from."""
        return self.messages[0].exchange


def _command_queue(message: type[Message]) -> Queue:
    return Queue(routing_key_of(message), (message,), DeadKey.COMMAND)


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
)
DEAD_COMMANDS = Queue(
    DeadKey.COMMAND,
    tuple(message for queue in COMMAND_QUEUES for message in queue.messages),
    DeadKey.GRAVEYARD,
)
"""Dead-lettered commands: the video service fails their extraction."""

WORK_QUEUES = (*COMMAND_QUEUES, VIDEO_EVENTS, NOTIFY_EVENTS)

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
