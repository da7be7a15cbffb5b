"""Read what tells one picture of H.264 from another: parameter sets and beginnings of slices.

Parses no more of a slice header than its fields and its place in the order of display (ITU-T H.264,
7.3.2.1, 7.3.2.2 and 7.3.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fotograma_worker.engine.bits import Bits

_SLICES, _IDR, _SPS, _PPS = frozenset({1, 5}), 5, 7, 8
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter sets describe the chroma format (7.3.2.1.1)."""
_HEADER_BYTES = 64
"""More than a slice header takes up to what is read of it."""
_CHROMA_444 = 3


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a sequence parameter set says of slice headers."""

    frame_num_bits: int
    has_planes: bool
    has_fields: bool
    order_bits: int
    """Of a picture's place in the order of display; 0 where it is not stored as such."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The beginning of a picture's first slice."""

    frame_num: int
    is_field: bool
    is_bottom: bool
    is_idr: bool
    order: int
    """The lowest `order_bits` of its place in the order of display."""
    order_bits: int


class SliceReader:
    """Reads the first slice of each packet, given in the order of the file."""

    def __init__(self, extradata: bytes) -> None:
        self._length_size = length_size(extradata)
        self._sequences: dict[int, _Sequence] = {}
        self._sequence_of_picture: dict[int, int] = {}
        for unit in _units_of_avcc(extradata) if self._length_size else units(extradata, 0):
            self._learn(unit)

    @property
    def has_fields(self) -> bool:
        """Whether the stream may hold fields."""
        return any(sequence.has_fields for sequence in self._sequences.values())

    def first_slice(self, packet: memoryview) -> Slice | None:
        """The first slice of a packet; None if it has none, or one of an unknown sequence."""
        for unit in units(bytes(packet), self._length_size):
            kind = unit[0] & 31
            if kind in _SLICES:
                return self._read(Bits(_unescaped(unit[1:_HEADER_BYTES])), is_idr=kind == _IDR)
            self._learn(unit)
        return None

    def _read(self, bits: Bits, *, is_idr: bool) -> Slice | None:
        bits.take_golomb()  # first_mb_in_slice
        bits.take_golomb()  # slice_type
        sequence = self._sequences.get(self._sequence_of_picture.get(bits.take_golomb(), -1))
        if sequence is None:
            return None
        bits.take(2 * sequence.has_planes)
        frame_num = bits.take(sequence.frame_num_bits)
        is_field = sequence.has_fields and bool(bits.take(1))
        is_bottom = is_field and bool(bits.take(1))
        if is_idr:
            bits.take_golomb()  # idr_pic_id
        order = bits.take(sequence.order_bits)
        return Slice(frame_num, is_field, is_bottom, is_idr, order, sequence.order_bits)

    def _learn(self, unit: bytes) -> None:
        bits = Bits(_unescaped(unit[1:]))
        if unit[0] & 31 == _SPS:
            number, sequence = _read_sequence(bits)
            self._sequences[number] = sequence
        elif unit[0] & 31 == _PPS:
            picture = bits.take_golomb()
            self._sequence_of_picture[picture] = bits.take_golomb()


def length_size(extradata: bytes, *, at: int = 4) -> int:
    """How long the lengths before NAL units are, by a decoder configuration record, which tells it
    there (ISO/IEC 14496-15, 5.3.3.1); 0 where start codes precede them.
    """
    is_record = extradata[:1] == b"\1" and len(extradata) > at
    return (extradata[at] & 3) + 1 if is_record else 0


def units(data: bytes, length_size: int) -> Iterator[bytes]:
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


def _read_sequence(bits: Bits) -> tuple[int, _Sequence]:
    profile = bits.take(8)
    bits.take(8 + 8)
    number = bits.take_golomb()
    has_planes = profile in _HIGH_PROFILES and _skip_chroma_format(bits)
    frame_num_bits = bits.take_golomb() + 4
    order_bits = _read_picture_order(bits)
    bits.take_golomb()  # max_num_ref_frames
    bits.take(1)
    bits.take_golomb()  # width and height
    bits.take_golomb()
    has_fields = not bits.take(1)
    return number, _Sequence(min(frame_num_bits, 16), has_planes, has_fields, order_bits)


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


def _read_picture_order(bits: Bits) -> int:
    """Returns the bits of a picture's place; 0 where it follows from other numbers."""
    match bits.take_golomb():
        case 0:
            return min(bits.take_golomb() + 4, 16)
        case 1:
            bits.take(1)
            bits.take_golomb()
            bits.take_golomb()
            for _ in range(min(bits.take_golomb(), 255)):
                bits.take_golomb()
    return 0


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
