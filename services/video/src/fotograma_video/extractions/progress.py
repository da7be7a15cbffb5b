"""The progress of running segments, in this replica's memory. Losing it does no harm."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from fotograma_contracts.extractions import MAX_LIVE_SHEETS, LiveSheet, SegmentProgressed

from fotograma_video.domain import ExtractionStatus
from fotograma_video.extractions.estimates import SegmentTiming, seconds_left, work_of
from fotograma_video.models import Segment
from fotograma_video.rows import ExtractionRow

MAX_EXTRACTIONS = 2_000
"""Extractions kept; the least recently updated is dropped first."""
_ESTIMATED = frozenset({ExtractionStatus.EXTRACTING, ExtractionStatus.ASSEMBLING})


@dataclass(frozen=True, slots=True)
class Expectation:
    """How long a running extraction will still take. None where that cannot be estimated."""

    seconds_left: float | None = None
    ahead_seconds: float | None = None
    """Of others' work that comes before its first; None once it has begun."""


@dataclass(slots=True)
class _Reported:
    """What workers said of an extraction's segments."""

    frames: dict[int, int] = field(default_factory=dict)
    sheets: OrderedDict[LiveSheet, int] = field(default_factory=OrderedDict)

    def add_sheets(self, index: int, sheets: Iterable[LiveSheet]) -> None:
        for sheet in sheets:
            self.sheets.setdefault(sheet, index)
        while len(self.sheets) > MAX_LIVE_SHEETS:
            self.sheets.popitem(last=False)


class Progress:
    """Counts the frames of segments that have not ended, and estimates the time left."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._reported: OrderedDict[UUID, _Reported] = OrderedDict()

    def record(self, event: SegmentProgressed) -> None:
        """Record a worker's progress on a segment."""
        reported = self._reported.setdefault(event.extraction_id, _Reported())
        reported.frames[event.index] = event.frames
        reported.add_sheets(event.index, event.sheets)
        self._reported.move_to_end(event.extraction_id)
        if len(self._reported) > MAX_EXTRACTIONS:
            self._reported.popitem(last=False)

    def frames(self, extraction_id: UUID, index: int) -> int:
        """The segment's frames at its last report."""
        reported = self._reported.get(extraction_id)
        return 0 if reported is None else reported.frames.get(index, 0)

    def sheets(self, extraction_id: UUID) -> Mapping[LiveSheet, int]:
        """The newest sheets reported, in that order, each with the index of its segment."""
        reported = self._reported.get(extraction_id)
        return {} if reported is None else reported.sheets

    def seconds_left(
        self, extraction: ExtractionRow, segments: Iterable[SegmentTiming]
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
