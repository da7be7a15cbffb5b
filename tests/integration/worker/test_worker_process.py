"""The worker as it is started in production, between a real RabbitMQ and a real S3."""

import asyncio
import io
import os
import signal
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from fixtures.clips import make_clip
from fixtures.deadlines import eventually, until
from fixtures.extraction import limits
from fixtures.leftovers import is_running
from fixtures.worker_bench import Bench
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssembled,
    ExtractionPlan,
    ExtractionPlanned,
    ExtractionRejected,
    SegmentExtracted,
    SegmentProgressed,
    ShortSegmentExtract,
)
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import AllFrames, ImageFormat, Output, Recipe
from fotograma_contracts.topology import VIDEO_EVENTS
from fotograma_kit.broker import Broker, Consumer, Done, Listener, Outcome
from fotograma_kit.settings import BrokerSettings
from fotograma_kit.tasks import running
from fotograma_local.aws import Aws
from fotograma_local.ports import free_ports
from pydantic import SecretStr

DEADLINE = 40.0
E = TypeVar("E", bound=Message)


@dataclass
class VideoService:
    """Sends commands and receives events, in the video service's place."""

    broker: Broker
    received: list[Message] = field(default_factory=list)

    async def send(self, command: Message) -> None:
        await self.broker.publish(command)

    async def receives(self, kind: type[E]) -> E:
        """The first event of a class, received already or within the deadline."""

        async def find() -> E | None:
            return next((event for event in self.received if isinstance(event, kind)), None)

        return await eventually(find, DEADLINE)

    async def record(self, event: Message) -> Outcome:
        self.received.append(event)
        return Done()


@pytest.fixture
async def video_service(rabbitmq_url: str) -> AsyncIterator[VideoService]:
    settings = BrokerSettings(rabbitmq_url=SecretStr(rabbitmq_url))
    async with Broker(settings, "test") as broker:
        service = VideoService(broker)
        handlers = dict.fromkeys(VIDEO_EVENTS.messages, service.record)
        consumer = Consumer(broker, VIDEO_EVENTS, handlers, slots=10)
        listener = Listener(settings, SegmentProgressed, service.received.append)
        async with running(consumer.run, listener.run, on_failure=_ignore):
            yield service


def children_of(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def _ignore() -> None:
    return


@dataclass
class Worker:
    """A running worker process."""

    process: asyncio.subprocess.Process
    port: int

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:
            return await client.get(path)

    async def ready(self) -> httpx.Response | None:
        with suppress(httpx.TransportError):
            response = await self.get("/health/ready")
            return response if response.status_code == 200 else None
        return None

    def children(self) -> set[int]:
        """Process ids of its fork server and of the decoders that it forked."""
        (server,) = children_of(self.process.pid)
        return {server, *children_of(server)}


StartWorker = Callable[[], Awaitable[Worker]]


@pytest.fixture
async def start_worker(
    s3_server: Aws, bucket: str, rabbitmq_url: str
) -> AsyncIterator[StartWorker]:
    """Starts workers; they are gone after the test."""
    async with _workers(s3_server, bucket, rabbitmq_url) as start:
        yield start


@asynccontextmanager
async def _workers(s3_server: Aws, bucket: str, rabbitmq_url: str) -> AsyncIterator[StartWorker]:
    started: list[Worker] = []

    async def start() -> Worker:
        (port,) = free_ports(1)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", "fotograma_worker.main:worker", "--factory"),
            *("--port", str(port)),
            env={
                **os.environ,
                **s3_server.environment,
                "RABBITMQ_URL": rabbitmq_url,
                "S3_BUCKET": bucket,
                "S3_ENDPOINT_URL": s3_server.endpoint_url,
                "WORKER_PROGRESS_SECONDS": "0.05",
                # A segment ends within it on a busy machine too.
                "DRAIN_SECONDS": str(DEADLINE),
                "SANDBOX": "required",
            },
            stdout=asyncio.subprocess.DEVNULL,
        )
        worker = Worker(process, port)
        started.append(worker)
        await eventually(worker.ready, DEADLINE)
        return worker

    try:
        yield start
    finally:
        for worker in started:
            with suppress(ProcessLookupError):
                worker.process.kill()
            await worker.process.wait()


async def send_plan(
    video_service: VideoService, bench: Bench, path: Path, recipe: Recipe
) -> ExtractionPlan:
    command = ExtractionPlan(
        extraction_id=bench.extraction_id,
        attempt=1,
        source=await bench.upload(path),
        recipe=recipe,
        limits=limits(),
    )
    await video_service.send(command)
    return command


