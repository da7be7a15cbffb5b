"""Queries. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fotograma_contracts.users import Locale
from fotograma_kit.networks import limited_network
from fotograma_kit.tokens import Role
from sqlalchemy import and_, bindparam, delete, func, inspect, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from fotograma_auth.addresses import address_key
from fotograma_auth.domain import Client, LinkPurpose, SecurityEvent
from fotograma_auth.models import (
    ApiKey,
    Attempts,
    AuditEntry,
    LinkRequest,
    OneTimeLink,
    RefreshToken,
    TokenFamily,
    User,
)

_LOGINS = 100
"""As many of the last are looked at for the networks they came from."""

_LIVES = and_(
    TokenFamily.id == bindparam("session"),
    TokenFamily.user_id == User.id,
    TokenFamily.revoked_at.is_(None),
)
# What each request of a user asks first: to build a statement takes longer than to send it.
_WITH_LOGIN = (
    select(User, TokenFamily.id)
    .select_from(User)
    .outerjoin(TokenFamily, _LIVES)
    .where(User.id == bindparam("of"))
)


class UserRepository:
    """Accounts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def with_login(self, user_id: UUID, session_id: UUID | None) -> tuple[User | None, bool]:
        """The user with this id, and whether that login is theirs and was not revoked."""
        wanted = {"of": user_id, "session": session_id}
        found = (await self._session.execute(_WITH_LOGIN, wanted)).first()
        return (None, False) if found is None else (found[0], found[1] is not None)

    async def locked(self, user_id: UUID) -> User | None:
        """The user, locked until the transaction ends."""
        query = select(User).where(User.id == user_id).with_for_update(key_share=True)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def find_by_address(self, address: str) -> User | None:
        """The user with this normalised address, whatever its case."""
        return await self._session.scalar(
            select(User).where(User.email_key == address_key(address))
        )

    async def add(
        self,
        *,
        address: str,
        password_hash: str,
        role: Role,
        locale: Locale,
        verified_at: datetime | None,
    ) -> User | None:
        """Add a user; None when the address is taken, also by a transaction still under way."""
        statement = insert(User).values(
            email=address,
            email_key=address_key(address),
            password_hash=password_hash,
            role=role,
            locale=locale,
            verified_at=verified_at,
        )
        return await self._session.scalar(
            statement.on_conflict_do_nothing(index_elements=[User.email_key]).returning(User)
        )

    async def locked_by_address(self, address: str) -> User | None:
        """The user with this normalised address, locked until the transaction ends."""
        query = select(User).where(User.email_key == address_key(address))
        locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        return await self._session.scalar(locked)

    async def administrators(self) -> Sequence[User]:
        """The administrators, by address."""
        query = select(User).where(User.role == Role.ADMIN)
        return (await self._session.scalars(query.order_by(User.email_key))).all()

    async def with_unpublished_verification(self, at_most: int) -> Sequence[User]:
        """Users, locked, whose verification other services have not been sent."""
        is_unpublished = User.published_verified.is_distinct_from(User.verified_at.is_not(None))
        query = select(User).where(is_unpublished).order_by(User.id).limit(at_most)
        locked = query.with_for_update(key_share=True, skip_locked=True)
        return (await self._session.scalars(locked)).all()

    async def replace_password_hash(self, user_id: UUID, old: str, new: str) -> None:
        """Store the hash with today's parameters, unless the password was changed meanwhile."""
        await self._session.execute(
            update(User)
            .where(User.id == user_id, User.password_hash == old)
            .values(password_hash=new)
        )

    async def page(self, *, search: str | None, after: UUID | None, limit: int) -> Sequence[User]:
        """Users by id, whose address has `search` in it."""
        query = select(User).order_by(User.id).limit(limit)
        if search is not None:
            query = query.where(User.email_key.contains(address_key(search), autoescape=True))
        if after is not None:
            query = query.where(User.id > after)
        return (await self._session.scalars(query)).all()

    async def is_taken(self, address: str, *, but_by: UUID) -> bool:
        """Whether another user has the address."""
        user = await self.find_by_address(address)
        return user is not None and user.id != but_by

    async def delete(self, user: User) -> None:
        """Delete the user with all rows that refer to them, and requests for links."""
        await self._session.execute(delete(User).where(User.id == user.id))
        await self._session.execute(
            delete(LinkRequest).where(func.lower(LinkRequest.email) == user.email_key)
        )


