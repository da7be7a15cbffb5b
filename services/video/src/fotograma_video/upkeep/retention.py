"""Announce the expiry of videos to their users, and delete expired ones.

An expired video is deleted as if by its user, except that for a while reads of it answer 410 and
say why.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from fotograma_contracts.videos import VideoExpiring
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox

from fotograma_video.domain import RUNNING, is_over
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.library.deletion import delete_video
from fotograma_video.metrics import EXPIRED
from fotograma_video.models import OutboxMessage
from fotograma_video.settings import VideoSettings
from fotograma_video.upkeep.retention_repository import RetentionRepository
from fotograma_video.videos.repository import VideoRepository

log = structlog.get_logger(__name__)

BATCH = 100


class Retention:
    """Each round is harmless to repeat, and to run beside another replica's."""

    def __init__(
        self, database: Database, settings: VideoSettings, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._settings = settings
        self._now = now
        self._notice = timedelta(days=settings.video_retention_notice_days)
        self._patience = timedelta(days=settings.video_retention_patience_days)
        self._gone = timedelta(days=settings.video_gone_days)
        self._outbox = Outbox(OutboxMessage)

    async def enforce(self) -> None:
        """One round. Raises `DatabaseUnavailable`."""
        while await self._warn_some() == BATCH:
            pass
        while await self._expire_some():
            pass
        async with self._database.transaction() as session:
            await RetentionRepository(session).clear_expired(self._now() - self._gone)

    async def _warn_some(self) -> int:
        now = self._now()
        async with self._database.transaction() as session:
            videos = await RetentionRepository(session).to_warn_of(now, self._notice, BATCH)
            for video in videos:
                video.warned_of = video.expires_at
                await self._outbox.add(
                    session,
                    VideoExpiring(
                        video_id=video.id,
                        owner_id=video.owner_id,
                        name=video.name,
                        expires_at=video.expires_at,
                    ),
                )
        return len(videos)

    async def _expire_some(self) -> int:
        now = self._now()
        async with self._database.transaction() as session:
            due = await RetentionRepository(session).due(now, now - self._patience, BATCH)
        return sum([await self._expire(video_id) for video_id in due])

    async def _expire(self, video_id: UUID) -> bool:
        """Delete the video, unless it was deleted or its retention extended meanwhile."""
        now = self._now()
        async with self._database.transaction() as session:
            # Extractions before their video: the order in which processing locks them.
            extractions = await ExtractionRepository(session).locked_of_video(video_id)
            video = await VideoRepository(session).get(video_id, lock=True)
            runs = any(extraction.status in RUNNING for extraction in extractions)
            if video.deleted_at is not None or not is_over(
                video.expires_at, now, self._patience if runs else timedelta()
            ):
                return False
            video.expired = True
            await delete_video(session, video, extractions, self._settings, now)
        EXPIRED.inc()
        log.info("video expired", video_id=str(video_id), cancelled=runs)
        return True
