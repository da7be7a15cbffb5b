"""What administrators see and change."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fotograma_video.admin.service import MAX_BYTES, MAX_COUNT, OwnLimits, UserAccount
from fotograma_video.domain import ExtractionStatus
from fotograma_video.models import Extraction
from fotograma_video.users.quotas import UserLimits
from fotograma_video.users.schemas import RetentionDays, UsageBody

ByteLimit = Annotated[int, Field(ge=0, le=MAX_BYTES)]
CountLimit = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class OwnLimitsBody(BaseModel):
    """What a user has instead of everybody's limits. Null: what everybody has."""

    model_config = ConfigDict(extra="forbid")

    upload_bytes: ByteLimit | None = None
    """Of one upload."""
    videos: CountLimit | None = None
    storage_bytes: ByteLimit | None = None
    daily_upload_bytes: ByteLimit | None = None
    """Within 24 hours."""
    uploads_in_progress: CountLimit | None = None
    running_extractions: CountLimit | None = None
    retention_days: RetentionDays | None = None
    """From a video's upload to its deletion, at most; applies to videos that are there, too."""

    @classmethod
    def of(cls, own: OwnLimits) -> Self:
        """The body for a user's own limits."""
        return cls(**asdict(own))

    def to_domain(self) -> OwnLimits:
        """The limits for the body."""
        return OwnLimits(**self.model_dump())


class UserLimitsBody(BaseModel):
    """What a user may have, all told."""

    upload_bytes: int
    videos: int
    storage_bytes: int
    daily_upload_bytes: int
    uploads_in_progress: int
    running_extractions: int
    retention_days: int

    @classmethod
    def of(cls, limits: UserLimits) -> Self:
        """The body for a user's limits."""
        return cls(**asdict(limits))


class UserQuotasBody(BaseModel):
    """A user's own limits, what they come to with everybody's, and what the user has."""

    user_id: UUID
    own: OwnLimitsBody
    limits: UserLimitsBody
    usage: UsageBody

    @classmethod
    def of(cls, user: UserAccount) -> Self:
        """The body for a user's account."""
        return cls(
            user_id=user.user_id,
            own=OwnLimitsBody.of(user.own),
            limits=UserLimitsBody.of(user.account.limits),
            usage=UsageBody.of(user.account.usage),
        )


class ExtractionForAdmin(BaseModel):
    """An extraction, without what it shows."""

    id: UUID
    video_id: UUID
    owner_id: UUID
    status: ExtractionStatus
    tries: int
    """How often its user asked for it."""
    reason: str | None
    """A stable code, where it failed."""
    detail: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, extraction: Extraction) -> Self:
        """The body for a row."""
        return cls(
            id=extraction.id,
            video_id=extraction.video_id,
            owner_id=extraction.owner_id,
            status=extraction.status,
            tries=extraction.runs,
            reason=extraction.reason,
            detail=extraction.detail,
            created_at=extraction.created_at,
            finished_at=extraction.finished_at,
        )


class ExtractionPageForAdmin(BaseModel):
    """One page of extractions. `next` is `after` of the following one, if there is one."""

    items: list[ExtractionForAdmin]
    next: UUID | None
