"""Bodies of live events."""

from typing import Literal, Self
from uuid import UUID

from fotograma_contracts.extractions import LiveSheet
from pydantic import BaseModel, RootModel
from pydantic_core import to_json

from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.schemas import ProgressBody, progress_body, seconds_left
from fotograma_video.http.addresses import live_sheet_address
from fotograma_video.http.signing import UrlSigner
from fotograma_video.library.schemas import VideoBody, video_body
from fotograma_video.live.service import Changed, Deleted, LiveEvent, Progressed, Snapshot
from fotograma_video.rows import ExtractionRow, Json


class LiveSheetBody(BaseModel):
    """A sheet of thumbnails of what is still being extracted.

    `url` needs no token and opens for an hour at least, unless the archive is complete before.
    """

    segment: int
    """Which part of the video it is of; sheets of one come in order, those of several do not."""
    url: str
    width: int
    height: int
    columns: int
    tile_width: int
    tile_height: int
    tiles: int
    """Thumbnails on it, row by row."""

    @classmethod
    def of(
        cls, extraction: ExtractionRow, segment: int, sheet: LiveSheet, signer: UrlSigner
    ) -> Self:
        """The body for a sheet of one of the extraction's segments."""
        return cls(
            segment=segment,
            url=signer.sign(live_sheet_address(extraction, sheet.name)),
            width=sheet.columns * sheet.tile_width,
            height=-(-sheet.tiles // sheet.columns) * sheet.tile_height,
            columns=sheet.columns,
            tile_width=sheet.tile_width,
            tile_height=sheet.tile_height,
            tiles=sheet.tiles,
        )


class ProgressEvent(BaseModel):
    """An extraction has more frames."""

    video_id: UUID
    extraction_id: UUID
    progress: ProgressBody
    seconds_left: float | None
    """An estimate of how long it will still take."""
    sheets: list[LiveSheetBody]
    """The newest sheets of thumbnails so far, 20 at most. Keep those of the events before."""


class DeletedEvent(BaseModel):
    """A video is gone."""

    id: UUID


class SnapshotEvent(BaseModel):
    """The newest videos."""

    videos: list[VideoBody]
    more: bool
    """Whether there are older ones, which `GET /video` lists."""


class SnapshotMessage(BaseModel):
    """What there is, at the beginning of a stream and whenever something may have been missed."""

    event: Literal["snapshot"]
    data: SnapshotEvent


class VideoMessage(BaseModel):
    """A video is new or has changed."""

    event: Literal["video"]
    data: VideoBody


class DeletedMessage(BaseModel):
    """A video is gone."""

    event: Literal["deleted"]
    data: DeletedEvent


class ProgressMessage(BaseModel):
    """An extraction has more frames."""

    event: Literal["progress"]
    data: ProgressEvent


class LiveMessage(RootModel[SnapshotMessage | VideoMessage | DeletedMessage | ProgressMessage]):
    """One message of the stream: its lines `event` and `data`, the latter as JSON."""


def live_event(event: LiveEvent, progress: Progress, signer: UrlSigner) -> tuple[str, str]:
    """An event's name and its data: JSON."""
    name, body = _body(event, progress, signer)
    return name, to_json(body).decode()


def _body(event: LiveEvent, progress: Progress, signer: UrlSigner) -> tuple[str, BaseModel | Json]:
    match event:
        case Snapshot(entries, more):
            videos = [video_body(entry, signer) for entry in entries]
            return "snapshot", {"videos": videos, "more": more}
        case Changed(entry):
            return "video", video_body(entry, signer)
        case Deleted(video_id):
            return "deleted", DeletedEvent(id=video_id)
        case Progressed(extraction, segments):
            sheets = progress.sheets(extraction.id).items()
            return "progress", ProgressEvent(
                video_id=extraction.video_id,
                extraction_id=extraction.id,
                progress=progress_body(extraction, segments, progress),
                seconds_left=seconds_left(extraction, segments, progress),
                sheets=[
                    LiveSheetBody.of(extraction, segment, sheet, signer)
                    for sheet, segment in sheets
                ],
            )
