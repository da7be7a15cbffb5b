"""Users' own limits, usage and locks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select, true
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
        One statement, so one moment: an upload that becomes a video is counted once, as either.
        """
        size, is_kept = Video.size_bytes, Video.deleted_at.is_(None)
        videos = select(
            func.count().filter(is_kept).label("videos"),
            func.coalesce(func.sum(size).filter(is_kept), 0).label("sources"),
            func.coalesce(func.sum(size).filter(Video.created_at > since), 0).label("uploaded"),
        ).where(Video.owner_id == owner_id)
        uploads = select(
            func.count().label("uploads"),
            func.coalesce(func.sum(Upload.reserved_bytes), 0).label("reserved"),
        ).where(Upload.owner_id == owner_id)
        extractions = (
            select(
                func.count().filter(Extraction.status.in_(RUNNING)).label("running"),
                func.coalesce(func.sum(_archive_bytes()).filter(is_kept), 0).label("archives"),
            )
            .join(Video, Video.id == Extraction.video_id)
            .where(Extraction.owner_id == owner_id)
        )
        of_videos, *others = (part.subquery() for part in (videos, uploads, extractions))
        rows = of_videos.join(others[0], true()).join(others[1], true())
        found = (await self._session.execute(select(of_videos, *others).select_from(rows))).one()
        return Usage(
            videos=found.videos,
            storage_bytes=int(found.sources + found.archives + found.reserved),
            daily_upload_bytes=int(found.uploaded + found.reserved),
            uploads_in_progress=found.uploads,
            running_extractions=found.running,
        )


def _archive_bytes() -> ColumnElement[int]:
    return case(
        (Extraction.status.in_(COMPLETED), Extraction.archive_bytes),
        (Extraction.status.in_(RUNNING), Extraction.estimated_archive_bytes),
        else_=0,
    )
