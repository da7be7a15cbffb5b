"""What a user may have: the one list of limits, which settings, rows and bodies follow. Pure."""

from dataclasses import dataclass, fields, replace
from typing import Annotated

from pydantic import Field

from fotograma_video.errors import BadRetention
from fotograma_video.models import UserQuota
from fotograma_video.settings import MAX_RETENTION_DAYS, VideoSettings

MAX_BYTES = 2**53 - 1
"""The largest number that JSON carries exactly everywhere."""
MAX_COUNT = 2**31 - 1

ByteLimit = Annotated[int, Field(ge=0, le=MAX_BYTES)]
CountLimit = Annotated[int, Field(ge=0, le=MAX_COUNT)]
RetentionDays = Annotated[int, Field(ge=1, le=MAX_RETENTION_DAYS)]


@dataclass(frozen=True, slots=True)
class UserLimits:
    """What a user may have."""

    upload_bytes: int
    """Of one upload."""
    videos: int
    storage_bytes: int
    """Sources and archives, and what uploads in progress may come to."""
    daily_upload_bytes: int
    """Uploaded within 24 hours."""
    uploads_in_progress: int
    running_extractions: int
    """Waiting ones included."""
    retention_days: int
    """From a video's upload to its deletion, at most."""

    def check_retention(self, days: int | None) -> None:
        """Raises `BadRetention`."""
        if days is not None and days > self.retention_days:
            raise BadRetention(
                f"You may keep videos for at most {self.retention_days} days.",
                field_limit=self.retention_days,
                limit=self.retention_days,
                which="retention_days",
            )

    @classmethod
    def of(cls, settings: VideoSettings, quota: UserQuota | None) -> "UserLimits":
        """The service's limits, overridden by those that an administrator set for the user."""
        limits = cls(**{name: getattr(settings, setting_of(name)) for name in LIMITS})
        own = {} if quota is None else {name: getattr(quota, name) for name in LIMITS}
        return replace(limits, **{name: value for name, value in own.items() if value is not None})


LIMITS = tuple(field.name for field in fields(UserLimits))
"""Their names, which are those of `OwnLimits` and of `UserQuota`'s columns."""


def setting_of(limit: str) -> str:
    """Return the name of the setting that is the service's limit."""
    return "video_retention_days" if limit == "retention_days" else f"video_max_{limit}"


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """What a user has instead of the service's limits. None: the service's."""

    upload_bytes: ByteLimit | None = None
    videos: CountLimit | None = None
    storage_bytes: ByteLimit | None = None
    daily_upload_bytes: ByteLimit | None = None
    uploads_in_progress: CountLimit | None = None
    running_extractions: CountLimit | None = None
    retention_days: RetentionDays | None = None

    @classmethod
    def of(cls, quota: UserQuota | None) -> "OwnLimits":
        """From a row, if there is one."""
        if quota is None:
            return cls()
        return cls(**{name: getattr(quota, name) for name in LIMITS})
