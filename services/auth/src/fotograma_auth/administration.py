"""Use cases of administrators and operators."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from fotograma_contracts.users import Locale, UserDemoted, UserPromoted
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.problems import Forbidden
from fotograma_kit.tokens import Role
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth.accounts import registered
from fotograma_auth.addresses import normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.domain import Client, SecurityEvent, accepted_password
from fotograma_auth.errors import EmailNotVerified, EmailTaken, UserNotFound
from fotograma_auth.eviction import evict
from fotograma_auth.models import OutboxMessage, User
from fotograma_auth.passwords import PasswordHasher
from fotograma_auth.presence import Bearer, present_user
from fotograma_auth.repository import AuditTrail, UserRepository

log = structlog.get_logger(__name__)

_BY_COMMAND = "by an operator's command"
_PROMOTE_INSTEAD = (
    "Whoever registered it knows its password. If it is who you mean, and has confirmed the "
    "address, use --promote."
)


class Administration:
    """Lists and suspends users."""

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now

    async def users(
        self, admin: Bearer, *, search: str | None, after: UUID | None, limit: int
    ) -> Sequence[User]:
        """Users by id, whose address has `search` in it. Raises `Unauthenticated`, `Forbidden`."""
        async with self._database.transaction() as session:
            await _admit(session, admin)
            return await UserRepository(session).page(search=search, after=after, limit=limit)

    async def suspend(self, admin: Bearer, user_id: UUID, client: Client) -> User:
        """Suspend a user: sessions, links and API keys end. Idempotent.

        Access tokens open nothing of auth any more; other services cannot call them back, there
        the last one lives for what is left of its time. Raises `UserNotFound`, `Unauthenticated`,
        or `Forbidden` for who is no administrator, and for oneself.
        """
        now = self._now()
        async with self._database.transaction() as session:
            await _admit(session, admin)
            if admin.user_id == user_id:
                raise Forbidden("You cannot suspend yourself.")
            user = await _found(session, user_id)
            if user.suspended_at is None:
                user.suspended_at = now
                await evict(session, user, now, Client())
                self._record(session, SecurityEvent.SUSPENDED, admin, user, client)
        return user

    async def unsuspend(self, admin: Bearer, user_id: UUID, client: Client) -> User:
        """End a suspension; the user has to log in again. Idempotent.

        Raises `UserNotFound`, `Unauthenticated` or `Forbidden`.
        """
        async with self._database.transaction() as session:
            await _admit(session, admin)
            user = await _found(session, user_id)
            if user.suspended_at is not None:
                user.suspended_at = None
                self._record(session, SecurityEvent.UNSUSPENDED, admin, user, client)
        return user

    def _record(
        self,
        session: AsyncSession,
        event: SecurityEvent,
        admin: Bearer,
        user: User,
        client: Client,
    ) -> None:
        # The administrator's address is not the user's business.
        AuditTrail(session).record(user.id, event, self._now(), Client(), actor_id=admin.user_id)
        log.info(
            "account administered",
            event_kind=event.value,
            user_id=str(user.id),
            admin_id=str(admin.user_id),
            client=client.address,
        )


class Operators:
    """Promotes and demotes administrators, by command."""

    def __init__(self, database: Database, hasher: PasswordHasher, now: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def administrators(self) -> Sequence[User]:
        """The administrators, by address."""
        async with self._database.transaction() as session:
            return await UserRepository(session).administrators()

    async def refuse_taken(self, email: str) -> None:
        """Raises `EmailTaken` if the address has an account, or `InvalidEmail`."""
        async with self._database.transaction() as session:
            if await UserRepository(session).find_by_address(normalised_address(email)) is not None:
                raise EmailTaken(_PROMOTE_INSTEAD)

    async def promote(self, email: str) -> bool:
        """Make a user an administrator, who logs in anew with their password; False: is one.

        Only with a verified address: an unverified one may be a stranger's.
        Raises `InvalidEmail`, `UserNotFound` or `EmailNotVerified`.
        """
        async with self._database.transaction() as session:
            user = await _found_by_address(session, email)
            if user.role is Role.ADMIN:
                return False
            if user.verified_at is None:
                raise EmailNotVerified("Whoever registered the address has not confirmed it yet.")
            await self._give(session, user, Role.ADMIN, SecurityEvent.PROMOTED)
            await self._outbox.add(session, UserPromoted(user_id=user.id))
        return True

    async def demote(self, email: str) -> bool:
        """Make an administrator a user like others; False: is one.

        Raises `InvalidEmail` or `UserNotFound`.
        """
        async with self._database.transaction() as session:
            user = await _found_by_address(session, email)
            if user.role is not Role.ADMIN:
                return False
            await self._give(session, user, Role.USER, SecurityEvent.DEMOTED)
            await self._outbox.add(session, UserDemoted(user_id=user.id))
        return True

    async def create_admin(self, email: str, password: str, locale: Locale) -> User:
        """Open an administrator's account, whose address the operator vouches for.

        Raises `InvalidEmail`, `PasswordTooShort`, `PasswordTooLong` or `EmailTaken`.
        """
        address, now = normalised_address(email), self._now()
        password_hash = await self._hasher.hash(accepted_password(password))
        async with self._database.transaction() as session:
            user = await UserRepository(session).add(
                address=address,
                password_hash=password_hash,
                role=Role.ADMIN,
                locale=locale,
                verified_at=now,
            )
            if user is None:
                raise EmailTaken(_PROMOTE_INSTEAD)
            AuditTrail(session).record(user.id, SecurityEvent.REGISTERED, now, Client())
            self._record(session, user, SecurityEvent.PROMOTED, now)
            await self._outbox.add(session, registered(user), UserPromoted(user_id=user.id))
        return user

    async def _give(
        self, session: AsyncSession, user: User, role: Role, event: SecurityEvent
    ) -> None:
        now = self._now()
        user.role = role
        await evict(session, user, now, Client())
        self._record(session, user, event, now)

    def _record(
        self, session: AsyncSession, user: User, event: SecurityEvent, now: datetime
    ) -> None:
        AuditTrail(session).record(user.id, event, now, Client(), detail=_BY_COMMAND)
        log.info("role changed by command", event_kind=event.value, user_id=str(user.id))


async def _admit(session: AsyncSession, admin: Bearer) -> None:
    user = await present_user(session, admin)
    if user.role is not Role.ADMIN:
        raise Forbidden("This address is for administrators.")


async def _found_by_address(session: AsyncSession, email: str) -> User:
    user = await UserRepository(session).locked_by_address(normalised_address(email))
    if user is None:
        raise UserNotFound
    return user


async def _found(session: AsyncSession, user_id: UUID) -> User:
    user = await UserRepository(session).locked(user_id)
    if user is None:
        raise UserNotFound
    return user
