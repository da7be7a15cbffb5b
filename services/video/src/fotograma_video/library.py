"""A user's videos: list, read, rename, delete, download."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

from fotograma_contracts.extractions import ExtractionCancelled
from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox

from fotograma_video.domain import COMPLETED, ExtractionStatus, may_become
from fotograma_video.errors import ExtractionNotFound, NotReady, VideoNotFound
from fotograma_video.keys import extractions_prefix, sources_prefix
from fotograma_video.models import Extraction, OutboxMessage, Video
from fotograma_video.repository import (
    ExtractionRepository,
    Page,
    SelectionRepository,
    SweepRepository,
    Usage,
    VideoRepository,
)
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage


@dataclass(frozen=True, slots=True)
class Entry:
    """A video with its extractions, newest first."""

    video: Video
    extractions: Sequence[Extraction]


@dataclass(frozen=True, slots=True)
class Download:
    """Where an archive can be fetched, and until when."""

    url: str
    expires_at: datetime


class Library:
    """Somebody else's video does not exist, as far as a user can tell."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._storage = storage
        self._settings = settings
        self._now = now
        self._outbox = Outbox(OutboxMessage)

    async def page(self, owner_id: UUID, page: Page) -> list[Entry]:
        """One page of the user's videos."""
        async with self._database.transaction() as session:
            videos = await VideoRepository(session).page(owner_id, page)
            found = await ExtractionRepository(session).of_videos(*(v.id for v in videos))
        return [Entry(video, [e for e in found if e.video_id == video.id]) for video in videos]

    async def get(self, owner_id: UUID, video_id: UUID) -> Entry:
        """Raises `VideoNotFound`."""
        async with self._database.transaction() as session:
            video = await VideoRepository(session).find(owner_id, video_id)
            if video is None:
                raise VideoNotFound
            return Entry(video, await ExtractionRepository(session).of_videos(video_id))

    async def rename(self, owner_id: UUID, video_id: UUID, name: str) -> Entry:
        """Raises `VideoNotFound`."""
        async with self._database.transaction() as session:
            video = await VideoRepository(session).find(owner_id, video_id, lock=True)
            if video is None:
                raise VideoNotFound
            video.name = name
            return Entry(video, await ExtractionRepository(session).of_videos(video_id))

    async def delete(self, owner_id: UUID, video_id: UUID) -> None:
        """Leave a tombstone and sweep the video's objects: now, and after any job has ended.

        Raises `VideoNotFound`.
        """
        now = self._now()
        async with self._database.transaction() as session:
            # Extractions before their video: the order in which processing locks them.
            extractions = await ExtractionRepository(session).of_videos(video_id, lock=True)
            video = await VideoRepository(session).find(owner_id, video_id, lock=True)
            if video is None:
                raise VideoNotFound
            video.deleted_at = now
            for extraction in extractions:
                if may_become(extraction.status, ExtractionStatus.CANCELLED):
                    extraction.status = ExtractionStatus.CANCELLED
                    extraction.finished_at = now
                    await self._outbox.add(
                        session, ExtractionCancelled(extraction_id=extraction.id)
                    )
            await SelectionRepository(session).forget_of_video(video_id)
            again = now + timedelta(seconds=self._settings.sweep_again_seconds)
            sweeps = SweepRepository(session)
            sweeps.add(sources_prefix(video_id), now, again)
            sweeps.add(extractions_prefix(video_id), now, again)

    async def download(
        self, owner_id: UUID, video_id: UUID, extraction_id: UUID | None
    ) -> Download:
        """The archive of one extraction, by default of the newest complete one.

        Raises `VideoNotFound`, `ExtractionNotFound` or `NotReady`.
        """
        entry = await self.get(owner_id, video_id)
        extraction = _downloadable(entry.extractions, extraction_id)
        assert extraction.archive_key is not None  # noqa: S101 - it is complete
        expires_at = self._now() + timedelta(seconds=self._settings.video_download_url_seconds)
        file_name = f"{PurePath(entry.video.name).stem}.zip"
        return Download(
            await self._storage.download_url(extraction.archive_key, file_name), expires_at
        )

    async def usage(self, owner_id: UUID) -> Usage:
        """What the user has."""
        async with self._database.transaction() as session:
            return await VideoRepository(session).usage(owner_id)


def _downloadable(extractions: Sequence[Extraction], extraction_id: UUID | None) -> Extraction:
    asked = [e for e in extractions if extraction_id in {None, e.id}]
    if extraction_id is not None and not asked:
        raise ExtractionNotFound
    complete = next((e for e in asked if e.status in COMPLETED), None)
    if complete is not None:
        return complete
    newest = asked[0] if asked else None
    if newest is not None and newest.status is ExtractionStatus.FAILED:
        raise NotReady(f"The extraction failed: {newest.detail}", reason=newest.reason)
    raise NotReady("The frames are still being extracted.")
