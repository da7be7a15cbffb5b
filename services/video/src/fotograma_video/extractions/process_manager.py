"""The process manager: what workers report, and what follows from it.

Each method is one transaction that locks its extraction, so the messages of one extraction are
handled one at a time. A message that is late, repeated, or about something that no longer matters
changes nothing.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssembled,
    ExtractionPlanned,
    ExtractionRejected,
    SegmentExtracted,
    SegmentFailed,
    StoredArchive,
)
from fotograma_contracts.reasons import ExtractionWarning, Reason
from fotograma_contracts.videos import VideoFailed, VideoProcessed
from fotograma_kit.causes import Cause
from fotograma_kit.database import Database, notify
from fotograma_kit.inbox import is_first_delivery
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import (
    ExtractionStatus,
    SegmentStatus,
    completed_status,
    may_become,
)
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.extractions.transitions import DISPATCH, end_extraction, issue_stage
from fotograma_video.metrics import FRAMES, REISSUED, VIDEO_SECONDS, WORK_SECONDS
from fotograma_video.models import Extraction, InboxMessage, OutboxMessage, Segment
from fotograma_video.object_keys import archives_prefix
from fotograma_video.settings import VideoSettings
from fotograma_video.sweeps import SweepRepository
from fotograma_video.users.quotas import Quotas

log = structlog.get_logger(__name__)

_ATTEMPTS_EXHAUSTED = (
    "We tried several times and could not process this video. It is not your fault."
)
_STORAGE_FULL = "The frames do not fit into what is left of the storage. Delete some videos first."
_TIMED_OUT = "Processing did not answer in time, although we tried several times."


class ProcessManager:
    """Takes extractions from their plan to their end."""

    def __init__(
        self,
        database: Database,
        commands: Commands,
        quotas: Quotas,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._commands = commands
        self._quotas = quotas
        self._settings = settings
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def planned(self, event: ExtractionPlanned) -> None:
        """Store the plan; its segments wait for the dispatcher.

        What its archive may come to is taken from the user's storage here: where that does not hold
        it, the extraction fails.
        """
        async with self._extraction(event, event.extraction_id) as (session, extraction):
            if extraction is None or not _advance(extraction, ExtractionStatus.EXTRACTING):
                return
            extraction.probe = event.probe
            extraction.sample_count = event.sample_count
            extraction.frames_at_most = event.frames_at_most
            extraction.estimated_archive_bytes = event.estimated_archive_bytes
            if not await self._quotas.holds(session, extraction.owner_id):
                await self._fail(session, extraction, Reason.STORAGE_FULL, _STORAGE_FULL)
                return
            ExtractionRepository(session).add_segments(
                [
                    Segment(
                        extraction_id=extraction.id,
                        index=planned.index,
                        samples=planned.samples,
                        frames_at_most=planned.frames_at_most,
                        work_seconds=planned.work_seconds,
                        status=SegmentStatus.WAITING,
                        attempt=_first_attempt(extraction, self._settings.segment_attempts),
                    )
                    for planned in event.segments
                ]
            )
            await notify(session, DISPATCH)

    async def rejected(self, event: ExtractionRejected) -> None:
        """Fail the extraction: another attempt would end the same."""
        async with self._extraction(event, event.extraction_id) as (session, extraction):
            if extraction is not None:
                await self._fail(session, extraction, event.reason, event.detail)

    async def segment_extracted(self, event: SegmentExtracted) -> None:
        """Accept the first piece of each segment; after the last one, assemble, unless it is the
        archive already.
        """
        async with self._database.transaction() as session:
            extractions = ExtractionRepository(session)
            if not await is_first_delivery(session, InboxMessage, event.id):
                return
            status = await extractions.locked_status(event.extraction_id)
            if status is None:
                return
            if status is not ExtractionStatus.EXTRACTING or not await extractions.accept(event):
                segment = await extractions.segment(event.extraction_id, event.index)
                if not _is_accepted(segment, event):
                    await self._sweep_archive(session, event.extraction_id, event.archive)
                return
            VIDEO_SECONDS.inc(event.video_seconds)
            WORK_SECONDS.inc(event.work_seconds)
            await notify(session, DISPATCH)
            if not await extractions.has_unfinished(event.extraction_id):
                extraction = await extractions.get_locked(event.extraction_id)
                await self._assemble(session, extraction, event.archive)

    async def segment_failed(self, event: SegmentFailed) -> None:
        """Requeue the segment; fail the extraction after a permanent error or the last attempt."""
        async with self._extraction(event, event.extraction_id) as (session, extraction):
            segment = await ExtractionRepository(session).segment(event.extraction_id, event.index)
            if extraction is None or segment is None or segment.attempt != event.attempt:
                return
            if (
                event.permanent
                or segment.attempt >= self._settings.segment_attempts * extraction.runs
            ):
                await self._fail(session, extraction, event.reason, event.detail)
            elif segment.status is SegmentStatus.DISPATCHED:
                _requeue(segment)
                await notify(session, DISPATCH)

    async def archive_assembled(self, event: ArchiveAssembled) -> None:
        """Complete the extraction and announce it."""
        async with self._extraction(event, event.extraction_id) as (session, extraction):
            if extraction is not None:
                await self._complete(session, extraction, event)

    async def dead_lettered(self, command: Message, extraction_id: UUID) -> None:
        """Fail the extraction of a dead-lettered command, unless it was answered meanwhile."""
        async with self._extraction(command, extraction_id) as (session, extraction):
            if extraction is None:
                return
            index = getattr(command, "index", None)
            if index is not None and await self._is_settled(session, extraction_id, index):
                return
            await self._fail(session, extraction, Reason.PROCESSING_FAILED, _ATTEMPTS_EXHAUSTED)

    async def reissue_timed_out(self) -> None:
        """Reissue commands not answered in time; fail extractions that have no attempts left."""
        since = self._now() - timedelta(seconds=self._settings.silence_seconds)
        async with self._database.transaction() as session:
            for extraction in await ExtractionRepository(session).timed_out(since):
                await self._reissue_stage(session, extraction)
        async with self._database.transaction() as session:
            segments = await ExtractionRepository(session).timed_out_segments(since)
        for extraction_id, index in segments:
            await self._reissue_segment(extraction_id, index, since)

    @asynccontextmanager
    async def _extraction(
        self, message: Message, extraction_id: UUID
    ) -> AsyncIterator[tuple[AsyncSession, Extraction | None]]:
        """A transaction with the extraction locked; None for it when the message is a repeat."""
        async with self._database.transaction() as session:
            first = await is_first_delivery(session, InboxMessage, message.id)
            extraction = await ExtractionRepository(session).lock(extraction_id) if first else None
            yield session, extraction

    async def _is_settled(self, session: AsyncSession, extraction_id: UUID, index: int) -> bool:
        segment = await ExtractionRepository(session).segment(extraction_id, index)
        return segment is None or segment.status is SegmentStatus.EXTRACTED

    async def _assemble(
        self, session: AsyncSession, extraction: Extraction, archive: StoredArchive | None
    ) -> None:
        """Join the pieces, unless they are more than was reserved and find no room. Where the last
        piece is the only one, there may be an archive already.
        """
        if not _advance(extraction, ExtractionStatus.ASSEMBLING):
            return
        segments = await ExtractionRepository(session).segments(extraction.id)
        size = sum(segment.piece.size_bytes for segment in segments if segment.piece is not None)
        if size > (extraction.estimated_archive_bytes or 0):
            extraction.estimated_archive_bytes = size
            if not await self._quotas.holds(session, extraction.owner_id):
                await self._fail(session, extraction, Reason.STORAGE_FULL, _STORAGE_FULL)
                return
        if archive is not None and len(segments) == 1:
            await self._complete(session, extraction, archive)
            return
        extraction.attempt = _first_attempt(extraction, self._settings.stage_attempts)
        await issue_stage(session, self._outbox, self._commands, extraction, self._now())

    async def _complete(
        self, session: AsyncSession, extraction: Extraction, archive: StoredArchive
    ) -> None:
        """Complete the extraction with this archive and announce it, unless it has another."""
        segments = await ExtractionRepository(session).segments(extraction.id)
        warnings = _distinct(
            (*(w for segment in segments for w in segment.warnings), *archive.warnings)
        )
        if not _advance(extraction, completed_status(with_warnings=bool(warnings))):
            if archive.archive_key != extraction.archive_key:
                await self._sweep_archive(session, extraction.id, archive)
            return
        extraction.frames = archive.frames
        extraction.archive_key = archive.archive_key
        extraction.archive_bytes = archive.size_bytes
        extraction.frame_index_key = archive.frame_index_key
        extraction.sheets = archive.sheets
        extraction.poster = archive.poster
        extraction.warnings = warnings
        FRAMES.inc(archive.frames)
        video = await end_extraction(session, extraction, self._settings, self._now())
        if video.deleted_at is not None:
            return
        await self._outbox.add(
            session,
            VideoProcessed(
                video_id=video.id,
                extraction_id=extraction.id,
                owner_id=video.owner_id,
                name=video.name,
                frames=archive.frames,
                archive_bytes=archive.size_bytes,
                warnings=warnings,
                tries=extraction.runs,
            ),
            cause=Cause(extraction.request_id),
        )

    async def _sweep_archive(
        self, session: AsyncSession, extraction_id: UUID, archive: StoredArchive | None
    ) -> None:
        """Delete the archive of another attempt, if there is one: it came too late.

        A report may name any key, and has nothing deleted but archives of its own extraction.
        """
        if archive is None:
            return
        video_id = await ExtractionRepository(session).video_of(extraction_id)
        if archive.archive_key.startswith(archives_prefix(video_id, extraction_id)):
            SweepRepository(session).add(archive.archive_key, self._now())
        else:
            log.warning("archive elsewhere not swept", extraction_id=str(extraction_id))

    async def _reissue_stage(self, session: AsyncSession, extraction: Extraction) -> None:
        REISSUED.labels(extraction.status).inc()
        if extraction.attempt >= self._settings.stage_attempts * extraction.runs:
            await self._fail(session, extraction, Reason.PROCESSING_FAILED, _TIMED_OUT)
            return
        extraction.attempt += 1
        await issue_stage(session, self._outbox, self._commands, extraction, self._now())

    async def _reissue_segment(self, extraction_id: UUID, index: int, since: datetime) -> None:
        async with self._database.transaction() as session:
            extractions = ExtractionRepository(session)
            extraction = await extractions.lock(extraction_id)
            segment = await extractions.segment(extraction_id, index)
            if extraction is None or segment is None or not _has_timed_out(segment, since):
                return  # answered meanwhile
            REISSUED.labels(ExtractionStatus.EXTRACTING).inc()
            if self._has_attempts_left(segment, extraction):
                _requeue(segment)
                await notify(session, DISPATCH)
            else:
                await self._fail(session, extraction, Reason.PROCESSING_FAILED, _TIMED_OUT)

    def _has_attempts_left(self, segment: Segment, extraction: Extraction) -> bool:
        return segment.attempt < self._settings.segment_attempts * extraction.runs

    async def _fail(
        self, session: AsyncSession, extraction: Extraction, reason: Reason, detail: str
    ) -> None:
        if not _advance(extraction, ExtractionStatus.FAILED):
            return
        extraction.reason = reason
        extraction.detail = detail
        video = await end_extraction(session, extraction, self._settings, self._now())
        if video.deleted_at is not None:
            return
        await self._outbox.add(
            session,
            VideoFailed(
                video_id=video.id,
                extraction_id=extraction.id,
                owner_id=video.owner_id,
                name=video.name,
                reason=reason,
                detail=detail,
                tries=extraction.runs,
            ),
            cause=extraction.cause,
        )


def _first_attempt(extraction: Extraction, attempts: int) -> int:
    """Each run numbers its attempts on, so that late answers to earlier runs are recognised."""
    return attempts * (extraction.runs - 1) + 1


def _advance(extraction: Extraction, target: ExtractionStatus) -> bool:
    if not may_become(extraction.status, target):
        return False
    extraction.status = target
    return True


def _has_timed_out(segment: Segment, since: datetime) -> bool:
    return (
        segment.status is SegmentStatus.DISPATCHED
        and segment.issued_at is not None
        and segment.issued_at < since
    )


def _is_accepted(segment: Segment | None, event: SegmentExtracted) -> bool:
    """Whether what the event tells of is what the segment has."""
    return segment is not None and segment.piece is not None and segment.piece == event.piece


def _requeue(segment: Segment) -> None:
    segment.status = SegmentStatus.WAITING
    segment.attempt += 1
    segment.lane = None
    segment.issued_at = None


def _distinct(warnings: Iterable[ExtractionWarning]) -> tuple[ExtractionWarning, ...]:
    return tuple(dict.fromkeys(warnings))
