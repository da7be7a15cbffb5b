"""Files whose bytes are fetched, with few requests where it is known what will be read."""

from typing import Protocol, runtime_checkable

from fotograma_worker.engine.media import BUFFER_SIZE, SeekableFile, Video


@runtime_checkable
class FarFile(SeekableFile, Protocol):
    """A file whose bytes are fetched."""

    def expect(self, begin: int, end: int) -> None:
        """Who comes to read in this range reads on to its end."""


def will_read(video: Video, begin: int, end: int) -> None:
    """Have this range of a video's file fetched with few requests, and little beyond it."""
    if isinstance(video.source, FarFile):
        # libavformat fills its buffer before it looks at what it has.
        video.source.expect(begin, end + BUFFER_SIZE)
