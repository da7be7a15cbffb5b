"""What one core of a worker does in an hour, for the recipes people use.

    .venv/bin/python bench/throughput.py VIDEO [MINUTES]

The video is put in a row until it is as long (10 minutes if nothing is said), planned and extracted
segment by segment as the worker does; objects come from a file, and what is written is dropped.
Counted is processor time, the decoding child's included: a busy machine changes it little, so it
says what a core does, and not how long somebody waits. Prints a Markdown table.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import av
from fotograma_contracts.extractions import ExtractionPlan, Source
from fotograma_contracts.recipe import EveryInterval, ImageFormat, Keyframes, Output, Recipe
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.engines import PYAV
from fotograma_worker.decoding.processes import ForkServer
from fotograma_worker.decoding.sandboxes import KernelSandbox
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits
from memory import LIMITS, MIB, LocalStore, looped, no_idle_workers, segment_commands

RECIPES = {
    "PNG each second": Recipe(),
    "PNG every 10 s": Recipe(sampling=EveryInterval(seconds=Fraction(10))),
    "JPEG each second": Recipe(output=Output(format=ImageFormat.JPEG)),
    "JPEG of keyframes": Recipe(sampling=Keyframes(), output=Output(format=ImageFormat.JPEG)),
}


@dataclass
class Work:
    """What an extraction took, and gave."""

    frames: int = 0
    written: int = 0
    processor_seconds: float = 0.0
    wall_seconds: float = 0.0
    estimated_seconds: float = 0.0


async def work(path: Path, size: int, recipe: Recipe) -> Work:
    """Plan and extract everything. The decoder has ended, and is counted, when this returns, but
    not its start.
    """
    done = Work()
    source = Source(key="k", etag="e", size_bytes=size, name=path.name)
    server = ForkServer(PYAV.module)
    async with ChildDecoder(PYAV, KernelSandbox(), 1536 * MIB, server) as decoder:
        before, began = processor_seconds() + _used_by(server), time.monotonic()
        limits = WorkLimits(900, 8 * MIB, 1)
        service = ExtractionService(LocalStore(path), decoder, limits, no_idle_workers)  # type: ignore[arg-type]
        plan = ExtractionPlan(
            extraction_id=uuid4(), attempt=1, source=source, recipe=recipe, limits=LIMITS
        )
        for command in segment_commands(plan, await service.plan(plan)):
            piece = (await service.extract(command, _ignore)).piece
            done.frames += piece.frames
            done.written += piece.size_bytes
            done.estimated_seconds += command.work_seconds
        done.wall_seconds = time.monotonic() - began
    done.processor_seconds = processor_seconds() - before
    return done


def processor_seconds() -> float:
    """Of this process and of every child that has ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _used_by(server: ForkServer) -> float:
    """Seconds of processor of a fork server that runs, and of its children that have ended."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


async def _ignore(_frames: int, _sheets: object) -> None:
    return


def main(video: Path, minutes: int) -> None:
    """Print the table."""
    with av.open(video) as container:
        seconds = (container.duration or 0) / av.time_base
    print("| recipe | frames | written | core seconds | estimated | hours in a core's hour |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as folder:
        path = looped(video, Path(folder) / "looped.mp4", max(1, round(minutes * 60 / seconds)))
        for name, recipe in RECIPES.items():
            done = asyncio.run(work(path, path.stat().st_size, recipe))
            print(
                f"| {name} | {done.frames} | {done.written / MIB:,.0f} MiB "
                f"| {done.processor_seconds:.1f} | {done.estimated_seconds:.1f} "
                f"| {minutes * 60 / done.processor_seconds:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
