"""What one stream has not been sent yet."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID


class Subscription:
    """The changes that a client has not been sent yet."""

    def __init__(self, owner_id: UUID) -> None:
        self.owner_id = owner_id
        self._noted = asyncio.Event()
        self._all = True
        self._videos: dict[UUID, None] = {}
        self._progressed: dict[UUID, None] = {}
        self.running: Mapping[UUID, UUID] = {}
        """The video of each extraction that runs, as far as the client knows; see `Audience`."""
        self._noted.set()

    def note_everything(self) -> None:
        """Everything may have changed."""
        self._all = True
        self._noted.set()

    def note_video(self, video_id: UUID) -> None:
        """A video has changed."""
        self._videos[video_id] = None
        self._noted.set()

    def note_progress(self, extraction_id: UUID) -> None:
        """An extraction that the client shows has more frames."""
        self._progressed[extraction_id] = None
        self._noted.set()

    async def wait(self) -> None:
        """Return when something has changed."""
        await self._noted.wait()

    def take(self) -> tuple[bool, list[UUID], list[UUID]]:
        """Whether everything may have changed; else the videos, and the extractions."""
        taken = self._all, list(self._videos), list(self._progressed)
        self._all = False
        self._videos.clear()
        self._progressed.clear()
        self._noted.clear()
        return taken


class Audience:
    """Which streams show an extraction that runs: most show another."""

    def __init__(self) -> None:
        self._streams: dict[UUID, set[Subscription]] = {}

    def of(self, extraction_id: UUID) -> Collection[Subscription]:
        """The streams that show the extraction."""
        return self._streams.get(extraction_id, ())

    def show(self, subscription: Subscription, running: Mapping[UUID, UUID]) -> None:
        """Say what a stream shows from now on, by extraction and with their videos."""
        for extraction_id in subscription.running.keys() - running.keys():
            streams = self._streams[extraction_id]
            streams.discard(subscription)
            if not streams:
                del self._streams[extraction_id]
        for extraction_id in running.keys() - subscription.running.keys():
            self._streams.setdefault(extraction_id, set()).add(subscription)
        subscription.running = running
