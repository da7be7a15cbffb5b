"""What a user may have, checked while nobody else can take from the same quota."""

from uuid import UUID

from fotograma_kit.problems import Unauthenticated
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.errors import FileTooLarge, QuotaExceeded, TooManyAtOnce
from fotograma_video.repository import ErasureRepository, Usage, VideoRepository
from fotograma_video.settings import VideoSettings


class Quotas:
    """A user's limits."""

    def __init__(self, settings: VideoSettings) -> None:
        self.settings = settings

    async def for_upload(self, session: AsyncSession, owner_id: UUID, declared_bytes: int) -> int:
        """How many bytes an upload may have. Raises what it exceeds already."""
        limits = self.settings
        usage = await _locked_usage(session, owner_id)
        if usage.uploads_in_progress >= limits.video_max_uploads_in_progress:
            raise TooManyAtOnce(
                f"At most {limits.video_max_uploads_in_progress} uploads may be in progress.",
                headers={"Retry-After": "10"},
                limit=limits.video_max_uploads_in_progress,
            )
        if usage.videos + usage.uploads_in_progress >= limits.video_max_videos:
            raise QuotaExceeded(
                f"You may keep at most {limits.video_max_videos} videos. Delete some first.",
                limit=limits.video_max_videos,
            )
        self._check_running(usage)
        left = limits.video_max_storage_bytes - usage.storage_bytes
        if declared_bytes > left or left <= 0:
            raise QuotaExceeded(
                f"Your storage holds {limits.video_max_storage_bytes} bytes, of which "
                f"{max(left, 0)} are free. Delete some videos first.",
                limit=limits.video_max_storage_bytes,
            )
        return min(left, limits.video_max_upload_bytes)

    async def for_extraction(self, session: AsyncSession, owner_id: UUID) -> None:
        """Raises what another extraction would exceed."""
        usage = await _locked_usage(session, owner_id)
        self._check_running(usage)
        if usage.storage_bytes >= self.settings.video_max_storage_bytes:
            raise QuotaExceeded(
                f"Your storage of {self.settings.video_max_storage_bytes} bytes is full. "
                "Delete some videos first.",
                limit=self.settings.video_max_storage_bytes,
            )

    def check_size(self, size_bytes: int, allowed_bytes: int | None = None) -> None:
        """Raises `FileTooLarge`, or `QuotaExceeded` where the quota is what is left."""
        limit = self.settings.video_max_upload_bytes
        if size_bytes > limit:
            raise FileTooLarge(f"A video may have at most {limit} bytes.", limit=limit)
        if allowed_bytes is not None and size_bytes > allowed_bytes:
            raise QuotaExceeded(
                f"Your storage has only {allowed_bytes} bytes left. Delete some videos first.",
                limit=self.settings.video_max_storage_bytes,
            )

    def _check_running(self, usage: Usage) -> None:
        limit = self.settings.video_max_running_extractions
        if usage.running_extractions + usage.uploads_in_progress >= limit:
            raise TooManyAtOnce(
                f"At most {limit} extractions may be under way. Wait for one to end.",
                headers={"Retry-After": "10"},
                limit=limit,
            )


async def _locked_usage(session: AsyncSession, owner_id: UUID) -> Usage:
    videos = VideoRepository(session)
    await videos.lock_owner(owner_id)
    if await ErasureRepository(session).is_erased(owner_id):
        raise Unauthenticated("The account no longer exists.")
    return await videos.usage(owner_id)
