"""The kit's promises about messages, against a real RabbitMQ."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aio_pika
import pytest
import structlog
from fixtures.deadlines import eventually, until
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import ExtractionRejected, SegmentProgressed
from fotograma_contracts.reasons import Reason
from fotograma_contracts.topology import (
    DEAD_COMMANDS,
    NOTIFY_EVENTS,
    PLAN_QUEUE,
    VIDEO_EVENTS,
    DeadKey,
    Queue,
)
from fotograma_contracts.users import Locale, UserRegistered
from fotograma_contracts.videos import VideoUploaded
from fotograma_kit import telemetry
from fotograma_kit.broker import (
    Broker,
    BrokerUnavailable,
    Consumer,
    DeadLetter,
    Done,
    Handler,
    Listener,
    Outcome,
    Parked,
    Rejected,
    Retry,
)
from fotograma_kit.causes import Cause
from fotograma_kit.settings import BrokerSettings
from fotograma_local.rabbitmq import RabbitMQ
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from pydantic import SecretStr
from structlog.testing import capture_logs

DEADLINE = 10.0
SMALLEST_DELAY = 0.1


def settings_for(url: str, **changes: object) -> BrokerSettings:
    return BrokerSettings.model_validate(
        {
            "rabbitmq_url": SecretStr(url),
            "retry_delays_seconds": (SMALLEST_DELAY, SMALLEST_DELAY * 2),
            "retry_attempts": 3,
            "drain_seconds": 5.0,
            **changes,
        }
    )


@pytest.fixture
def settings(rabbitmq_url: str) -> BrokerSettings:
    return settings_for(rabbitmq_url)


@pytest.fixture
async def broker(settings: BrokerSettings) -> AsyncIterator[Broker]:
    async with Broker(settings, "test") as broker:
        yield broker


@pytest.fixture
async def channel(
    settings: BrokerSettings, broker: Broker
) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    await broker.ping()  # declares the topology
    connection = await aio_pika.connect(settings.rabbitmq_url.get_secret_value())
    async with connection:
        yield await connection.channel()


class Recorder:
    """A handler that remembers what it saw and answers as it is told."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.seen: list[Message] = []
        self._outcomes = list(outcomes)

    async def __call__(self, message: Message) -> Outcome:
        self.seen.append(message)
        return self._outcomes.pop(0) if self._outcomes else Done()


