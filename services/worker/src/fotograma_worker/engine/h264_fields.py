"""Find the second fields of H.264: pairs of fields in packets of their own make one frame."""

from fotograma_worker.engine.h264 import Slice, SliceReader


class SecondFields:
    """Finds the packets that hold a frame's second field, asked of each in the file's order."""

    def __init__(self, extradata: bytes) -> None:
        self._slices = SliceReader(extradata)
        self._unpaired: Slice | None = None

    @property
    def has_fields(self) -> bool:
        """Whether the stream may hold fields."""
        return self._slices.has_fields

    def is_hidden(self, packet: memoryview) -> bool:
        """Whether this packet is the second field of the frame that the one before began."""
        field = self._slices.first_slice(packet)
        if field is not None and not field.is_field:
            field = None
        before, self._unpaired = self._unpaired, field
        if before is None or field is None or before.frame_num != field.frame_num:
            return False
        is_second = before.is_bottom != field.is_bottom
        if is_second:
            self._unpaired = None
        return is_second
