"""Registering, changing and deleting accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from fotograma_contracts.users import (
    Locale,
    NamedApiKey,
    UserDeleted,
    UserPasswordChanged,
    UserRegistered,
    UserUpdated,
)
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.tokens import Role
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics
from fotograma_auth.addresses import normalised_address
from fotograma_auth.clock import Clock
from fotograma_auth.credentials import Credentials
from fotograma_auth.domain import Client, SecurityEvent, accepted_password
from fotograma_auth.errors import EmailTaken, RegistrationClosed
from fotograma_auth.eviction import evict
from fotograma_auth.links import Links
from fotograma_auth.models import ApiKey, AuditEntry, OutboxMessage, User
from fotograma_auth.passwords import PasswordHasher
from fotograma_auth.presence import Bearer, locked_present_user, present_user
from fotograma_auth.repository import ApiKeyRepository, AuditTrail, UserRepository
from fotograma_auth.throttling import Throttle


@dataclass(frozen=True, slots=True)
class NewEmail:
    """Another address, and the password that allows it."""

    email: str
    password: str


class Accounts:
    """Use cases of account holders."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        credentials: Credentials,
        throttle: Throttle,
        links: Links,
        now: Clock,
        *,
        registration_open: bool,
    ) -> None:
        self._registration_open = registration_open
        self._database = database
        self._hasher = hasher
        self._credentials = credentials
        self._throttle = throttle
        self._links = links
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def register(self, email: str, password: str, locale: Locale, client: Client) -> User:
        """Open an account, publish it, and mail the link that verifies its address.

        Raises `RegistrationClosed`, `InvalidEmail`, `PasswordTooShort`, `PasswordTooLong`,
        `PasswordTooCommon`, `EmailTaken` or `TooManyAttempts`.
        """
        if not self._registration_open:
            raise RegistrationClosed
        await self._throttle.admit(client)
        address = normalised_address(email)
        # Hashed before the transaction begins: a hash takes longer than a connection may be held.
        password_hash = await self._hasher.hash(accepted_password(password))
        async with self._database.transaction() as session:
            user = await UserRepository(session).add(
                address=address,
                password_hash=password_hash,
                role=Role.USER,
                locale=locale,
                verified_at=None,
            )
            if user is None:
                raise EmailTaken
            AuditTrail(session).record(user.id, SecurityEvent.REGISTERED, self._now(), client)
            await self._outbox.add(session, registered(user))
            await self._links.send_verification(session, user, user.email)
        metrics.REGISTRATIONS.inc()
        return user

    async def user(self, bearer: Bearer) -> User:
        """The user of a token. Raises `Unauthenticated` when account or session have ended."""
        async with self._database.transaction() as session:
            return await present_user(session, bearer)

    async def change(
        self, bearer: Bearer, *, locale: Locale | None, new_email: NewEmail | None, client: Client
    ) -> User:
        """Change the language at once, and the address once the mailed link has verified it.

        Raises `InvalidEmail`, `EmailTaken`, `WrongPassword`, `TooManyAttempts` or
        `Unauthenticated`.
        """
        address = None
        if new_email is not None:
            address = normalised_address(new_email.email)
            await self._credentials.confirm(bearer, new_email.password, client)
            await self._throttle.admit_mail(address, client)
        async with self._database.transaction() as session:
            user = await locked_present_user(session, bearer)
            if address is not None and address != user.email:
                await self._request_address(session, user, address, bearer, client)
            if locale is not None and locale is not user.locale:
                user.locale = locale
                user.revision += 1
                await self._outbox.add(session, updated(user))
        return user

    async def change_password(
        self,
        bearer: Bearer,
        *,
        current: str,
        new: str,
        revoke_api_keys: bool,
        client: Client,
    ) -> None:
        """Change the password. Every link and session ends but the one it is changed in.

        API keys end with `revoke_api_keys`; the mail about it lists which are left.

        Raises `WrongPassword`, `PasswordTooShort`, `PasswordTooLong`, `PasswordTooCommon`,
        `TooManyAttempts` or `Unauthenticated`.
        """
        accepted = accepted_password(new)
        await self._credentials.confirm(bearer, current, client)
        password_hash = await self._hasher.hash(accepted)
        now = self._now()
        async with self._database.transaction() as session:
            user = await locked_present_user(session, bearer)
            user.password_hash = password_hash
            deleted = await evict(
                session,
                user,
                now,
                client,
                but_session=bearer.session_id,
                spare_api_keys=not revoke_api_keys,
            )
            kept = await ApiKeyRepository(session).of_user(user.id)
            AuditTrail(session).record(user.id, SecurityEvent.PASSWORD_CHANGED, now, client)
            await self._outbox.add(session, password_changed(user, kept=kept, deleted=deleted))

    async def delete(self, bearer: Bearer, password: str, client: Client) -> None:
        """Close the account and publish it: other services erase what they have of the user.

        Raises `WrongPassword`, `TooManyAttempts` or `Unauthenticated`.
        """
        await self._credentials.confirm(bearer, password, client, field="body.password")
        async with self._database.transaction() as session:
            user = await locked_present_user(session, bearer)
            event = UserDeleted(user_id=user.id, revision=user.revision + 1)
            await self._throttle.forget(session, user.email)
            await UserRepository(session).delete(user)
            await self._outbox.add(session, event)
        metrics.DELETIONS.inc()

    async def audit(
        self, bearer: Bearer, *, before: int | None, limit: int
    ) -> Sequence[AuditEntry]:
        """The account's audit trail, newest first. Raises `Unauthenticated`."""
        async with self._database.transaction() as session:
            user = await present_user(session, bearer)
            return await AuditTrail(session).page(user.id, before=before, limit=limit)

    async def _request_address(
        self, session: AsyncSession, user: User, address: str, bearer: Bearer, client: Client
    ) -> None:
        if await UserRepository(session).is_taken(address, but_by=user.id):
            raise EmailTaken
        event = SecurityEvent.EMAIL_CHANGE_REQUESTED
        AuditTrail(session).record(user.id, event, self._now(), client, detail=address)
        await self._links.send_verification(session, user, address, asked_in=bearer.session_id)
        if user.verified_at is not None:  # else it may be a stranger's
            await self._links.send_objection(session, user, address)


def registered(user: User) -> UserRegistered:
    """The event of a new user. Records what it says about verification."""
    user.published_verified = user.verified_at is not None
    return UserRegistered(
        user_id=user.id,
        revision=user.revision,
        email=user.email,
        locale=user.locale,
        verified=user.published_verified,
    )


def updated(user: User) -> UserUpdated:
    """The event of a user as it is now. Records what it says about verification."""
    user.published_verified = user.verified_at is not None
    return UserUpdated(
        user_id=user.id,
        revision=user.revision,
        email=user.email,
        locale=user.locale,
        verified=user.published_verified,
    )


def password_changed(
    user: User, *, kept: Sequence[ApiKey], deleted: Sequence[ApiKey]
) -> UserPasswordChanged:
    """The event of another password, with the API keys that ended and those that did not."""
    return UserPasswordChanged(
        user_id=user.id,
        api_keys_kept=tuple(NamedApiKey(name=key.name, prefix=key.prefix) for key in kept),
        api_keys_deleted=tuple(NamedApiKey(name=key.name, prefix=key.prefix) for key in deleted),
    )
