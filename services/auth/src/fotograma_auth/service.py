"""Use cases."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from fotograma_contracts.users import Locale, UserRegistered
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.tokens import Role
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics, repository
from fotograma_auth.addresses import normalised_address
from fotograma_auth.domain import (
    Exchange,
    RefreshState,
    accepted_password,
    judged_exchange,
    new_refresh_token,
    password_to_verify,
    refresh_token_hash,
)
from fotograma_auth.errors import (
    EmailTaken,
    InvalidClient,
    InvalidCredentials,
    InvalidEmail,
    InvalidRefreshToken,
)
from fotograma_auth.keys import AccessTokens
from fotograma_auth.models import OutboxMessage, RefreshToken, TokenFamily, User
from fotograma_auth.passwords import PasswordHasher

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
_JANITOR_BATCH = 1000
_NO_CLIENT = "0" * 64
"""Compared with where the client is unknown; nothing hashes to it."""


def utc_now() -> datetime:
    """The clock, where a test does not hold it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SessionLife:
    """How long refresh tokens live, and how long a used one may still be repeated."""

    refresh_token: timedelta
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a successful login or refresh hands out; a service gets no refresh token."""

    access_token: str
    expires_in: timedelta
    refresh_token: str | None = None


class Accounts:
    """Opening accounts and reading them."""

    def __init__(self, database: Database, hasher: PasswordHasher) -> None:
        self._database = database
        self._hasher = hasher
        self._outbox = Outbox(OutboxMessage)

    async def register(self, email: str, password: str, locale: Locale) -> User:
        """Open an account and tell everybody.

        Raises `InvalidEmail`, `PasswordTooShort`, `PasswordTooLong` or `EmailTaken`.
        """
        user = await self._open(email, password, locale, Role.USER)
        metrics.REGISTRATIONS.inc()
        return user

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
        """Open an administrator's account. Raises what `register` raises."""
        return await self._open(email, password, locale, Role.ADMIN)

    async def user(self, user_id: UUID) -> User:
        """The user. Raises `Unauthenticated` when the account is gone: the token outlived it."""
        async with self._database.transaction() as session:
            user = await repository.user_by_id(session, user_id)
        if user is None:
            raise Unauthenticated("The account no longer exists.")
        return user

    async def _open(self, email: str, password: str, locale: Locale, role: Role) -> User:
        address = normalised_address(email)
        # Hashed before the transaction begins: a hash takes longer than a connection may be held.
        password_hash = await self._hasher.hash(accepted_password(password))
        async with self._database.transaction() as session:
            user = await repository.insert_user(
                session, address=address, password_hash=password_hash, role=role, locale=locale
            )
            if user is None:
                raise EmailTaken
            event = UserRegistered(
                user_id=user.id, revision=user.revision, email=user.email, locale=user.locale
            )
            await self._outbox.add(session, event)
        return user


