"""The boxes of an MP4 or MOV file (ISO/IEC 14496-12): its movie box, and what lies in it.

Everything here reads a hostile file: lengths are checked, and what does not add up raises one of
`MALFORMED`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fotograma_worker.engine.media import SeekableFile

MAX_MOOV_BYTES = 64 << 20
"""Some 10 million frames. A larger one is left to libavformat alone."""
MALFORMED = (struct.error, KeyError, ValueError, IndexError)

_BOX = struct.Struct(">I4s")
_LARGE_SIZE = struct.Struct(">Q")
_FULL_BOX = struct.Struct(">II")
"""Version and flags, and the number of entries."""
_TRACK_ID_AT = (12, 20)
"""Offset of the track's number in a header of version 0 and 1."""
_TIMES = (struct.Struct(">12xII"), struct.Struct(">20xIQ"))
"""Time scale and duration in headers of movie and media, of version 0 and 1."""
_EDITS = (">u4,>i4,>u4", ">u8,>i8,>u4")
"""Duration, media time and rate of an edit, of version 0 and 1."""


@dataclass(frozen=True, slots=True)
class Movie:
    """The body of a file's movie box."""

    moov: memoryview
    is_fragmented: bool

    def track(self, track_id: int) -> memoryview | None:
        """The box of a track, by its number; None where there is none."""
        try:
            for kind, track in children(self.moov):
                if kind == b"trak" and _track_id(track) == track_id:
                    return track
        except MALFORMED:
            return None
        return None


def read_movie(source: SeekableFile) -> Movie | None:
    """Read the movie box; None where there is none, it is too large, or it makes no sense."""
    moov = _read_moov(source)
    if moov is None:
        return None
    try:
        return Movie(moov, any(kind == b"mvex" for kind, _ in children(moov)))
    except MALFORMED:
        return None


def children(body: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The boxes in a box: kind and body."""
    position = 0
    while position + _BOX.size <= len(body):
        size, kind = _BOX.unpack_from(body, position)
        if size < _BOX.size or position + size > len(body):
            raise ValueError("a box of an impossible size")
        yield kind, body[position + _BOX.size : position + size]
        position += size


def inner(body: memoryview, *path: bytes) -> memoryview:
    """The box at a path. Raises `KeyError`."""
    for kind in path:
        body = dict(children(body))[kind]
    return body


def full_box(box: memoryview) -> tuple[int, memoryview]:
    """The number of entries that a box says it has, and what follows."""
    _, count = _FULL_BOX.unpack_from(box)
    return count, box[_FULL_BOX.size :]


def time_scale_and_duration(header: memoryview) -> tuple[int, int]:
    """Of a movie header or a media header: units in a second, and the duration in them."""
    scale, duration = _TIMES[min(header[0], 1)].unpack_from(header)
    return scale, duration


def edits_of(track: memoryview) -> list[tuple[int, int]]:
    """The durations of a track's edits (8.6.6), in units of the movie, and the media times at which
    they begin, -1 of an empty one; none without an edit list.
    """
    try:
        box = inner(track, b"edts", b"elst")
    except KeyError:
        return []
    count, rows = full_box(box)
    kind = np.dtype(_EDITS[min(box[0], 1)])
    return [(int(row[0]), int(row[1])) for row in np.frombuffer(rows, kind, count)]


def _read_moov(source: SeekableFile) -> memoryview | None:
    position = 0
    while len(header := _read_at(source, position, _BOX.size)) == _BOX.size:
        size, kind = _BOX.unpack(header)
        begin = position + _BOX.size
        if size == 1:
            large = _read_at(source, begin, _LARGE_SIZE.size)
            if len(large) < _LARGE_SIZE.size:
                return None
            (size,) = _LARGE_SIZE.unpack(large)
            begin += _LARGE_SIZE.size
        end = position + size
        if end < begin:
            return None
        if kind == b"moov":
            body = _read_at(source, begin, min(end - begin, MAX_MOOV_BYTES + 1))
            return memoryview(body) if len(body) == end - begin else None
        position = end
    return None


def _read_at(source: SeekableFile, position: int, size: int) -> bytes:
    source.seek(position)
    return source.read(size)


def _track_id(track: memoryview) -> int:
    header = inner(track, b"tkhd")
    version = header[0]
    (number,) = struct.unpack_from(">I", header, _TRACK_ID_AT[min(version, 1)])
    return int(number)
