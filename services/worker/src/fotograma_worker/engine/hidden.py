"""Tell packets that show no frame of their own from those that must give one.

By the packets' own bytes, not by what a decoder makes of them: so a frame that a decoder loses in
silence is still missed.
"""

from collections.abc import Callable

from fotograma_worker.engine.bits import Bits
from fotograma_worker.engine.h264_fields import SecondFields
from fotograma_worker.engine.vp9 import frames_of, read_frame

MAX_NOT_CODED_BYTES = 19
"""A VOP of MPEG-4 that says "the same again" is no longer (libavcodec's `mpeg4_unpack_bframes`)."""

IsHidden = Callable[[memoryview], bool]

_VOL, _VOP = range(0x20, 0x30), 0xB6
_START = b"\0\0\1"


def hidden_test(codec: str, extradata: bytes | None, *, is_packed: bool = False) -> IsHidden | None:
    """The test for a stream's packets, to be asked of each in the order of the file; None for
    codecs whose packets each show a frame. `codec` is FFmpeg's name of the format; `is_packed`,
    whether packets of MPEG-4 may hold two frames.
    """
    match codec:
        case "vp8":
            return _is_hidden_vp8
        case "vp9":
            return _is_hidden_vp9
        case "mpeg4":
            return NotCodedVops(extradata or b"", is_packed=is_packed).is_hidden
        case "h264":
            fields = SecondFields(extradata or b"")
            return fields.is_hidden if fields.has_fields else None
        case _:
            return None


def _is_hidden_vp8(packet: memoryview) -> bool:
    """By `show_frame` of the frame tag (RFC 6386, 9.1)."""
    return not packet[0] & 0x10


def _is_hidden_vp9(packet: memoryview) -> bool:
    """Whether no frame of a superframe is shown."""
    return not any(read_frame(frame).is_shown for frame in frames_of(packet))


class NotCodedVops:
    """Finds the packets of MPEG-4 Part 2 (ISO/IEC 14496-2, 6.2.5) that hold no coded VOP.

    A "packed" stream (DivX) keeps two VOPs in one packet and says "not coded" in the next, whose
    frame the second of them is; elsewhere such a packet shows the frame before it again.
    """

    def __init__(self, extradata: bytes, *, is_packed: bool) -> None:
        self._is_packed = is_packed
        self._time_bits: int | None = None
        self._owed = 0
        """Frames that came with a packet before and belong to one that comes."""
        self._learn(extradata)

    def is_hidden(self, packet: memoryview) -> bool:
        """Whether this packet stands for no frame."""
        is_large = len(packet) > MAX_NOT_CODED_BYTES
        if is_large and self._time_bits is not None and not self._is_packed:
            return False
        coded = self.coded(packet)
        if coded is None:
            return False
        self._owed += coded - 1
        if self._owed >= 0:
            return False
        self._owed = 0
        return True

    def coded(self, packet: memoryview) -> int | None:
        """How many coded VOPs a packet holds; None if it holds no VOP at all."""
        data = bytes(packet)
        self._learn(data)
        coded = [self._is_coded(data, at) for at in _starts(data) if data[at] == _VOP]
        return sum(coded) if coded else None

    def _learn(self, data: bytes) -> None:
        for at in _starts(data):
            if data[at] in _VOL:
                self._time_bits = _time_bits(data[at + 1 : at + 40]) or self._time_bits

    def _is_coded(self, data: bytes, at: int) -> bool:
        """By `vop_coded`, the bit after the VOP's time."""
        if self._time_bits is None:
            return True
        bits = Bits(data[at + 1 : at + 1 + 16])
        bits.take(2)
        while bits.take(1):  # modulo_time_base
            if bits.is_over:
                return True
        bits.take(1 + self._time_bits + 1)
        return bool(bits.take(1)) or bits.is_over


def vop_types(data: bytes) -> list[int]:
    """The types of the VOPs in a packet of MPEG-4 Part 2."""
    return [data[at + 1] >> 6 for at in _starts(data) if data[at] == _VOP and at + 1 < len(data)]


def _starts(data: bytes) -> list[int]:
    """Where the start codes' own bytes are, behind each prefix."""
    found, at = [], data.find(_START)
    while 0 <= at < len(data) - 3:
        found.append(at + 3)
        at = data.find(_START, at + 3)
    return found


def _time_bits(layer: bytes) -> int | None:
    """The length of a VOP's time, from its video object layer (6.2.3); None if it is none of a
    rectangular picture.
    """
    bits = Bits(layer)
    bits.take(1 + 8)
    if bits.take(1):  # is_object_layer_identifier
        bits.take(4 + 3)
    if bits.take(4) == 15:  # an aspect ratio of its own
        bits.take(8 + 8)
    if bits.take(1):  # vol_control_parameters
        bits.take(2 + 1)
        if bits.take(1):  # vbv_parameters
            bits.take(79)
    if bits.take(2) or not bits.take(1):  # a shape that is not rectangular, or no marker
        return None
    resolution = bits.take(16)
    return None if bits.is_over else max(1, (resolution - 1).bit_length())
