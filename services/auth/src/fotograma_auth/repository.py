"""Queries. Nothing here commits."""

from datetime import datetime
from uuid import UUID

from fotograma_contracts.users import Locale
from fotograma_kit.tokens import Role
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth.addresses import address_key
from fotograma_auth.models import RefreshToken, TokenFamily, User


async def user_by_id(session: AsyncSession, user_id: UUID) -> User | None:
    """The user with this id."""
    return await session.get(User, user_id)


async def user_by_address(session: AsyncSession, address: str) -> User | None:
    """The user with this normalised address, whatever its case."""
    return await session.scalar(select(User).where(User.email_key == address_key(address)))


async def insert_user(
    session: AsyncSession, *, address: str, password_hash: str, role: Role, locale: Locale
) -> User | None:
    """A new user; None when the address is taken, were it by a transaction still under way."""
    statement = insert(User).values(
        email=address,
        email_key=address_key(address),
        password_hash=password_hash,
        role=role,
        locale=locale,
    )
    return await session.scalar(
        statement.on_conflict_do_nothing(index_elements=[User.email_key]).returning(User)
    )


async def set_role(session: AsyncSession, user_id: UUID, role: Role) -> None:
    """Change what a user is."""
    await session.execute(update(User).where(User.id == user_id).values(role=role))


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


async def delete_expired_tokens(session: AsyncSession, now: datetime, at_most: int) -> int:
    """Delete refresh tokens that have expired; how many they were."""
    expired = (
        select(RefreshToken.token_hash)
        .where(RefreshToken.expires_at < now)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    deleted = await session.scalars(
        delete(RefreshToken)
        .where(RefreshToken.token_hash.in_(expired.scalar_subquery()))
        .returning(RefreshToken.token_hash)
    )
    return len(deleted.all())


async def delete_expired_families(session: AsyncSession, now: datetime, at_most: int) -> int:
    """Delete families whose last token has expired; how many they were."""
    expired = (
        select(TokenFamily.id)
        .where(TokenFamily.expires_at < now)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    deleted = await session.scalars(
        delete(TokenFamily)
        .where(TokenFamily.id.in_(expired.scalar_subquery()))
        .returning(TokenFamily.id)
    )
    return len(deleted.all())
