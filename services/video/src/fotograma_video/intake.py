"""From a complete source in S3 to a video whose extraction has begun: one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fotograma_contracts.recipe import Recipe
from fotograma_contracts.videos import VideoUploaded
from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import VideoStatus
from fotograma_video.errors import UploadStalled
from fotograma_video.extractions import Extractions
from fotograma_video.metrics import UPLOAD_BYTES
from fotograma_video.models import OutboxMessage, Upload, Video
from fotograma_video.repository import UploadRepository, VideoRepository
from fotograma_video.storage import StoredObject


@dataclass(frozen=True, slots=True)
class Source:
    """A complete source."""

    name: str
    size_bytes: int
    sha256: str | None
    """Known only where the bytes came through us."""
    stored: StoredObject


class Intake:
    """Takes videos in."""

    def __init__(self, extractions: Extractions, now: Callable[[], datetime]) -> None:
        self._extractions = extractions
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def admit(
        self, session: AsyncSession, upload: Upload, source: Source, recipe: Recipe
    ) -> None:
        """The upload becomes a video. Raises `UploadStalled` when the janitor was faster."""
        if not await UploadRepository(session).remove(upload.id):
            raise UploadStalled("The upload was given up before it ended. Please try again.")
        video = Video(
            id=upload.id,
            owner_id=upload.owner_id,
            name=source.name,
            size_bytes=source.size_bytes,
            source_name=source.name,
            source_key=upload.key,
            source_etag=source.stored.etag,
            source_crc64nvme=source.stored.crc64nvme,
            source_sha256=source.sha256,
            status=VideoStatus.PROCESSING,
            created_at=self._now(),
        )
        VideoRepository(session).add(video)
        await session.flush()
        await self._outbox.add(
            session,
            VideoUploaded(
                video_id=video.id,
                owner_id=video.owner_id,
                name=video.name,
                size_bytes=video.size_bytes,
            ),
        )
        await self._extractions.begin(session, video, recipe)
        UPLOAD_BYTES.inc(source.size_bytes)
