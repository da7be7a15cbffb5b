"""What administrators see and change."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from fotograma_contracts.reasons import Reason
from pydantic import BaseModel, ConfigDict

from fotograma_video.admin.service import UserAccount
from fotograma_video.dead_commands import OwnedDeadCommand
from fotograma_video.domain import ExtractionStatus, known_reason
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
    reason: Reason | None
    """Why it failed, where it did."""
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
            reason=known_reason(extraction.reason),
            detail=extraction.detail,
            created_at=extraction.created_at,
            finished_at=extraction.finished_at,
        )


class ExtractionPageForAdmin(BaseModel):
    """One page of extractions. `next` is `after` of the following one, if there is one."""

    items: list[ExtractionForAdmin]
    next: UUID | None


class DeadLetterBody(BaseModel):
    """A command that the workers gave up, without what it names. Its extraction has failed."""

    message_id: UUID
    """By which an operator shows or replays it."""
    routing_key: str
    """What kind of command it is."""
    origin: str | None
    """The queue that it died in."""
    reason: str | None
    """Why, without names, addresses, tokens and URLs."""
    attempts: int
    """Before it died last."""
    deaths: int
    """More than one where it was replayed, and died again."""
    extraction_id: UUID | None
    """Null, as `segment` is, where the command cannot be read."""
    segment: int | None
    """Which one, where the command is about one."""
    video_id: UUID | None
    """Null, as `owner_id` is, where the extraction is deleted or not known."""
    owner_id: UUID | None
    first_died_at: datetime
    died_at: datetime

    @classmethod
    def of(cls, dead: OwnedDeadCommand) -> Self:
        """The body for a row and whose it was."""
        command = dead.command
        return cls(
            message_id=command.message_id,
            routing_key=command.routing_key,
            origin=command.origin,
            reason=command.reason,
            attempts=command.attempts,
            deaths=command.deaths,
            extraction_id=command.extraction_id,
            segment=command.segment,
            video_id=dead.video_id,
            owner_id=dead.owner_id,
            first_died_at=command.first_died_at,
            died_at=command.died_at,
        )


class DeadLetterPage(BaseModel):
    """One page of dead letters. `next` is `after` of the following one, if there is one."""

    items: list[DeadLetterBody]
    next: UUID | None
