"""Frames that are chosen, and the ZIP of them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from fotograma_video.frames.schemas import MAX_SECONDS, microseconds
from fotograma_video.frames.service import Archive
from fotograma_video.http.addresses import extraction_address
from fotograma_video.http.signing import UrlSigner
from fotograma_video.models import Selection
from fotograma_video.selections.service import FrameSelection
from fotograma_video.selections.zip_layout import SelectionZip

MAX_POSITION = 2**31


class TimeRange(BaseModel):
    """The frames whose times, as their names tell them, are in `[start, end)`; in seconds."""

    start: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
    end: Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class PositionRange(BaseModel):
    """The frames at the positions `[start, end)`, or every `step`-th of them from the first on."""

    start: Annotated[int, Field(ge=0, le=MAX_POSITION)]
    end: Annotated[int, Field(ge=0, le=MAX_POSITION)]
    step: Annotated[int, Field(ge=1, le=MAX_POSITION)] = 1


class NewSelectionBody(BaseModel):
    """Which frames: all that are named, and all in one of the ranges."""

    names: list[Annotated[str, Field(max_length=64)]] = []
    times: list[TimeRange] = []
    positions: list[PositionRange] = []

    def selection(self) -> FrameSelection:
        """What the selection is to have; times in microseconds."""
        return FrameSelection(
            names=self.names,
            times_us=[(microseconds(r.start), microseconds(r.end)) for r in self.times],
            positions=[range(r.start, r.end, r.step) for r in self.positions],
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
        address = extraction_address(archive.video_id, archive.extraction_id)
        zipped = SelectionZip(selection.runs)
        return cls(
            id=selection.id,
            url=signer.sign(f"{address}/selection/{selection.id}", selection.expires_at),
            frames=zipped.frames,
            size_bytes=zipped.size,
            expires_at=selection.expires_at,
        )
