"""How much of a source is read, and with how many requests.

    .venv/bin/python bench/reading.py VIDEO ...

Each video is planned and extracted by each recipe as a worker does it; what is read of it is
counted where S3 would be asked. Prints a Markdown table: bytes of plan and segments, in percent of
the file.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

from fotograma_contracts.extractions import ExtractionPlan, Source
from fotograma_contracts.recipe import (
    EvenlySpread,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Output,
    Recipe,
)
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits
from memory import LIMITS, MIB, LocalStore, no_idle_workers, pyav_decoder, segment_commands

JPEG = Output(format=ImageFormat.JPEG)
RECIPES = {
    "each second": Recipe(output=JPEG),
    "every 10 s": Recipe(sampling=EveryInterval(seconds=Fraction(10)), output=JPEG),
    "keyframes": Recipe(sampling=Keyframes(), output=JPEG),
    "50 evenly spread": Recipe(sampling=EvenlySpread(count=50), output=JPEG),
}


@dataclass
class Counts:
    """Requests and bytes."""

    sizes: list[int] = field(default_factory=list)

    def percent_of(self, size: int) -> str:
        """For the table."""
        return f"{100 * sum(self.sizes) / size:.1f} % ({len(self.sizes)})"


class CountingStore(LocalStore):
    """Counts what is read of a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.counts = Counts()

    async def read_range(
        self, key: str, offset: int, length: int, etag: str | None = None
    ) -> bytes:
        """Count, and read."""
        data = await super().read_range(key, offset, length, etag)
        self.counts.sizes.append(len(data))
        return data


async def read(path: Path, size: int, recipe: Recipe) -> tuple[Counts, Counts, int]:
    """What the plan reads, what the segments read, and how many frames they give."""
    store, frames = CountingStore(path), 0
    source = Source(key="k", etag="e", size_bytes=size, name=path.name)
    async with pyav_decoder(1536 * MIB) as decoder:
        limits = WorkLimits(900, 8 * MIB, 1)
        service = ExtractionService(store, decoder, limits, no_idle_workers)  # type: ignore[arg-type]
        plan = ExtractionPlan(
            extraction_id=uuid4(), attempt=1, source=source, recipe=recipe, limits=LIMITS
        )
        planned = await service.plan(plan)
        of_plan, store.counts = store.counts, Counts()
        for command in segment_commands(plan, planned):
            frames += (await service.extract(command, _ignore)).piece.frames
        return of_plan, store.counts, frames


async def _ignore(_frames: int, _sheets: object) -> None:
    return


async def show(path: Path, size: int) -> None:
    """Print the rows of one video."""
    for name, recipe in RECIPES.items():
        of_plan, of_segments, frames = await read(path, size, recipe)
        cells = (frames, of_plan.percent_of(size), of_segments.percent_of(size))
        print(f"| {path.stem}, {name} | " + " | ".join(map(str, cells)) + " |", flush=True)


def main() -> None:
    """Print the table."""
    print("| video, recipe | frames | plan (requests) | segments (requests) |\n|---|---|---|---|")
    for path in map(Path, sys.argv[1:]):
        asyncio.run(show(path, path.stat().st_size))


if __name__ == "__main__":
    main()
