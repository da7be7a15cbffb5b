"""Frames of an archive, one by one."""

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
            url=signer.sign(f"{address}/frames/{frame.name}"),
            thumbnail=ThumbnailBody.of(frame.tile) if frame.tile else None,
        )


class SheetBody(BaseModel):
    """A sheet of thumbnails. `url` needs no token and opens for an hour at least."""

    number: int
    url: str

    @classmethod
    def of(cls, archive: Archive, number: int, signer: UrlSigner) -> Self:
        """The body for a sheet."""
        address = extraction_address(archive.video_id, archive.extraction_id)
        return cls(number=number, url=signer.sign(f"{address}/sheets/{number}"))


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
        shown = sorted({frame.tile.sheet for frame in page.frames if frame.tile})
        return cls(
            total=page.archive.frames.count,
            items=[
                FrameBody.of(page.archive, position, frame, signer)
                for position, frame in enumerate(page.frames, page.first)
            ],
            sheets=[SheetBody.of(page.archive, number, signer) for number in shown],
            next=None if page.next is None else encode_position(page.next),
        )


def microseconds(seconds: float) -> int:
    """A time as frames' names tell it."""
    return round(seconds * 1_000_000)
