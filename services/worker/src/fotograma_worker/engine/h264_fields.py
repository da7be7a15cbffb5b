"""Find the second fields of H.264: pairs of fields in packets of their own make one frame.

Parses no more than tells a field from a frame: the sequence parameter sets and the beginnings of
slice headers (ITU-T H.264, 7.3.2.1, 7.3.2.2 and 7.3.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fotograma_worker.engine.bits import Bits

_SLICES, _SPS, _PPS = frozenset({1, 5}), 7, 8
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter sets describe the chroma format (7.3.2.1.1)."""
_HEADER_BYTES = 64
"""More than a slice header takes up to its field flags."""
_CHROMA_444 = 3


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a sequence parameter set says of slice headers."""

    frame_num_bits: int
    has_planes: bool
    has_fields: bool


@dataclass(frozen=True, slots=True)
class _Field:
    frame_num: int
    is_bottom: bool


class SecondFields:
    """Finds the packets that hold a frame's second field, asked of each in the file's order."""

    def __init__(self, extradata: bytes) -> None:
        self._length_size = (extradata[4] & 3) + 1 if extradata[:1] == b"\1" else 0
        self._sequences: dict[int, _Sequence] = {}
        self._sequence_of_picture: dict[int, int] = {}
        self._unpaired: _Field | None = None
        for unit in _units_of_avcc(extradata) if self._length_size else _units(extradata, 0):
            self._learn(unit)

    @property
    def has_fields(self) -> bool:
        """Whether the stream may hold fields."""
        return any(sequence.has_fields for sequence in self._sequences.values())

    def is_hidden(self, packet: memoryview) -> bool:
        """Whether this packet is the second field of the frame that the one before began."""
        field = self._field_of(bytes(packet))
        before, self._unpaired = self._unpaired, field
        if before is None or field is None or before.frame_num != field.frame_num:
            return False
        is_second = before.is_bottom != field.is_bottom
        if is_second:
            self._unpaired = None
        return is_second

    def _field_of(self, packet: bytes) -> _Field | None:
        """The field that a packet's first slice belongs to; None for a frame."""
        for unit in _units(packet, self._length_size):
            if unit[0] & 31 in _SLICES:
                return self._field_of_slice(Bits(_unescaped(unit[1:_HEADER_BYTES])))
            self._learn(unit)
        return None

    def _field_of_slice(self, bits: Bits) -> _Field | None:
        bits.take_golomb()  # first_mb_in_slice
        bits.take_golomb()  # slice_type
        sequence = self._sequences.get(self._sequence_of_picture.get(bits.take_golomb(), -1))
        if sequence is None or not sequence.has_fields:
            return None
        bits.take(2 * sequence.has_planes)
        frame_num = bits.take(sequence.frame_num_bits)
        return _Field(frame_num, bool(bits.take(1))) if bits.take(1) else None

    def _learn(self, unit: bytes) -> None:
        bits = Bits(_unescaped(unit[1:]))
        if unit[0] & 31 == _SPS:
            number, sequence = _read_sequence(bits)
            self._sequences[number] = sequence
        elif unit[0] & 31 == _PPS:
            picture = bits.take_golomb()
            self._sequence_of_picture[picture] = bits.take_golomb()


def _read_sequence(bits: Bits) -> tuple[int, _Sequence]:
    profile = bits.take(8)
    bits.take(8 + 8)
    number = bits.take_golomb()
    has_planes = profile in _HIGH_PROFILES and _skip_chroma_format(bits)
    frame_num_bits = bits.take_golomb() + 4
    _skip_picture_order(bits)
    bits.take_golomb()  # max_num_ref_frames
    bits.take(1)
    bits.take_golomb()  # width and height
    bits.take_golomb()
    return number, _Sequence(min(frame_num_bits, 16), has_planes, not bits.take(1))


def _skip_chroma_format(bits: Bits) -> bool:
    """Returns whether the colour planes are coded apart."""
    chroma = bits.take_golomb()
    has_planes = chroma == _CHROMA_444 and bool(bits.take(1))
    bits.take_golomb()  # bit depths
    bits.take_golomb()
    bits.take(1)
    if bits.take(1):  # seq_scaling_matrix_present_flag
        for i in range(12 if chroma == _CHROMA_444 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if i < 6 else 64)
    return has_planes


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.take_signed_golomb()) % 256
        last = following or last


def _skip_picture_order(bits: Bits) -> None:
    match bits.take_golomb():
        case 0:
            bits.take_golomb()
        case 1:
            bits.take(1)
            bits.take_golomb()
            bits.take_golomb()
            for _ in range(min(bits.take_golomb(), 255)):
                bits.take_golomb()


def _units(data: bytes, length_size: int) -> Iterator[bytes]:
    """NAL units behind start codes, or behind lengths of so many bytes (0: start codes)."""
    if not length_size:
        for part in data.split(b"\0\0\1")[1:]:
            if part:
                yield part
        return
    at = 0
    while at + length_size < len(data):
        size = int.from_bytes(data[at : at + length_size])
        at += length_size
        if size:
            yield data[at : at + size]
        at += size


def _units_of_avcc(extradata: bytes) -> Iterator[bytes]:
    """The parameter sets of a decoder configuration record (ISO/IEC 14496-15, 5.3.3.1)."""
    at = 5
    for mask in (0x1F, 0xFF):
        count = extradata[at] & mask if at < len(extradata) else 0
        at += 1
        for _ in range(count):
            size = int.from_bytes(extradata[at : at + 2])
            unit = extradata[at + 2 : at + 2 + size]
            at += 2 + size
            if unit:
                yield unit


def _unescaped(unit: bytes) -> bytes:
    return unit.replace(b"\0\0\3", b"\0\0")