class Sessions:
    """Logging in, staying logged in, logging out."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        access_tokens: AccessTokens,
        life: SessionLife,
        now: Clock,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._access_tokens = access_tokens
        self._life = life
        self._now = now

    async def login(self, email: str, password: str) -> Tokens:
        """Begin a session. Raises `InvalidCredentials`, which does not say what was wrong.

        A password is hashed whether or not there is an account, so that the time of the answer
        does not say it either.
        """
        user = await self._user_by_address(email)
        candidate = password_to_verify(password)
        known_hash = user.password_hash if user is not None else None
        if not await self._hasher.verify(candidate, known_hash) or user is None:
            metrics.LOGINS.labels("refused").inc()
            raise InvalidCredentials
        fresh_hash = await self._fresh_hash(candidate, user.password_hash)
        async with self._database.transaction() as session:
            if fresh_hash is not None:
                await repository.replace_password_hash(
                    session, user.id, old=user.password_hash, new=fresh_hash
                )
            tokens = await self._begin(session, user)
        metrics.LOGINS.labels("accepted").inc()
        return tokens

    async def refresh(self, presented: str) -> Tokens:
        """Exchange a refresh token for its successor. Raises `InvalidRefreshToken`."""
        exchange, tokens = Exchange.UNKNOWN, None
        async with self._database.transaction() as session:
            found = await repository.locked_refresh_token(session, refresh_token_hash(presented))
            if found is not None:
                exchange, tokens = await self._exchange(session, *found)
        metrics.REFRESHES.labels(exchange).inc()
        if tokens is None:
            raise InvalidRefreshToken
        return tokens

    async def logout(self, presented: str) -> None:
        """End the session. An unknown token's session has ended already, and that is fine.

        Access tokens cannot be called back: the last one lives for what is left of its time.
        """
        async with self._database.transaction() as session:
            found = await repository.locked_refresh_token(session, refresh_token_hash(presented))
            if found is not None:
                family, _ = found
                family.revoked_at = family.revoked_at or self._now()

    async def _user_by_address(self, email: str) -> User | None:
        try:
            address = normalised_address(email)
        except InvalidEmail:
            return None
        async with self._database.transaction() as session:
            return await repository.user_by_address(session, address)

    async def _fresh_hash(self, password: str, password_hash: str) -> str | None:
        if not self._hasher.is_outdated(password_hash):
            return None
        return await self._hasher.hash(password)

    async def _begin(self, session: AsyncSession, user: User) -> Tokens:
        now = self._now()
        family = TokenFamily(user_id=user.id, created_at=now, expires_at=now)
        session.add(family)
        await session.flush()
        return self._descend(session, family, user, now)

    async def _exchange(
        self, session: AsyncSession, family: TokenFamily, token: RefreshToken
    ) -> tuple[Exchange, Tokens | None]:
        now = self._now()
        state = RefreshState(token.expires_at, token.used_at, family.revoked_at)
        exchange = judged_exchange(state, now, self._life.grace)
        if exchange is Exchange.REUSED:
            family.revoked_at = now
            log.warning("refresh token reused, family revoked", user_id=str(family.user_id))
        if not exchange.hands_out:
            return exchange, None
        token.used_at = token.used_at or now
        owner = await repository.owner_of(session, family)
        return exchange, self._descend(session, family, owner, now)

    def _descend(
        self, session: AsyncSession, family: TokenFamily, user: User, now: datetime
    ) -> Tokens:
        refresh_token = new_refresh_token()
        family.expires_at = now + self._life.refresh_token
        session.add(
            RefreshToken(
                token_hash=refresh_token_hash(refresh_token),
                family_id=family.id,
                expires_at=family.expires_at,
            )
        )
        return Tokens(
            access_token=self._access_tokens.issue(str(user.id), user.role, now),
            expires_in=self._access_tokens.life,
            refresh_token=refresh_token,
        )


class ServiceClients:
    """Services that ask for a token in their own name."""

    def __init__(
        self, secret_hashes: Mapping[str, str], access_tokens: AccessTokens, now: Clock
    ) -> None:
        self._secret_hashes = secret_hashes
        self._access_tokens = access_tokens
        self._now = now

    def token(self, client_id: str, secret: str) -> Tokens:
        """An access token for the service. Raises `InvalidClient`."""
        presented = hashlib.sha256(secret.encode()).hexdigest()
        if not hmac.compare_digest(presented, self._secret_hashes.get(client_id, _NO_CLIENT)):
            metrics.SERVICE_TOKENS.labels("refused").inc()
            raise InvalidClient
        metrics.SERVICE_TOKENS.labels("issued").inc()
        return Tokens(
            access_token=self._access_tokens.issue(client_id, Role.SERVICE, self._now()),
            expires_in=self._access_tokens.life,
        )


class Janitor:
    """Deletes what has expired."""

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now

    async def sweep(self) -> None:
        """Delete expired refresh tokens and families, a batch per transaction."""
        while await self._sweep_batch() == _JANITOR_BATCH:
            pass

    async def _sweep_batch(self) -> int:
        now = self._now()
        async with self._database.transaction() as session:
            tokens = await repository.delete_expired_tokens(session, now, _JANITOR_BATCH)
            families = await repository.delete_expired_families(session, now, _JANITOR_BATCH)
        return max(tokens, families)
