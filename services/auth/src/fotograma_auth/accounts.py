"""Opening accounts, changing them, closing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fotograma_contracts.users import (
    Locale,
    UserDeleted,
    UserPasswordChanged,
    UserRegistered,
    UserUpdated,
)
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.tokens import Role
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics, repository
from fotograma_auth.addresses import normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.credentials import Credentials
from fotograma_auth.domain import Client, LinkPurpose, SecurityEvent, accepted_password
from fotograma_auth.errors import EmailTaken
from fotograma_auth.guard import Guard
from fotograma_auth.links import Links
from fotograma_auth.models import AuditEntry, OutboxMessage, User
from fotograma_auth.passwords import PasswordHasher


@dataclass(frozen=True, slots=True)
class NewEmail:
    """Another address, and the password that allows it."""

    email: str
    password: str


class Accounts:
    """What users do with their accounts."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        credentials: Credentials,
        guard: Guard,
        links: Links,
        now: Clock,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._credentials = credentials
        self._guard = guard
        self._links = links
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def register(self, email: str, password: str, locale: Locale, client: Client) -> User:
        """Open an account, tell everybody, and mail the link that proves its address.

        Raises `InvalidEmail`, `PasswordTooShort`, `PasswordTooLong`, `EmailTaken` or
        `TooManyAttempts`.
        """
        await self._guard.admit(client)
        address = normalised_address(email)
        # Hashed before the transaction begins: a hash takes longer than a connection may be held.
        password_hash = await self._hasher.hash(accepted_password(password))
        async with self._database.transaction() as session:
            user = await repository.insert_user(
                session,
                address=address,
                password_hash=password_hash,
                role=Role.USER,
                locale=locale,
                verified_at=None,
            )
            if user is None:
                raise EmailTaken
            repository.record(session, user.id, SecurityEvent.REGISTERED, self._now(), client)
            await self._outbox.add(session, registered(user))
            await self._links.send_verification(session, user, user.email)
        metrics.REGISTRATIONS.inc()
        return user

    async def user(self, user_id: UUID) -> User:
        """The user. Raises `Unauthenticated` when the account is gone: the token outlived it."""
        async with self._database.transaction() as session:
            return _existing(await repository.user_by_id(session, user_id))

    async def change(
        self, user_id: UUID, *, locale: Locale | None, new_email: NewEmail | None, client: Client
    ) -> User:
        """Another language at once; another address as soon as it is proved by the mailed link.

        Raises `InvalidEmail`, `EmailTaken`, `WrongPassword`, `TooManyAttempts` or
        `Unauthenticated`.
        """
        address = None
        if new_email is not None:
            address = normalised_address(new_email.email)
            await self._credentials.confirm(user_id, new_email.password, client)
            await self._guard.admit_mail(address, client)
        async with self._database.transaction() as session:
            user = _existing(await repository.locked_user(session, user_id))
            if address is not None and address != user.email:
                await self._request_address(session, user, address, client)
            if locale is not None and locale is not user.locale:
                user.locale = locale
                user.revision += 1
                await self._outbox.add(session, updated(user))
        return user

    async def change_password(
        self,
        user_id: UUID,
        *,
        current: str,
        new: str,
        session_id: UUID | None,
        client: Client,
    ) -> None:
        """Another password. Every session ends but the one it is changed in.

        Raises `WrongPassword`, `PasswordTooShort`, `PasswordTooLong`, `TooManyAttempts` or
        `Unauthenticated`.
        """
        accepted = accepted_password(new)
        await self._credentials.confirm(user_id, current, client)
        password_hash = await self._hasher.hash(accepted)
        now = self._now()
        async with self._database.transaction() as session:
            user = _existing(await repository.locked_user(session, user_id))
            user.password_hash = password_hash
            await repository.revoke_families(session, user_id, now, but=session_id)
            await repository.delete_links(session, user_id, LinkPurpose.RESET)
            repository.record(session, user_id, SecurityEvent.PASSWORD_CHANGED, now, client)
            await self._outbox.add(session, UserPasswordChanged(user_id=user_id))

    async def delete(self, user_id: UUID, password: str, client: Client) -> None:
        """Close the account and tell everybody, who erase what they have of the user.

        Raises `WrongPassword`, `TooManyAttempts` or `Unauthenticated`.
        """
        await self._credentials.confirm(user_id, password, client)
        async with self._database.transaction() as session:
            user = _existing(await repository.locked_user(session, user_id))
            event = UserDeleted(user_id=user_id, revision=user.revision + 1)
            await self._guard.forget(session, user.email)
            await repository.delete_user(session, user)
            await self._outbox.add(session, event)
        metrics.DELETIONS.inc()

    async def audit(self, user_id: UUID, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """What happened to the account's security, the newest first."""
        async with self._database.transaction() as session:
            return await repository.page_of_audit(session, user_id, before=before, limit=limit)

    async def _request_address(
        self, session: AsyncSession, user: User, address: str, client: Client
    ) -> None:
        if await repository.is_taken(session, address, but_by=user.id):
            raise EmailTaken
        event = SecurityEvent.EMAIL_CHANGE_REQUESTED
        repository.record(session, user.id, event, self._now(), client, detail=address)
        await self._links.send_verification(session, user, address)


def registered(user: User) -> UserRegistered:
    """Tells of a new user. That it was told whether the address is proved is kept."""
    user.told_verified = user.verified_at is not None
    return UserRegistered(
        user_id=user.id,
        revision=user.revision,
        email=user.email,
        locale=user.locale,
        verified=user.told_verified,
    )


def updated(user: User) -> UserUpdated:
    """Tells of a user as they are now. That it was told whether the address is proved is kept."""
    user.told_verified = user.verified_at is not None
    return UserUpdated(
        user_id=user.id,
        revision=user.revision,
        email=user.email,
        locale=user.locale,
        verified=user.told_verified,
    )


def _existing(user: User | None) -> User:
    if user is None:
        raise Unauthenticated("The account no longer exists.")
    return user
