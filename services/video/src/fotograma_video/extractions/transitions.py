"""What each status of an extraction allows and answers, its end, and the command of its stage.

A status that is added later fails the type check here until it is handled.
"""

from datetime import datetime, timedelta
from typing import assert_never

import structlog
from fotograma_contracts.reasons import Reason
from fotograma_kit.outbox import Outbox
from fotograma_kit.telemetry import exemplar
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import ExtractionStatus, Phase, phase_of, video_status
from fotograma_video.errors import (
    ExtractionFailed,
    ExtractionWasCancelled,
    NotReady,
    NotRetryable,
    NotRunning,
)
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.metrics import EXTRACTIONS, READY_SECONDS, REISSUED
from fotograma_video.models import Extraction, OutboxMessage, Video
from fotograma_video.object_keys import extraction_prefix, pieces_prefix
from fotograma_video.rows import ExtractionRow
from fotograma_video.settings import VideoSettings
from fotograma_video.sweeps import SweepRepository
from fotograma_video.videos.repository import VideoRepository

log = structlog.get_logger(__name__)

CLIP_SECONDS = 11
"""A video of ten seconds is a clip, also where its last frame ends a little later."""
_CLIP, _LONGER = "clip", "longer"


async def end_extraction(
    session: AsyncSession, extraction: Extraction, settings: VideoSettings, now: datetime
) -> Video:
    """Record the end of an extraction whose status is terminal; returns its video, locked.

    The pieces of a complete one go now, and late ones once more later. Those of a failed or
    cancelled one are kept for a while: a retry uses them.
    """
    extraction.finished_at = now
    sweeps = SweepRepository(session)
    match phase_of(extraction.status):
        case Phase.COMPLETE:
            again = now + timedelta(seconds=settings.sweep_again_seconds)
            sweeps.add(pieces_prefix(extraction.video_id, extraction.id), now, again)
        case Phase.ABORTED:
            later = now + timedelta(seconds=settings.video_retry_seconds)
            sweeps.add(extraction_prefix(extraction.video_id, extraction.id), later)
        case Phase.RUNNING:
            raise AssertionError(f"{extraction.status} is no end")
        case phase:
            assert_never(phase)
    await session.flush()
    video = await VideoRepository(session).get(extraction.video_id, lock=True)
    video.status = video_status(await ExtractionRepository(session).statuses(video.id))
    count_end(extraction)
    log.info(
        "extraction ended",
        extraction_id=str(extraction.id),
        status=extraction.status,
        reason=extraction.reason,
    )
    return video


DISPATCH = "dispatch"
"""The notification that wakes the dispatcher."""


async def issue_stage(
    session: AsyncSession,
    outbox: Outbox[OutboxMessage],
    commands: Commands,
    extraction: Extraction,
    now: datetime,
) -> None:
    """Ask for the plan or for the assembly, whichever comes next."""
    video = await VideoRepository(session).get(extraction.video_id)
    extraction.issued_at = now
    status = extraction.status
    match status:
        case ExtractionStatus.PLANNING:
            command = commands.plan(extraction, video)
        case ExtractionStatus.ASSEMBLING:
            segments = await ExtractionRepository(session).segments(extraction.id)
            command = commands.assemble(extraction, video, list(segments))
        case (
            ExtractionStatus.EXTRACTING
            | ExtractionStatus.COMPLETED
            | ExtractionStatus.COMPLETED_WITH_WARNINGS
            | ExtractionStatus.FAILED
            | ExtractionStatus.CANCELLED
        ):
            raise AssertionError(f"nothing is asked of a worker in {status}")
        case _:
            assert_never(status)
    await outbox.add(session, command, cause=extraction.cause)


def archive_of(extraction: Extraction | ExtractionRow) -> str:
    """The key of the archive.

    Raises `NotReady` while there may still be one, `ExtractionFailed` or `ExtractionWasCancelled`
    where there will be none.
    """
    status = extraction.status
    match status:
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            assert extraction.archive_key is not None  # noqa: S101 - it is complete
            return extraction.archive_key
        case ExtractionStatus.PLANNING:
            raise NotReady("The video is still being looked at.", extraction_status=status)
        case ExtractionStatus.EXTRACTING:
            raise NotReady("The frames are still being extracted.", extraction_status=status)
        case ExtractionStatus.ASSEMBLING:
            raise NotReady(
                "The frames are extracted, and their archive is still being put together.",
                extraction_status=status,
            )
        case ExtractionStatus.FAILED:
            raise ExtractionFailed(
                f"The extraction failed: {extraction.detail}",
                reason=extraction.reason,
                extraction_status=status,
            )
        case ExtractionStatus.CANCELLED:
            raise ExtractionWasCancelled(
                "The extraction was cancelled. Retry it, or extract again.",
                extraction_status=status,
            )
        case _:
            assert_never(status)


def check_running(status: ExtractionStatus) -> None:
    """Raises `NotRunning` where there is nothing to cancel."""
    match status:
        case ExtractionStatus.PLANNING | ExtractionStatus.EXTRACTING | ExtractionStatus.ASSEMBLING:
            return
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            raise NotRunning("The extraction is complete.")
        case ExtractionStatus.FAILED:
            raise NotRunning("The extraction has failed.")
        case ExtractionStatus.CANCELLED:
            raise NotRunning("The extraction was cancelled before.")
        case _:
            assert_never(status)


def check_retryable(status: ExtractionStatus) -> None:
    """Raises `NotRetryable` where there is nothing to retry."""
    match status:
        case ExtractionStatus.FAILED | ExtractionStatus.CANCELLED:
            return
        case ExtractionStatus.PLANNING | ExtractionStatus.EXTRACTING | ExtractionStatus.ASSEMBLING:
            raise NotRetryable("The extraction is still running.")
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            raise NotRetryable("The extraction is complete. Extract again for another archive.")
        case _:
            assert_never(status)


def show_zeros() -> None:
    """Show the series that alerts are about before their first event.

    Prometheus sees no increase in a series that appears with its first event.
    """
    for status in ExtractionStatus:
        if phase_of(status) is Phase.RUNNING:
            REISSUED.labels(status)
        elif status is not ExtractionStatus.FAILED:
            EXTRACTIONS.labels(status, "")
    for reason in Reason:
        EXTRACTIONS.labels(ExtractionStatus.FAILED, reason)
    for length in (_CLIP, _LONGER):
        READY_SECONDS.labels(length)


def count_end(extraction: Extraction) -> None:
    """Count an extraction that has ended, and how long users waited for its first run."""
    EXTRACTIONS.labels(extraction.status, extraction.reason or "").inc()
    if phase_of(extraction.status) is not Phase.COMPLETE or extraction.runs > 1:
        return
    if extraction.finished_at is None or extraction.probe is None:
        return
    length = _CLIP if extraction.probe.duration <= CLIP_SECONDS else _LONGER
    waited = extraction.finished_at - extraction.created_at
    READY_SECONDS.labels(length).observe(waited.total_seconds(), exemplar())