class Running:
    """A consumer that runs while the block does."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._consumer.run())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def consuming(
    broker: Broker, handler: Handler[Any], queue: Queue = NOTIFY_EVENTS, *, slots: int = 4
) -> Running:
    handlers = dict.fromkeys(queue.messages, handler)
    return Running(Consumer(broker, queue, handlers, slots=slots))


async def take(
    channel: aio_pika.abc.AbstractChannel, queue: str
) -> aio_pika.abc.AbstractIncomingMessage:
    declared = await channel.get_queue(queue, ensure=False)
    message = await eventually(lambda: declared.get(fail=False))
    await message.ack()
    return message


async def depth(channel: aio_pika.abc.AbstractChannel, queue: str) -> int:
    declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


def event() -> UserRegistered:
    """An event of one queue only."""
    return UserRegistered(user_id=uuid4(), revision=1, email="a@example.com", locale=Locale.ENGLISH)


async def test_consumer_handles_a_message_once_and_acknowledges_it(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    handler, sent = Recorder(), event()
    async with consuming(broker, handler):
        await broker.publish(sent)
        await until(lambda: bool(handler.seen))
    assert handler.seen == [sent]
    assert await depth(channel, NOTIFY_EVENTS.name) == 0


async def test_consumer_publishes_the_events_of_an_outcome(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    rejection = ExtractionRejected(
        extraction_id=uuid4(), attempt=1, reason=Reason.EMPTY_FILE, detail="It is empty."
    )
    async with consuming(broker, Recorder(Rejected("empty", (rejection,)))):
        await broker.publish(event())
        answer = await take(channel, VIDEO_EVENTS.name)
    assert ExtractionRejected.model_validate_json(answer.body) == rejection


async def test_each_handled_message_is_a_line_that_says_what_it_was_about(broker: Broker) -> None:
    rejection = ExtractionRejected(
        extraction_id=uuid4(), attempt=2, reason=Reason.EMPTY_FILE, detail="It is empty."
    )
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:

        def handled() -> list[Any]:
            return [line for line in logs if line["event"] == "message handled"]

        async with consuming(broker, Recorder(), VIDEO_EVENTS):
            await broker.publish(rejection)
            await until(lambda: bool(handled()))
    (line,) = handled()
    assert line["extraction_id"] == str(rejection.extraction_id)
    assert (line["attempt"], line["routing_key"]) == (2, "extraction.rejected")
    assert line["outcome"] == "Done"
    assert 0 <= line["seconds"] < DEADLINE


async def test_request_id_goes_with_a_message_through_retries_to_what_follows_from_it(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    rejection = ExtractionRejected(
        extraction_id=uuid4(), attempt=1, reason=Reason.EMPTY_FILE, detail="It is empty."
    )
    handler = Recorder(Retry("once more"), Rejected("empty", (rejection,)))
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        async with consuming(broker, handler):
            with Cause("a.request-1").logged():
                await broker.publish(event())
            answer = await take(channel, VIDEO_EVENTS.name)
    assert answer.correlation_id == "a.request-1"
    handled = [line for line in logs if line["event"] == "message handled"]
    assert [line["request_id"] for line in handled] == ["a.request-1"] * 2


async def test_request_id_goes_with_a_message_to_the_dead(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    async with consuming(broker, Recorder(Parked("of no use"))):
        with Cause("a.request-1").logged():
            await broker.publish(event())
        dead = await take(channel, DeadKey.GRAVEYARD)
    assert dead.correlation_id == "a.request-1"


async def test_request_id_that_could_mislead_is_not_logged(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    sent = event()
    exchange = await channel.get_exchange(sent.exchange, ensure=False)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:

        def handled() -> list[Any]:
            return [line for line in logs if line["event"] == "message handled"]

        async with consuming(broker, Recorder()):
            body, key = sent.model_dump_json().encode(), sent.routing_key
            await exchange.publish(
                aio_pika.Message(body, type=key, correlation_id='a"},{"event": "another'), key
            )
            await until(lambda: bool(handled()))
    assert "request_id" not in handled()[0]


async def test_span_of_a_message_says_its_queue_and_what_it_is_about(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    rejection = ExtractionRejected(
        extraction_id=uuid4(), attempt=2, reason=Reason.EMPTY_FILE, detail="It is empty."
    )

    def spans(operation: str) -> list[ReadableSpan]:
        return [span for span in exporter.get_finished_spans() if span.name.startswith(operation)]

    async with consuming(broker, Recorder(), VIDEO_EVENTS):
        with Cause("a.request-1").logged():
            await broker.publish(rejection)
        await until(lambda: bool(spans("process")))
    (processed,), (published,) = spans("process"), spans("publish")
    common = {
        "messaging.system": "rabbitmq",
        "messaging.rabbitmq.destination.routing_key": "extraction.rejected",
        "messaging.message.id": str(rejection.id),
        "messaging.message.conversation_id": "a.request-1",
    }
    assert dict(published.attributes or {}) == {
        **common,
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": rejection.exchange,
    }
    assert dict(processed.attributes or {}) == {
        **common,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": VIDEO_EVENTS.name,
        "fotograma.extraction_id": str(rejection.extraction_id),
        "fotograma.attempt": 2,
    }
    assert processed.parent is not None
    assert published.context is not None
    assert processed.parent.span_id == published.context.span_id


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Done(), StatusCode.UNSET),
        (Rejected("of its user's making"), StatusCode.UNSET),
        (Parked("of no use"), StatusCode.ERROR),
        (Retry("once more"), StatusCode.ERROR),
    ],
)
async def test_span_of_a_message_fails_with_what_fails_it(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, code: StatusCode
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))

    def processed() -> list[ReadableSpan]:
        return [span for span in exporter.get_finished_spans() if span.name.startswith("process")]

    async with consuming(broker, Recorder(outcome)):
        await broker.publish(event())
        await until(lambda: bool(processed()))
    assert processed()[0].status.status_code is code


async def test_retry_returns_to_its_queue_after_each_delay(broker: Broker) -> None:
    handler, sent = Recorder(Retry("first"), Retry("second")), event()
    loop = asyncio.get_running_loop()
    async with consuming(broker, handler):
        before = loop.time()
        await broker.publish(sent)
        await until(lambda: len(handler.seen) == 3)
    assert handler.seen == [sent] * 3
    assert loop.time() - before >= SMALLEST_DELAY * 3


async def test_consumer_dead_letters_a_message_whose_handler_raises_at_every_attempt(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    calls = 0

    async def broken(_: Message) -> Outcome:
        nonlocal calls
        calls += 1
        raise ValueError("a defect")

    async with consuming(broker, broken):
        await broker.publish(event())
        buried = await take(channel, DeadKey.GRAVEYARD)
    assert calls == 3
    assert buried.headers["x-origin"] == NOTIFY_EVENTS.name
    assert "a defect" in str(buried.headers["x-reason"])


async def test_consumer_dead_letters_an_exhausted_command_to_the_dead_commands(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    async with consuming(broker, Recorder(*[Retry("no")] * 3), PLAN_QUEUE):
        await publish_raw(channel, PLAN_QUEUE, plan_body())
        dead = await take(channel, DEAD_COMMANDS.name)
    assert dead.type == "extraction.plan"


async def test_dead_command_has_all_its_attempts_again_and_keeps_why_it_died(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    """What killed it may keep the one that takes the dead from doing so for a moment."""
    handler, letters = Recorder(Retry("not now"), Retry("not now")), []

    async def record(letter: DeadLetter) -> None:
        letters.append(letter)

    handlers = dict.fromkeys(DEAD_COMMANDS.messages, handler)
    dead = Running(Consumer(broker, DEAD_COMMANDS, handlers, slots=1, record=record))
    worker = consuming(broker, Recorder(*[Retry("no answer")] * 3), PLAN_QUEUE)
    async with worker, dead:
        await publish_raw(channel, PLAN_QUEUE, plan_body())
        await until(lambda: len(handler.seen) == 3)
    assert await depth(channel, DeadKey.GRAVEYARD) == 0
    assert len(letters) == 3
    assert {(letter.origin, letter.reason, letter.attempts) for letter in letters} == {
        (PLAN_QUEUE.name, "no answer", 3)
    }
    assert len({letter.died_at for letter in letters}) == 1


async def test_consumer_records_what_it_cannot_handle_and_retries_what_it_cannot_record(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    bodies = []

    async def record(letter: DeadLetter) -> None:
        bodies.append(letter.body)
        if len(bodies) == 1:
            raise ConnectionError("no database")

    async with Running(Consumer(broker, NOTIFY_EVENTS, {}, slots=1, record=record)):
        await publish_raw(channel, NOTIFY_EVENTS, b"no json", key="user.registered")
        buried = await take(channel, DeadKey.GRAVEYARD)
    assert buried.body == b"no json"
    assert bodies == [b"no json"] * 2


async def test_work_queue_dead_letters_a_message_beyond_its_delivery_limit(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    await publish_raw(channel, PLAN_QUEUE, plan_body())
    queue = await channel.get_queue(PLAN_QUEUE.name, ensure=False)
    deliveries = 0
    async with asyncio.timeout(DEADLINE):
        while (message := await queue.get(fail=False, timeout=1)) is not None or not deliveries:
            if message is not None:
                deliveries += 1
                await message.nack(requeue=True)
    assert deliveries == 21  # the limit of 20 returns, and the first delivery
    dead = DeadLetter.of(await take(channel, DEAD_COMMANDS.name))
    assert (dead.routing_key, dead.origin, dead.reason) == (
        "extraction.plan",
        PLAN_QUEUE.name,
        "delivery_limit",
    )


@pytest.mark.parametrize("body", [b"not json", b"{}", b"[]", b'{"user_id": 7}'])
async def test_consumer_parks_a_message_that_does_not_parse(
    broker: Broker, channel: aio_pika.abc.AbstractChannel, body: bytes
) -> None:
    handler = Recorder()
    async with consuming(broker, handler):
        await publish_raw(channel, NOTIFY_EVENTS, body, key="user.registered")
        buried = await take(channel, DeadKey.GRAVEYARD)
    assert buried.body == body
    assert handler.seen == []


async def test_parked_message_goes_to_the_graveyard_with_its_reason(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    sent = event()
    async with consuming(broker, Recorder(Parked("look at this"))):
        await broker.publish(sent)
        buried = await take(channel, DeadKey.GRAVEYARD)
    assert UserRegistered.model_validate_json(buried.body) == sent
    assert buried.headers["x-reason"] == "look at this"


async def test_consumer_counts_a_refused_outcome_as_an_attempt(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    result = ExtractionRejected(
        extraction_id=uuid4(), attempt=1, reason=Reason.PROCESSING_FAILED, detail="x"
    )
    handler = Recorder(Done(), *[Done((result,))] * 5)
    async with consuming(broker, handler):
        await broker.publish(event())
        await until(lambda: len(handler.seen) == 1)  # so it has declared everything
        await channel.queue_delete(VIDEO_EVENTS.name)
        await broker.publish(event())
        buried = await take(channel, DeadKey.GRAVEYARD)
    assert len(handler.seen) == 1 + broker.settings.retry_attempts
    assert "its outcome is refused: no queue takes" in str(buried.headers["x-reason"])


async def test_publish_raises_for_an_unroutable_message_unless_it_may_have_no_queue(
    broker: Broker, channel: aio_pika.abc.AbstractChannel
) -> None:
    await broker.publish(VideoUploaded(video_id=uuid4(), owner_id=uuid4(), name="a", size_bytes=1))
    await broker.publish(SegmentProgressed(extraction_id=uuid4(), index=0, attempt=1, frames=1))
    await channel.queue_delete(NOTIFY_EVENTS.name)
    with pytest.raises(BrokerUnavailable, match="no queue"):
        await broker.publish(event())


async def test_publish_to_an_unreachable_broker_raises_in_time() -> None:
    settings = settings_for("amqp://nobody:x@127.0.0.1:1/", rabbitmq_publish_seconds=0.5)
    async with Broker(settings, "test") as broker:
        async with asyncio.timeout(3):
            with pytest.raises(BrokerUnavailable):
                await broker.publish(event())


async def test_drain_lets_running_handlers_finish(broker: Broker) -> None:
    started, release, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: Message) -> Outcome:
        started.set()
        await release.wait()
        finished.set()
        return Done()

    async with consuming(broker, slow):
        await broker.publish(event())
        async with asyncio.timeout(DEADLINE):
            await started.wait()
        asyncio.get_running_loop().call_later(0.2, release.set)
    assert finished.is_set()


async def test_drain_cancels_a_handler_at_its_limit_and_hands_its_message_back(
    rabbitmq_url: str,
) -> None:
    settings = settings_for(rabbitmq_url, drain_seconds=0.2)
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def endless(_: Message) -> Outcome:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return Done()

    handler, sent = Recorder(), event()
    async with Broker(settings, "test") as broker:
        async with consuming(broker, endless):
            await broker.publish(sent)
            async with asyncio.timeout(DEADLINE):
                await started.wait()
        assert cancelled.is_set()
        async with consuming(broker, handler):
            await until(lambda: bool(handler.seen))
    assert handler.seen == [sent]


async def test_consumer_slots_limit_handlers_running_at_once(broker: Broker) -> None:
    running = most = 0

    async def count(_: Message) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return Done()

    handled = Recorder()

    async def both(message: Message) -> Outcome:
        await count(message)
        return await handled(message)

    async with consuming(broker, both, slots=3):
        await asyncio.gather(*(broker.publish(event()) for _ in range(20)))
        await until(lambda: len(handled.seen) == 20)
    assert most == 3


async def test_consumers_are_idle_until_a_message_waits(broker: Broker) -> None:
    busy = asyncio.Event()

    async def work(_: Message) -> Outcome:
        await busy.wait()
        return Done()

    async def idle_is(number: int) -> bool:
        return await broker.idle_consumers_of(NOTIFY_EVENTS) == number

    await broker.ping()  # declares the topology
    assert await idle_is(0)
    async with (
        consuming(broker, work, slots=1),
        consuming(broker, work, slots=1),
    ):
        await eventually(lambda: idle_is(2))
        for _ in range(3):
            await broker.publish(event())
        await eventually(lambda: idle_is(0))
        busy.set()
        await eventually(lambda: idle_is(2))


async def test_consumer_and_publisher_reconnect_after_their_connections_are_closed(
    broker: Broker, rabbitmq: RabbitMQ, rabbitmq_url: str
) -> None:
    handler, first, later = Recorder(), event(), event()
    async with consuming(broker, handler):
        await broker.publish(first)
        await until(lambda: len(handler.seen) == 1)
        await close_connections(rabbitmq, {"test", f"consume {NOTIFY_EVENTS.name}"})
        await until_published(broker, later)
        await until(lambda: len(handler.seen) > 1)
    assert handler.seen[0] == first
    assert set(handler.seen[1:]) == {later}


async def test_every_listener_gets_transient_events(settings: BrokerSettings) -> None:
    heard: list[list[SegmentProgressed]] = [[], []]
    listeners = [Listener(settings, SegmentProgressed, into.append) for into in heard]
    tasks = [asyncio.create_task(listener.run()) for listener in listeners]
    sent = SegmentProgressed(extraction_id=uuid4(), index=0, attempt=1, frames=7)
    async with Broker(settings, "test") as broker, asyncio.timeout(DEADLINE):
        while not all(heard):
            await broker.publish(sent)
            await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert heard[0][0] == heard[1][0] == sent


async def close_connections(rabbitmq: RabbitMQ, wanted: set[str]) -> None:
    """Close the connections of these names, once the broker lists them all."""

    async def listed() -> dict[str, str] | None:
        connections = await asyncio.to_thread(rabbitmq.request, "GET", "connections")
        found = {
            each.get("client_properties", {}).get("connection_name"): each["name"]
            for each in connections
        }
        return found if wanted <= found.keys() else None

    found = await eventually(listed, 30.0)
    for name in wanted:
        path = f"connections/{quote(found[name], safe='')}"
        await asyncio.to_thread(rabbitmq.request, "DELETE", path)


async def until_published(broker: Broker, message: Message) -> None:
    """Publish until the confirm comes; a confirm that is lost means twice."""

    async def is_published() -> bool:
        with suppress(BrokerUnavailable):
            await broker.publish(message)
            return True
        return False

    await eventually(is_published)


def plan_body() -> bytes:
    return json.dumps(
        {
            "routing_key": "extraction.plan",
            "extraction_id": str(uuid4()),
            "attempt": 1,
            "source": {"key": "k", "etag": "e", "size_bytes": 1, "name": "n"},
            "recipe": {},
            "limits": {
                "max_frames": 1,
                "max_pixels": 1,
                "max_archive_bytes": 1,
                "segment_work_seconds": 1,
                "segment_time_limit_seconds": 1,
            },
        }
    ).encode()


async def publish_raw(
    channel: aio_pika.abc.AbstractChannel, queue: Queue, body: bytes, key: str | None = None
) -> None:
    exchange = await channel.get_exchange(queue.exchange, ensure=False)
    routing_key = key or queue.name
    await exchange.publish(aio_pika.Message(body, type=routing_key), routing_key)
