"""Keys for programs: made by a user, limited to scopes, exchanged for access tokens.

Nothing but the exchange takes a key, so a key that is deleted ends with its last access token.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fotograma_contracts.users import UserApiKeyCreated
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox
from fotograma_kit.tokens import Role, Scope
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import metrics
from fotograma_auth.clock import Clock
from fotograma_auth.credentials import AccessPolicy, Credentials
from fotograma_auth.domain import Client, SecurityEvent, new_api_key, secret_hash, shown_prefix
from fotograma_auth.errors import (
    AccountSuspended,
    ApiKeyNotFound,
    EmailNotVerified,
    InvalidApiKey,
    PasswordRequired,
    TooManyApiKeys,
)
from fotograma_auth.models import ApiKey, OutboxMessage, User
from fotograma_auth.presence import (
    Bearer,
    has_logged_in_since,
    locked_present_user,
    present_user,
)
from fotograma_auth.repository import ApiKeyRepository, AuditTrail
from fotograma_auth.signing_keys import AccessTokens, Tokens
from fotograma_auth.throttling import Throttle


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """The name, scopes and life of a key to create."""

    name: str
    scopes: Collection[Scope]
    life: timedelta | None
    """None: the default."""


@dataclass(frozen=True, slots=True)
class KeyRules:
    """Limits of API keys: their number, their life, and when they need the password."""

    at_most: int
    life: timedelta
    """The default. Keys of earlier versions may have no end."""
    login_age: timedelta
    """How long after a login a key can be created without the password."""


class ApiKeys:
    """A user's keys."""

    def __init__(
        self,
        database: Database,
        credentials: Credentials,
        throttle: Throttle,
        policy: AccessPolicy,
        access_tokens: AccessTokens,
        rules: KeyRules,
        now: Clock,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._throttle = throttle
        self._policy = policy
        self._access_tokens = access_tokens
        self._rules = rules
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def create(
        self, bearer: Bearer, new: NewApiKey, password: str | None, client: Client
    ) -> tuple[ApiKey, str]:
        """Create a key; returns it with its secret, which is not stored.

        Without the password it is made a short while after the login only: a token that was
        stolen does not become a key. Raises `PasswordRequired`, `WrongPassword`,
        `TooManyAttempts`, `TooManyApiKeys` or `Unauthenticated`.
        """
        if password is not None:
            await self._credentials.confirm(bearer, password, client)
        secret, now = new_api_key(), self._now()
        key = ApiKey(
            user_id=bearer.user_id,
            name=new.name,
            prefix=shown_prefix(secret),
            key_hash=secret_hash(secret),
            scopes=sorted(set(new.scopes)),
            created_at=now,
            expires_at=now + (new.life or self._rules.life),
        )
        async with self._database.transaction() as session:
            user = await locked_present_user(session, bearer)
            if password is None:
                await self._require_login(session, bearer, now)
            if len(await ApiKeyRepository(session).of_user(user.id)) >= self._rules.at_most:
                raise TooManyApiKeys(
                    f"One may have {self._rules.at_most} API keys.",
                    which="api_keys",
                    limit=self._rules.at_most,
                )
            session.add(key)
            event = SecurityEvent.API_KEY_CREATED
            AuditTrail(session).record(user.id, event, now, client, detail=key.description)
            await self._outbox.add(
                session, UserApiKeyCreated(user_id=user.id, name=key.name, prefix=key.prefix)
            )
        return key, secret

    async def of_user(self, bearer: Bearer) -> Sequence[ApiKey]:
        """The user's keys, the newest first. Raises `Unauthenticated`."""
        async with self._database.transaction() as session:
            user = await present_user(session, bearer)
            return await ApiKeyRepository(session).of_user(user.id)

    async def delete(self, bearer: Bearer, key_id: UUID, client: Client) -> None:
        """Revoke a key. Raises `ApiKeyNotFound` or `Unauthenticated`."""
        async with self._database.transaction() as session:
            user = await present_user(session, bearer)
            key = await ApiKeyRepository(session).delete(user.id, key_id)
            if key is None:
                raise ApiKeyNotFound
            event = SecurityEvent.API_KEY_REVOKED
            AuditTrail(session).record(user.id, event, self._now(), client, detail=key.description)

    async def exchange(self, secret: str, client: Client) -> Tokens:
        """An access token limited to the key's scopes. Raises `InvalidApiKey`, `TooManyAttempts`.

        A key never acts as an administrator, whoever made it.
        """
        await self._throttle.admit(client)
        now = self._now()
        async with self._database.transaction() as session:
            found = await ApiKeyRepository(session).with_owner(secret_hash(secret))
            if found is None or not self._is_good(*found, now):
                metrics.API_KEY_TOKENS.labels("refused").inc()
                raise InvalidApiKey
            key, owner = found
            key.last_used_at = now
            await self._throttle.take_back(session, client)
        scopes = tuple(Scope(scope) for scope in key.scopes)
        metrics.API_KEY_TOKENS.labels("issued").inc()
        token = self._access_tokens.issue(str(owner.id), Role.USER, now, scopes=scopes)
        return Tokens(token, self._access_tokens.life, scopes=scopes)

    async def _require_login(self, session: AsyncSession, bearer: Bearer, now: datetime) -> None:
        if not await has_logged_in_since(session, bearer, now - self._rules.login_age):
            minutes = self._rules.login_age.total_seconds() / 60
            raise PasswordRequired(f"Your last login is more than {minutes:g} minutes ago.")

    def _is_good(self, key: ApiKey, owner: User, now: datetime) -> bool:
        if key.expires_at is not None and key.expires_at <= now:
            return False
        try:
            self._policy.check(owner)
        except (AccountSuspended, EmailNotVerified):
            return False
        return True
