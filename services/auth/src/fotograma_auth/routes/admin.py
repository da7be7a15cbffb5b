"""What administrators may do."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import (
    Forbidden,
    InvalidRequest,
    Unauthenticated,
    Unavailable,
    problem_responses,
)

from fotograma_auth.dependencies import AdminDep, AdministrationPart, ClientDep
from fotograma_auth.errors import UserNotFound
from fotograma_auth.schemas import UserForAdmin, UserPage

router = APIRouter(
    prefix="/auth/users",
    tags=["administration"],
    route_class=SmallBodyRoute,
    responses=problem_responses(Unauthenticated, Forbidden, Unavailable, InvalidRequest),
)


@router.get("")
async def list_users(
    admin: AdminDep,
    administration: AdministrationPart,
    q: Annotated[
        str | None,
        Query(max_length=320, pattern=r"^[^\x00]*$", description="Part of the address."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: UUID | None = None,
) -> UserPage:
    """Everybody."""
    users = await administration.users(admin, search=q, after=after, limit=limit + 1)
    return UserPage(
        items=[UserForAdmin.model_validate(user) for user in users[:limit]],
        next=users[limit - 1].id if len(users) > limit else None,
    )


@router.post("/{user_id}/suspend", responses=problem_responses(UserNotFound))
async def suspend_user(
    user_id: UUID, admin: AdminDep, administration: AdministrationPart, client: ClientDep
) -> UserForAdmin:
    """Close an account to its user: no login, and its sessions, links and API keys end."""
    return UserForAdmin.model_validate(await administration.suspend(admin, user_id, client))


@router.post("/{user_id}/unsuspend", responses=problem_responses(UserNotFound))
async def unsuspend_user(
    user_id: UUID, admin: AdminDep, administration: AdministrationPart, client: ClientDep
) -> UserForAdmin:
    """Open it again: its user logs in anew, and makes API keys anew."""
    return UserForAdmin.model_validate(await administration.unsuspend(admin, user_id, client))
