"""The events of video about videos."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from fotograma_contracts.base import Event
from fotograma_contracts.reasons import ExtractionWarning, WithReason


class VideoUploaded(Event):
    """The source is complete in S3."""

    routing_key: Literal["video.uploaded"] = "video.uploaded"
    video_id: UUID
    owner_id: UUID
    name: str
    size_bytes: int


class VideoProcessed(Event):
    """An extraction is complete and its archive can be downloaded."""

    routing_key: Literal["video.processed"] = "video.processed"
    video_id: UUID
    extraction_id: UUID
    owner_id: UUID
    name: str
    frames: int
    archive_bytes: int
    warnings: tuple[ExtractionWarning, ...] = ()
    tries: int = 1
    """How often the user had asked for the extraction: each try ends with a message of its own."""


class VideoFailed(WithReason, Event):
    """An extraction failed for good."""

    routing_key: Literal["video.failed"] = "video.failed"
    video_id: UUID
    extraction_id: UUID
    owner_id: UUID
    name: str
    tries: int = 1
    """How often the user had asked for the extraction: each try ends with a message of its own."""


class VideoExpiring(Event):
    """A video's time is nearly up: at `expires_at` it is deleted. Said once for each such time."""

    routing_key: Literal["video.expiring"] = "video.expiring"
    video_id: UUID
    owner_id: UUID
    name: str
    expires_at: AwareDatetime
