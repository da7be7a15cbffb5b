"""The frame index: an archive's frames, listed in an object of their own beside it in S3.

Records of one width, in time order: the n-th frame is found by its position, and a time or a name
by bisection, with a few small range reads of an index of any length. Pure.
"""

import struct
from dataclasses import dataclass

from fotograma_archive.names import frame_time_us
from fotograma_archive.zips import local_header_bytes

_RECORD = struct.Struct("<32sQ2I32s5I")
RECORD_BYTES = _RECORD.size
_NAME_BYTES = 32
"""Enough for any time that fits in 64 bits, in microseconds."""
_NO_SHEET = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of a frame's thumbnail: the number of its sprite sheet, and pixels on that."""

    sheet: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of an archive. `offset` is that of its local header."""

    name: str
    offset: int
    size: int
    crc32: int
    sha256: bytes
    tile: Tile | None

    @property
    def time_us(self) -> int:
        """The time at which it is shown, in microseconds, rounded down as its name is."""
        return frame_time_us(self.name)

    @property
    def data_offset(self) -> int:
        """The offset of its bytes in the archive."""
        return self.offset + local_header_bytes(self.name)

    @property
    def end(self) -> int:
        """The offset behind its bytes, which is that of the next frame."""
        return self.data_offset + self.size


def pack_frame(frame: Frame) -> bytes:
    """Encode a frame's record. Raises `ValueError` for a name that is too long for one."""
    name = frame.name.encode("ascii")
    if len(name) > _NAME_BYTES:
        raise ValueError(f"the name {frame.name} is too long")
    tile = frame.tile or Tile(_NO_SHEET, 0, 0, 0, 0)
    return _RECORD.pack(
        name,
        frame.offset,
        frame.size,
        frame.crc32,
        frame.sha256,
        tile.sheet,
        tile.x,
        tile.y,
        tile.width,
        tile.height,
    )


def unpack_frame(data: bytes, begin: int = 0) -> Frame:
    """Decode the frame whose record begins at `begin`."""
    name, offset, size, crc32, sha256, *place = _RECORD.unpack_from(data, begin)
    tile = None if place[0] == _NO_SHEET else Tile(*place)
    return Frame(name.rstrip(b"\0").decode("ascii"), offset, size, crc32, sha256, tile)
