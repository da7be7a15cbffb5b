"""What administrators may do."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import problem_responses
from fotograma_kit.web import part

from fotograma_video.admin.schemas import (
    DeadLetterBody,
    DeadLetterPage,
    ExtractionForAdmin,
    ExtractionPageForAdmin,
    OwnLimitsBody,
    UserQuotasBody,
)
from fotograma_video.admin.service import Administration
from fotograma_video.domain import ExtractionStatus
from fotograma_video.errors import UserNotFound
from fotograma_video.http.dependencies import AdminId
from fotograma_video.http.responses import EVERYWHERE

_HERE: dict[str, Any] = {**EVERYWHERE, "prefix": "/video/admin", "tags": ["administration"]}
router = APIRouter(**_HERE, route_class=SmallBodyRoute)

AdministrationPart = Annotated[Administration, Depends(part(Administration))]


@router.get("/users/{user_id}/quotas", responses=problem_responses(UserNotFound))
async def get_user_quotas(
    user_id: UUID, _admin_id: AdminId, administration: AdministrationPart
) -> UserQuotasBody:
    """A user's limits and usage."""
    return UserQuotasBody.of(await administration.user_account(user_id))


@router.put("/users/{user_id}/quotas", responses=problem_responses(UserNotFound))
async def put_user_quotas(
    user_id: UUID, body: OwnLimitsBody, admin_id: AdminId, administration: AdministrationPart
) -> UserQuotasBody:
    """Give a user limits of their own. What is left out, or null, is as for everybody."""
    return UserQuotasBody.of(await administration.limit_user(admin_id, user_id, body))


@router.get("/extractions")
async def list_extractions(
    _admin_id: AdminId,
    administration: AdministrationPart,
    status: ExtractionStatus | None = None,
    owner_id: Annotated[UUID | None, Query(description="Of one user only.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: UUID | None = None,
) -> ExtractionPageForAdmin:
    """Everybody's extractions, newest first."""
    found = await administration.extractions(
        status=status, owner_id=owner_id, after=after, limit=limit + 1
    )
    return ExtractionPageForAdmin(
        items=[ExtractionForAdmin.of(extraction) for extraction in found[:limit]],
        next=found[limit - 1].id if len(found) > limit else None,
    )


@router.get("/dead-letters")
async def list_dead_letters(
    _admin_id: AdminId,
    administration: AdministrationPart,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: UUID | None = None,
) -> DeadLetterPage:
    """Commands that the workers gave up within the last `VIDEO_DEAD_LETTER_DAYS`, the last first.

    An operator replays them, by `fotograma-video dead-letters`.
    """
    found = await administration.dead_commands(after=after, limit=limit + 1)
    return DeadLetterPage(
        items=[DeadLetterBody.of(dead) for dead in found[:limit]],
        next=found[limit - 1].command.message_id if len(found) > limit else None,
    )
