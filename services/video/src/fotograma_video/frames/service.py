"""The frames of an archive, one by one."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from fotograma_archive.frame_index import Frame, Tile
from fotograma_archive.names import poster_key, sprite_sheet_name, sprite_sheets_prefix
from fotograma_kit.database import Database

from fotograma_video.errors import (
    ArchiveGone,
    ExtractionNotFound,
    FrameNotFound,
    FramesNotListed,
    PosterNotFound,
    SpriteSheetNotFound,
)
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.extractions.transitions import archive_of
from fotograma_video.frames.frame_list import FrameBlocks, FrameList
from fotograma_video.frames.streaming import read_ahead
from fotograma_video.object_keys import pieces_prefix
from fotograma_video.storage import Storage
from fotograma_video.videos.ownership import seen_video

Viewer = UUID | None
"""A user's id, or None for a request with a signed URL."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A complete extraction's archive, and what lies beside it."""

    video_id: UUID
    extraction_id: UUID
    video_name: str
    key: str
    frames: FrameList
    sprite_sheets: int
    has_poster: bool


@dataclass(frozen=True, slots=True)
class SheetSize:
    """The size of a sprite sheet in pixels."""

    width: int
    height: int

    def with_tile(self, tile: Tile) -> "SheetSize":
        """The size that it has at least, since it has this thumbnail."""
        return SheetSize(
            max(self.width, tile.x + tile.width), max(self.height, tile.y + tile.height)
        )


@dataclass(frozen=True, slots=True)
class FramePage:
    """Consecutive frames, the first of them at the position `first` of all."""

    archive: Archive
    first: int
    frames: Sequence[Frame]
    sheets: Mapping[int, SheetSize]
    """Those that show the frames, by number."""

    @property
    def next(self) -> int | None:
        """The position of the next page."""
        end = self.first + len(self.frames)
        return end if end < self.archive.frames.count else None


class Frames:
    """Reads frames. Another user's frames are answered as not found."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage
        self._blocks = FrameBlocks(storage.read)

    async def archive(self, viewer: Viewer, video_id: UUID, extraction_id: UUID) -> Archive:
        """Raises `VideoNotFound`, `VideoGone`, `ExtractionNotFound`, `FramesNotListed`, or what
        `archive_of` raises.
        """
        async with self._database.transaction() as session:
            video = await seen_video(session, viewer, video_id)
            extraction = await ExtractionRepository(session).find(video_id, extraction_id)
        if extraction is None:
            raise ExtractionNotFound
        key = archive_of(extraction)
        if extraction.frame_index_key is None:
            raise FramesNotListed
        return Archive(
            video_id=video_id,
            extraction_id=extraction_id,
            video_name=video.name,
            key=key,
            frames=FrameList(self._blocks, extraction.frame_index_key, extraction.frames or 0),
            sprite_sheets=extraction.sheets,
            has_poster=extraction.poster,
        )

    async def page(self, archive: Archive, first: int, limit: int) -> FramePage:
        """At most `limit` frames from the position `first` on.

        Raises `ArchiveGone` or `StorageUnavailable`.
        """
        last = min(first + limit, archive.frames.count)
        frames = [frame async for frame in archive.frames.between(first, last)]
        return FramePage(archive, first, frames, await _sheets(archive.frames, first, last))

    async def find(self, archive: Archive, name: str) -> Frame:
        """Raises `FrameNotFound`, `ArchiveGone` or `StorageUnavailable`."""
        position = await archive.frames.find(name)
        if position is None:
            raise FrameNotFound
        return await archive.frames.at(position)

    def read(self, archive: Archive, frame: Frame) -> AsyncGenerator[bytes, None]:
        """The bytes of a frame. Raises `ArchiveGone` or `StorageUnavailable`."""
        read = partial(self._storage.read, archive.key)
        return read_ahead(read, [(frame.data_offset, frame.end)])

    async def sprite_sheet(self, archive: Archive, number: int) -> bytes:
        """A sprite sheet of thumbnails, as JPEG; a few hundred kilobytes.

        Raises `SpriteSheetNotFound`, `ArchiveGone` or `StorageUnavailable`.
        """
        if number >= archive.sprite_sheets:
            raise SpriteSheetNotFound
        return await self._storage.read_all(
            sprite_sheets_prefix(archive.key) + sprite_sheet_name(number)
        )

    async def poster(self, archive: Archive) -> bytes:
        """One thumbnail, as JPEG.

        Raises `PosterNotFound`, `ArchiveGone` or `StorageUnavailable`.
        """
        if not archive.has_poster:
            raise PosterNotFound
        return await self._storage.read_all(poster_key(archive.key))

    async def live_sheet(
        self, viewer: Viewer, video_id: UUID, extraction_id: UUID, name: str
    ) -> bytes:
        """A sprite sheet of what is still being extracted, as JPEG.

        Raises `VideoNotFound`, `VideoGone`, `ExtractionNotFound`, `StorageUnavailable`, or
        `SpriteSheetNotFound` once it lies beside the archive instead.
        """
        async with self._database.transaction() as session:
            await seen_video(session, viewer, video_id)
            found = await ExtractionRepository(session).find(video_id, extraction_id)
        if found is None:
            raise ExtractionNotFound
        try:
            return await self._storage.read_all(pieces_prefix(video_id, extraction_id) + name)
        except ArchiveGone as error:
            raise SpriteSheetNotFound from error


async def _sheets(frames: FrameList, first: int, last: int) -> dict[int, SheetSize]:
    """The sheets that show the frames at the positions `[first, last)`, with their sizes.

    Of a sheet that begins before or ends behind those, all thumbnails are looked at.
    """
    sheets: dict[int, SheetSize] = {}
    async for tile in _tiles(frames, first, last):
        sheets[tile.sheet] = sheets.get(tile.sheet, SheetSize(0, 0)).with_tile(tile)
    if not sheets:
        return sheets
    for positions in (range(first - 1, -1, -1), range(last, frames.count)):
        async for tile in _tiles(frames, positions.start, positions.stop, positions.step):
            if tile.sheet not in sheets:
                break
            sheets[tile.sheet] = sheets[tile.sheet].with_tile(tile)
    return sheets


async def _tiles(frames: FrameList, first: int, last: int, step: int = 1) -> AsyncIterator[Tile]:
    for position in range(first, last, step):
        tile = (await frames.at(position)).tile
        if tile is not None:
            yield tile
