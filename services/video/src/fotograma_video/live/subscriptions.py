"""What one stream has not been sent yet."""

import asyncio
from uuid import UUID


class Subscription:
    """The changes that a client has not been sent yet."""

    def __init__(self, owner_id: UUID) -> None:
        self.owner_id = owner_id
        self._noted = asyncio.Event()
        self._all = True
        self._videos: dict[UUID, None] = {}
        self._progressed: dict[UUID, None] = {}
        self.running: dict[UUID, UUID] = {}
        """The video of each extraction that runs, as far as the client knows."""
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
        """An extraction has more frames, which is of interest if the client shows it."""
        if extraction_id in self.running:
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
