"""What users may have, and what they have."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from fotograma_video.settings import MAX_RETENTION_DAYS, VideoSettings
from fotograma_video.users.quotas import Account
from fotograma_video.users.repository import Usage

RetentionDays = Annotated[int, Field(ge=1, le=MAX_RETENTION_DAYS)]


class UsageBody(BaseModel):
    """What the user has now."""

    videos: int
    storage_bytes: int
    daily_upload_bytes: int
    """Uploaded within the last 24 hours; deleted videos count, failed uploads do not."""
    uploads_in_progress: int
    running_extractions: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """The body for a user's usage."""
        return cls(
            videos=usage.videos,
            storage_bytes=usage.storage_bytes,
            daily_upload_bytes=usage.daily_upload_bytes,
            uploads_in_progress=usage.uploads_in_progress,
            running_extractions=usage.running_extractions,
        )


class LimitsBody(BaseModel):
    """What may be uploaded, and what the user has of it."""

    max_upload_bytes: int
    max_videos: int
    max_storage_bytes: int
    max_daily_upload_bytes: int
    """Within 24 hours."""
    max_uploads_in_progress: int
    max_running_extractions: int
    max_retention_days: int
    """From a video's upload to its deletion."""
    max_frames: int
    max_pixels: int
    max_archive_bytes: int
    usage: UsageBody

    @classmethod
    def of(cls, settings: VideoSettings, account: Account) -> Self:
        """The body for the service's limits, the user's own, and the user's usage."""
        limits = account.limits
        return cls(
            max_upload_bytes=limits.upload_bytes,
            max_videos=limits.videos,
            max_storage_bytes=limits.storage_bytes,
            max_daily_upload_bytes=limits.daily_upload_bytes,
            max_uploads_in_progress=limits.uploads_in_progress,
            max_running_extractions=limits.running_extractions,
            max_retention_days=limits.retention_days,
            max_frames=settings.video_max_frames,
            max_pixels=settings.video_max_pixels,
            max_archive_bytes=settings.video_max_archive_bytes,
            usage=UsageBody.of(account.usage),
        )
