"""How much of a source is read, and with how many requests.

Each film is planned and extracted by each recipe as a worker does it; what is read of it is counted
where S3 would be asked.
"""

import asyncio
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

from figures import Better, Unit
from footage import SHORT_GOP
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
from part import Part

JPEG = Output(format=ImageFormat.JPEG)
EVERY_TEN = EveryInterval(seconds=Fraction(10))
RECIPES = {
    "every 10 s, on keyframes": Recipe(sampling=EVERY_TEN, output=JPEG),
    "every 10 s, off keyframes": Recipe(sampling=EVERY_TEN, start=Fraction(1), output=JPEG),
    "keyframes": Recipe(sampling=Keyframes(), output=JPEG),
    "50 evenly spread": Recipe(sampling=EvenlySpread(count=50), output=JPEG),
    "each second": Recipe(output=JPEG),
}
LENGTHS = {"1 min": 60, "10 min": 600}


class CountingStore(LocalStore):
    """Notes what is read of a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: list[int] = []
        """What each request brought, in bytes."""

    async def read_range(
        self, key: str, offset: int, length: int, etag: str | None = None
    ) -> bytes:
        """Read, and note."""
        data = await super().read_range(key, offset, length, etag)
        self.read.append(len(data))
        return data


async def read(path: Path, size: int, recipe: Recipe) -> tuple[list[int], list[int], int]:
    """What the requests of the plan bring, and those of the segments, and how many frames there
    are.
    """
    store, frames = CountingStore(path), 0
    source = Source(key="k", etag="e", size_bytes=size, name=path.name)
    async with pyav_decoder(1536 * MIB) as decoder:
        limits = WorkLimits(900, 8 * MIB, 1)
        service = ExtractionService(store, decoder, limits, no_idle_workers)  # type: ignore[arg-type]
        plan = ExtractionPlan(
            extraction_id=uuid4(), attempt=1, source=source, recipe=recipe, limits=LIMITS
        )
        planned = await service.plan(plan)
        of_plan, store.read = store.read, []
        for command in segment_commands(plan, planned):
            frames += (await service.extract(command, _ignore)).piece.frames
        return of_plan, store.read, frames


async def _ignore(_frames: int, _sheets: object) -> None:
    return


def measure(part: Part) -> None:
    """Each recipe, on a short and on a long file."""
    for length, seconds in LENGTHS.items():
        path = part.footage.of(SHORT_GOP, 10 if part.quick else seconds)
        size = path.stat().st_size
        for name, recipe in RECIPES.items():
            of_plan, of_segments, frames = asyncio.run(read(path, size, recipe))
            row = f"{length}, {name}"
            part.note(row, "frames", frames, Unit.NUMBER)
            in_all = of_plan + of_segments
            for column, read_bytes in (
                ("plan", of_plan),
                ("segments", of_segments),
                ("in all", in_all),
            ):
                share = 100 * sum(read_bytes) / size
                part.note(row, column, share, Unit.PERCENT, Better.LESS)
            part.note(row, "requests", len(in_all), Unit.NUMBER, Better.LESS)
