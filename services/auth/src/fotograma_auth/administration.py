"""What administrators and operators do with accounts."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from fotograma_contracts.users import Locale
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.problems import Forbidden
from fotograma_kit.tokens import Role
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import repository
from fotograma_auth.accounts import registered
from fotograma_auth.addresses import normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, SecurityEvent, accepted_password
from fotograma_auth.errors import EmailTaken, UserNotFound
from fotograma_auth.models import OutboxMessage, User
from fotograma_auth.passwords import PasswordHasher

log = structlog.get_logger(__name__)


class Administration:
    """Sees and suspends users."""

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now

    async def users(self, *, search: str | None, after: UUID | None, limit: int) -> Sequence[User]:
        """Users by id, whose address has `search` in it."""
        async with self._database.transaction() as session:
            return await repository.page_of_users(session, search=search, after=after, limit=limit)

    async def suspend(self, admin_id: UUID, user_id: UUID, client: Client) -> User:
        """Close an account to its user: no login, no refresh, no API key. Repeating is fine.

        Access tokens cannot be called back: the last one lives for what is left of its time.
        Raises `UserNotFound`, or `Forbidden` for oneself.
        """
        if admin_id == user_id:
            raise Forbidden("You cannot suspend yourself.")
        now = self._now()
        async with self._database.transaction() as session:
            user = await _found(session, user_id)
            if user.suspended_at is None:
                user.suspended_at = now
                await repository.revoke_families(session, user_id, now)
                self._record(session, SecurityEvent.SUSPENDED, admin_id, user, client)
        return user

    async def unsuspend(self, admin_id: UUID, user_id: UUID, client: Client) -> User:
        """Open an account to its user again. Repeating is fine. Raises `UserNotFound`."""
        async with self._database.transaction() as session:
            user = await _found(session, user_id)
            if user.suspended_at is not None:
                user.suspended_at = None
                self._record(session, SecurityEvent.UNSUSPENDED, admin_id, user, client)
        return user

    def _record(
        self,
        session: AsyncSession,
        event: SecurityEvent,
        admin_id: UUID,
        user: User,
        client: Client,
    ) -> None:
        # The administrator's address is not the user's business.
        repository.record(session, user.id, event, self._now(), Client(), actor_id=admin_id)
        log.info(
            "account administered",
            event_kind=event.value,
            user_id=str(user.id),
            admin_id=str(admin_id),
            client=client.address,
        )


class Operators:
    """Makes administrators, by command."""

    def __init__(self, database: Database, hasher: PasswordHasher, now: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def promote(self, email: str) -> bool:
        """Make the user an administrator; False when there is no such user.

        Whoever is logged in becomes one with the next refresh. Raises `InvalidEmail`.
        """
        async with self._database.transaction() as session:
            user = await repository.user_by_address(session, normalised_address(email))
            if user is None:
                return False
            await repository.set_role(session, user.id, Role.ADMIN)
        return True

    async def create_admin(self, email: str, password: str, locale: Locale) -> User:
        """Open an administrator's account, whose address the operator vouches for.

        Raises `InvalidEmail`, `PasswordTooShort`, `PasswordTooLong` or `EmailTaken`.
        """
        address = normalised_address(email)
        password_hash = await self._hasher.hash(accepted_password(password))
        async with self._database.transaction() as session:
            user = await repository.insert_user(
                session,
                address=address,
                password_hash=password_hash,
                role=Role.ADMIN,
                locale=locale,
                verified_at=self._now(),
            )
            if user is None:
                raise EmailTaken
            await self._outbox.add(session, registered(user))
        return user


async def _found(session: AsyncSession, user_id: UUID) -> User:
    user = await repository.locked_user(session, user_id)
    if user is None:
        raise UserNotFound
    return user
