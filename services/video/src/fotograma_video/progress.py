"""How far running segments are, as this replica has heard. Forgotten without harm."""

from collections import OrderedDict
from uuid import UUID

from fotograma_contracts.extractions import SegmentProgressed

MAX_EXTRACTIONS = 2_000
"""Extractions remembered; the least recently heard of is forgotten first."""


class Progress:
    """Frames done by segments that have not ended yet."""

    def __init__(self) -> None:
        self._frames: OrderedDict[UUID, dict[int, int]] = OrderedDict()

    def hear(self, event: SegmentProgressed) -> None:
        """A worker says how far it is."""
        segments = self._frames.setdefault(event.extraction_id, {})
        segments[event.index] = event.frames
        self._frames.move_to_end(event.extraction_id)
        if len(self._frames) > MAX_EXTRACTIONS:
            self._frames.popitem(last=False)

    def frames(self, extraction_id: UUID, index: int) -> int:
        """Frames the segment had when it was last heard of."""
        return self._frames.get(extraction_id, {}).get(index, 0)
