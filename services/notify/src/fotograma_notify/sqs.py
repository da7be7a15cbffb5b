"""SQS: a queue of bodies, and on it the queue of deliveries that wait for a dispatcher."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fotograma_kit.aws import AwsClient, AwsError
from fotograma_kit.causes import Cause
from fotograma_kit.request_ids import REQUEST_ID
from fotograma_kit.telemetry import TRACEPARENT, span
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, ConfigDict

from fotograma_notify.domain import DeliveryKey
from fotograma_notify.errors import QueueUnavailable

BATCH = 10
"""Messages of one poll; SQS's own limit."""
LONGEST_DELAY_SECONDS = 43_200
"""SQS hides no message longer than twelve hours."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message taken from a queue, hidden from others for a while."""

    body: str
    handle: str
    receives: int
    """How often it has been taken, this time included."""
    sent_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages SQS estimates."""

    waiting: int
    in_flight: int
    delayed: int


class SqsQueue:
    """One queue. Every method raises `QueueUnavailable`."""

    def __init__(self, client: AwsClient, url: str) -> None:
        self._client = client
        self._url = url

    async def ping(self) -> str:
        """A readiness check: the queue answers."""
        await self.depth()
        return "ok"

    async def depth(self) -> Depth:
        """The number of messages in the queue."""
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        answer = await self._call("get_queue_attributes", AttributeNames=names)
        return Depth(*(int(answer["Attributes"][name]) for name in names))

    async def send(self, body: str) -> None:
        """Store a message, which follows from what is being done now."""
        about = sqs_attributes("send", self._url.rpartition("/")[2], Cause.current())
        with span("send SQS message", SpanKind.PRODUCER, attributes=about):
            attributes = _attributes(Cause.current())
            await self._call("send_message", MessageBody=body, MessageAttributes=attributes)

    async def receive(self, *, wait_seconds: int, visibility_seconds: int) -> Sequence[Received]:
        """Receive up to ten messages; wait when there are none."""
        answer = await self._call(
            "receive_message",
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=visibility_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            MessageAttributeNames=[TRACEPARENT, REQUEST_ID],
        )
        return [_received(message) for message in answer.get("Messages", ())]

    async def delete(self, message: Received) -> None:
        """Delete the message."""
        await self._call("delete_message", ReceiptHandle=message.handle)

    async def postpone(self, message: Received, seconds: float) -> None:
        """Hide the message for `seconds`, whatever is left of its time."""
        await self._call(
            "change_message_visibility",
            ReceiptHandle=message.handle,
            VisibilityTimeout=min(round(seconds), LONGEST_DELAY_SECONDS),
        )

    async def _call(self, method: str, **parameters: Any) -> Any:
        try:
            return await self._client.call(method, QueueUrl=self._url, **parameters)
        except AwsError as error:
            raise QueueUnavailable(str(error)) from error


class MailJob(BaseModel):
    """What waits in the mail queue: which delivery to send."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    user_id: UUID
    delivery_id: UUID

    @property
    def key(self) -> DeliveryKey:
        """The delivery."""
        return DeliveryKey(self.user_id, self.delivery_id)


class SqsMailQueue:
    """Implements `ports.MailQueue`."""

    def __init__(self, queue: SqsQueue) -> None:
        self._queue = queue

    async def put(self, key: DeliveryKey) -> None:
        job = MailJob(user_id=key.user_id, delivery_id=key.delivery_id)
        await self._queue.send(job.model_dump_json())


def sqs_attributes(operation: str, queue: str, cause: Cause) -> dict[str, str]:
    """What a span says of a message, by the semantic conventions of messaging."""
    known = {
        "messaging.system": "aws_sqs",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": queue,
        "messaging.message.conversation_id": cause.request_id,
    }
    return {name: value for name, value in known.items() if value is not None}


def _attributes(cause: Cause) -> dict[str, dict[str, str]]:
    known = {REQUEST_ID: cause.request_id, TRACEPARENT: cause.traceparent}
    return {
        name: {"DataType": "String", "StringValue": value} for name, value in known.items() if value
    }


def _received(message: dict[str, Any]) -> Received:
    attributes = message.get("Attributes", {})
    told = {
        name: attribute.get("StringValue")
        for name, attribute in message.get("MessageAttributes", {}).items()
    }
    return Received(
        body=message["Body"],
        handle=message["ReceiptHandle"],
        receives=int(attributes.get("ApproximateReceiveCount", 1)),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        cause=Cause.told(told.get(REQUEST_ID), told.get(TRACEPARENT)),
    )
