"""Queries. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fotograma_contracts.users import Locale
from fotograma_kit.tokens import Role
from sqlalchemy import delete, func, inspect, select, update
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


async def user_by_id(session: AsyncSession, user_id: UUID) -> User | None:
    """The user with this id."""
    return await session.get(User, user_id)


async def locked_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, whom nobody changes or deletes before this transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return await session.scalar(query.execution_options(populate_existing=True))


async def user_by_address(session: AsyncSession, address: str) -> User | None:
    """The user with this normalised address, whatever its case."""
    return await session.scalar(select(User).where(User.email_key == address_key(address)))


async def insert_user(
    session: AsyncSession,
    *,
    address: str,
    password_hash: str,
    role: Role,
    locale: Locale,
    verified_at: datetime | None,
) -> User | None:
    """A new user; None when the address is taken, were it by a transaction still under way."""
    statement = insert(User).values(
        email=address,
        email_key=address_key(address),
        password_hash=password_hash,
        role=role,
        locale=locale,
        verified_at=verified_at,
    )
    return await session.scalar(
        statement.on_conflict_do_nothing(index_elements=[User.email_key]).returning(User)
    )


async def locked_user_by_address(session: AsyncSession, address: str) -> User | None:
    """The user with this normalised address, whom nobody changes before this transaction ends."""
    query = select(User).where(User.email_key == address_key(address))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return await session.scalar(locked)


async def administrators(session: AsyncSession) -> Sequence[User]:
    """Who may administer, by address."""
    query = select(User).where(User.role == Role.ADMIN)
    return (await session.scalars(query.order_by(User.email_key))).all()


async def untold_users(session: AsyncSession, at_most: int) -> Sequence[User]:
    """Users, locked, of whom others do not know whether their address is proved."""
    is_untold = User.told_verified.is_distinct_from(User.verified_at.is_not(None))
    query = select(User).where(is_untold).order_by(User.id).limit(at_most)
    locked = query.with_for_update(key_share=True, skip_locked=True)
    return (await session.scalars(locked)).all()


async def replace_password_hash(session: AsyncSession, user_id: UUID, old: str, new: str) -> None:
    """Store the same password's hash with today's parameters, unless it has changed meanwhile."""
    await session.execute(
        update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    )


async def locked_refresh_token(
    session: AsyncSession, token_hash: bytes
) -> tuple[TokenFamily, RefreshToken] | None:
    """A refresh token and its family, locked: whatever happens to a family happens in turn.

    The token is read by a second statement, after the lock: only then is it as the last
    exchange left it.
    """
    query = select(TokenFamily).join(RefreshToken).where(RefreshToken.token_hash == token_hash)
    family = await session.scalar(query.with_for_update(of=TokenFamily))
    token = await session.get(RefreshToken, token_hash)
    return (family, token) if family is not None and token is not None else None


async def owner_of(session: AsyncSession, family: TokenFamily) -> User:
    """Whose session it is."""
    return await session.get_one(User, family.user_id)


async def delete_before(
    session: AsyncSession, column: InstrumentedAttribute[datetime], end: datetime, at_most: int
) -> int:
    """Delete rows whose `column` lies before `end`; how many they were."""
    table = column.class_
    [key] = inspect(table).primary_key
    old = select(key).where(column < end).limit(at_most).with_for_update(skip_locked=True)
    deleted = await session.scalars(
        delete(table).where(key.in_(old.scalar_subquery())).returning(key)
    )
    return len(deleted.all())


async def page_of_users(
    session: AsyncSession, *, search: str | None, after: UUID | None, limit: int
) -> Sequence[User]:
    """Users by id, whose address has `search` in it."""
    query = select(User).order_by(User.id).limit(limit)
    if search is not None:
        query = query.where(User.email_key.contains(address_key(search), autoescape=True))
    if after is not None:
        query = query.where(User.id > after)
    return (await session.scalars(query)).all()


async def is_taken(session: AsyncSession, address: str, *, but_by: UUID) -> bool:
    """Whether somebody else has the address."""
    user = await user_by_address(session, address)
    return user is not None and user.id != but_by


async def delete_user(session: AsyncSession, user: User) -> None:
    """Delete the user and, by their foreign keys, all that belongs to them."""
    await session.execute(delete(User).where(User.id == user.id))
    await session.execute(
        delete(LinkRequest).where(func.lower(LinkRequest.email) == user.email_key)
    )


async def live_families(
    session: AsyncSession, user_id: UUID, now: datetime
) -> Sequence[TokenFamily]:
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
    return (await session.scalars(query)).all()


async def unrevoked_family(
    session: AsyncSession, user_id: UUID, family_id: UUID
) -> TokenFamily | None:
    """One of the user's sessions, unless it was ended."""
    query = select(TokenFamily).where(
        TokenFamily.id == family_id,
        TokenFamily.user_id == user_id,
        TokenFamily.revoked_at.is_(None),
    )
    return await session.scalar(query.execution_options(populate_existing=True))


