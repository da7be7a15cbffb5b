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
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.tokens import Role, Scope

from fotograma_auth import metrics, repository
from fotograma_auth.clock import Clock
from fotograma_auth.credentials import Entry
from fotograma_auth.domain import Client, SecurityEvent, new_api_key, secret_hash, shown_prefix
from fotograma_auth.errors import (
    AccountSuspended,
    ApiKeyNotFound,
    EmailNotVerified,
    InvalidApiKey,
    TooManyApiKeys,
)
from fotograma_auth.guard import Guard
from fotograma_auth.keys import AccessTokens, Tokens
from fotograma_auth.models import ApiKey, OutboxMessage, User


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """What a key shall be."""

    name: str
    scopes: Collection[Scope]
    life: timedelta | None
    """None: until it is deleted."""


class ApiKeys:
    """A user's keys."""

    def __init__(
        self,
        database: Database,
        guard: Guard,
        entry: Entry,
        access_tokens: AccessTokens,
        at_most: int,
        now: Clock,
    ) -> None:
        self._database = database
        self._guard = guard
        self._entry = entry
        self._access_tokens = access_tokens
        self._at_most = at_most
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def create(self, user_id: UUID, new: NewApiKey, client: Client) -> tuple[ApiKey, str]:
        """A key, and the only sight of its secret. Raises `TooManyApiKeys` or `Unauthenticated`."""
        secret, now = new_api_key(), self._now()
        key = ApiKey(
            user_id=user_id,
            name=new.name,
            prefix=shown_prefix(secret),
            key_hash=secret_hash(secret),
            scopes=sorted(set(new.scopes)),
            created_at=now,
            expires_at=None if new.life is None else now + new.life,
        )
        async with self._database.transaction() as session:
            if await repository.locked_user(session, user_id) is None:
                raise Unauthenticated("The account no longer exists.")
            if len(await repository.api_keys_of(session, user_id)) >= self._at_most:
                raise TooManyApiKeys(f"One may have {self._at_most} API keys.")
            session.add(key)
            event = SecurityEvent.API_KEY_CREATED
            repository.record(session, user_id, event, now, client, detail=_described(key))
            await self._outbox.add(
                session, UserApiKeyCreated(user_id=user_id, name=key.name, prefix=key.prefix)
            )
        return key, secret

    async def of_user(self, user_id: UUID) -> Sequence[ApiKey]:
        """The user's keys, the newest first."""
        async with self._database.transaction() as session:
            return await repository.api_keys_of(session, user_id)

    async def delete(self, user_id: UUID, key_id: UUID, client: Client) -> None:
        """Revoke a key. Raises `ApiKeyNotFound`."""
        async with self._database.transaction() as session:
            key = await repository.delete_api_key(session, user_id, key_id)
            if key is None:
                raise ApiKeyNotFound
            event = SecurityEvent.API_KEY_REVOKED
            repository.record(session, user_id, event, self._now(), client, detail=_described(key))

    async def exchange(self, secret: str, client: Client) -> Tokens:
        """An access token limited to the key's scopes. Raises `InvalidApiKey`, `TooManyAttempts`.

        A key never acts as an administrator, whoever made it.
        """
        await self._guard.admit(client)
        now = self._now()
        async with self._database.transaction() as session:
            found = await repository.api_key_and_owner(session, secret_hash(secret))
            if found is None or not self._is_good(*found, now):
                metrics.API_KEY_TOKENS.labels("refused").inc()
                raise InvalidApiKey
            key, owner = found
            key.last_used_at = now
            await self._guard.take_back(session, client)
        scopes = tuple(Scope(scope) for scope in key.scopes)
        metrics.API_KEY_TOKENS.labels("issued").inc()
        token = self._access_tokens.issue(str(owner.id), Role.USER, now, scopes=scopes)
        return Tokens(token, self._access_tokens.life, scopes=scopes)

    def _is_good(self, key: ApiKey, owner: User, now: datetime) -> bool:
        if key.expires_at is not None and key.expires_at <= now:
            return False
        try:
            self._entry.check(owner)
        except (AccountSuspended, EmailNotVerified):
            return False
        return True


def _described(key: ApiKey) -> str:
    return f"{key.name} ({key.prefix}…)"
