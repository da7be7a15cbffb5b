"""Frames of an archive, one by one."""

from collections.abc import Sequence
from typing import Self

from fotograma_archive.frame_index import Frame, Tile
from pydantic import BaseModel

from fotograma_video.frames.cursor import encode_position
from fotograma_video.frames.service import Archive, FramePage
from fotograma_video.http.addresses import extraction_address
from fotograma_video.http.signing import UrlSigner

MAX_SECONDS = 1e9
"""Beyond any video."""


class ThumbnailBody(BaseModel):
    """Where a frame's thumbnail is: on which sheet, and the place on it in pixels."""

    sheet: int
    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, tile: Tile) -> Self:
        """The body for a place."""
        return cls(sheet=tile.sheet, x=tile.x, y=tile.y, width=tile.width, height=tile.height)


class FrameBody(BaseModel):
    """A frame. `url` needs no token and opens for an hour at least."""

    name: str
    position: int
    """Counted from 0, in time order."""
    time_seconds: float
    """When it is shown, rounded down to the microsecond."""
    size_bytes: int
    sha256: str
    """Of its bytes, in hexadecimal."""
    url: str
    thumbnail: ThumbnailBody | None

    @classmethod
    def of(cls, archive: Archive, position: int, frame: Frame, signer: UrlSigner) -> Self:
        """The body for a frame."""
        address = extraction_address(archive.video_id, archive.extraction_id)
        return cls(
            name=frame.name,
            position=position,
            time_seconds=frame.time_us / 1_000_000,
            size_bytes=frame.size,
            sha256=frame.sha256.hex(),
            url=signer.sign(f"{address}/frames/{frame.name}"),
            thumbnail=ThumbnailBody.of(frame.tile) if frame.tile else None,
        )


class SheetBody(BaseModel):
    """A sheet of thumbnails. `url` needs no token and opens for an hour at least."""

    number: int
    url: str
    width: int
    height: int

    @classmethod
    def all_of(cls, page: FramePage, signer: UrlSigner) -> list[Self]:
        """The bodies for the sheets that show a page's frames."""
        address = extraction_address(page.archive.video_id, page.archive.extraction_id)
        return [
            cls(
                number=number,
                url=signer.sign(f"{address}/sheets/{number}"),
                width=size.width,
                height=size.height,
            )
            for number, size in sorted(page.sheets.items())
        ]


class FramePageBody(BaseModel):
    """One page of an archive's frames. `next` is the cursor of the following one, if there is one.

    Addresses are relative to that of the API.
    """

    total: int
    """Frames in the archive."""
    items: list[FrameBody]
    sheets: list[SheetBody]
    """Those that show the page's frames."""
    next: str | None

    @classmethod
    def of(cls, page: FramePage, signer: UrlSigner) -> Self:
        """The body for a page."""
        return cls(
            total=page.archive.frames.count,
            items=[
                FrameBody.of(page.archive, position, frame, signer)
                for position, frame in enumerate(page.frames, page.first)
            ],
            sheets=SheetBody.all_of(page, signer),
            next=_cursor(page),
        )


class FrameColumns(BaseModel):
    """The frames of a page, the n-th of which is the n-th of each list."""

    name: list[str]
    time_us: list[int]
    """When each is shown, in microseconds, rounded down."""
    size_bytes: list[int]
    sha256: list[str]
    sheet: list[int | None]
    """The number of the sheet that its thumbnail is on. Null where there is none."""
    x: list[int]
    """Where on it the thumbnail begins, in pixels."""
    y: list[int]
    width: list[int]
    height: list[int]

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Self:
        """The columns for these frames."""
        tiles = [frame.tile or _NO_TILE for frame in frames]
        return cls(
            name=[frame.name for frame in frames],
            time_us=[frame.time_us for frame in frames],
            size_bytes=[frame.size for frame in frames],
            sha256=[frame.sha256.hex() for frame in frames],
            sheet=[frame.tile.sheet if frame.tile else None for frame in frames],
            x=[tile.x for tile in tiles],
            y=[tile.y for tile in tiles],
            width=[tile.width for tile in tiles],
            height=[tile.height for tile in tiles],
        )


_NO_TILE = Tile(sheet=0, x=0, y=0, width=0, height=0)


class CompactPageBody(BaseModel):
    """One page of an archive's frames, in columns: a third of the bytes.

    Addresses are relative to that of the API.
    """

    total: int
    """Frames in the archive."""
    first: int
    """The position of the page's first frame."""
    frame_url: str
    """With a frame's name in the place of `{name}` its address, which needs no token and opens for
    an hour at least."""
    frames: FrameColumns
    sheets: list[SheetBody]
    """Those that show the page's frames."""
    next: str | None

    @classmethod
    def of(cls, page: FramePage, signer: UrlSigner) -> Self:
        """The body for a page."""
        archive = page.archive
        address = extraction_address(archive.video_id, archive.extraction_id)
        return cls(
            total=archive.frames.count,
            first=page.first,
            frame_url=signer.sign_folder(f"{address}/frames", "{name}"),
            frames=FrameColumns.of(page.frames),
            sheets=SheetBody.all_of(page, signer),
            next=_cursor(page),
        )


def _cursor(page: FramePage) -> str | None:
    return None if page.next is None else encode_position(page.next)


def microseconds(seconds: float) -> int:
    """A time as frames' names tell it."""
    return round(seconds * 1_000_000)
