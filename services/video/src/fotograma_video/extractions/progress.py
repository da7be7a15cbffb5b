"""The progress of running segments, in this replica's memory. Losing it does no harm."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from fotograma_contracts.extractions import SegmentProgressed

from fotograma_video.domain import ExtractionStatus
from fotograma_video.extractions.estimates import SegmentTiming, seconds_left, work_of
from fotograma_video.models import Extraction, Segment

MAX_EXTRACTIONS = 2_000
"""Extractions kept; the least recently updated is dropped first."""
_ESTIMATED = frozenset({ExtractionStatus.EXTRACTING, ExtractionStatus.ASSEMBLING})


class Progress:
    """Counts the frames of segments that have not ended, and estimates the time left."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._frames: OrderedDict[UUID, dict[int, int]] = OrderedDict()

    def record(self, event: SegmentProgressed) -> None:
        """Record a worker's progress on a segment."""
        segments = self._frames.setdefault(event.extraction_id, {})
        segments[event.index] = event.frames
        self._frames.move_to_end(event.extraction_id)
        if len(self._frames) > MAX_EXTRACTIONS:
            self._frames.popitem(last=False)

    def frames(self, extraction_id: UUID, index: int) -> int:
        """The segment's frames at its last report."""
        return self._frames.get(extraction_id, {}).get(index, 0)

    def seconds_left(
        self, extraction: Extraction, segments: Iterable[SegmentTiming]
    ) -> float | None:
        """Seconds that the extraction will still take; None where that cannot be estimated."""
        if extraction.status not in _ESTIMATED:
            return None
        work = work_of(segments, extraction.issued_at, partial(self.frames, extraction.id))
        return seconds_left(work, self._now())


def segment_timing(segment: Segment) -> SegmentTiming:
    """What an estimate needs of a row."""
    return SegmentTiming(
        extraction_id=segment.extraction_id,
        index=segment.index,
        status=segment.status,
        issued_at=segment.issued_at,
        frames_at_most=segment.frames_at_most,
        work_seconds=segment.work_seconds,
    )
