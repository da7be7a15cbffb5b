"""Live events: what changes in a user's library, while it changes.

PostgreSQL notifies every replica which video has changed, workers report their progress. A
subscription remembers only *that* something changed, so it stays small however slow its client
is, and the truth is read when it is sent: once for all streams of the user that want it.

Streams use at most a third of the database's pool together, whatever changes: requests come first.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from fotograma_contracts.extractions import SegmentProgressed
from fotograma_kit.database import DatabaseUnavailable

from fotograma_video import metrics
from fotograma_video.domain import RUNNING
from fotograma_video.errors import ExtractionNotFound, TooManyStreams, VideoNotFound
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.service import Extractions
from fotograma_video.library.service import Entry, Library
from fotograma_video.live.shared_reads import SharedReads
from fotograma_video.live.subscriptions import Audience, Subscription
from fotograma_video.models import Segment
from fotograma_video.rows import ExtractionRow
from fotograma_video.settings import ApiSettings
from fotograma_video.videos.repository import Page, SortKey

log = structlog.get_logger(__name__)

CHANGES = "changes"
"""The notification for a change: the owner's id and the video's, with a colon between."""
SNAPSHOT_VIDEOS = 100
GATHER_SECONDS = 0.25
"""Changes that come together are sent together."""
TRY_AGAIN_SECONDS = 30.0
"""After a stream was refused, and as much again by chance, lest all that were refused come back at
once. Others end when their access tokens do."""
_SHARE_OF_POOL = 3
_SNAPSHOT = "snapshot"
"""The key of the one read that is of no single video."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The user's newest videos: what a client shows before anything changes."""

    entries: list[Entry]
    more: bool
    """Whether there are older ones."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A video is new or changed."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Deleted:
    """A video is gone."""

    video_id: UUID


@dataclass(frozen=True, slots=True)
class Progressed:
    """An extraction has more frames."""

    extraction: ExtractionRow
    segments: list[Segment]


LiveEvent = Snapshot | Changed | Deleted | Progressed


class _Feed:
    """All streams of one user in this process."""

    def __init__(self, at_once: asyncio.Semaphore) -> None:
        self.subscriptions: set[Subscription] = set()
        self.reads = SharedReads(at_once)

    def note_video(self, video_id: UUID) -> None:
        self.reads.outdate(_SNAPSHOT, video_id)
        for subscription in self.subscriptions:
            subscription.note_video(video_id)

    def note_everything(self) -> None:
        self.reads.outdate(_SNAPSHOT)
        for subscription in self.subscriptions:
            subscription.note_everything()


class Live:
    """The streams of one replica."""

    def __init__(
        self,
        library: Library,
        extractions: Extractions,
        progress: Progress,
        settings: ApiSettings,
    ) -> None:
        self._library = library
        self._extractions = extractions
        self._progress = progress
        self._max_streams = settings.video_max_streams
        self._max_streams_per_user = settings.video_max_streams_per_user
        pool = settings.database_pool_size + settings.database_pool_overflow
        self._at_once = asyncio.Semaphore(max(1, pool // _SHARE_OF_POOL))
        self._resync_per_second = settings.video_resync_users_per_second
        self._feeds: dict[UUID, _Feed] = {}
        self._audience = Audience()
        self._streams = 0

    def on_change(self, payload: str) -> None:
        """Note that a video has changed; `payload` is a notification of `CHANGES`."""
        owner_id, _, video_id = payload.partition(":")
        if feed := self._feeds.get(UUID(owner_id)):
            feed.note_video(UUID(video_id))

    def on_progress(self, event: SegmentProgressed) -> None:
        """Record a worker's progress and note it for the streams that show it."""
        self._progress.record(event)
        for subscription in self._audience.of(event.extraction_id):
            self._feeds[subscription.owner_id].reads.outdate(event.extraction_id)
            subscription.note_progress(event.extraction_id)

    def on_reconnect(self) -> None:
        """Send every client a new snapshot, some after others: notifications may be missing."""
        loop = asyncio.get_running_loop()
        for number, feed in enumerate(self._feeds.values()):
            loop.call_later(number / self._resync_per_second, feed.note_everything)

    def check_room(self, owner_id: UUID) -> None:
        """Raises `TooManyStreams` where the user may open no other."""
        feed = self._feeds.get(owner_id)
        if feed is not None and len(feed.subscriptions) >= self._max_streams_per_user:
            raise _refused("user_streams", self._max_streams_per_user)
        if self._streams >= self._max_streams:
            raise _refused("streams", self._max_streams)

    @contextmanager
    def subscribed(self, owner_id: UUID) -> Iterator[Subscription]:
        """A stream of the user. Raises `TooManyStreams`."""
        self.check_room(owner_id)
        feed = self._feeds.get(owner_id) or _Feed(self._at_once)
        subscription = Subscription(owner_id)
        self._feeds[owner_id] = feed
        feed.subscriptions.add(subscription)
        self._count(1)
        try:
            yield subscription
        finally:
            self._count(-1)
            self._audience.show(subscription, {})
            feed.subscriptions.discard(subscription)
            if not feed.subscriptions:
                del self._feeds[owner_id]

    async def events(self, subscription: Subscription, until: float) -> AsyncIterator[LiveEvent]:
        """A snapshot, then what changes, until the given Unix time.

        Ends where the database does not answer: the client comes back for another snapshot.
        """
        try:
            while (left := until - time.time()) > 0:
                try:
                    await asyncio.wait_for(subscription.wait(), left)
                except TimeoutError:
                    return
                await asyncio.sleep(GATHER_SECONDS)
                async for event in self._news(subscription):
                    yield event
        except DatabaseUnavailable as error:
            log.info("stream ended", error=str(error))

    def _count(self, more: int) -> None:
        self._streams += more
        metrics.STREAMS.set(self._streams)

    async def _news(self, subscription: Subscription) -> AsyncIterator[LiveEvent]:
        everything, videos, progressed = subscription.take()
        if everything:
            yield await self._snapshot(subscription)
            return
        for video_id in videos:
            yield await self._changed(video_id, subscription)
        for extraction_id in progressed:
            if event := await self._progressed(extraction_id, subscription):
                yield event

    async def _snapshot(self, subscription: Subscription) -> Snapshot:
        owner_id = subscription.owner_id
        read = partial(self._library.page, owner_id, _NEWEST)
        entries = await self._feeds[owner_id].reads.get(_SNAPSHOT, read)
        shown = entries[:SNAPSHOT_VIDEOS]
        running = {e.id: e.video_id for entry in shown for e in _running(entry)}
        self._audience.show(subscription, running)
        return Snapshot(shown, more=len(entries) > SNAPSHOT_VIDEOS)

    async def _changed(self, video_id: UUID, subscription: Subscription) -> LiveEvent:
        owner_id = subscription.owner_id
        others = {e: video for e, video in subscription.running.items() if video != video_id}
        read = partial(self._library.get, owner_id, video_id)
        try:
            entry = await self._feeds[owner_id].reads.get(video_id, read)
        except VideoNotFound:
            self._audience.show(subscription, others)
            return Deleted(video_id)
        running = {e.id: video_id for e in _running(entry)}
        self._audience.show(subscription, others | running)
        return Changed(entry)

    async def _progressed(
        self, extraction_id: UUID, subscription: Subscription
    ) -> Progressed | None:
        owner_id, video_id = subscription.owner_id, subscription.running.get(extraction_id)
        if video_id is None:
            return None
        read = partial(self._extractions.get, owner_id, video_id, extraction_id)
        try:
            found = await self._feeds[owner_id].reads.get(extraction_id, read)
        except (VideoNotFound, ExtractionNotFound):
            return None
        return Progressed(found.extraction, found.segments)


def _refused(which: str, limit: int) -> TooManyStreams:
    after = random.uniform(TRY_AGAIN_SECONDS, 2 * TRY_AGAIN_SECONDS)
    return TooManyStreams(after, which=which, limit=limit)


_NEWEST = Page(
    limit=SNAPSHOT_VIDEOS + 1,
    sort=SortKey.CREATED,
    descending=True,
    status=None,
    search=None,
    after=None,
)


def _running(entry: Entry) -> list[ExtractionRow]:
    return [e for e in entry.extractions if e.status in RUNNING]
