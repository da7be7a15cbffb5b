"""Rows of videos."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    bindparam,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import (
    VideoStatus,
)
from fotograma_video.models import (
    Video,
)
from fotograma_video.rows import VIDEO_COLUMNS, VideoRow


class SortKey(StrEnum):
    """What a list of videos may be sorted by."""

    CREATED = "created_at"
    NAME = "name"
    SIZE = "size_bytes"


_videos = Video.__table__.c
_SORT_COLUMNS: dict[SortKey, Any] = {
    SortKey.CREATED: _videos.created_at,
    SortKey.NAME: _videos.name,
    SortKey.SIZE: _videos.size_bytes,
}
_ROW = select(*VIDEO_COLUMNS).where(
    _videos.id == bindparam("of"),
    _videos.owner_id == bindparam("owner"),
    _videos.deleted_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Page:
    """Which videos of a list: its filters, its order, and the last one already seen."""

    limit: int
    sort: SortKey
    descending: bool
    status: VideoStatus | None
    search: str | None
    after: tuple[Any, UUID] | None


class VideoRepository:
    """Videos, deleted ones included where a method says so."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, video: Video) -> None:
        """Add a new video."""
        self._session.add(video)

    async def find(self, owner_id: UUID, video_id: UUID, *, lock: bool = False) -> Video | None:
        """The owner's video, unless it was deleted."""
        query = select(Video).where(
            Video.id == video_id, Video.owner_id == owner_id, Video.deleted_at.is_(None)
        )
        return await self._session.scalar(_locked(query) if lock else query)

    async def row(self, owner_id: UUID, video_id: UUID) -> VideoRow | None:
        """The same, to be shown."""
        found = (await self._session.execute(_ROW, {"of": video_id, "owner": owner_id})).first()
        return None if found is None else VideoRow(*found)

    async def find_of_any_owner(self, video_id: UUID) -> Video | None:
        """A video of any owner, unless it was deleted: for requests with a signed URL."""
        return await self._session.scalar(
            select(Video).where(Video.id == video_id, Video.deleted_at.is_(None))
        )

    async def exists(self, video_id: UUID) -> bool:
        """Whether there is such a video, if only its tombstone."""
        return await self._session.get(Video, video_id) is not None

    async def has_expired(self, owner_id: UUID | None, video_id: UUID) -> bool:
        """Whether retention deleted the owner's video recently; for None, any owner's."""
        query = select(Video.id).where(Video.id == video_id, Video.expired)
        if owner_id is not None:
            query = query.where(Video.owner_id == owner_id)
        return await self._session.scalar(query) is not None

    async def get(self, video_id: UUID, *, lock: bool = False) -> Video:
        """A video that is known to exist, deleted or not."""
        query = select(Video).where(Video.id == video_id)
        return (await self._session.scalars(_locked(query) if lock else query)).one()

    async def page(self, owner_id: UUID, page: Page) -> Sequence[VideoRow]:
        """One page of the owner's videos."""
        query = _page_query(page.sort, descending=page.descending)
        if page.status is not None:
            query = query.where(_videos.status == page.status)
        if page.search:
            query = query.where(_videos.name.icontains(page.search, autoescape=True))
        if page.after is not None:
            position = tuple_(_SORT_COLUMNS[page.sort], _videos.id)
            query = query.where(position < page.after if page.descending else position > page.after)
        wanted = {"owner": owner_id, "at_most": page.limit}
        return [VideoRow(*row) for row in await self._session.execute(query, wanted)]


@cache
def _page_query(sort: SortKey, *, descending: bool) -> Select[Any]:
    """A list's statement without its filters: to build it takes longer than to send it."""
    columns = (_SORT_COLUMNS[sort], _videos.id)
    return (
        select(*VIDEO_COLUMNS)
        .where(_videos.owner_id == bindparam("owner"), _videos.deleted_at.is_(None))
        .order_by(*(column.desc() if descending else column for column in columns))
        .limit(bindparam("at_most", type_=Integer))
    )


def _locked(query: Select[Video]) -> Select[Video]:
    """With its row locked for one at a time, whatever refers to it.

    When a transaction updates an extraction twice, PostgreSQL takes a share of its video's key. Two
    that have one, and then ask for a lock that keeps out shares, would wait for each other.
    """
    return query.with_for_update(key_share=True)
