"""Find a video for its owner. Another user's video is answered as not found."""

from typing import NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.errors import VideoGone, VideoNotFound
from fotograma_video.models import Video
from fotograma_video.rows import VideoRow
from fotograma_video.videos.repository import VideoRepository


async def owned_video(
    session: AsyncSession, owner_id: UUID, video_id: UUID, *, lock: bool = False
) -> Video:
    """The owner's video. Raises `VideoNotFound`, or `VideoGone` if it expired recently."""
    video = await VideoRepository(session).find(owner_id, video_id, lock=lock)
    return video or await _missing(session, owner_id, video_id)


async def owned_row(session: AsyncSession, owner_id: UUID, video_id: UUID) -> VideoRow:
    """The same, to be shown."""
    row = await VideoRepository(session).row(owner_id, video_id)
    return row or await _missing(session, owner_id, video_id)


async def seen_video(session: AsyncSession, viewer_id: UUID | None, video_id: UUID) -> Video:
    """A viewer's own video; one of None has shown a signed URL and may see any owner's."""
    if viewer_id is not None:
        return await owned_video(session, viewer_id, video_id)
    video = await VideoRepository(session).find_of_any_owner(video_id)
    return video or await _missing(session, None, video_id)


async def _missing(session: AsyncSession, owner_id: UUID | None, video_id: UUID) -> NoReturn:
    expired = await VideoRepository(session).has_expired(owner_id, video_id)
    raise VideoGone if expired else VideoNotFound
