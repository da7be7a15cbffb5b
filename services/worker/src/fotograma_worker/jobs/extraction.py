"""The use cases on a source: plan an extraction, extract a segment.

Each raises `Failure` where it cannot succeed, and `StoreUnavailable` where trying again may help.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction

from fotograma_contracts.extractions import (
    ExtractionPlan,
    ExtractionPlanned,
    LiveSheet,
    Piece,
    SegmentExtracted,
    Source,
)
from fotograma_contracts.reasons import ExtractionWarning, Reason
from fotograma_contracts.samples import SampleGrid, Samples, SampleScenes, SampleSpan, samples_in
from fotograma_kit.s3 import Bucket

from fotograma_worker import metrics
from fotograma_worker.decoding.port import DecodeLimits, Decoder, ExtractReport
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.archive_draft import ArchiveDraft, draft_archive
from fotograma_worker.jobs.finishing import ArchiveFinisher
from fotograma_worker.jobs.piece_writer import PieceWriter, SegmentCommand
from fotograma_worker.jobs.pieces import FrameEntry, PieceIndex
from fotograma_worker.jobs.source import SourceReader
from fotograma_worker.planning.completeness import missing_frames_warnings
from fotograma_worker.planning.plan import plan_extraction
from fotograma_worker.protocol import EncodedFrame

OnProgress = Callable[[int, Sequence[LiveSheet]], Awaitable[None]]
"""Called with the number of frames done, and the newest sheets of their thumbnails."""
IdleWorkers = Callable[[], Awaitable[int]]
"""Returns how many workers have nothing to do."""


@dataclass(frozen=True)
class WorkLimits:
    """The limits that the worker's settings give."""

    plan_seconds: float
    part_bytes: int
    progress_seconds: float


class ExtractionService:
    """Plans extractions and extracts segments."""

    def __init__(
        self, bucket: Bucket, decoder: Decoder, limits: WorkLimits, idle_workers: IdleWorkers
    ) -> None:
        self._bucket = bucket
        self._decoder = decoder
        self._limits = limits
        self._idle_workers = idle_workers
        self._finisher = ArchiveFinisher(bucket)

    async def plan(self, command: ExtractionPlan) -> ExtractionPlanned:
        """Probe the source and cut the recipe into segments."""
        limits = DecodeLimits(command.limits.max_pixels, self._limits.plan_seconds)
        async with self._opened(command.source) as source:
            scan = await self._decoder.scan(source, limits, command.recipe.stream)
        idle = await self._idle_workers()
        plan = await asyncio.to_thread(plan_extraction, scan, command.recipe, command.limits, idle)
        return ExtractionPlanned(
            extraction_id=command.extraction_id,
            attempt=command.attempt,
            probe=plan.probe,
            sample_count=plan.sample_count,
            frames_at_most=plan.frames_at_most,
            estimated_archive_bytes=plan.estimated_archive_bytes,
            segments=plan.segments,
        )

    async def extract(self, command: SegmentCommand, on_progress: OnProgress) -> SegmentExtracted:
        """Decode one segment into a piece, with its index beside it; into the archive at once,
        where the segment is all of it.
        """
        begun = time.monotonic()
        limits = DecodeLimits(
            command.limits.max_pixels,
            command.limits.segment_time_limit_seconds,
            command.limits.max_frames,
        )
        progress = _ProgressThrottle(on_progress, self._limits.progress_seconds)
        async with self._opened(command.source) as source, self._new_piece(command) as piece:

            async def add(frame: EncodedFrame) -> None:
                await piece.add(frame)
                await progress.report(len(piece.entries), tuple(piece.newest_sheets))

            report = await self._decoder.extract(
                source, command.samples, command.output, limits, add, piece.add_sheet
            )
            index = await piece.describe(report)
            draft = await asyncio.to_thread(_draft_of, command, index)
            written = await piece.close(index, b"" if draft is None else draft.tail)
        archive = draft and await self._finisher.finish(written.key, written.etag, draft)
        extracted = SegmentExtracted(
            extraction_id=command.extraction_id,
            index=command.index,
            attempt=command.attempt,
            piece=written,
            video_seconds=float(_covered(samples_in(command.samples), piece.entries)),
            work_seconds=time.monotonic() - begun,
            warnings=(*report.warnings, *_missing(command, written, report)),
            archive=archive,
        )
        _count(extracted)
        return extracted

    @asynccontextmanager
    async def _opened(self, source: Source) -> AsyncIterator[SourceReader]:
        if not source.size_bytes:
            raise Failure(Reason.EMPTY_FILE, "The file is empty.")
        async with SourceReader(self._bucket, source.key, source.etag, source.size_bytes) as reader:
            yield reader

    @asynccontextmanager
    async def _new_piece(self, command: SegmentCommand) -> AsyncIterator[PieceWriter]:
        """Begin a piece, and abort it when the block fails."""
        piece = PieceWriter(self._bucket, command, self._limits.part_bytes)
        try:
            yield piece
        except BaseException:
            await piece.abort()
            raise


class _ProgressThrottle:
    """Reports progress, at most once in `interval` seconds."""

    def __init__(self, on_progress: OnProgress, interval: float) -> None:
        self._on_progress = on_progress
        self._interval = interval
        self._latest = time.monotonic()

    async def report(self, frames: int, sheets: Sequence[LiveSheet]) -> None:
        now = time.monotonic()
        if now - self._latest >= self._interval:
            self._latest = now
            await self._on_progress(frames, sheets)


def _draft_of(command: SegmentCommand, index: PieceIndex) -> ArchiveDraft | None:
    """The archive that the piece becomes, if it is all of it. Raises `Failure`."""
    if command.archive is None:
        return None
    return draft_archive([index], command.source, command.archive)


def _missing(
    command: SegmentCommand, piece: Piece, report: ExtractReport
) -> Iterator[ExtractionWarning]:
    return missing_frames_warnings(
        samples_in(command.samples), command.frames_at_most, piece.samples_answered, report
    )


def _covered(samples: Samples, entries: list[FrameEntry]) -> Fraction:
    """Seconds of video between the first sample and the end of the last."""
    if isinstance(samples, SampleGrid):
        return (samples.last - samples.first) * samples.step
    if isinstance(samples, SampleSpan | SampleScenes) and samples.end is not None:
        return samples.end - samples.start
    return entries[-1].time - entries[0].time if entries else Fraction(0)


def _count(extracted: SegmentExtracted) -> None:
    metrics.FRAMES.inc(extracted.piece.frames)
    metrics.VIDEO_SECONDS.inc(extracted.video_seconds)
    metrics.WORK_SECONDS.inc(extracted.work_seconds)
