"""Delete what belonged to a user whose account was deleted.

At once the user's videos can be neither seen nor added to, and their objects in S3 are swept. The
tombstones stay until no worker can report about them any more, as with any deleted video; then
they are deleted as well.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from fotograma_kit.database import Database

from fotograma_video.errors import VideoNotFound
from fotograma_video.library.service import Library
from fotograma_video.settings import VideoSettings
from fotograma_video.sweeps import SweepRepository
from fotograma_video.upkeep.erasure_repository import ErasureRepository
from fotograma_video.users.repository import UserRepository

log = structlog.get_logger(__name__)

REMEMBERED_DAYS = 7
"""How long a deletion is remembered: far longer than an access token is valid."""


class Erasure:
    """Each step is harmless to repeat: the event may come again, and finish what one left."""

    def __init__(
        self,
        database: Database,
        library: Library,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._library = library
        self._now = now
        self._swept_after = timedelta(seconds=settings.sweep_again_seconds)

    async def erase_user(self, user_id: UUID) -> None:
        """Delete the user's videos and uploads in progress, and refuse new ones."""
        await self._close(user_id)
        await self._end_uploads(user_id)
        async with self._database.transaction() as session:
            video_ids = await ErasureRepository(session).live_videos(user_id)
        for video_id in video_ids:
            with suppress(VideoNotFound):  # deleted meanwhile
                await self._library.delete(user_id, video_id)
        async with self._database.transaction() as session:
            await ErasureRepository(session).blank(user_id)
        log.info("user erased", user_id=str(user_id), videos=len(video_ids))

    async def purge(self) -> None:
        """Delete what is left of users whose objects have been swept for the last time."""
        while await self._purge_one():
            pass
        async with self._database.transaction() as session:
            before = self._now() - timedelta(days=REMEMBERED_DAYS)
            await ErasureRepository(session).delete_purged(before)

    async def _close(self, user_id: UUID) -> None:
        """Close the user's quota: what was taken from it before is visible from now on."""
        async with self._database.transaction() as session:
            await UserRepository(session).lock(user_id)
            await ErasureRepository(session).add(user_id, self._now())

    async def _end_uploads(self, user_id: UUID) -> None:
        """Before the videos are looked for: an upload that is about to be one is waited for."""
        now = self._now()
        async with self._database.transaction() as session:
            erasures, sweeps = ErasureRepository(session), SweepRepository(session)
            for key in await erasures.take_uploads(user_id):
                sweeps.add(key, now, now + self._swept_after)
            await erasures.delete_keys(user_id)

    async def _purge_one(self) -> bool:
        async with self._database.transaction() as session:
            erasures = ErasureRepository(session)
            erased = await erasures.due(self._now() - self._swept_after)
            if erased is None:
                return False
            await erasures.purge(erased.user_id)
            erased.purged = True
            return True
