"""Live events: what changes in a user's library, while it changes.

PostgreSQL notifies every replica which video has changed, workers report their progress. A
subscription remembers only *that* something changed, so it stays small however slow its client
is, and the truth is read when it is sent.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from fotograma_contracts.extractions import SegmentProgressed

from fotograma_video.domain import RUNNING
from fotograma_video.errors import ExtractionNotFound, VideoNotFound
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.service import Extractions
from fotograma_video.library.service import Entry, Library
from fotograma_video.models import Extraction, Segment
from fotograma_video.videos.repository import Page, SortKey

CHANGES = "changes"
"""The notification for a change: the owner's id and the video's, with a colon between."""
SNAPSHOT_VIDEOS = 100
GATHER_SECONDS = 0.25
"""Changes that come together are sent together."""


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

    extraction: Extraction
    segments: list[Segment]


LiveEvent = Snapshot | Changed | Deleted | Progressed


class _Subscription:
    """The changes that a client has not been sent yet."""

    def __init__(self) -> None:
        self._noted = asyncio.Event()
        self._all = True
        self._videos: dict[UUID, None] = {}
        self._progressed: dict[UUID, None] = {}
        self.running: dict[UUID, UUID] = {}
        """The video of each extraction that runs, as far as the client knows."""
        self._noted.set()

    def note_everything(self) -> None:
        self._all = True
        self._noted.set()

    def note_video(self, video_id: UUID) -> None:
        self._videos[video_id] = None
        self._noted.set()

    def note_progress(self, extraction_id: UUID) -> None:
        if extraction_id in self.running:
            self._progressed[extraction_id] = None
            self._noted.set()

    async def wait(self) -> None:
        await self._noted.wait()

    def take(self) -> tuple[bool, list[UUID], list[UUID]]:
        """Whether everything may have changed; else the videos, and the extractions."""
        taken = self._all, list(self._videos), list(self._progressed)
        self._all = False
        self._videos.clear()
        self._progressed.clear()
        self._noted.clear()
        return taken


class Live:
    """The subscriptions of one replica."""

    def __init__(self, library: Library, extractions: Extractions, progress: Progress) -> None:
        self._library = library
        self._extractions = extractions
        self._progress = progress
        self._subscriptions: defaultdict[UUID, set[_Subscription]] = defaultdict(set)

    def on_change(self, payload: str) -> None:
        """Note that a video has changed; `payload` is a notification of `CHANGES`."""
        owner_id, _, video_id = payload.partition(":")
        for subscription in self._subscriptions.get(UUID(owner_id), ()):
            subscription.note_video(UUID(video_id))

    def on_progress(self, event: SegmentProgressed) -> None:
        """Record a worker's progress and note it for the subscriptions that show it."""
        self._progress.record(event)
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.note_progress(event.extraction_id)

    def on_reconnect(self) -> None:
        """Send every client a new snapshot: notifications may have been missed."""
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.note_everything()

    async def events(self, owner_id: UUID, until: float) -> AsyncIterator[LiveEvent]:
        """A snapshot, then what changes, until the given Unix time."""
        subscription = _Subscription()
        self._subscriptions[owner_id].add(subscription)
        try:
            while (left := until - time.time()) > 0:
                try:
                    await asyncio.wait_for(subscription.wait(), left)
                except TimeoutError:
                    return
                await asyncio.sleep(GATHER_SECONDS)
                async for event in self._news(owner_id, subscription):
                    yield event
        finally:
            self._subscriptions[owner_id].discard(subscription)
            if not self._subscriptions[owner_id]:
                del self._subscriptions[owner_id]

    async def _news(self, owner_id: UUID, subscription: _Subscription) -> AsyncIterator[LiveEvent]:
        everything, videos, progressed = subscription.take()
        if everything:
            entries = await self._library.page(owner_id, _NEWEST)
            shown = entries[:SNAPSHOT_VIDEOS]
            subscription.running = {e.id: e.video_id for entry in shown for e in _running(entry)}
            yield Snapshot(shown, more=len(entries) > SNAPSHOT_VIDEOS)
            return
        for video_id in videos:
            yield await self._changed(owner_id, video_id, subscription)
        for extraction_id in progressed:
            if event := await self._progressed(owner_id, extraction_id, subscription):
                yield event

    async def _changed(
        self, owner_id: UUID, video_id: UUID, subscription: _Subscription
    ) -> LiveEvent:
        known = subscription.running
        subscription.running = {e: video for e, video in known.items() if video != video_id}
        try:
            entry = await self._library.get(owner_id, video_id)
        except VideoNotFound:
            return Deleted(video_id)
        subscription.running |= {e.id: video_id for e in _running(entry)}
        return Changed(entry)

    async def _progressed(
        self, owner_id: UUID, extraction_id: UUID, subscription: _Subscription
    ) -> Progressed | None:
        video_id = subscription.running.get(extraction_id)
        if video_id is None:
            return None
        try:
            found = await self._extractions.get(owner_id, video_id, extraction_id)
        except (VideoNotFound, ExtractionNotFound):
            return None
        return Progressed(found.extraction, found.segments)


_NEWEST = Page(
    limit=SNAPSHOT_VIDEOS + 1,
    sort=SortKey.CREATED,
    descending=True,
    status=None,
    search=None,
    after=None,
)


def _running(entry: Entry) -> list[Extraction]:
    return [e for e in entry.extractions if e.status in RUNNING]
