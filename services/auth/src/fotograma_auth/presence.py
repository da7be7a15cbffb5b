"""Whether whoever sends a request still may: an access token outlives what it was made from.

Other services believe a token until it expires; auth looks into its own database. What makes or
changes a credential looks under the lock of the user, which eviction holds as well, so nothing
that was let in a moment before is left over after it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fotograma_kit.problems import Unauthenticated
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import repository
from fotograma_auth.models import TokenFamily, User


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who sends a request, as the access token has it."""

    user_id: UUID
    session_id: UUID | None
    """The login that the token descends from; None for an API key's."""


async def present_user(session: AsyncSession, bearer: Bearer) -> User:
    """The user. Raises `Unauthenticated` when the account is gone or suspended, or the session has
    ended.
    """
    return await _let_in(session, bearer, await repository.user_by_id(session, bearer.user_id))


async def locked_present_user(session: AsyncSession, bearer: Bearer) -> User:
    """The same, for who is going to change something: eviction comes before it or after it."""
    return await _let_in(session, bearer, await repository.locked_user(session, bearer.user_id))


async def has_logged_in_since(session: AsyncSession, bearer: Bearer, since: datetime) -> bool:
    """Whether the password was said for this session at `since` or later. A refresh is no login."""
    family = await _family(session, bearer)
    return family is not None and family.created_at >= since


async def _let_in(session: AsyncSession, bearer: Bearer, user: User | None) -> User:
    if user is None:
        raise Unauthenticated("The account no longer exists.")
    if user.suspended_at is not None:
        raise Unauthenticated("The account is suspended.")
    if bearer.session_id is not None and await _family(session, bearer) is None:
        raise Unauthenticated("The session has ended; log in again.")
    return user


async def _family(session: AsyncSession, bearer: Bearer) -> TokenFamily | None:
    if bearer.session_id is None:
        return None
    return await repository.unrevoked_family(session, bearer.user_id, bearer.session_id)
