"""What every end of an extraction has in common, however it ends."""

from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import Phase, phase_of, video_status
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.metrics import EXTRACTIONS
from fotograma_video.models import Extraction, Video
from fotograma_video.object_keys import extraction_prefix, pieces_prefix
from fotograma_video.settings import VideoSettings
from fotograma_video.sweeps import SweepRepository
from fotograma_video.videos.repository import VideoRepository

log = structlog.get_logger(__name__)


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
    EXTRACTIONS.labels(extraction.status, extraction.reason or "").inc()
    log.info(
        "extraction ended",
        extraction_id=str(extraction.id),
        status=extraction.status,
        reason=extraction.reason,
    )
    return video