async def revoke_family(
    session: AsyncSession, user_id: UUID, family_id: UUID, now: datetime
) -> bool:
    """End one of the user's sessions; False when it has ended or is not the user's."""
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
    return await session.scalar(statement.returning(TokenFamily.id)) is not None


async def revoke_families(
    session: AsyncSession, user_id: UUID, now: datetime, *, but: UUID | None = None
) -> None:
    """End all of the user's sessions, or all but one."""
    statement = update(TokenFamily).where(
        TokenFamily.user_id == user_id, TokenFamily.revoked_at.is_(None)
    )
    if but is not None:
        statement = statement.where(TokenFamily.id != but)
    await session.execute(statement.values(revoked_at=now))


async def link_by_token(
    session: AsyncSession, token_hash: bytes, purpose: LinkPurpose
) -> OneTimeLink | None:
    """What is known of a mailed token."""
    query = select(OneTimeLink).where(
        OneTimeLink.token_hash == token_hash, OneTimeLink.purpose == purpose
    )
    return await session.scalar(query.execution_options(populate_existing=True))


async def delete_links(session: AsyncSession, user_id: UUID, *purposes: LinkPurpose) -> None:
    """Make a user's mailed tokens worthless."""
    await session.execute(
        delete(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.purpose.in_(purposes))
    )


async def delete_all_links(session: AsyncSession, user_id: UUID) -> None:
    """Make all of a user's mailed tokens worthless, also of purposes this version does not know."""
    await session.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user_id))


async def take_link_request(session: AsyncSession, after: int) -> LinkRequest | None:
    """The oldest request above the id `after` that nobody else is at; it is gone on the commit.

    One whose purpose only another release knows is left to that.
    """
    query = select(LinkRequest).order_by(LinkRequest.id).limit(1)
    query = query.where(LinkRequest.id > after, LinkRequest.purpose.in_(LinkPurpose))
    request = await session.scalar(query.with_for_update(skip_locked=True))
    if request is not None:
        await session.delete(request)
    return request


async def api_keys_of(session: AsyncSession, user_id: UUID) -> Sequence[ApiKey]:
    """The user's API keys, the newest first."""
    query = select(ApiKey).where(ApiKey.user_id == user_id)
    return (await session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id))).all()


async def api_key_and_owner(session: AsyncSession, key_hash: bytes) -> tuple[ApiKey, User] | None:
    """An API key, locked, and whose it is."""
    query = select(ApiKey, User).join(User, User.id == ApiKey.user_id)
    row = (
        await session.execute(query.where(ApiKey.key_hash == key_hash).with_for_update(of=ApiKey))
    ).first()
    return None if row is None else (row[0], row[1])


async def delete_api_key(session: AsyncSession, user_id: UUID, key_id: UUID) -> ApiKey | None:
    """Delete one of the user's keys and give what it was."""
    statement = delete(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == user_id)
    return await session.scalar(statement.returning(ApiKey))


async def delete_api_keys(session: AsyncSession, user_id: UUID) -> Sequence[ApiKey]:
    """Delete all of the user's keys and give what they were."""
    statement = delete(ApiKey).where(ApiKey.user_id == user_id)
    return (await session.scalars(statement.returning(ApiKey))).all()


async def locked_attempts(session: AsyncSession, key: str, now: datetime) -> Attempts:
    """What is remembered under `key`, locked; a row that says nothing where there was none."""
    statement = insert(Attempts).values(
        key=key, count=0, since=now, blocked_until=None, forgotten_at=now
    )
    updated = statement.on_conflict_do_update(
        index_elements=[Attempts.key], set_={"key": statement.excluded.key}
    )
    found = await session.scalars(
        updated.returning(Attempts), execution_options={"populate_existing": True}
    )
    return found.one()


async def take_back_attempt(session: AsyncSession, key: str) -> None:
    """Count one attempt less."""
    await session.execute(
        update(Attempts)
        .where(Attempts.key == key)
        .values(count=func.greatest(Attempts.count - 1, 0), blocked_until=None)
    )


async def delete_attempts(session: AsyncSession, *keys: str) -> None:
    """Forget attempts."""
    await session.execute(delete(Attempts).where(Attempts.key.in_(keys)))


def record(
    session: AsyncSession,
    user_id: UUID,
    event: SecurityEvent,
    at: datetime,
    client: Client,
    *,
    detail: str | None = None,
    actor_id: UUID | None = None,
) -> None:
    """Add to a user's audit trail."""
    session.add(
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


async def page_of_audit(
    session: AsyncSession, user_id: UUID, *, before: int | None, limit: int
) -> Sequence[AuditEntry]:
    """The user's audit trail, the newest first, before an entry."""
    query = select(AuditEntry).where(AuditEntry.user_id == user_id)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return (await session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit))).all()