class SessionRepository:
    """Sessions, which are families of refresh tokens."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked_refresh_token(
        self, token_hash: bytes
    ) -> tuple[TokenFamily, RefreshToken] | None:
        """A refresh token and its family, locked: whatever happens to a family happens in turn.

        The token is read by a second statement, after the lock: only then is it as the last
        exchange left it.
        """
        query = select(TokenFamily).join(RefreshToken).where(RefreshToken.token_hash == token_hash)
        family = await self._session.scalar(query.with_for_update(of=TokenFamily))
        token = await self._session.get(RefreshToken, token_hash)
        return (family, token) if family is not None and token is not None else None

    async def refresh_token(self, token_hash: bytes) -> RefreshToken | None:
        """The refresh token with this hash, whose family the caller has locked."""
        return await self._session.get(RefreshToken, token_hash, populate_existing=True)

    async def owner(self, family: TokenFamily) -> User:
        """The user of a session."""
        return await self._session.get_one(User, family.user_id)

    async def live(self, user_id: UUID, now: datetime) -> Sequence[TokenFamily]:
        """The user's sessions, the one used last first."""
        query = (
            select(TokenFamily)
            .where(
                TokenFamily.user_id == user_id,
                TokenFamily.revoked_at.is_(None),
                TokenFamily.expires_at > now,
            )
            .order_by(TokenFamily.last_used_at.desc(), TokenFamily.id)
        )
        return (await self._session.scalars(query)).all()

    async def unrevoked(self, user_id: UUID, family_id: UUID) -> TokenFamily | None:
        """One of the user's sessions, unless it was revoked."""
        query = select(TokenFamily).where(
            TokenFamily.id == family_id,
            TokenFamily.user_id == user_id,
            TokenFamily.revoked_at.is_(None),
        )
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def lives(self, user_id: UUID, family_id: UUID) -> bool:
        """Whether one of the user's sessions was not revoked."""
        query = select(TokenFamily.id).where(
            TokenFamily.id == family_id,
            TokenFamily.user_id == user_id,
            TokenFamily.revoked_at.is_(None),
        )
        return await self._session.scalar(query) is not None

    async def revoke(self, user_id: UUID, family_id: UUID, now: datetime) -> bool:
        """Revoke one of the user's sessions; False when it has ended or is not the user's."""
        statement = (
            update(TokenFamily)
            .where(
                TokenFamily.id == family_id,
                TokenFamily.user_id == user_id,
                TokenFamily.revoked_at.is_(None),
                TokenFamily.expires_at > now,
            )
            .values(revoked_at=now)
        )
        return await self._session.scalar(statement.returning(TokenFamily.id)) is not None

    async def revoke_all(self, user_id: UUID, now: datetime, *, but: UUID | None = None) -> None:
        """Revoke all of the user's sessions, or all but one."""
        statement = update(TokenFamily).where(
            TokenFamily.user_id == user_id, TokenFamily.revoked_at.is_(None)
        )
        if but is not None:
            statement = statement.where(TokenFamily.id != but)
        await self._session.execute(statement.values(revoked_at=now))


class LinkRepository:
    """Mailed links, and requests for them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, token_hash: bytes, purpose: LinkPurpose) -> OneTimeLink | None:
        """The link with this token and purpose."""
        query = select(OneTimeLink).where(
            OneTimeLink.token_hash == token_hash, OneTimeLink.purpose == purpose
        )
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def delete(self, user_id: UUID, *purposes: LinkPurpose) -> None:
        """Revoke a user's links of these purposes."""
        await self._session.execute(
            delete(OneTimeLink).where(
                OneTimeLink.user_id == user_id, OneTimeLink.purpose.in_(purposes)
            )
        )

    async def delete_all(self, user_id: UUID) -> None:
        """Revoke all of a user's links, also of purposes that this version does not know."""
        await self._session.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user_id))

    async def take_request(self, after: int) -> LinkRequest | None:
        """The oldest request above the id `after` that no other transaction holds, deleted.

        One whose purpose only another release knows is left to that.
        """
        query = select(LinkRequest).order_by(LinkRequest.id).limit(1)
        query = query.where(LinkRequest.id > after, LinkRequest.purpose.in_(LinkPurpose))
        request = await self._session.scalar(query.with_for_update(skip_locked=True))
        if request is not None:
            await self._session.delete(request)
        return request


