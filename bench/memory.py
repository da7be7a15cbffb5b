"""Memory of a worker and its decoding child over 1, 10 and 60 minutes of 1080p video.

Extracts a PNG every ten seconds, segment by segment, as the worker does: the same use case, child
process and part buffers; the object store is a local file that is read by ranges, and uploads are
dropped. Then keyframes, and every frame of ten seconds in each format. Peaks are looked at every
20 ms: resident memory (`Rss`), and what worker, fork server and child take together where pages
that they share count once (the sum of their `Pss`), as for a container's limit. Each row is
measured in a process of its own.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import av
import structlog
from figures import Better, Unit
from footage import SHORT_GOP
from fotograma_contracts.extractions import (
    ExtractionPlan,
    ExtractionPlanned,
    Limits,
    SegmentExtract,
    Source,
)
from fotograma_contracts.recipe import (
    AllFrames,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Output,
    Recipe,
)
from fotograma_kit.s3 import StoredObject
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits
from part import Part

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.decoders import pyav_decoder
from fixtures.worker_bench import no_idle_workers

MIB = 1 << 20
MINUTES = (1, 10, 60)
LIMITS = Limits(
    max_frames=1_000_000,
    max_pixels=40_000_000,
    max_archive_bytes=10**12,
    segment_work_seconds=30,
    segment_time_limit_seconds=600,
)
STORED = StoredObject("etag", None)
FEW = Recipe(sampling=EveryInterval(seconds=Fraction(10)))
KEYFRAMES = Recipe(sampling=Keyframes(), output=Output(format=ImageFormat.JPEG))


def segment_commands(plan: ExtractionPlan, planned: ExtractionPlanned) -> Iterator[SegmentExtract]:
    """What the service would ask for, each segment as a piece."""
    for segment in planned.segments:
        yield SegmentExtract(
            extraction_id=plan.extraction_id,
            index=segment.index,
            attempt=1,
            source=plan.source,
            samples=segment.samples,
            output=plan.recipe.output,
            output_prefix="p/",
            frames_at_most=segment.frames_at_most,
            work_seconds=segment.work_seconds,
            limits=plan.limits,
        )


class NoUpload:
    """A multipart upload whose parts are dropped."""

    def reserve(self, _size: int) -> int:
        return 1

    async def upload_part(self, _number: int, _body: bytes) -> None:
        await asyncio.sleep(0)

    async def complete(self) -> StoredObject:
        return STORED

    async def discard(self) -> None:
        return


class LocalStore:
    """Reads one file by ranges, and drops what is written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read_range(
        self, _key: str, offset: int, length: int, _etag: str | None = None
    ) -> bytes:
        return await asyncio.to_thread(self._read, offset, length)

    async def put(self, _key: str, _body: bytes, _content_type: str) -> StoredObject:
        return STORED

    async def start_upload(self, _key: str, _content_type: str) -> NoUpload:
        return NoUpload()

    def _read(self, offset: int, length: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)


@dataclass
class Peaks:
    """Bytes of resident memory at most, as seen every 20 ms."""

    worker: int = 0
    child: int = 0
    both: int = 0
    shared_once: int = 0

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self._look()
            await asyncio.sleep(0.02)

    def _look(self) -> None:
        """Decoding children are forked by the fork server, which this process has started."""
        worker = _Memory.of(Path("/proc/self"))
        servers = _children(Path("/proc/self"))
        children = [_Memory.of(child) for server in servers for child in _children(server)]
        child = max((each.resident for each in children), default=0)
        all_of_them = (worker, *map(_Memory.of, servers), *children)
        self.worker, self.child = max(self.worker, worker.resident), max(self.child, child)
        self.both = max(self.both, worker.resident + child)
        self.shared_once = max(self.shared_once, sum(each.proportional for each in all_of_them))


