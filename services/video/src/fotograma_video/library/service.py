"""A user's videos: list, read, change, delete, download."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import TypedDict
from uuid import UUID

from fotograma_contracts.extractions import Probe
from fotograma_kit.database import Database
from fotograma_kit.field_errors import FieldErrorCode
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import COMPLETED, RUNNING, kept_days
from fotograma_video.errors import BadRetention, ExtractionNotFound
from fotograma_video.extractions.dispatch_repository import DispatchRepository
from fotograma_video.extractions.progress import Expectation, Progress
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.extractions.transitions import archive_of
from fotograma_video.library.deletion import delete_video
from fotograma_video.models import Video
from fotograma_video.rows import ExtractionRow, VideoRow
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.users.limits import UserLimits
from fotograma_video.users.quotas import Account, Quotas
from fotograma_video.videos.media_types import source_media_type
from fotograma_video.videos.ownership import owned_row, owned_video
from fotograma_video.videos.repository import Page, VideoRepository


@dataclass(frozen=True, slots=True)
class Entry:
    """A video with its extractions, newest first."""

    video: VideoRow
    extractions: Sequence[ExtractionRow]
    expected: Mapping[UUID, Expectation]
    """Of each running extraction."""


@dataclass(frozen=True, slots=True)
class Download:
    """Where an archive can be fetched, and until when."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PlayableSource:
    """Where a browser can play what was uploaded, and until when."""

    url: str
    media_type: str
    size_bytes: int
    expires_at: datetime


class Changes(TypedDict, total=False):
    """Changes to a video; fields that are absent stay."""

    name: str
    retention_days: int | None
    """None: for as long as the user may keep it."""


class Library:
    """Reads and changes a user's videos. Another user's video is answered as not found."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        quotas: Quotas,
        progress: Progress,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._storage = storage
        self._quotas = quotas
        self._progress = progress
        self._settings = settings
        self._now = now

    async def page(self, owner_id: UUID, page: Page) -> list[Entry]:
        """One page of the user's videos."""
        async with self._database.transaction() as session:
            videos = await VideoRepository(session).page(owner_id, page)
            found = await ExtractionRepository(session).rows_of_videos(*(v.id for v in videos))
            expected = await self._expected(session, found)
        of_videos: dict[UUID, list[ExtractionRow]] = {video.id: [] for video in videos}
        for extraction in found:
            of_videos[extraction.video_id].append(extraction)
        return [Entry(video, of_videos[video.id], expected) for video in videos]

    async def get(self, owner_id: UUID, video_id: UUID) -> Entry:
        """Raises `VideoNotFound` or `VideoGone`."""
        async with self._database.transaction() as session:
            return await self._entry(session, owner_id, video_id)

    async def change(self, owner_id: UUID, video_id: UUID, changes: Changes) -> Entry:
        """Raises `VideoNotFound`, `VideoGone` or `BadRetention`."""
        async with self._database.transaction() as session:
            video = await owned_video(session, owner_id, video_id, lock=True)
            if "name" in changes:
                video.name = changes["name"]
            if "retention_days" in changes:
                limits = await self._quotas.limits(session, owner_id)
                self._keep(video, changes["retention_days"], limits)
            await session.flush()
            return await self._entry(session, owner_id, video_id)

    async def delete(self, owner_id: UUID, video_id: UUID) -> None:
        """Leave a tombstone. Raises `VideoNotFound` or `VideoGone`."""
        async with self._database.transaction() as session:
            # Extractions before their video: the order in which processing locks them.
            extractions = await ExtractionRepository(session).locked_of_video(video_id)
            video = await owned_video(session, owner_id, video_id, lock=True)
            await delete_video(session, video, extractions, self._settings, self._now())

    async def download(
        self, owner_id: UUID, video_id: UUID, extraction_id: UUID | None
    ) -> Download:
        """The archive of one extraction, by default of the newest complete one.

        Raises `VideoNotFound`, `VideoGone`, `ExtractionNotFound`, or what `archive_of` raises.
        """
        entry = await self.get(owner_id, video_id)
        extraction = _downloadable(entry.extractions, extraction_id)
        key = archive_of(extraction)
        expires_at = self._now() + timedelta(seconds=self._settings.video_download_url_seconds)
        file_name = f"{PurePath(entry.video.name).stem}.zip"
        return Download(await self._storage.download_url(key, file_name), expires_at)

    async def source(self, owner_id: UUID, video_id: UUID) -> PlayableSource:
        """What was uploaded. Raises `VideoNotFound` or `VideoGone`."""
        entry = await self.get(owner_id, video_id)
        video = entry.video
        probe = next((e.probe for e in entry.extractions if e.probe is not None), None)
        media_type = source_media_type(None if probe is None else Probe.model_validate(probe))
        expires_at = self._now() + timedelta(seconds=self._settings.video_download_url_seconds)
        url = await self._storage.source_url(video.source_key, video.name, media_type)
        return PlayableSource(url, media_type, video.size_bytes, expires_at)

    async def account(self, owner_id: UUID) -> Account:
        """What the user may have, and has."""
        async with self._database.transaction() as session:
            return await self._quotas.account(session, owner_id)

    async def _entry(self, session: AsyncSession, owner_id: UUID, video_id: UUID) -> Entry:
        video = await owned_row(session, owner_id, video_id)
        extractions = await ExtractionRepository(session).rows_of_videos(video_id)
        return Entry(video, extractions, await self._expected(session, extractions))

    async def _expected(
        self, session: AsyncSession, extractions: Sequence[ExtractionRow]
    ) -> Mapping[UUID, Expectation]:
        running = [e for e in extractions if e.status in RUNNING]
        if not running:
            return {}
        work = await ExtractionRepository(session).segment_timings(*(e.id for e in running))
        dispatch = DispatchRepository(session)
        ahead = await dispatch.seconds_ahead(work, self._settings.dispatch_depth)
        return {
            e.id: Expectation(
                self._progress.seconds_left(e, [w for w in work if w.extraction_id == e.id]),
                ahead.get(e.id),
            )
            for e in running
        }

    def _keep(self, video: Video, days: int | None, limits: UserLimits) -> None:
        limits.check_retention(days)
        kept = timedelta(days=kept_days(days, limits.retention_days))
        age = self._now() - video.created_at
        if days is not None and kept <= age:
            raise BadRetention(
                "The video is older than that already. Delete it instead.",
                field_code=FieldErrorCode.TOO_SMALL,
                field_limit=age.days + 1,
            )
        video.retention_days = days
        video.expires_at = video.created_at + kept


def _downloadable(
    extractions: Sequence[ExtractionRow], extraction_id: UUID | None
) -> ExtractionRow:
    """The one that is asked for; or the newest that is complete, or else that may become it."""
    asked = [e for e in extractions if extraction_id in {None, e.id}]
    if not asked:
        raise ExtractionNotFound
    for wanted in (COMPLETED, RUNNING):
        if found := next((e for e in asked if e.status in wanted), None):
            return found
    return asked[0]
