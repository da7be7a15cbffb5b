"""Delete a video: on its user's request, by retention, or with the account."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fotograma_contracts.extractions import ExtractionCancelled
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import ExtractionStatus, may_become
from fotograma_video.models import Extraction, OutboxMessage, Video
from fotograma_video.object_keys import extractions_prefix, sources_prefix
from fotograma_video.selections.repository import SelectionRepository
from fotograma_video.settings import VideoSettings
from fotograma_video.sweeps import SweepRepository

_outbox = Outbox(OutboxMessage)


async def delete_video(
    session: AsyncSession,
    video: Video,
    extractions: Sequence[Extraction],
    settings: VideoSettings,
    now: datetime,
) -> None:
    """Leave a tombstone and sweep the video's objects: now, and after any job has ended.

    In the caller's transaction, which holds the locks of the extractions and their video.
    """
    video.deleted_at = now
    for extraction in extractions:
        if may_become(extraction.status, ExtractionStatus.CANCELLED):
            extraction.status = ExtractionStatus.CANCELLED
            extraction.finished_at = now
            await _outbox.add(session, ExtractionCancelled(extraction_id=extraction.id))
    await SelectionRepository(session).delete_of_video(video.id)
    again = now + timedelta(seconds=settings.sweep_again_seconds)
    sweeps = SweepRepository(session)
    sweeps.add(sources_prefix(video.id), now, again)
    sweeps.add(extractions_prefix(video.id), now, again)