async def send_segment(
    video_service: VideoService, bench: Bench, plan: ExtractionPlan
) -> ExtractionPlanned:
    """The only segment, which is to be the archive at once."""
    planned = await video_service.receives(ExtractionPlanned)
    segment = bench.whole_segment(plan.source, planned, plan.recipe)
    await video_service.send(
        ShortSegmentExtract.model_validate(segment.model_dump(exclude={"routing_key", "id"}))
    )
    return planned


async def test_worker_answers_commands_with_events(
    video_service: VideoService,
    start_worker: StartWorker,
    bench: Bench,
    s3: Any,
    bucket: str,
    tmp_path: Path,
) -> None:
    worker = await start_worker()
    recipe = Recipe(sampling=AllFrames())
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=(640, 360), noise=40)
    plan = await send_plan(video_service, bench, clip, recipe)
    planned = await send_segment(video_service, bench, plan)
    extracted = await video_service.receives(SegmentExtracted)
    assert 0 < (await video_service.receives(SegmentProgressed)).frames <= 100
    await video_service.send(
        bench.assemble_command(plan.source, planned, recipe, [extracted.piece])
    )
    assembled = await video_service.receives(ArchiveAssembled)
    assert (assembled.frames, assembled.warnings) == (100, ())

    body = s3.get_object(Bucket=bucket, Key=assembled.archive_key)["Body"].read()
    assert len(zipfile.ZipFile(io.BytesIO(body)).namelist()) == 101

    metrics = (await worker.get("/metrics")).text
    assert 'fotograma_segments_total{outcome="done",reason=""} 1.0' in metrics
    assert "fotograma_frames_total 100.0" in metrics
    assert 'fotograma_consumer_heartbeat_timestamp_seconds{queue="segment.extract"}' in metrics
    assert 'fotograma_sandbox{feature="seccomp"} 1.0' in metrics
    health = (await worker.get("/health/ready")).json()
    assert health["checks"]["sandbox"].startswith("ok: seccomp, Landlock ")


async def test_worker_rejects_a_file_that_is_no_video(
    video_service: VideoService, start_worker: StartWorker, bench: Bench, tmp_path: Path
) -> None:
    await start_worker()
    text = tmp_path / "holiday.mp4"
    text.write_text("not a video " * 1000)
    await send_plan(video_service, bench, text, Recipe())
    rejected = await video_service.receives(ExtractionRejected)
    assert rejected.reason is Reason.NOT_A_VIDEO
    assert rejected.extraction_id == bench.extraction_id


@pytest.fixture
async def long_work(
    video_service: VideoService, start_worker: StartWorker, bench: Bench, tmp_path: Path
) -> Worker:
    """A worker in the middle of a segment of a few seconds' work."""
    worker = await start_worker()
    recipe = Recipe(sampling=AllFrames(), output=Output(format=ImageFormat.WEBP))
    clip = make_clip(tmp_path / "a.mp4", seconds=6, size=(1280, 720), noise=20)
    plan = await send_plan(video_service, bench, clip, recipe)
    await send_segment(video_service, bench, plan)
    progressed = await video_service.receives(SegmentProgressed)
    assert progressed.frames < 150
    return worker


@pytest.mark.middle
async def test_killed_workers_segment_is_done_by_another(
    video_service: VideoService, long_work: Worker, start_worker: StartWorker
) -> None:
    children = long_work.children()
    assert len(children) == 2
    long_work.process.kill()
    await long_work.process.wait()
    await until(lambda: not any(map(is_running, children)), 2.0)
    assert not any(isinstance(event, SegmentExtracted) for event in video_service.received)
    await start_worker()
    extracted = await video_service.receives(SegmentExtracted)
    assert extracted.archive is not None
    assert extracted.archive.frames == 150


@pytest.mark.middle
async def test_terminated_worker_finishes_its_work(
    video_service: VideoService, long_work: Worker
) -> None:
    children = long_work.children()
    assert "fotograma_segments_total{" not in (await long_work.get("/metrics")).text
    long_work.process.send_signal(signal.SIGTERM)

    async def counted() -> bool:
        metrics = (await long_work.get("/metrics")).text
        return 'fotograma_segments_total{outcome="done",reason=""} 1.0' in metrics

    await eventually(counted, DEADLINE)  # it is scraped while it drains, and once more
    async with asyncio.timeout(DEADLINE):
        await long_work.process.wait()
    extracted = await video_service.receives(SegmentExtracted)
    assert extracted.archive is not None
    assert extracted.archive.frames == 150
    await until(lambda: not any(map(is_running, children)), DEADLINE)
