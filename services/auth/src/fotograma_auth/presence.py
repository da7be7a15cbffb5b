"""Whether the bearer of an access token still may use it: it outlives account and session.

Other services accept a token until it expires; auth checks its own database. Use cases that make
or change a credential check under the lock of the user, which eviction takes as well, so a
request that was admitted a moment before it leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fotograma_kit.problems import Unauthenticated
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth.models import User
from fotograma_auth.repository import SessionRepository, UserRepository


@dataclass(frozen=True, slots=True)
class Bearer:
    """The sender of a request, by the access token."""

    user_id: UUID
    session_id: UUID | None
    """The login that the token descends from; None for an API key's."""


async def present_user(session: AsyncSession, bearer: Bearer) -> User:
    """The user. Raises `Unauthenticated` when the account is gone or suspended, or the session has
    ended.
    """
    users = UserRepository(session)
    user, lives = await users.with_login(bearer.user_id, bearer.session_id)
    return _checked(bearer, user, lives=lives)


async def locked_present_user(session: AsyncSession, bearer: Bearer) -> User:
    """The user, locked, for a change: an eviction comes before it or after it."""
    user, session_id = await UserRepository(session).locked(bearer.user_id), bearer.session_id
    sessions = SessionRepository(session)
    lives = session_id is not None and await sessions.lives(bearer.user_id, session_id)
    return _checked(bearer, user, lives=lives)


async def has_logged_in_since(session: AsyncSession, bearer: Bearer, since: datetime) -> bool:
    """Whether the session began with a login at `since` or later. A refresh is no login."""
    if bearer.session_id is None:
        return False
    family = await SessionRepository(session).unrevoked(bearer.user_id, bearer.session_id)
    return family is not None and family.created_at >= since


def _checked(bearer: Bearer, user: User | None, *, lives: bool) -> User:
    if user is None:
        raise Unauthenticated("The account no longer exists.")
    if user.suspended_at is not None:
        raise Unauthenticated("The account is suspended.")
    if bearer.session_id is not None and not lives:
        raise Unauthenticated("The session has ended; log in again.")
    return user
