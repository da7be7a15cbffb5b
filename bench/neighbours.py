"""How much a hostile file slows a video that is processed at the same time, in one worker.

    .venv/bin/python bench/neighbours.py [ROUNDS]

Prints a Markdown table: the seconds that a six-second video takes to be planned and extracted
alone, beside an honest neighbour, and beside hostile ones that begin again whenever they end.
"""

import asyncio
import statistics
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fotograma_contracts.recipe import AllFrames, Recipe
from fotograma_worker.decoding.child_decoder import ChildDecoder

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures import hostile
from fixtures.abuse import MEMORY_BYTES, OUTPUT, process
from fixtures.clips import make_clip
from fixtures.decoders import pyav_decoder
from fixtures.extraction import limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROUNDS = 5
BOUNDS = limits(max_pixels=hostile.HUGE[0] * hostile.HUGE[1])
RECIPE = Recipe(sampling=AllFrames(), output=OUTPUT)


@asynccontextmanager
async def beside(decoder: ChildDecoder, neighbour: bytes | None) -> "AsyncIterator[None]":
    """Process the neighbour again and again while the block runs."""

    async def for_ever(data: bytes) -> None:
        while True:
            await process(decoder, data, RECIPE, seconds=20, bounds=BOUNDS)

    task = None if neighbour is None else asyncio.create_task(for_ever(neighbour))
    yield
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def measure(rounds: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as name:
        folder = Path(name)
        video = make_clip(folder / "a.mp4", seconds=6, size=(640, 360), noise=20).read_bytes()
        neighbours = {
            "alone": None,
            "an honest video": video,
            "a million tiny frames": hostile.many_frames(folder / "b.mp4", 1_000_000),
            "16384 x 8192 pixels in one packet": hostile.huge_picture("mov", declared=hostile.HUGE),
        }
        print("| beside | median seconds | least | most |\n|---|---|---|---|")
        async with pyav_decoder(MEMORY_BYTES) as decoder:
            for what, neighbour in neighbours.items():
                async with beside(decoder, neighbour):
                    seconds = [
                        (await process(decoder, video, RECIPE)).seconds for _ in range(rounds)
                    ]
                print(
                    f"| {what} | {statistics.median(seconds):.2f} "
                    f"| {min(seconds):.2f} | {max(seconds):.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
