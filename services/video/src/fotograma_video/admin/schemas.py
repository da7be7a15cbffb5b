"""What administrators see and change."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from fotograma_video.admin.service import UserAccount
from fotograma_video.domain import ExtractionStatus
from fotograma_video.models import Extraction
from fotograma_video.users.limits import OwnLimits, UserLimits
from fotograma_video.users.schemas import UsageBody


@dataclass(frozen=True, slots=True)
class OwnLimitsBody(OwnLimits):
    """What a user has instead of everybody's limits. Null: what everybody has."""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class UserLimitsBody(UserLimits):
    """What a user may have, all told."""


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
            own=OwnLimitsBody(**asdict(user.own)),
            limits=UserLimitsBody(**asdict(user.account.limits)),
            usage=UsageBody(**asdict(user.account.usage)),
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
