"""Resident memory of a worker and its decoding child over 1, 10 and 60 minutes of 1080p video.

    .venv/bin/python bench/memory.py [MINUTES ...]

Extracts a PNG every ten seconds, segment by segment, as the worker does: the same use case, child
process and part buffers; the object store is a local file that is read by ranges, and uploads are
dropped. Prints a Markdown table of the peaks of resident memory (`VmRSS`, looked at every 20 ms).
"""

import asyncio
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
from fotograma_contracts.extractions import (
    ExtractionPlan,
    ExtractionPlanned,
    Limits,
    SegmentExtract,
    Source,
)
from fotograma_contracts.recipe import EveryInterval, Recipe
from fotograma_worker.decoder import PyAvDecoder
from fotograma_worker.service import ExtractionService, WorkLimits

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.clips import make_clip

MIB = 1 << 20
MINUTES = (1, 10, 60)
LIMITS = Limits(
    max_frames=1_000_000,
    max_pixels=40_000_000,
    max_archive_bytes=10**12,
    segment_work_seconds=30,
    segment_time_limit_seconds=600,
)
RECIPE = Recipe(sampling=EveryInterval(seconds=Fraction(10)))


class NoUpload:
    """A multipart upload whose parts are dropped."""

    def reserve(self, _size: int) -> int:
        return 1

    async def upload(self, _number: int, _body: bytes) -> None:
        await asyncio.sleep(0)

    async def complete(self) -> str:
        return "etag"

    async def abort(self) -> None:
        return


class LocalStore:
    """Reads one file by ranges, and drops what is written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read_range(self, _key: str, _etag: str, offset: int, length: int) -> bytes:
        return await asyncio.to_thread(self._read, offset, length)

    async def put(self, _key: str, _body: bytes, _content_type: str) -> str:
        return "etag"

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

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            worker = _resident(Path("/proc/self"))
            child = max((_resident(path) for path in _grandchildren()), default=0)
            self.worker, self.child = max(self.worker, worker), max(self.child, child)
            self.both = max(self.both, worker + child)
            await asyncio.sleep(0.02)


def _resident(process: Path) -> int:
    with suppress(OSError, StopIteration):
        lines = (process / "status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) * 1024
    return 0


def _grandchildren() -> list[Path]:
    """Decoding children are forked by the fork server, which is forked by this process."""
    found = []
    for server in _children(Path("/proc/self")):
        found.extend(_children(server))
    return found


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


async def measure(path: Path, size: int) -> tuple[Peaks, ExtractionPlanned, int, float]:
    """Plan and extract everything; returns peaks, the plan, frames and seconds."""
    peaks, store = Peaks(), LocalStore(path)
    source = Source(key="k", etag="e", size_bytes=size, name=path.name)
    begun, frames = time.monotonic(), 0
    async with PyAvDecoder(1536 * MIB) as decoder:
        watching = asyncio.create_task(peaks.watch())
        service = ExtractionService(store, decoder, WorkLimits(900, 8 * MIB, 1))  # type: ignore[arg-type]
        plan = ExtractionPlan(
            extraction_id=uuid4(), attempt=1, source=source, recipe=RECIPE, limits=LIMITS
        )
        planned = await service.plan(plan)
        for segment in planned.segments:
            command = SegmentExtract(
                extraction_id=plan.extraction_id,
                index=segment.index,
                attempt=1,
                source=source,
                samples=segment.samples,
                output=RECIPE.output,
                output_prefix="p/",
                frames_at_most=segment.frames_at_most,
                work_seconds=segment.work_seconds,
                limits=LIMITS,
            )
            extracted = await service.extract(command, _ignore)
            frames += extracted.piece.frames
        watching.cancel()
    return peaks, planned, frames, time.monotonic() - begun


async def _ignore(_frames: int) -> None:
    return


def main(minutes: list[int]) -> None:
    """Print the table."""
    print("| minutes | file | segments | frames | seconds | worker | child | both at once |")
    print("|---|---|---|---|---|---|---|---|")
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
            size = path.stat().st_size
            peaks, planned, frames, seconds = asyncio.run(measure(path, size))
            print(
                f"| {length} | {size / MIB:,.0f} MiB | {len(planned.segments)} | {frames} "
                f"| {seconds:.1f} | {peaks.worker / MIB:.0f} MiB | {peaks.child / MIB:.0f} MiB "
                f"| {peaks.both / MIB:.0f} MiB |",
                flush=True,
            )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(MINUTES))
