"""What is short of frames, or has two clocks, is told of in the archive's warnings."""

import asyncio
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from fixtures.clips import make_clip
from fixtures.worker_bench import Bench, no_idle_workers
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import AllFrames, EveryInterval, Output, Recipe
from fotograma_contracts.samples import SegmentSamples
from fotograma_kit.s3 import Bucket
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.port import (
    ByteSource,
    DecodeLimits,
    ExtractReport,
    OnFrame,
    OnSheet,
    Scan,
)
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits
from fotograma_worker.protocol import EncodedFrame


@dataclass(frozen=True)
class LosingDecoder:
    """Gives the first frame of a segment only, and says nothing."""

    decoder: ChildDecoder

    async def scan(
        self, source: ByteSource, limits: DecodeLimits, stream: int | str | None = None
    ) -> Scan:
        return await self.decoder.scan(source, limits, stream)

    async def extract(
        self,
        source: ByteSource,
        samples: SegmentSamples,
        output: Output,
        limits: DecodeLimits,
        on_frame: OnFrame,
        on_sheet: OnSheet | None = None,  # noqa: ARG002 - its frames have no thumbnails
    ) -> ExtractReport:
        frames: list[EncodedFrame] = []

        async def keep(frame: EncodedFrame) -> None:
            frames.append(frame)

        report = await self.decoder.extract(source, samples, output, limits, keep)
        await on_frame(frames[0])
        return replace(report, frames_seen=1)


async def test_segment_tells_of_frames_that_did_not_come(
    bench: Bench, store: Bucket, decoder: ChildDecoder, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1)
    work = WorkLimits(plan_seconds=60, part_bytes=5 << 20, progress_seconds=0.5)
    losing = replace(
        bench, extraction=ExtractionService(store, LosingDecoder(decoder), work, no_idle_workers)
    )
    recipe = Recipe(sampling=AllFrames())
    source = await losing.upload(clip)
    planned = await losing.plan(source, recipe)
    (command,) = losing.segments(source, planned, recipe)
    (warning,) = (await losing.extract(command)).warnings
    assert warning.code is WarningCode.FRAMES_MISSING
    assert warning.detail.startswith("24 frames that the file lists")
    whole = await bench.extract(command)
    assert (whole.warnings, whole.piece.frames) == ((), 25)


async def test_archive_of_joined_recordings_covers_the_whole(bench: Bench, tmp_path: Path) -> None:
    """Through the messages and the child: the plan's offsets arrive in every segment."""
    parts = [
        make_clip(tmp_path / f"{number}.ts", seconds=2, first_number=number)
        for number in (0, 50, 100)
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join([await asyncio.to_thread(part.read_bytes) for part in parts]))
    recipe = Recipe(sampling=EveryInterval(seconds=Fraction(1, 2)))
    planned, assembled = await bench.whole(joined, recipe, segment_work_seconds=1e-3)
    assert len(planned.segments) > 1
    assert planned.probe.duration == 6
    assert assembled.frames == 12
    assert [each.code for each in assembled.warnings] == [WarningCode.DISCONTINUITY]
