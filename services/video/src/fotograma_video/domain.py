"""The state machine of an extraction, and its rules. Plain Python.

    planning ──► extracting ──► assembling ──► completed
        │            │              │     └──► completed_with_warnings
        └────────────┴──────────────┴──► failed | cancelled

Messages come late, twice and out of order. A terminal state is final: no message changes it. Only
the user who asks for another try takes an extraction from failed or cancelled back to where it was.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class VideoStatus(StrEnum):
    """What a user sees of a video at a glance."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class ExtractionStatus(StrEnum):
    """Where an extraction is."""

    PLANNING = "planning"
    EXTRACTING = "extracting"
    ASSEMBLING = "assembling"
    COMPLETED = "completed"
    COMPLETED_WITH_WARNINGS = "completed_with_warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SegmentStatus(StrEnum):
    """Where a segment is."""

    WAITING = "waiting"
    DISPATCHED = "dispatched"
    EXTRACTED = "extracted"


class Lane(StrEnum):
    """The queue a segment was dispatched to."""

    LONG = "long"
    SHORT = "short"


RUNNING = frozenset(
    {ExtractionStatus.PLANNING, ExtractionStatus.EXTRACTING, ExtractionStatus.ASSEMBLING}
)
COMPLETED = frozenset({ExtractionStatus.COMPLETED, ExtractionStatus.COMPLETED_WITH_WARNINGS})

_NEXT = {
    ExtractionStatus.PLANNING: frozenset({ExtractionStatus.EXTRACTING}),
    ExtractionStatus.EXTRACTING: frozenset({ExtractionStatus.ASSEMBLING}),
    ExtractionStatus.ASSEMBLING: COMPLETED,
}
_ABORTED = frozenset({ExtractionStatus.FAILED, ExtractionStatus.CANCELLED})


def may_become(current: ExtractionStatus, target: ExtractionStatus) -> bool:
    """Whether an extraction may go from `current` to `target`."""
    return current in RUNNING and target in _NEXT[current] | _ABORTED


def may_be_retried(current: ExtractionStatus) -> bool:
    """Whether a user may ask for another try."""
    return current in _ABORTED


def resumed_status(*, planned: bool, complete: bool) -> ExtractionStatus:
    """Where another try goes on: what is planned, and what all its pieces are there for."""
    if not planned:
        return ExtractionStatus.PLANNING
    return ExtractionStatus.ASSEMBLING if complete else ExtractionStatus.EXTRACTING


def completed_status(*, with_warnings: bool) -> ExtractionStatus:
    """How an assembled extraction ends."""
    return ExtractionStatus.COMPLETED_WITH_WARNINGS if with_warnings else ExtractionStatus.COMPLETED


def kept_days(wished: int | None, allowed: int) -> int:
    """For how many days after its upload a video is kept."""
    return allowed if wished is None else min(wished, allowed)


def is_over(expires_at: datetime, now: datetime, patience: timedelta) -> bool:
    """Whether a video's time is up, and has been for as long as `patience`."""
    return now - expires_at >= patience


def video_status(extractions: Iterable[ExtractionStatus]) -> VideoStatus:
    """A video is ready once any archive of it is; it has failed when nothing can come any more."""
    statuses = set(extractions)
    if statuses & COMPLETED:
        return VideoStatus.READY
    if statuses & RUNNING:
        return VideoStatus.PROCESSING
    return VideoStatus.FAILED
