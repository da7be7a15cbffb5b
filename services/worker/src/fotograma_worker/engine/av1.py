"""Tell what of AV1's packets no later frame depends on.

All that a frame leaves to later ones it leaves in the slots of references that it refreshes (AV1
bitstream specification, 7.20): pixels, motion vectors, probabilities, segments, filters and grain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fotograma_worker.engine.bits import Bits

_SEQUENCE = 1
_FRAMES = frozenset({3, 6})
_OF_A_FRAME = _FRAMES | {2, 4, 15}
"""Types of open bitstream units (6.2.2): headers of frames, alone and with tiles; and delimiters,
tiles and padding beside them."""
_SIZE_BYTES = 8
_CONFIGURATION_BYTES = 4
"""Of a configuration record before its units (AV1 in ISO base media files, 2.3.3)."""
_HEADER_BYTES = 32
"""More than a frame header takes up to what is read of it."""
_INTER = 1
_CHOSEN_BY_FRAME = 2


@dataclass(frozen=True, slots=True)
class _Unit:
    kind: int
    is_layered: bool
    begin: int
    body: memoryview


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a sequence header says of frame headers."""

    screen_content: int
    """Whether frames have its tools: 0, 1, or 2 where each says so itself."""
    integer_mv: int
    """The same of vectors in whole pixels."""
    order_bits: int


class Av1Needs:
    """Tells what of a packet later frames depend on, given all packets in the order of the file."""

    def __init__(self, extradata: bytes) -> None:
        self._sequence: _Sequence | None = None
        self._learn(memoryview(extradata)[_CONFIGURATION_BYTES:])

    def are_told(self, _packet: memoryview) -> bool:
        """Whether the packet's frames depend on references alone: always."""
        return True

    def needed_bytes(self, packet: memoryview) -> int:
        """The packet's first bytes, without the frame shown last if that refreshes no reference;
        0 where there is no other.
        """
        units = self._learn(packet)
        frames = [unit for unit in units if unit.kind in _FRAMES]
        if (
            self._sequence is None
            or not frames
            or any(unit.is_layered or unit.kind not in _OF_A_FRAME for unit in units)
            or not _refreshes_nothing(frames[-1].body, self._sequence)
        ):
            return len(packet)
        return frames[-1].begin if len(frames) > 1 else 0

    def _learn(self, data: memoryview) -> list[_Unit]:
        """The units of a packet; the last sequence header among them holds from now on."""
        units = list(_units(data))
        for unit in units:
            if unit.kind == _SEQUENCE:
                self._sequence = _sequence(unit.body)
        return units


def _units(data: memoryview) -> Iterator[_Unit]:
    """The units of a packet (5.3). One without a size ends it."""
    at = 0
    while at < len(data):
        header, begin = data[at], at
        is_layered, has_size = bool(header & 4), bool(header & 2)
        at += 2 if is_layered else 1
        size = len(data) - at
        if has_size:
            size, at = _leb128(data, at)
        yield _Unit(header >> 3 & 15, is_layered, begin, data[at : at + size])
        at += size


def _leb128(data: memoryview, at: int) -> tuple[int, int]:
    """A number (4.10.5), and where it ends."""
    value = 0
    for i, byte in enumerate(data[at : at + _SIZE_BYTES]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value, at + i + 1
    return value, at + _SIZE_BYTES


def _sequence(body: memoryview) -> _Sequence | None:
    """Read a sequence header (5.5). None for still pictures, and where frame headers have times for
    a model of the decoder, or numbers by which a lost frame would be missed.
    """
    bits = Bits(bytes(body[:_HEADER_BYTES]))
    bits.take(3 + 1)
    if bits.take(1) or _has_decoder_model(bits):
        return None
    has_delays = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if has_delays and bits.take(1):
            bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    bits.take(width_bits + height_bits)
    if bits.take(1):  # frame_id_numbers_present_flag
        return None
    bits.take(3 + 4)
    has_order = bits.take(1)
    if has_order:
        bits.take(2)
    screen_content = _CHOSEN_BY_FRAME if bits.take(1) else bits.take(1)
    integer_mv = _CHOSEN_BY_FRAME
    if screen_content and not bits.take(1):
        integer_mv = bits.take(1)
    order_bits = bits.take(3) + 1 if has_order else 0
    return None if bits.is_over else _Sequence(screen_content, integer_mv, order_bits)


def _has_decoder_model(bits: Bits) -> bool:
    """Read the timing of a sequence header (5.5.3)."""
    if not bits.take(1):
        return False
    bits.take(32 + 32)
    if bits.take(1):  # equal_picture_interval
        bits.take_golomb()
    return bool(bits.take(1))


def _refreshes_nothing(body: memoryview, sequence: _Sequence) -> bool:
    """Read a frame header (5.9.2) as far as `refresh_frame_flags`."""
    bits = Bits(bytes(body[:_HEADER_BYTES]))
    shows_existing, kind, is_shown = bits.take(1), bits.take(2), bits.take(1)
    if shows_existing or kind != _INTER or not is_shown:
        return False
    is_resilient = bits.take(1)
    bits.take(1)
    screen_content = sequence.screen_content
    if screen_content == _CHOSEN_BY_FRAME:
        screen_content = bits.take(1)
    if screen_content and sequence.integer_mv == _CHOSEN_BY_FRAME:
        bits.take(1)
    bits.take(1 + sequence.order_bits)
    if not is_resilient:
        bits.take(3)
    return not bits.take(8) and not bits.is_over
