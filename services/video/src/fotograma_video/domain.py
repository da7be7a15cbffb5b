"""The state machine of an extraction, and its rules. Plain Python.

    planning ──► extracting ──► assembling ──► completed
        │            │              │     └──► completed_with_warnings
        └────────────┴──────────────┴──► failed | cancelled

Messages come late, twice and out of order. A terminal state is final: no message changes it. Only
a user who starts another run takes an extraction from failed or cancelled back to where it was.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, assert_never

from fotograma_contracts.reasons import Reason


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


class Phase(StrEnum):
    """Whether an extraction runs, is complete, or ended without an archive."""

    RUNNING = "running"
    """Something will still come."""
    COMPLETE = "complete"
    """There is an archive."""
    ABORTED = "aborted"
    """There is none, unless the user starts another run."""


class SegmentStatus(StrEnum):
    """Where a segment is."""

    WAITING = "waiting"
    DISPATCHED = "dispatched"
    EXTRACTED = "extracted"


class Lane(StrEnum):
    """The queue a segment was dispatched to."""

    LONG = "long"
    SHORT = "short"


def phase_of(status: ExtractionStatus) -> Phase:
    """Every status has its phase: one that is added later has to be given one here."""
    match status:
        case ExtractionStatus.PLANNING | ExtractionStatus.EXTRACTING | ExtractionStatus.ASSEMBLING:
            return Phase.RUNNING
        case ExtractionStatus.COMPLETED | ExtractionStatus.COMPLETED_WITH_WARNINGS:
            return Phase.COMPLETE
        case ExtractionStatus.FAILED | ExtractionStatus.CANCELLED:
            return Phase.ABORTED
        case _:
            assert_never(status)


def _in_phase(phase: Phase) -> frozenset[ExtractionStatus]:
    return frozenset(status for status in ExtractionStatus if phase_of(status) is phase)


RUNNING = _in_phase(Phase.RUNNING)
COMPLETED = _in_phase(Phase.COMPLETE)
_ABORTED = _in_phase(Phase.ABORTED)


def may_become(current: ExtractionStatus, target: ExtractionStatus) -> bool:
    """Whether an extraction may go from `current` to `target`."""
    return target in _next(current)


def _next(current: ExtractionStatus) -> frozenset[ExtractionStatus]:
    match current:
        case ExtractionStatus.PLANNING:
            return _ABORTED | {ExtractionStatus.EXTRACTING}
        case ExtractionStatus.EXTRACTING:
            return _ABORTED | {ExtractionStatus.ASSEMBLING}
        case ExtractionStatus.ASSEMBLING:
            return _ABORTED | COMPLETED
        case (
            ExtractionStatus.COMPLETED
            | ExtractionStatus.COMPLETED_WITH_WARNINGS
            | ExtractionStatus.FAILED
            | ExtractionStatus.CANCELLED
        ):
            return frozenset()
        case _:
            assert_never(current)


def resumed_status(*, planned: bool, complete: bool) -> ExtractionStatus:
    """The status that another run resumes in: a planned one is not planned again."""
    if not planned:
        return ExtractionStatus.PLANNING
    return ExtractionStatus.ASSEMBLING if complete else ExtractionStatus.EXTRACTING


def completed_status(*, with_warnings: bool) -> ExtractionStatus:
    """How an assembled extraction ends."""
    return ExtractionStatus.COMPLETED_WITH_WARNINGS if with_warnings else ExtractionStatus.COMPLETED


def kept_days(requested: int | None, allowed: int) -> int:
    """For how many days after its upload a video is kept."""
    return allowed if requested is None else min(requested, allowed)


def is_over(expires_at: datetime, now: datetime, patience: timedelta) -> bool:
    """Whether a video expired at least `patience` ago."""
    return now - expires_at >= patience


def video_status(extractions: Iterable[ExtractionStatus]) -> VideoStatus:
    """A video is ready once any archive of it is; it has failed when nothing can come any more."""
    phases = {phase_of(status) for status in extractions}
    if Phase.COMPLETE in phases:
        return VideoStatus.READY
    if Phase.RUNNING in phases:
        return VideoStatus.PROCESSING
    return VideoStatus.FAILED


_PASSING = frozenset(
    {
        Reason.PROCESSING_FAILED,
        Reason.STORAGE_FULL,
        Reason.TIME_LIMIT,
        Reason.MEMORY_LIMIT,
        Reason.OTHER,
    }
)
"""Reasons that lie in the moment rather than in the file or the recipe."""


def known_reason(reason: str | None) -> Reason | None:
    """The reason as this release knows it; another release may have stored one of its own."""
    return None if reason is None else Reason(reason)


def is_worth_retrying(status: ExtractionStatus, reason: str | None) -> bool:
    """Whether another run may end better than the one before."""
    if status is ExtractionStatus.FAILED:
        return (known_reason(reason) or Reason.OTHER) in _PASSING
    return status is ExtractionStatus.CANCELLED


class Run(NamedTuple):
    """The frames at the positions `[first, last)`, whose lines in the directory are as long as
    each other's. `begin` and `end` are their bytes in the archive.
    """

    first: int
    last: int
    begin: int
    end: int
    line_bytes: int
