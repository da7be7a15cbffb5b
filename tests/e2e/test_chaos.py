"""Things break while several users have work under way: none of it is lost, none done twice."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.deadlines import until
from fixtures.doubling import every_message_twice
from fixtures.leftovers import is_running
from fixtures.load import Job, Load
from fixtures.product import Product, assert_problem, found_within

pytestmark = pytest.mark.middle

RABBITMQ_OUTAGE_SECONDS = 20
POSTGRES_OUTAGE_SECONDS = 10
ROUNDS = 12
MORTALS = (
    "worker-1",
    "worker-2",
    "video-api",
    "video-background",
    "auth-background",
    "notify-api",
    "rabbitmq",
    "postgres",
    "s3",
    "gateway",
)
"""What may die without a trace. Not who sends mail: whether a mail that was being sent has left is
flagged for a person to find out. Not MiniStack, which forgets."""
OVERRIDES = {
    # Five tries of a message outlast the outages, as they do by default.
    "*": {"RETRY_DELAYS_SECONDS": "[1,5,10]"},
    "video": {
        "SEGMENT_WORK_SECONDS": "0.03",
        # Of the two videos' segments some are short and one is long: both lanes have work.
        "SEGMENT_SHORT_SECONDS": "0.1",
        "SILENCE_SECONDS": "60",
        # Longer than a segment that is done twice takes to end, on a busy machine too.
        "SWEEP_AGAIN_SECONDS": "20",
        # A key whose request the database's outage cut short is free again after this.
        "VIDEO_UPLOAD_ABANDONED_SECONDS": "15",
    },
    # Whoever finds a mail in somebody else's hands comes back after this.
    "notify": {
        "NOTIFY_LEASE_SECONDS": "7",
        "NOTIFY_VISIBILITY_SECONDS": "15",
        "NOTIFY_POLL_SECONDS": "2",
        "AWS_CONNECT_SECONDS": "1",
        "AWS_READ_SECONDS": "5",
    },
}


@pytest.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A stack of this module's own, whose videos have many segments."""
    async with Product.run(tmp_path_factory.mktemp("chaos"), OVERRIDES) as product:
        yield product


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    """A video of several segments, and one whose only segment takes a second or two."""
    folder = tmp_path_factory.mktemp("clips")
    frames = 100
    many = make_clip(folder / "many.mp4", seconds=frames // 25)
    slow = make_clip(folder / "slow.mkv", seconds=2, size=(1280, 720), gop=250)
    return [
        Job(many, {"sampling": {"mode": "all"}, "output": {"format": "jpg"}}, range(frames)),
        Job(slow, {"sampling": {"mode": "all"}, "output": {"format": "webp"}}, range(50)),
    ]


async def worker_in_a_segment(product: Product) -> str:
    """A worker that is decoding right now."""

    async def look() -> str | None:
        for worker in ("worker-1", "worker-2"):
            running = await product.running_messages(worker)
            if running.get("segment.extract", 0) + running.get("segment.extract_short", 0):
                return worker
        return None

    return await found_within(20, look, "a worker to decode")


def running_below(ancestor: int) -> set[int]:
    """The processes that a process has started, and those that they have, that still run."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(status.parent.name)] = int(parent)
    below: set[int] = set()
    while found := {p for p, parent in parents.items() if parent in below | {ancestor}} - below:
        below |= found
    return below


async def test_killed_worker_loses_no_extraction(product: Product, jobs: list[Job]) -> None:
    load = await Load.prepare(product, jobs)
    load.upload()
    worker = await worker_in_a_segment(product)
    pid = product.stack.pid(worker)
    decoders = running_below(pid)

    os.kill(pid, signal.SIGKILL)

    assert decoders
    await until(lambda: not any(map(is_running, decoders)))
    await load.assert_all_well(60)


async def test_killed_video_background_loses_no_extraction(
    product: Product, jobs: list[Job]
) -> None:
    load = await Load.prepare(product, jobs)
    load.upload()
    await worker_in_a_segment(product)

    product.stack.kill("video-background")

    load.upload()
    await load.assert_all_well(60)


async def test_rabbitmq_outage_loses_no_extraction(product: Product, jobs: list[Job]) -> None:
    load = await Load.prepare(product, jobs)
    load.upload()
    await worker_in_a_segment(product)
    before = time.monotonic()
    await product.stack.stop("rabbitmq")
    load.upload()
    await asyncio.sleep(RABBITMQ_OUTAGE_SECONDS - (time.monotonic() - before))
    await load.accepted(8)  # uploading needs no broker

    await product.stack.start("rabbitmq")

    await load.assert_all_well(60)


async def test_postgresql_outage_loses_no_extraction(product: Product, jobs: list[Job]) -> None:
    load = await Load.prepare(product, jobs)
    impatient = await product.user()
    load.upload()
    await worker_in_a_segment(product)
    before = time.monotonic()
    await product.stack.stop("postgres")
    assert_problem(await impatient.post_video(b"a video"), 503, "unavailable")
    load.upload()
    await asyncio.sleep(POSTGRES_OUTAGE_SECONDS - (time.monotonic() - before))

    await product.stack.start("postgres")

    await load.assert_all_well(60)


async def test_killed_object_store_loses_no_extraction(product: Product, jobs: list[Job]) -> None:
    load = await Load.prepare(product, jobs)
    load.upload()
    await worker_in_a_segment(product)

    product.stack.kill("s3")

    load.upload()
    await load.assert_all_well(90)


async def test_doubled_messages_change_nothing(product: Product, jobs: list[Job]) -> None:
    async with every_message_twice(product.stack.rabbitmq.url()) as doubler:
        load = await Load.prepare(product, jobs)
        load.upload()
        await load.assert_all_well(60)
    await load.assert_all_well(90)
    assert {
        "user.registered",
        "extraction.plan",
        "extraction.planned",
        "segment.extract",
        "segment.extract_short",
        "segment.extracted",
        "archive.assemble",
        "archive.assembled",
        "video.processed",
    } <= set(doubler.doubled)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
async def test_random_kills_lose_no_extraction(
    product: Product, jobs: list[Job], seed: int
) -> None:
    chance = random.Random(seed)
    load = await Load.prepare(product, jobs)
    for _ in range(ROUNDS):
        load.upload()
        for process in chance.sample(MORTALS, 2):
            await asyncio.sleep(chance.uniform(0, 3))
            product.stack.kill(process)
    await product.ready()
    await load.assert_all_well(180)
