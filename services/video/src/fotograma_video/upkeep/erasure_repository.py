"""Deleted users, and the rows that are left of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import (
    ErasedUser,
    Extraction,
    IdempotencyKey,
    Segment,
    Selection,
    Upload,
    Video,
)
from fotograma_video.users.repository import UserRepository


class ErasureRepository:
    """Deleted users, and the rows that are left of them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user_id: UUID, now: datetime) -> None:
        """Record that the user was deleted. Repeating it changes nothing."""
        statement = insert(ErasedUser).values(user_id=user_id, erased_at=now, purged=False)
        await self._session.execute(statement.on_conflict_do_nothing())

    async def take_uploads(self, user_id: UUID) -> Sequence[str]:
        """Delete the user's uploads in progress; returns their keys in S3."""
        statement = delete(Upload).where(Upload.owner_id == user_id)
        return (await self._session.scalars(statement.returning(Upload.key))).all()

    async def delete_keys(self, user_id: UUID) -> None:
        """Delete the user's idempotency keys."""
        await self._session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.owner_id == user_id)
        )

    async def live_videos(self, user_id: UUID) -> Sequence[UUID]:
        """The user's videos that are not deleted yet."""
        query = select(Video.id).where(Video.owner_id == user_id, Video.deleted_at.is_(None))
        return (await self._session.scalars(query)).all()

    async def blank(self, user_id: UUID) -> None:
        """Blank the names of the user's videos."""
        await self._session.execute(
            update(Video).where(Video.owner_id == user_id).values(name="", source_name="")
        )

    async def due(self, before: datetime) -> ErasedUser | None:
        """A user deleted before `before` whose tombstones still exist, locked."""
        query = (
            select(ErasedUser)
            .where(ErasedUser.erased_at < before, ErasedUser.purged.is_(False))
            .order_by(ErasedUser.erased_at)
            .limit(1)
        )
        return await self._session.scalar(query.with_for_update(skip_locked=True))

    async def purge(self, user_id: UUID) -> None:
        """Delete the tombstones of the user's videos, with all that hangs on them."""
        extractions = select(Extraction.id).where(Extraction.owner_id == user_id)
        await self._session.execute(delete(Segment).where(Segment.extraction_id.in_(extractions)))
        await self._session.execute(delete(Selection).where(Selection.owner_id == user_id))
        await self._session.execute(delete(Extraction).where(Extraction.owner_id == user_id))
        await self._session.execute(delete(Video).where(Video.owner_id == user_id))
        await self.delete_keys(user_id)
        await UserRepository(self._session).delete_quota(user_id)

    async def delete_purged(self, before: datetime) -> None:
        """Delete the records of purged users that are older than `before`."""
        await self._session.execute(
            delete(ErasedUser).where(ErasedUser.erased_at < before, ErasedUser.purged)
        )
