"""Memory of a worker and its decoding child over 1, 10 and 60 minutes of 1080p video.

    .venv/bin/python bench/memory.py [MINUTES ...]

Extracts a PNG every ten seconds, segment by segment, as the worker does: the same use case, child
process and part buffers; the object store is a local file that is read by ranges, and uploads are
dropped. Then the keyframes of the longest, and every frame of ten seconds in each format. Prints a
Markdown table of the peaks, looked at every 20 ms: resident memory (`Rss`), and what worker, fork
server and child take together where pages that they share count once (the sum of their `Pss`), as
for a container's limit. Each row is measured in a process of its own, which has not made the video.
"""

import asyncio
import sys
import tempfile
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

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.clips import make_clip
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

    def columns(self) -> str:
        """As cells of a table."""
        peaks = (self.worker, self.child, self.both, self.shared_once)
        return " | ".join(f"{peak / MIB:.0f} MiB" for peak in peaks)


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


async def measure(path: Path, size: int, recipe: Recipe) -> tuple[Peaks, int, int, float]:
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
    return asyncio.run(measure(path, size, recipe))


def row(label: str, path: Path, recipe: Recipe) -> None:
    """Measure, and print a row of the table."""
    size = path.stat().st_size
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        peaks, segments, frames, seconds = fresh.submit(alone, path, size, recipe).result()
    print(
        f"| {label} | {size / MIB:,.0f} MiB | {segments} "
        f"| {frames} | {seconds:.1f} | {peaks.columns()} |",
        flush=True,
    )


def main(minutes: list[int]) -> None:
    """Print the table."""
    print("| video | file | segments | frames | seconds | worker | child | both | shared once |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as folder:
        clip = make_clip(
            Path(folder) / "short.mp4",
            seconds=10,
            size=(1920, 1080),
            gop=50,
            noise=6,
            options={"b": "4000000"},
        )
        for length in minutes:
            path = looped(clip, Path(folder) / "looped.mp4", length * 6)
            row(f"{length} min, a PNG every 10 s", path, FEW)
        row(f"{minutes[-1]} min, keyframes as JPEG", path, KEYFRAMES)
        for image_format in ImageFormat:
            every = Recipe(sampling=AllFrames(), output=Output(format=image_format))
            row(f"10 s, every frame as {image_format.value.upper()}", clip, every)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(MINUTES))
