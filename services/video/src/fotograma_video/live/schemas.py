"""Bodies of live events."""

from uuid import UUID

from pydantic import BaseModel

from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.schemas import ProgressBody, progress_body, seconds_left
from fotograma_video.library.schemas import VideoBody
from fotograma_video.live.service import Changed, Deleted, LiveEvent, Progressed, Snapshot


class ProgressEvent(BaseModel):
    """An extraction has more frames."""

    video_id: UUID
    extraction_id: UUID
    progress: ProgressBody
    seconds_left: float | None
    """An estimate of how long it will still take."""


class DeletedEvent(BaseModel):
    """A video is gone."""

    id: UUID


class SnapshotEvent(BaseModel):
    """The newest videos."""

    videos: list[VideoBody]


def live_event(event: LiveEvent, progress: Progress) -> tuple[str, BaseModel]:
    """An event's name and body."""
    match event:
        case Snapshot(entries):
            return "snapshot", SnapshotEvent(videos=[VideoBody.of(entry) for entry in entries])
        case Changed(entry):
            return "video", VideoBody.of(entry)
        case Deleted(video_id):
            return "deleted", DeletedEvent(id=video_id)
        case Progressed(extraction, segments):
            return "progress", ProgressEvent(
                video_id=extraction.video_id,
                extraction_id=extraction.id,
                progress=progress_body(extraction, segments, progress),
                seconds_left=seconds_left(extraction, segments, progress),
            )
