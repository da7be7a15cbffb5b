"""Find when keyframes are shown where frames have no times, but are counted as they are stored.

Pictures that are stored behind a keyframe and shown before it (leading pictures) push it back by
one each. They are told by the packets' own bytes.
"""

from __future__ import annotations  # av.Packet is generic for type checkers only

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import av

from fotograma_worker.engine.h264 import Slice, SliceReader, length_size, units
from fotograma_worker.engine.hidden import vop_types

_B_PICTURE = 3
"""ISO/IEC 13818-2, table 6-12."""
_B_VOP = 2
"""ISO/IEC 14496-2, table 6-20."""
_HEVC_SLICES = range(32)
_HEVC_LEADING = range(6, 10)
"""RADL and RASL (ITU-T H.265, table 7-1)."""
_HEVC_LENGTHS = 21
"""Where a decoder configuration record tells how long lengths are (ISO/IEC 14496-15, 8.3.3.1)."""


class Leading(Protocol):
    """Tells of the pictures of a packet whether they are shown before the last keyframe."""

    def __call__(self, packet: memoryview, *, is_keyframe: bool) -> Iterable[bool]:
        """Of each, but for the keyframe that a packet so marked begins with."""


class KeyframePlaces:
    """The places of keyframes in the order of display, from packets in the order of the file."""

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._leading = _leading_test(codec, extradata or b"")
        self._is_followed = False
        """By leading pictures only, so far."""
        self._places: list[int] = []

    def add(self, number: int, packet: av.Packet[Any]) -> None:
        """Take the next packet that stands for a frame, and how many did before it."""
        if packet.is_keyframe:
            self._places.append(number)
            self._is_followed = True
        if self._is_followed:
            for leads in self._leading(memoryview(packet), is_keyframe=packet.is_keyframe):
                self._is_followed = leads
                if not leads:
                    break
                self._places[-1] += 1

    def flags(self, frames: int) -> bytearray:
        """Of so many frames in the order of display, which are keyframes: 1, else 0."""
        flags = bytearray(frames)
        for place in self._places:
            if place < frames:
                flags[place] = 1
        return flags


def _leading_test(codec: str, extradata: bytes) -> Leading:
    match codec:
        case "h264":
            return _LeadingH264(extradata).of
        case "hevc":
            return _LeadingHevc(extradata).of
        case "mpeg4":
            return _leading_mpeg4
        case _:  # MPEG-1 and MPEG-2
            return _leading_mpeg


class _LeadingH264:
    """By the pictures' places in the order of display (8.2.1), which a keyframe that is no IDR
    picture does not reset.
    """

    def __init__(self, extradata: bytes) -> None:
        self._slices = SliceReader(extradata)
        self._keyframe: Slice | None = None

    def of(self, packet: memoryview, *, is_keyframe: bool) -> Iterator[bool]:
        picture = self._slices.first_slice(packet)
        if is_keyframe:
            self._keyframe = picture
        else:
            yield self._precedes_keyframe(picture)

    def _precedes_keyframe(self, picture: Slice | None) -> bool:
        key = self._keyframe
        if key is None or picture is None or key.is_idr or not key.order_bits:
            return False
        return bool((picture.order - key.order) >> (key.order_bits - 1) & 1)


class _LeadingHevc:
    """By the type of the pictures' first slice."""

    def __init__(self, extradata: bytes) -> None:
        self._length_size = length_size(extradata, at=_HEVC_LENGTHS)

    def of(self, packet: memoryview, *, is_keyframe: bool) -> Iterator[bool]:
        types = (unit[0] >> 1 & 63 for unit in units(bytes(packet), self._length_size))
        if not is_keyframe:
            yield next((each for each in types if each in _HEVC_SLICES), 0) in _HEVC_LEADING


def _leading_mpeg(packet: memoryview, *, is_keyframe: bool) -> Iterator[bool]:
    """By the type of the picture: B pictures are shown before the one that they are stored behind
    (ISO/IEC 13818-2, 6.1.1.11).
    """
    data = bytes(packet)
    at = data.find(b"\0\0\1\0") + 5
    if not is_keyframe:
        yield 5 <= at < len(data) and data[at] >> 3 & 7 == _B_PICTURE


def _leading_mpeg4(packet: memoryview, *, is_keyframe: bool) -> Iterator[bool]:
    """Likewise. A packet may hold two."""
    for each in vop_types(bytes(packet))[is_keyframe:]:
        yield each == _B_VOP