class ApiKeyRepository:
    """API keys."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_user(self, user_id: UUID) -> Sequence[ApiKey]:
        """The user's API keys, the newest first."""
        query = select(ApiKey).where(ApiKey.user_id == user_id)
        return (
            await self._session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id))
        ).all()

    async def with_owner(self, key_hash: bytes) -> tuple[ApiKey, User] | None:
        """An API key, locked, and its user."""
        query = select(ApiKey, User).join(User, User.id == ApiKey.user_id)
        row = (
            await self._session.execute(
                query.where(ApiKey.key_hash == key_hash).with_for_update(of=ApiKey)
            )
        ).first()
        return None if row is None else (row[0], row[1])

    async def delete(self, user_id: UUID, key_id: UUID) -> ApiKey | None:
        """Delete one of the user's keys; returns it."""
        statement = delete(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == user_id)
        return await self._session.scalar(statement.returning(ApiKey))

    async def delete_all(self, user_id: UUID) -> Sequence[ApiKey]:
        """Delete all of the user's keys; returns them."""
        statement = delete(ApiKey).where(ApiKey.user_id == user_id)
        return (await self._session.scalars(statement.returning(ApiKey))).all()


class AttemptRepository:
    """Counted attempts, by key."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(self, key: str, now: datetime) -> Attempts:
        """The attempts counted under `key`, locked; a new row of none where there was none."""
        statement = insert(Attempts).values(
            key=key, count=0, since=now, blocked_until=None, forgotten_at=now
        )
        updated = statement.on_conflict_do_update(
            index_elements=[Attempts.key], set_={"key": statement.excluded.key}
        )
        found = await self._session.scalars(
            updated.returning(Attempts), execution_options={"populate_existing": True}
        )
        return found.one()

    async def take_back(self, key: str) -> None:
        """Count one attempt less, and unblock the key."""
        await self._session.execute(
            update(Attempts)
            .where(Attempts.key == key)
            .values(count=func.greatest(Attempts.count - 1, 0), blocked_until=None)
        )

    async def delete(self, *keys: str) -> None:
        """Delete the counts of these keys."""
        await self._session.execute(delete(Attempts).where(Attempts.key.in_(keys)))

    async def delete_beginning(self, prefix: str) -> None:
        """Delete the counts of all keys that begin so."""
        of_prefix = Attempts.key.startswith(prefix, autoescape=True)
        await self._session.execute(delete(Attempts).where(of_prefix))


class AuditTrail:
    """The audit trails of users."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def networks(self, address: str, since: datetime) -> set[str]:
        """The networks from which the user of a normalised address has logged in last."""
        query = (
            select(AuditEntry.address)
            .join(User, User.id == AuditEntry.user_id)
            .where(
                User.email_key == address_key(address),
                AuditEntry.event == SecurityEvent.LOGGED_IN,
                AuditEntry.at >= since,
                AuditEntry.address.is_not(None),
            )
            .order_by(AuditEntry.id.desc())
            .limit(_LOGINS)
        )
        return {limited_network(found) for found in await self._session.scalars(query)}

    def record(
        self,
        user_id: UUID,
        event: SecurityEvent,
        at: datetime,
        client: Client,
        *,
        detail: str | None = None,
        actor_id: UUID | None = None,
    ) -> None:
        """Add an entry to a user's audit trail."""
        self._session.add(
            AuditEntry(
                user_id=user_id,
                event=event,
                at=at,
                address=client.address,
                user_agent=client.user_agent,
                detail=detail,
                actor_id=actor_id,
            )
        )

    async def page(self, user_id: UUID, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """A page of a user's audit trail, newest first, of entries before the id `before`."""
        query = select(AuditEntry).where(AuditEntry.user_id == user_id)
        if before is not None:
            query = query.where(AuditEntry.id < before)
        return (
            await self._session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit))
        ).all()


class ExpiryRepository:
    """Rows of any table, by their age."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def delete_before(
        self, column: InstrumentedAttribute[datetime], end: datetime, at_most: int
    ) -> int:
        """Delete rows whose `column` lies before `end`; returns how many."""
        table = column.class_
        [key] = inspect(table).primary_key
        old = select(key).where(column < end).limit(at_most).with_for_update(skip_locked=True)
        deleted = await self._session.scalars(
            delete(table).where(key.in_(old.scalar_subquery())).returning(key)
        )
        return len(deleted.all())
