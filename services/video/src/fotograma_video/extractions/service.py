"""Start, read, cancel and retry extractions for their users. See `process_manager` for the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from fotograma_contracts.extractions import ExtractionCancelled
from fotograma_contracts.recipe import Recipe
from fotograma_kit.causes import Cause
from fotograma_kit.database import Database, notify
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import (
    ExtractionStatus,
    SegmentStatus,
    resumed_status,
    video_status,
)
from fotograma_video.errors import ExtractionNotFound
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.dispatch_repository import DispatchRepository
from fotograma_video.extractions.progress import segment_timing
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.extractions.transitions import (
    DISPATCH,
    check_retryable,
    check_running,
    end_extraction,
    issue_stage,
)
from fotograma_video.idempotency import Claim, Idempotency
from fotograma_video.models import Extraction, OutboxMessage, Segment, Video
from fotograma_video.object_keys import extraction_prefix
from fotograma_video.rows import ExtractionRow
from fotograma_video.settings import VideoSettings
from fotograma_video.sweeps import SweepRepository
from fotograma_video.users.quotas import Quotas
from fotograma_video.videos.ownership import owned_video
from fotograma_video.videos.repository import VideoRepository

ROUTE = "POST /video/{id}/extractions"


@dataclass(frozen=True, slots=True)
class Detail:
    """An extraction with its segments."""

    extraction: ExtractionRow
    segments: list[Segment]
    ahead_seconds: float | None
    """An estimate of what comes before its first segment, while all of them wait."""


class Extractions:
    """Starting and reading extractions."""

    def __init__(
        self,
        database: Database,
        commands: Commands,
        idempotency: Idempotency,
        quotas: Quotas,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._commands = commands
        self._idempotency = idempotency
        self._quotas = quotas
        self._settings = settings
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def begin(self, session: AsyncSession, video: Video, recipe: Recipe) -> Extraction:
        """Create an extraction and ask for its plan, in the caller's transaction."""
        now = self._now()
        extraction = Extraction(
            id=uuid4(),
            video_id=video.id,
            owner_id=video.owner_id,
            recipe=recipe,
            status=ExtractionStatus.PLANNING,
            attempt=1,
            issued_at=now,
            cause=Cause.current(),
            created_at=now,
        )
        extractions = ExtractionRepository(session)
        extractions.add(extraction)
        await session.flush()
        video.status = video_status(await extractions.statuses(video.id))
        await self._outbox.add(session, self._commands.plan(extraction, video))
        return extraction

    async def start(
        self, owner_id: UUID, video_id: UUID, recipe: Recipe, idempotency_key: str | None
    ) -> UUID:
        """Another recipe on the same source; returns the extraction's id.

        Raises `VideoNotFound`, `VideoGone`, or what the user's quotas do not allow.
        """
        if idempotency_key is None:
            return await self._start(owner_id, video_id, recipe, None)
        route = ROUTE.format(id=video_id)
        claim = await self._idempotency.claim(owner_id, route, idempotency_key, self._now())
        if (earlier := claim.earlier(_fingerprint(recipe))) is not None:
            return earlier
        async with self._idempotency.held(claim):
            return await self._start(owner_id, video_id, recipe, claim)

    async def _start(
        self, owner_id: UUID, video_id: UUID, recipe: Recipe, claim: Claim | None
    ) -> UUID:
        async with self._database.transaction() as session:
            await owned_video(session, owner_id, video_id)
            await self._quotas.for_extraction(session, owner_id)
            video = await owned_video(session, owner_id, video_id, lock=True)
            extraction = await self.begin(session, video, recipe)
            if claim is not None:
                await self._idempotency.complete(
                    session, claim, _fingerprint(recipe), extraction.id
                )
            return extraction.id

    async def get(self, owner_id: UUID, video_id: UUID, extraction_id: UUID) -> Detail:
        """Raises `VideoNotFound`, `VideoGone` or `ExtractionNotFound`."""
        async with self._database.transaction() as session:
            await owned_video(session, owner_id, video_id)
            extraction = await ExtractionRepository(session).row(video_id, extraction_id)
            if extraction is None:
                raise ExtractionNotFound
            segments = await ExtractionRepository(session).segments(extraction_id)
            running = segments if extraction.status is ExtractionStatus.EXTRACTING else ()
            timings = [segment_timing(segment) for segment in running]
            dispatch = DispatchRepository(session)
            ahead = await dispatch.seconds_ahead(timings, self._settings.dispatch_depth)
            return Detail(extraction, list(segments), ahead.get(extraction_id))

    async def cancel(self, owner_id: UUID, video_id: UUID, extraction_id: UUID) -> None:
        """Stop an extraction, its running segments too; what is done is kept for a retry.

        Raises `VideoNotFound`, `VideoGone`, `ExtractionNotFound` or `NotRunning`.
        """
        async with self._database.transaction() as session:
            extraction = await _locked(session, owner_id, video_id, extraction_id)
            check_running(extraction.status)
            extraction.status = ExtractionStatus.CANCELLED
            await end_extraction(session, extraction, self._settings, self._now())
            await self._outbox.add(session, ExtractionCancelled(extraction_id=extraction_id))

    async def retry(self, owner_id: UUID, video_id: UUID, extraction_id: UUID) -> None:
        """Start another run of a failed or cancelled extraction, with the pieces that it has.

        Raises `VideoNotFound`, `VideoGone`, `ExtractionNotFound`, `NotRetryable`, or what the
        user's quotas do not allow.
        """
        async with self._database.transaction() as session:
            extraction = await _locked(session, owner_id, video_id, extraction_id)
            check_retryable(extraction.status)
            await self._quotas.for_extraction(session, owner_id)
            await self._resume(session, extraction)
            await self._quotas.for_resumed(session, owner_id)
            video = await VideoRepository(session).get(video_id, lock=True)
            await session.flush()
            video.status = video_status(await ExtractionRepository(session).statuses(video_id))

    async def _resume(self, session: AsyncSession, extraction: Extraction) -> None:
        now = self._now()
        extractions = ExtractionRepository(session)
        await SweepRepository(session).cancel(extraction_prefix(extraction.video_id, extraction.id))
        assert extraction.finished_at is not None  # noqa: S101 - it has ended
        kept_until = extraction.finished_at + timedelta(seconds=self._settings.video_retry_seconds)
        if now >= kept_until:
            await extractions.delete_segments(extraction.id)
        segments = await extractions.segments(extraction.id)
        waiting = [s for s in segments if s.status is not SegmentStatus.EXTRACTED]
        for segment in waiting:
            segment.status = SegmentStatus.WAITING
            segment.attempt = self._settings.segment_attempts * extraction.runs + 1
            segment.lane = segment.issued_at = None
        extraction.attempt = self._settings.stage_attempts * extraction.runs + 1
        extraction.issued_at = now
        extraction.runs += 1
        extraction.reason = extraction.detail = extraction.finished_at = None
        extraction.cause = Cause.current()
        extraction.status = resumed_status(planned=bool(segments), complete=not waiting)
        await session.flush()
        if extraction.status is ExtractionStatus.EXTRACTING:
            await notify(session, DISPATCH)
        else:
            await issue_stage(session, self._outbox, self._commands, extraction, now)


async def _locked(
    session: AsyncSession, owner_id: UUID, video_id: UUID, extraction_id: UUID
) -> Extraction:
    await owned_video(session, owner_id, video_id)
    extraction = await ExtractionRepository(session).find(video_id, extraction_id, lock=True)
    if extraction is None:
        raise ExtractionNotFound
    return extraction


def _fingerprint(recipe: Recipe) -> str:
    """The request's fingerprint for its Idempotency-Key."""
    return sha256(recipe.model_dump_json().encode()).hexdigest()
