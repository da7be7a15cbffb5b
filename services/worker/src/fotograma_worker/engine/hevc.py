"""Tell HEVC streams of one temporal layer: what their layer does not refer to, nothing refers to.

HEVC marks frames to which no other of their own layer refers; one of a higher layer may (ITU-T
H.265, 7.4.2.2).
"""

from collections.abc import Iterator

from fotograma_worker.engine.h264 import length_size, units

_SLICES, _SPS = range(32), 33
_LENGTHS_AT, _ARRAYS_AT = 21, 22
"""In a decoder configuration record (ISO/IEC 14496-15, 8.3.3.1)."""
_HEADER_BYTES = 2


class TemporalLayers:
    """What a stream's parameter sets and packets say of its temporal layers."""

    def __init__(self, extradata: bytes) -> None:
        self._length_size = length_size(extradata, at=_LENGTHS_AT)
        sets = _units_of_hvcc(extradata) if self._length_size else units(extradata, 0)
        layers = [_layers_of(unit) for unit in sets if _kind(unit) == _SPS]
        self._is_said_to_be_one = layers == [1] * len(layers) != []

    def is_one(self, packet: memoryview) -> bool:
        """Whether the stream is said to have one layer, and this packet does not contradict."""
        return self._is_said_to_be_one and all(
            _layers_of(unit) == 1 if _kind(unit) == _SPS else _layer(unit) == 0
            for unit in units(bytes(packet), self._length_size)
            if len(unit) > _HEADER_BYTES and (_kind(unit) == _SPS or _kind(unit) in _SLICES)
        )


def _kind(unit: bytes) -> int:
    return unit[0] >> 1 & 63


def _layer(unit: bytes) -> int:
    """`nuh_temporal_id_plus1` - 1 (7.3.1.2)."""
    return (unit[1] & 7) - 1


def _layers_of(sequence: bytes) -> int:
    """`sps_max_sub_layers_minus1` + 1 of a sequence parameter set (7.3.2.2.1)."""
    return (sequence[_HEADER_BYTES] >> 1 & 7) + 1 if len(sequence) > _HEADER_BYTES else 0


def _units_of_hvcc(extradata: bytes) -> Iterator[bytes]:
    """The parameter sets of a decoder configuration record."""
    at = _ARRAYS_AT + 1
    for _ in range(extradata[_ARRAYS_AT] if len(extradata) > _ARRAYS_AT else 0):
        count = int.from_bytes(extradata[at + 1 : at + 3])
        at += 3
        for _ in range(count):
            size = int.from_bytes(extradata[at : at + 2])
            if unit := extradata[at + 2 : at + 2 + size]:
                yield unit
            at += 2 + size
