"""Frames of an archive, one by one and selected."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fotograma_kit.frame_index import Frame, Tile
from pydantic import BaseModel, Field

from fotograma_video.frames.service import Archive, FramePage
from fotograma_video.http.signing import UrlSigner
from fotograma_video.models import Extraction, Selection
from fotograma_video.selections.service import Wish
from fotograma_video.selections.zip_layout import SelectionZip
from fotograma_video.videos.cursor import encode_position

MAX_SECONDS = 1e9
"""Beyond any video."""
MAX_POSITION = 2**31


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
        address = _address(archive.video_id, archive.extraction_id)
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
        address = _address(archive.video_id, archive.extraction_id)
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


class TimeRange(BaseModel):
    """The frames whose times, as their names tell them, are in `[start, end)`; in seconds."""

    start: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
    end: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class PositionRange(BaseModel):
    """The frames at the positions `[start, end)`."""

    start: Annotated[int, Field(ge=0, le=MAX_POSITION)]
    end: Annotated[int, Field(ge=0, le=MAX_POSITION)]


class NewSelectionBody(BaseModel):
    """Which frames: all that are named, and all in one of the ranges."""

    names: list[Annotated[str, Field(max_length=64)]] = []
    times: list[TimeRange] = []
    positions: list[PositionRange] = []

    def wish(self) -> Wish:
        """What the selection is to have; times in microseconds."""
        return Wish(
            names=self.names,
            times_us=[(microseconds(r.start), microseconds(r.end)) for r in self.times],
            positions=[(r.start, r.end) for r in self.positions],
        )


class SelectionBody(BaseModel):
    """A ZIP of selected frames: `url` needs no token, and takes ranges to go on where a download
    broke off, until `expires_at`. The address is relative to that of the API.
    """

    id: UUID
    url: str
    frames: int
    size_bytes: int
    expires_at: datetime

    @classmethod
    def of(cls, archive: Archive, selection: Selection, signer: UrlSigner) -> Self:
        """The body for a selection."""
        address = _address(archive.video_id, archive.extraction_id)
        zipped = SelectionZip(selection.runs)
        return cls(
            id=selection.id,
            url=signer.sign(f"{address}/selection/{selection.id}", selection.expires_at),
            frames=zipped.frames,
            size_bytes=zipped.size,
            expires_at=selection.expires_at,
        )


def frames_url(extraction: Extraction) -> str | None:
    """Where an extraction's frames are listed, if they are."""
    if extraction.frame_index_key is None:
        return None
    return f"{_address(extraction.video_id, extraction.id)}/frames"


def _address(video_id: UUID, extraction_id: UUID) -> str:
    return f"/video/{video_id}/extractions/{extraction_id}"


def microseconds(seconds: float) -> int:
    """A time as frames' names tell it."""
    return round(seconds * 1_000_000)