@dataclass
class _Memory:
    """Bytes of a process's memory; none once it has ended."""

    resident: int = 0
    proportional: int = 0

    @classmethod
    def of(cls, process: Path) -> Self:
        with suppress(OSError, KeyError):
            lines = (process / "smaps_rollup").read_text().splitlines()
            sizes = {line.split()[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
            return cls(sizes["Rss:"], sizes["Pss:"])
        return cls()


def _children(process: Path) -> list[Path]:
    pids: list[Path] = []
    for task in (process / "task").glob("*/children"):
        with suppress(OSError):
            pids.extend(Path("/proc") / pid for pid in task.read_text().split())
    return pids


def looped(clip: Path, path: Path, times: int) -> Path:
    """The clip so many times in a row, without decoding it."""
    with av.open(path, "w", options={"movflags": "+faststart"}) as out:
        stream: Any = None
        shift = 0
        for _ in range(times):
            with av.open(clip) as container:
                video = container.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(video)
                for packet in container.demux(video):
                    if packet.size and packet.pts is not None and packet.dts is not None:
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = stream
                        out.mux(packet)
                shift += video.duration or 0
    return path


async def peaks_of(path: Path, size: int, recipe: Recipe) -> tuple[Peaks, int, int, float]:
    """Plan and extract everything; returns peaks, segments, frames and seconds."""
    peaks, store = Peaks(), LocalStore(path)
    source = Source(key="k", etag="e", size_bytes=size, name=path.name)
    begun, frames = time.monotonic(), 0
    async with pyav_decoder(1536 * MIB) as decoder:
        watching = asyncio.create_task(peaks.watch())
        limits = WorkLimits(900, 8 * MIB, 1)
        service = ExtractionService(store, decoder, limits, no_idle_workers)  # type: ignore[arg-type]
        plan = ExtractionPlan(
            extraction_id=uuid4(), attempt=1, source=source, recipe=recipe, limits=LIMITS
        )
        planned = await service.plan(plan)
        for command in segment_commands(plan, planned):
            extracted = await service.extract(command, _ignore)
            frames += extracted.piece.frames
        watching.cancel()
    return peaks, len(planned.segments), frames, time.monotonic() - begun


async def _ignore(_frames: int, _sheets: object) -> None:
    return


def alone(path: Path, size: int, recipe: Recipe) -> tuple[Peaks, int, int, float]:
    """Measure in this process; what it logs does not go into the table."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    return asyncio.run(peaks_of(path, size, recipe))


def note(part: Part, row: str, path: Path, recipe: Recipe) -> None:
    """Measure a row of the table."""
    size = path.stat().st_size
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        peaks, segments, frames, seconds = fresh.submit(alone, path, size, recipe).result()
    part.note(row, "file", size / MIB, Unit.MIB)
    part.note(row, "segments", segments, Unit.NUMBER)
    part.note(row, "frames", frames, Unit.NUMBER)
    part.note(row, "on the clock", seconds, Unit.SECONDS, Better.LESS)
    for column, peak in (
        ("worker", peaks.worker),
        ("child", peaks.child),
        ("worker and child", peaks.both),
        ("shared pages once", peaks.shared_once),
    ):
        part.note(row, column, peak / MIB, Unit.MIB, Better.LESS)


def measure(part: Part) -> None:
    """Each length, and each format."""
    for minutes in MINUTES:
        path = part.footage.of(SHORT_GOP, 60 if part.quick else minutes * 60)
        note(part, f"{minutes} min, PNG every 10 s", path, FEW)
    path.unlink()  # gigabytes, of which no other part makes use
    note(part, "1 min, JPEG of keyframes", part.footage.of(SHORT_GOP, 60), KEYFRAMES)
    for image_format in ImageFormat:
        every = Recipe(sampling=AllFrames(), output=Output(format=image_format))
        name = f"10 s, every frame as {image_format.value.upper()}"
        note(part, name, part.footage.of(SHORT_GOP, 10), every)
