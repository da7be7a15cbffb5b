"""Extractions and how far they are."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from fotograma_contracts.extractions import VideoStream
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import Recipe
from pydantic import BaseModel

from fotograma_video.domain import (
    ExtractionStatus,
    Phase,
    SegmentStatus,
    is_worth_retrying,
    known_reason,
    phase_of,
)
from fotograma_video.extractions.progress import Expectation, Progress, segment_timing
from fotograma_video.extractions.service import Detail
from fotograma_video.http.addresses import frames_url
from fotograma_video.models import Segment
from fotograma_video.rows import ExtractionRow, Json, stored_recipe, stored_source, stored_warnings


class SourceInfo(BaseModel):
    """What the demuxer found in the file."""

    container: str
    codec: str
    width: int
    height: int
    duration_seconds: float
    frame_rate: float | None
    video_start_seconds: float | None
    """When the video begins, as a player counts: from the file's earliest stream. Null, as the two
    below are empty, where a release that did not look planned the extraction."""
    stream: int | None
    """The index of the video stream whose frames these are."""
    streams: tuple[VideoStream, ...]
    """The video streams that a recipe can name."""


class ExtractionWarning(BaseModel):
    """What is short about a completed extraction, in words a user understands."""

    code: WarningCode
    detail: str


class ProgressBody(BaseModel):
    """How far an extraction is."""

    frames: int
    frames_at_most: int | None
    """None until the plan is known. A lower number may turn out enough."""
    segments_done: int
    segments: int
    percent: float


class ExtractionBody(BaseModel):
    """An extraction."""

    id: UUID
    video_id: UUID
    status: ExtractionStatus
    recipe: Recipe
    source: SourceInfo | None
    frames: int | None
    """Frames in the archive, once there is one."""
    archive_bytes: int | None
    estimated_archive_bytes: int | None
    """What the archive may come to. Null until the file has been looked at."""
    frames_url: str | None
    """Where the frames are listed; None while there are none, and for archives without a list."""
    sheets: int
    """Of thumbnails, each a JPEG at `sheets/{number}` beside `frames_url`, counted from 0."""
    warnings: tuple[ExtractionWarning, ...]
    reason: Reason | None
    """Why it failed, where it did."""
    detail: str | None
    """The reason in plain words."""
    retryable: bool
    """Whether it was cancelled, or failed for a reason that may have passed."""
    seconds_left: float | None
    """An estimate of how long it will still take. Null where nothing is known, or it has ended."""
    ahead_seconds: float | None
    """An estimate of the others' work that comes before it. Null unless it is planned and waits."""
    created_at: datetime
    finished_at: datetime | None


class ExtractionDetail(ExtractionBody):
    """An extraction with its progress."""

    progress: ProgressBody


def extraction_body(extraction: ExtractionRow, expected: Expectation) -> Json:
    """An `ExtractionBody`: of a row, and what is expected of it."""
    return {
        "id": extraction.id,
        "video_id": extraction.video_id,
        "status": extraction.status,
        "recipe": stored_recipe(extraction.recipe),
        "source": stored_source(extraction.probe),
        "frames": extraction.frames,
        "archive_bytes": extraction.archive_bytes,
        "estimated_archive_bytes": extraction.estimated_archive_bytes,
        "frames_url": frames_url(extraction),
        "sheets": extraction.sheets,
        "warnings": stored_warnings(extraction.warnings),
        "reason": known_reason(extraction.reason),
        "detail": extraction.detail,
        "retryable": is_worth_retrying(extraction.status, extraction.reason),
        "seconds_left": expected.seconds_left,
        "ahead_seconds": expected.ahead_seconds,
        "created_at": extraction.created_at,
        "finished_at": extraction.finished_at,
    }


def extraction_detail(detail: Detail, progress: Progress) -> Json:
    """An `ExtractionDetail`: of a row, its segments and the frames reported of the running ones."""
    extraction, segments = detail.extraction, detail.segments
    expected = Expectation(
        seconds_left(extraction, segments, progress), ahead_seconds=detail.ahead_seconds
    )
    return {
        **extraction_body(extraction, expected),
        "progress": progress_body(extraction, segments, progress),
    }


def seconds_left(
    extraction: ExtractionRow, segments: list[Segment], progress: Progress
) -> float | None:
    """An estimate of how long an extraction will still take."""
    return progress.seconds_left(extraction, [segment_timing(segment) for segment in segments])


def progress_body(
    extraction: ExtractionRow, segments: list[Segment], progress: Progress
) -> ProgressBody:
    """How far an extraction is."""
    done = [s for s in segments if s.status is SegmentStatus.EXTRACTED]
    frames = sum(s.piece.frames for s in done if s.piece) + sum(
        progress.frames(extraction.id, s.index)
        for s in segments
        if s.status is not SegmentStatus.EXTRACTED
    )
    match phase_of(extraction.status):
        case Phase.COMPLETE:
            percent = 100.0
        case Phase.RUNNING | Phase.ABORTED:
            # Until the archive is assembled nothing is complete.
            percent = min(99.0, 100.0 * frames / max(extraction.frames_at_most or 0, frames, 1))
        case phase:
            assert_never(phase)
    return ProgressBody(
        frames=extraction.frames if extraction.frames is not None else frames,
        frames_at_most=extraction.frames_at_most,
        segments_done=len(done),
        segments=len(segments),
        percent=round(percent, 1),
    )
