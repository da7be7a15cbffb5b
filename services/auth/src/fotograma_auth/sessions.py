"""Logging in, staying logged in, logging out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from fotograma_kit.database import Database
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics
from fotograma_auth.clock import Clock
from fotograma_auth.credentials import AccessPolicy, Credentials, Proof
from fotograma_auth.domain import (
    Client,
    Exchange,
    RefreshState,
    SecurityEvent,
    judged_exchange,
    new_secret,
    new_successor_key,
    secret_hash,
    successor_of,
)
from fotograma_auth.errors import (
    AccountSuspended,
    EmailNotVerified,
    InvalidCredentials,
    InvalidRefreshToken,
    SessionNotFound,
)
from fotograma_auth.eviction import evict
from fotograma_auth.models import RefreshToken, TokenFamily, User
from fotograma_auth.presence import Bearer, locked_present_user, present_user
from fotograma_auth.repository import AuditTrail, SessionRepository, UserRepository
from fotograma_auth.signing_keys import AccessTokens, DeviceTokens, Tokens

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionLife:
    """How long refresh tokens live, and the session itself, however often they are exchanged."""

    refresh_token: timedelta
    session: timedelta
    grace: timedelta
    """How long a used token of no known successor is repeated."""


class Sessions:
    """A session is a login and every token that descends from it."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        policy: AccessPolicy,
        access_tokens: AccessTokens,
        devices: DeviceTokens,
        life: SessionLife,
        now: Clock,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._policy = policy
        self._access_tokens = access_tokens
        self._devices = devices
        self._life = life
        self._now = now

    async def login(
        self, email: str, password: str, client: Client, device_token: str = ""
    ) -> Tokens:
        """Begin a session, in a browser with this mark if any.

        Raises `TooManyAttempts` or `InvalidCredentials`; and, to who knows the password only,
        `AccountSuspended` or `EmailNotVerified`.
        """
        tokens = None
        while tokens is None:  # again where the password was changed while it was compared
            proof = await self._credentials.proof_of(email, password, client, device_token)
            tokens = await self._admit(proof, client)
        metrics.LOGINS.labels("accepted").inc()
        mark = self._devices.issue(proof.user_id, device_token, self._now())
        return replace(tokens, device_token=mark)

    async def refresh(self, presented: str, client: Client) -> Tokens:
        """Exchange a refresh token for its successor, the same one until that was used.

        Raises `InvalidRefreshToken`.
        """
        exchange, tokens = Exchange.UNKNOWN, None
        async with self._database.transaction() as session:
            found = await SessionRepository(session).locked_refresh_token(secret_hash(presented))
            if found is not None:
                exchange, tokens = await self._exchange(session, *found, presented, client)
        metrics.REFRESHES.labels(exchange).inc()
        if tokens is None:
            raise InvalidRefreshToken
        return tokens

    async def logout(self, presented: str) -> None:
        """End the session. An unknown token's session has ended already, and that is fine.

        Access tokens cannot be called back: the last one lives for what is left of its time.
        """
        async with self._database.transaction() as session:
            found = await SessionRepository(session).locked_refresh_token(secret_hash(presented))
            if found is not None:
                family, _ = found
                family.revoked_at = family.revoked_at or self._now()

    async def logout_all(self, bearer: Bearer, client: Client) -> None:
        """End all of the user's sessions, this one too, and all links. Raises `Unauthenticated`."""
        now = self._now()
        async with self._database.transaction() as session:
            user = await locked_present_user(session, bearer)
            await evict(session, user, now, client, spare_api_keys=True)
            AuditTrail(session).record(user.id, SecurityEvent.LOGGED_OUT_EVERYWHERE, now, client)

    async def of_user(self, bearer: Bearer) -> Sequence[TokenFamily]:
        """The user's sessions, the one used last first. Raises `Unauthenticated`."""
        async with self._database.transaction() as session:
            user = await present_user(session, bearer)
            return await SessionRepository(session).live(user.id, self._now())

    async def revoke(self, bearer: Bearer, session_id: UUID, client: Client) -> None:
        """End one of the user's sessions. Raises `SessionNotFound` or `Unauthenticated`."""
        now = self._now()
        async with self._database.transaction() as session:
            user = await present_user(session, bearer)
            if not await SessionRepository(session).revoke(user.id, session_id, now):
                raise SessionNotFound
            AuditTrail(session).record(user.id, SecurityEvent.SESSION_REVOKED, now, client)

    async def _admit(self, proof: Proof, client: Client) -> Tokens | None:
        """None where the password is another one by now."""
        async with self._database.transaction() as session:
            user = await UserRepository(session).locked(proof.user_id)
            if user is None:
                raise InvalidCredentials
            if user.password_hash != proof.password_hash:
                return None
            self._policy.check(user)
            return await self._begin(session, user, client)

    async def _begin(self, session: AsyncSession, user: User, client: Client) -> Tokens:
        now = self._now()
        family = TokenFamily(user_id=user.id, created_at=now, last_used_at=now, expires_at=now)
        session.add(family)
        await session.flush()
        AuditTrail(session).record(user.id, SecurityEvent.LOGGED_IN, now, client)
        return await self._descend(session, family, user, new_secret(), client)

    async def _exchange(
        self,
        session: AsyncSession,
        family: TokenFamily,
        token: RefreshToken,
        presented: str,
        client: Client,
    ) -> tuple[Exchange, Tokens | None]:
        now = self._now()
        exchange = await self._judged(session, family, token, presented, now)
        if exchange is Exchange.REUSED:
            family.revoked_at = now
            event = SecurityEvent.REFRESH_TOKEN_REUSED
            AuditTrail(session).record(family.user_id, event, now, client)
            log.warning("refresh token reused, family revoked", user_id=str(family.user_id))
        if not exchange.hands_out:
            return exchange, None
        owner = await SessionRepository(session).owner(family)
        try:
            self._policy.check(owner)
        except (AccountSuspended, EmailNotVerified):
            return Exchange.REVOKED, None
        token.used_at = token.used_at or now
        token.successor_key = token.successor_key or new_successor_key()
        successor = successor_of(presented, token.successor_key)
        return exchange, await self._descend(session, family, owner, successor, client)

    async def _judged(
        self,
        session: AsyncSession,
        family: TokenFamily,
        token: RefreshToken,
        presented: str,
        now: datetime,
    ) -> Exchange:
        is_successor_used = None
        if token.successor_key is not None:
            successor_hash = secret_hash(successor_of(presented, token.successor_key))
            successor = await SessionRepository(session).refresh_token(successor_hash)
            # One that has expired and was deleted may have been used.
            is_successor_used = successor is None or successor.used_at is not None
        expires_at = min(token.expires_at, self._end_of(family))
        state = RefreshState(expires_at, token.used_at, family.revoked_at, is_successor_used)
        return judged_exchange(state, now, self._life.grace)

    async def _descend(
        self,
        session: AsyncSession,
        family: TokenFamily,
        user: User,
        refresh_token: str,
        client: Client,
    ) -> Tokens:
        """Hand out a refresh token of the family, for the first time or again."""
        now = self._now()
        family.expires_at = min(now + self._life.refresh_token, self._end_of(family))
        family.last_used_at = now
        family.address, family.user_agent = client.address, client.user_agent
        await session.merge(
            RefreshToken(
                token_hash=secret_hash(refresh_token),
                family_id=family.id,
                expires_at=family.expires_at,
            )
        )
        access_token = self._access_tokens.issue(str(user.id), user.role, now, session_id=family.id)
        return Tokens(access_token, self._access_tokens.life, refresh_token)

    def _end_of(self, family: TokenFamily) -> datetime:
        """When the session ends, however often its token is exchanged."""
        return family.created_at + self._life.session
