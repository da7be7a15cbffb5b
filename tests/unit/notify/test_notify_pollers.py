"""How messages of SQS are settled."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fotograma_kit.causes import Cause
from fotograma_notify.errors import QueueUnavailable, Unreadable
from fotograma_notify.job_outcomes import Finished, JobOutcome, Postponed
from fotograma_notify.pollers import Poller, PollTimes
from fotograma_notify.sqs import Depth, Received

DEADLINE_SECONDS = 5
DRAIN_SECONDS = 0.5


def message(body: str) -> Received:
    return Received(body, f"handle of {body}", 1, datetime.now(UTC), Cause())


@dataclass
class FakeQueue:
    """Gives its batches, then nothing; tells what became of the messages."""

    batches: list[list[Received] | QueueUnavailable]
    deleted: list[str] = field(default_factory=list)
    postponed: list[tuple[str, float]] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    late: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends the poll that found the queue empty, with a message."""

    async def depth(self) -> Depth:
        return Depth(1, 2, 3)

    async def receive(self, *, wait_seconds: int, visibility_seconds: int) -> Sequence[Received]:
        self.asked.append((wait_seconds, visibility_seconds))
        if not self.batches:
            self.empty.set()
            await self.late.wait()
            return [message("late")]
        batch = self.batches.pop(0)
        if isinstance(batch, QueueUnavailable):
            raise batch
        return batch

    async def delete(self, message: Received) -> None:
        self.deleted.append(message.body)

    async def postpone(self, message: Received, seconds: float) -> None:
        self.postponed.append((message.body, seconds))


def poller(queue: FakeQueue, handle: Callable[[Received], Awaitable[JobOutcome]]) -> Poller:
    return Poller("test", queue, handle, PollTimes(wait=1, visibility=30, drain=DRAIN_SECONDS))


async def until_empty(
    queue: FakeQueue, handle: Callable[[Received], Awaitable[JobOutcome]]
) -> None:
    task = asyncio.create_task(poller(queue, handle).run())
    await asyncio.wait_for(queue.empty.wait(), DEADLINE_SECONDS)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_each_message_is_settled_by_its_own_outcome() -> None:
    async def handle(taken: Received) -> JobOutcome:
        match taken.body:
            case "good":
                return Finished()
            case "later":
                return Postponed(90, "not yet")
            case "unreadable":
                raise Unreadable
            case _:
                raise RuntimeError("a defect")

    bodies = ("good", "later", "unreadable", "defect")
    queue = FakeQueue([[message(body) for body in bodies], [message("good")]])
    await until_empty(queue, handle)

    assert queue.deleted == ["good", "good"]
    # What cannot be read goes back at once, and so to the dead-letter queue; what met a defect
    # comes back when its visibility ends.
    assert sorted(queue.postponed) == [("later", 90), ("unreadable", 0)]


async def test_poller_retries_an_unavailable_queue() -> None:
    async def handle(_taken: Received) -> JobOutcome:
        return Finished()

    queue = FakeQueue([QueueUnavailable("down"), [message("good")]])
    await until_empty(queue, handle)
    assert queue.deleted == ["good"]
    assert set(queue.asked) == {(1, 30)}


async def test_stopping_poller_finishes_running_handlers() -> None:
    started, may_finish = asyncio.Event(), asyncio.Event()

    async def handle(_taken: Received) -> JobOutcome:
        started.set()
        await may_finish.wait()
        return Finished()

    queue = FakeQueue([[message("slow")]])
    task = asyncio.create_task(poller(queue, handle).run())
    await asyncio.wait_for(started.wait(), DEADLINE_SECONDS)
    task.cancel()
    await asyncio.sleep(0)
    may_finish.set()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), DEADLINE_SECONDS)
    assert queue.deleted == ["slow"]


async def nothing(_taken: Received) -> JobOutcome:
    raise AssertionError("a stopping poller begins nothing")


async def test_stopping_poller_hands_back_messages_of_the_last_poll() -> None:
    queue = FakeQueue([])
    task = asyncio.create_task(poller(queue, nothing).run())
    await asyncio.wait_for(queue.empty.wait(), DEADLINE_SECONDS)
    task.cancel()
    await asyncio.sleep(0)
    queue.late.set()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), DEADLINE_SECONDS)
    assert task.cancelled()
    assert queue.postponed == [("late", 0)]


async def test_stopping_poller_waits_no_longer_than_its_drain_time() -> None:
    queue = FakeQueue([])
    task = asyncio.create_task(poller(queue, nothing).run())
    await asyncio.wait_for(queue.empty.wait(), DEADLINE_SECONDS)
    task.cancel()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), DEADLINE_SECONDS)
    assert task.cancelled()
    assert queue.postponed == []
