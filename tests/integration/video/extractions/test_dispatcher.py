"""Users are served in turn, and so are one user's videos."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.deadlines import eventually
from fixtures.video import Service
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ExtractionPlanned,
    PlannedSegment,
    Probe,
    SegmentExtract,
    ShortSegmentExtract,
)
from fotograma_contracts.samples import SampleGrid
from fotograma_contracts.topology import SEGMENT_QUEUE, SHORT_SEGMENT_QUEUE, Queue
from fotograma_kit.broker import Consumer, Done, Outcome
from fotograma_kit.database import Wakeup
from fotograma_video.extractions import dispatcher
from fotograma_video.extractions.dispatcher import Dispatcher
from fotograma_video.models import OutboxMessage
from sqlalchemy import select

Client = Callable[[UUID], httpx.AsyncClient]
LONG, SHORT = 30.0, 1.0


async def idle(_: Message) -> Outcome:
    return Done()


class Workers:
    """Consumers that are counted, and whose work a test reads from the outbox instead."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tasks: list[asyncio.Task[None]] = []

    async def add(self, queue: Queue, number: int) -> None:
        before = await self._service.broker.consumers_of(queue)
        for _ in range(number):
            consumer = Consumer(
                self._service.broker, queue, dict.fromkeys(queue.messages, idle), slots=1
            )
            self._tasks.append(asyncio.create_task(consumer.run()))

        async def all_there() -> bool:
            return await self._service.broker.consumers_of(queue) >= before + number

        await eventually(all_there)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def workers(service: Service) -> AsyncIterator[Workers]:
    workers = Workers(service)
    yield workers
    await workers.stop()


async def planned_video(
    client: httpx.AsyncClient, service: Service, segments: int, work_seconds: float
) -> UUID:
    answer = await client.post("/video", files={"file": ("a.mp4", b"1")})
    extraction_id = UUID(answer.json()["extractions"][0]["id"])
    samples = SampleGrid(origin=Fraction(0), step=Fraction(1), first=0, last=1)
    await service.processing.planned(
        ExtractionPlanned(
            extraction_id=extraction_id,
            attempt=1,
            probe=Probe(
                container="mp4",
                codec="h264",
                width=2,
                height=2,
                duration=Fraction(1),
                frame_rate=None,
            ),
            sample_count=1,
            frames_at_most=1,
            estimated_archive_bytes=1,
            segments=tuple(
                PlannedSegment(
                    index=i, samples=samples, frames_at_most=1, work_seconds=work_seconds
                )
                for i in range(segments)
            ),
        )
    )
    return extraction_id


async def dispatched(service: Service) -> list[Any]:
    async with service.database.transaction() as session:
        rows = (await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))).all()
    kinds = {"segment.extract": SegmentExtract, "segment.extract_short": ShortSegmentExtract}
    return [
        kinds[row.routing_key].model_validate_json(row.body)
        for row in rows
        if row.routing_key in kinds
    ]


async def test_dispatcher_waits_for_consumers(user: httpx.AsyncClient, service: Service) -> None:
    await planned_video(user, service, 4, LONG)
    assert await service.dispatcher.dispatch() == 0


async def test_dispatcher_limits_commands_per_consumer(
    user: httpx.AsyncClient, service: Service, workers: Workers
) -> None:
    await planned_video(user, service, 20, LONG)
    await workers.add(SEGMENT_QUEUE, 2)
    assert await service.dispatcher.dispatch() == 6
    assert await service.dispatcher.dispatch() == 0


async def test_dispatcher_serves_users_in_turn(
    api: Client, service: Service, workers: Workers
) -> None:
    first, second, third = (api(uuid4()) for _ in range(3))
    a = await planned_video(first, service, 20, LONG)
    b = await planned_video(second, service, 20, LONG)
    c = await planned_video(third, service, 1, LONG)
    await workers.add(SEGMENT_QUEUE, 3)
    await service.dispatcher.dispatch()
    order = [command.extraction_id for command in await dispatched(service)]
    assert order[:3] == [a, b, c]
    assert (order.count(a), order.count(b), order.count(c)) == (4, 4, 1)


async def test_dispatcher_prefers_users_with_less_under_way(
    api: Client, service: Service, workers: Workers
) -> None:
    busy, late = api(uuid4()), api(uuid4())
    a = await planned_video(busy, service, 20, LONG)
    await workers.add(SEGMENT_QUEUE, 1)
    await service.dispatcher.dispatch()
    b = await planned_video(late, service, 20, LONG)
    await workers.add(SEGMENT_QUEUE, 1)
    await service.dispatcher.dispatch()
    order = [command.extraction_id for command in await dispatched(service)]
    assert order == [a, a, a, b, b, b]


async def test_dispatcher_serves_a_users_videos_in_turn(
    user: httpx.AsyncClient, service: Service, workers: Workers
) -> None:
    long = await planned_video(user, service, 20, LONG)
    other = await planned_video(user, service, 2, LONG)
    await workers.add(SEGMENT_QUEUE, 1)
    await service.dispatcher.dispatch()
    assert [c.extraction_id for c in await dispatched(service)] == [long, other, long]


async def test_dispatcher_keeps_long_segments_out_of_the_short_lane(
    user: httpx.AsyncClient, service: Service, workers: Workers
) -> None:
    await planned_video(user, service, 50, LONG)
    await workers.add(SEGMENT_QUEUE, 1)
    await workers.add(SHORT_SEGMENT_QUEUE, 1)
    await service.dispatcher.dispatch()
    assert {type(command) for command in await dispatched(service)} == {SegmentExtract}
    short = await planned_video(user, service, 1, SHORT)
    await service.dispatcher.dispatch()
    newest = (await dispatched(service))[-1]
    assert isinstance(newest, ShortSegmentExtract)
    assert newest.extraction_id == short


async def test_dispatcher_uses_the_free_long_lane_for_short_segments(
    user: httpx.AsyncClient, service: Service, workers: Workers
) -> None:
    await planned_video(user, service, 6, SHORT)
    await workers.add(SEGMENT_QUEUE, 1)
    await workers.add(SHORT_SEGMENT_QUEUE, 1)
    await service.dispatcher.dispatch()
    kinds = [type(command) for command in await dispatched(service)]
    assert kinds.count(ShortSegmentExtract) == kinds.count(SegmentExtract) == 3


async def test_two_dispatchers_dispatch_nothing_twice(
    user: httpx.AsyncClient, service: Service, workers: Workers
) -> None:
    await planned_video(user, service, 20, LONG)
    await workers.add(SEGMENT_QUEUE, 2)
    await asyncio.gather(*(service.dispatcher.dispatch() for _ in range(5)))
    indexes = [command.index for command in await dispatched(service)]
    assert indexes == list(range(6))


async def test_dispatcher_gathers_what_wakes_it_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatched = 0

    async def dispatch(_self: Dispatcher) -> int:
        nonlocal dispatched
        dispatched += 1
        return 0

    async def reported(_self: Wakeup, _seconds: float) -> None:
        """There is always another report."""

    monkeypatch.setattr(Dispatcher, "dispatch", dispatch)
    monkeypatch.setattr(Wakeup, "wait", reported)
    monkeypatch.setattr(dispatcher, "GATHER_SECONDS", 3_600)
    running = asyncio.create_task(service.dispatcher.run())
    for _ in range(100):
        await asyncio.sleep(0)
    assert dispatched == 1, "the others' turn has not come"
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
