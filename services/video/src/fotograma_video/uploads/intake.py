"""From a complete source in S3 to a video whose extraction has begun: one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fotograma_contracts.recipe import Recipe
from fotograma_contracts.videos import VideoUploaded
from fotograma_kit.outbox import Outbox
from fotograma_kit.s3 import StoredObject
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import VideoStatus, kept_days
from fotograma_video.errors import UploadStalled
from fotograma_video.extractions.service import Extractions
from fotograma_video.metrics import UPLOAD_BYTES
from fotograma_video.models import OutboxMessage, Upload, Video
from fotograma_video.uploads.repository import UploadRepository
from fotograma_video.users.quotas import Quotas
from fotograma_video.videos.repository import VideoRepository


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A complete source."""

    name: str
    """Of the video."""
    file_name: str
    size_bytes: int
    sha256: str | None
    """Known only where the bytes came through this service."""
    stored: StoredObject


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What to extract from an upload, and how long to keep it."""

    recipes: tuple[Recipe, ...]
    """At least one; each is an extraction."""
    retention_days: int | None = None
    """For how long the video is to be kept; None: for as long as the user may."""

    @property
    def text(self) -> str:
        """A canonical text of the options, for an Idempotency-Key's fingerprint."""
        kept = "" if self.retention_days is None else f"\n{self.retention_days}"
        return "\n".join(recipe.model_dump_json() for recipe in self.recipes) + kept


class Intake:
    """Makes videos of complete uploads."""

    def __init__(
        self, extractions: Extractions, quotas: Quotas, now: Callable[[], datetime]
    ) -> None:
        self._extractions = extractions
        self._quotas = quotas
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def create_video(
        self, session: AsyncSession, upload: Upload, source: StoredSource, options: UploadOptions
    ) -> None:
        """Make a video of the upload and start its extractions.

        Raises `UploadStalled` when the janitor was faster, `QuotaExceeded` where more has come
        than was declared and there is no room for it, or `TooManyAtOnce` for more extractions than
        the one that the upload has a place for.
        """
        if not await UploadRepository(session).remove(upload.id):
            raise UploadStalled("The upload was given up before it ended. Please try again.")
        await self._quotas.for_arrived(session, upload, source.size_bytes, len(options.recipes))
        limits = await self._quotas.limits(session, upload.owner_id)
        now = self._now()
        video = Video(
            id=upload.id,
            owner_id=upload.owner_id,
            name=source.name,
            size_bytes=source.size_bytes,
            source_name=source.file_name,
            source_key=upload.key,
            source_etag=source.stored.etag,
            source_crc64nvme=source.stored.crc64nvme,
            source_sha256=source.sha256,
            status=VideoStatus.PROCESSING,
            created_at=now,
            retention_days=options.retention_days,
            expires_at=now
            + timedelta(days=kept_days(options.retention_days, limits.retention_days)),
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
        for recipe in reversed(options.recipes):  # the first one is the newest
            await self._extractions.begin(session, video, recipe)
        UPLOAD_BYTES.inc(source.size_bytes)
