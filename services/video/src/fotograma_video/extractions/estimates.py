"""How long an extraction will still take, from how long it has taken. Plain Python.

The planner estimates each segment's work in seconds of one core. Those are right relative to each
other and wrong by a factor: of this machine, of this video, of other users' work. What
is done over the time it took gives that factor, so the rest takes

    elapsed * left / done

as long as there is enough left to share. At the end there is not: a segment is one worker's, so
the rest never takes less than its longest segment does on one of the `workers` that did this much:

    elapsed * longest * workers / done
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from fotograma_video.domain import SegmentStatus


@dataclass(frozen=True, slots=True)
class SegmentTiming:
    """What an estimate needs of a segment."""

    extraction_id: UUID
    index: int
    status: SegmentStatus
    issued_at: datetime | None
    frames_at_most: int
    work_seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """An extraction's work in this run, in estimated seconds of one core."""

    since: datetime | None
    """When the first of it was handed out."""
    done: float
    left: float
    longest: float
    """What is left of the segment that has most left."""
    workers: int
    """How many were seen at it at once."""


def work_of(
    segments: Iterable[SegmentTiming], since: datetime, frames: Callable[[int], int]
) -> Work:
    """The work of the run that began at `since`. `frames` gives a segment's frames so far.

    What an earlier run had done is neither done nor left.
    """
    begun: list[datetime] = []
    left: list[float] = []
    done, workers = 0.0, 0
    for segment in segments:
        issued_at = segment.issued_at
        if issued_at is not None and issued_at >= since:
            begun.append(issued_at)
        elif segment.status is SegmentStatus.EXTRACTED:
            continue
        share = _share_done(segment, frames(segment.index))
        done += share * segment.work_seconds
        left.append((1 - share) * segment.work_seconds)
        workers += 0 < share < 1
    return Work(
        since=min(begun, default=None),
        done=done,
        left=sum(left),
        longest=max(left, default=0.0),
        workers=max(workers, 1),
    )


def seconds_left(work: Work, now: datetime) -> float | None:
    """Seconds until the work is done; None while nothing says how fast it goes."""
    if work.left <= 0:
        return 0.0
    if work.since is None or work.done <= 0:
        return None
    seconds_per_work = max((now - work.since).total_seconds(), 0.0) / work.done
    return seconds_per_work * max(work.left, work.longest * work.workers)


def _share_done(segment: SegmentTiming, frames: int) -> float:
    """From 0 to 1. A segment that is not reported is never wholly done."""
    status = segment.status
    match status:
        case SegmentStatus.EXTRACTED:
            return 1.0
        case SegmentStatus.WAITING:
            return 0.0
        case SegmentStatus.DISPATCHED:
            return min(frames / max(segment.frames_at_most, 1), 0.99)
        case _:
            assert_never(status)
