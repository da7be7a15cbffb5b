"""Users' own limits, usage and locks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import COMPLETED, RUNNING
from fotograma_video.models import ErasedUser, Extraction, Upload, UserQuota, Video


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user has."""

    videos: int
    storage_bytes: int
    daily_upload_bytes: int
    uploads_in_progress: int
    running_extractions: int


class UserRepository:
    """Users by their id: there is no row for a user as such."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def quota(self, user_id: UUID) -> UserQuota | None:
        """The user's own limits; None where the service's apply."""
        query = select(UserQuota).where(UserQuota.user_id == user_id)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def put_quota(self, user_id: UUID, values: dict[str, Any]) -> None:
        """Replace the user's own limits."""
        statement = insert(UserQuota).values(user_id=user_id, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def delete_quota(self, user_id: UUID) -> None:
        """Delete the user's own limits."""
        await self._session.execute(delete(UserQuota).where(UserQuota.user_id == user_id))

    async def is_erased(self, user_id: UUID) -> bool:
        """Whether the user's account was deleted."""
        return await self._session.get(ErasedUser, user_id) is not None

    async def lock(self, owner_id: UUID) -> None:
        """Let one transaction at a time count and take from a user's quota."""
        key = func.hashtextextended(str(owner_id), 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def usage(self, owner_id: UUID, since: datetime) -> Usage:
        """What the user has now, and has uploaded since.

        Archives that are not finished count by their estimate, uploads by what they may come to.
        """
        videos, sources = (
            await self._session.execute(
                select(func.count(), func.coalesce(func.sum(Video.size_bytes), 0)).where(
                    Video.owner_id == owner_id, Video.deleted_at.is_(None)
                )
            )
        ).one()
        uploaded = await self._session.scalar(
            select(func.coalesce(func.sum(Video.size_bytes), 0)).where(
                Video.owner_id == owner_id, Video.created_at > since
            )
        )
        archives = await self._session.scalar(
            select(func.coalesce(func.sum(_archive_bytes()), 0))
            .join(Video, Video.id == Extraction.video_id)
            .where(Extraction.owner_id == owner_id, Video.deleted_at.is_(None))
        )
        uploads, reserved = (
            await self._session.execute(
                select(func.count(), func.coalesce(func.sum(Upload.reserved_bytes), 0)).where(
                    Upload.owner_id == owner_id
                )
            )
        ).one()
        running = await self._session.scalar(
            select(func.count())
            .select_from(Extraction)
            .where(Extraction.owner_id == owner_id, Extraction.status.in_(RUNNING))
        )
        return Usage(
            videos=videos,
            storage_bytes=int(sources + (archives or 0) + reserved),
            daily_upload_bytes=int((uploaded or 0) + reserved),
            uploads_in_progress=uploads,
            running_extractions=running or 0,
        )


def _archive_bytes() -> ColumnElement[int]:
    return case(
        (Extraction.status.in_(COMPLETED), Extraction.archive_bytes),
        (Extraction.status.in_(RUNNING), Extraction.estimated_archive_bytes),
        else_=0,
    )
