"""The list of an archive's frames that lies beside it in S3, so that nobody has to open it.

Records of one width, in time order: the n-th frame is found by its position, and a time or a name
by bisection, with a few small range reads of a list of any length. Pure.
"""

import re
import struct
from dataclasses import dataclass

from fotograma_archive.zips import local_header_bytes

_RECORD = struct.Struct("<32sQ2I32s5I")
RECORD_BYTES = _RECORD.size
_NAME_BYTES = 32
"""Enough for any time that fits in 64 bits, in microseconds."""
_NO_SHEET = 0xFFFF_FFFF
_NAME = re.compile(r"([0-9]{2,10})-([0-5][0-9])-([0-5][0-9])\.([0-9]{6})\.[a-z]{3,4}")


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a frame's thumbnail is: its sheet, and the place on it in pixels."""

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
        """When it is shown, in microseconds, rounded down as its name is."""
        return name_time_us(self.name)

    @property
    def data_offset(self) -> int:
        """Where its bytes begin in the archive."""
        return self.offset + local_header_bytes(self.name)

    @property
    def end(self) -> int:
        """The offset behind its bytes, which is that of the next frame."""
        return self.data_offset + self.size


def name_time_us(name: str) -> int:
    """The time that a frame's name tells, in microseconds. Raises `ValueError` for other names."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError("not the name of a frame")
    hours, minutes, seconds, fraction = map(int, match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction


def pack_frame(frame: Frame) -> bytes:
    """A frame's record. Raises `ValueError` for a name that is too long for one."""
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
    """The frame whose record begins at `begin`."""
    name, offset, size, crc32, sha256, *place = _RECORD.unpack_from(data, begin)
    tile = None if place[0] == _NO_SHEET else Tile(*place)
    return Frame(name.rstrip(b"\0").decode("ascii"), offset, size, crc32, sha256, tile)


def index_key(archive_key: str) -> str:
    """Where an archive's list of frames lies. Keys begin with the archive's, so that whoever
    removes it by prefix removes what belongs to it, too.
    """
    return f"{archive_key}.frames"


def sheets_prefix(archive_key: str) -> str:
    """Where the sheets of thumbnails of an archive's frames lie."""
    return f"{archive_key}.thumbnails/"


def sheet_name(number: int) -> str:
    """The file name of a sheet; the first one is 0."""
    return f"{number:05d}.jpg"
