"""What a worker's report, and what handing out a segment, takes of the processor.

A stack of its own is started in a temporary folder, without workers and without video's background:
that runs in this process, which is measured. Segments of one extraction are handed out; then they
are all reported, with the dispatcher running beside as it does.

To compare two releases, run the part in a checkout of each, in turns.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import httpx
from figures import Better, Unit
from fotograma_contracts.extractions import (
    ExtractionPlanned,
    Piece,
    PlannedSegment,
    Probe,
    SegmentExtracted,
)
from fotograma_contracts.samples import SampleGrid
from fotograma_contracts.topology import Queue
from fotograma_kit.broker import Broker
from fotograma_kit.database import Database, Wakeup
from fotograma_kit.tasks import running
from fotograma_local.stack import Options, Stack, run_stack
from fotograma_video.consumers import event_consumer
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.dispatcher import Dispatcher
from fotograma_video.extractions.process_manager import ProcessManager
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.transitions import DISPATCH
from fotograma_video.library.service import Library
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.upkeep.erasure import Erasure
from fotograma_video.users.quotas import Quotas
from gateway import registered
from part import Part
from sqlalchemy import text

SEGMENTS, QUICK_SEGMENTS = 2_000, 100
WORKERS = 1_000_000
"""So many that nothing has to wait."""
_PLANNED_SECONDS, _PROBE = (
    4,
    Probe(
        container="mp4",
        codec="h264",
        width=2,
        height=2,
        duration=Fraction(9),
        frame_rate=Fraction(25),
    ),
)


class ManyWorkers(Broker):
    """RabbitMQ, were there workers."""

    async def consumers_of(self, queue: Queue) -> int:
        """As many as are never reached."""
        await super().consumers_of(queue)
        return WORKERS


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@asynccontextmanager
async def background(stack: Stack) -> AsyncIterator[tuple[VideoSettings, Broker, Database]]:
    """What video's background runs with, in its place."""
    for process in ("video-background", "worker-1"):
        await stack.stop(process)
    os.environ.update(stack.environment("video-background"))
    settings = VideoSettings()
    async with ManyWorkers(settings, "bench") as broker:
        database = Database(settings)
        yield settings, broker, database
        await database.close()


async def extraction_of_a_video(stack: Stack) -> UUID:
    """An extraction that waits for its plan."""
    headers = (await registered(stack))[1]
    async with httpx.AsyncClient(
        base_url=stack.url, headers=headers, timeout=60, trust_env=False
    ) as http:
        answer = await http.post("/video", files={"file": ("0.mp4", b"no video")})
        return UUID(answer.raise_for_status().json()["extractions"][0]["id"])


def plan(extraction_id: UUID, segments: int) -> ExtractionPlanned:
    """So many segments of four frames."""
    count = _PLANNED_SECONDS
    return ExtractionPlanned(
        extraction_id=extraction_id,
        attempt=1,
        probe=_PROBE,
        sample_count=count * segments,
        frames_at_most=count * segments,
        estimated_archive_bytes=1_000,
        segments=tuple(
            PlannedSegment(
                index=index,
                samples=SampleGrid(
                    origin=Fraction(0),
                    step=Fraction(1),
                    first=count * index,
                    last=count * index + count,
                ),
                frames_at_most=count,
                work_seconds=30.0,
            )
            for index in range(segments)
        ),
    )


def report(extraction_id: UUID, index: int) -> SegmentExtracted:
    """That a segment is done."""
    return SegmentExtracted(
        extraction_id=extraction_id,
        index=index,
        attempt=1,
        piece=Piece(
            index=index,
            key=f"piece-{index}",
            etag="etag",
            size_bytes=500,
            index_key="index",
            index_etag="etag",
            frames=_PLANNED_SECONDS,
            samples_answered=_PLANNED_SECONDS,
        ),
        video_seconds=4.0,
        work_seconds=0.5,
    )


async def until_done(database: Database, extraction_id: UUID) -> None:
    """Return when no segment is left to be reported."""
    query = text("SELECT status FROM extractions WHERE id = :id")
    while True:
        async with database.transaction() as session:
            if await session.scalar(query, {"id": extraction_id}) == "assembling":
                return
        await asyncio.sleep(0.1)


async def processor_milliseconds(segments: int) -> tuple[float, float]:
    """Of a segment that is handed out, and of a report that is consumed."""
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as name:
        options = Options(Path(name) / "data", port=None, workers=1, durable=False)
        async with (
            run_stack(options) as stack,
            background(stack) as (settings, broker, database),
            Storage(settings) as storage,
        ):
            wakeup, commands = Wakeup(settings, DISPATCH), Commands(settings)
            quotas = Quotas(settings, now)
            processing = ProcessManager(database, commands, quotas, settings, now)
            library = Library(database, storage, quotas, Progress(now), settings, now)
            dispatcher = Dispatcher(database, broker, wakeup, commands, settings, now)
            consumer = event_consumer(broker, processing, Erasure(database, library, settings, now))
            for number in (20, segments):  # what comes first is compiled and connected
                extraction_id = await extraction_of_a_video(stack)
                await processing.planned(plan(extraction_id, number))
                started = time.process_time()
                handed_out = await dispatcher.dispatch()
                dispatched = time.process_time() - started
                if handed_out != number:
                    raise RuntimeError(f"{handed_out} of {number} segments were handed out")
                for index in range(number):
                    await broker.publish(report(extraction_id, index))
                started = time.process_time()
                async with running(wakeup.run, dispatcher.run, consumer.run):
                    await until_done(database, extraction_id)
                    consumed = time.process_time() - started
            return dispatched * 1000 / segments, consumed * 1000 / segments


def measure(part: Part) -> None:
    """Both."""
    taken = asyncio.run(processor_milliseconds(QUICK_SEGMENTS if part.quick else SEGMENTS))
    for row, milliseconds in zip(("a segment handed out", "a report consumed"), taken, strict=True):
        part.note(row, "of the processor", milliseconds, Unit.MILLISECONDS, Better.LESS)
