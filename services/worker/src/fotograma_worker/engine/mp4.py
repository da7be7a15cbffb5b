"""Composition offsets of an MP4 or MOV file, which libavformat's index leaves out.

The index gives decoding times; a frame is shown at its decoding time plus an offset from the sample
table (ISO/IEC 14496-12, 8.6.1). Only an unambiguous table is used; otherwise the result is None.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fotograma_worker.engine.media import SeekableFile

Offsets = npt.NDArray[np.int64]

_MAX_MOOV_BYTES = 64 << 20
"""Some 10 million frames. A larger one is left to libavformat alone."""
_BOX = struct.Struct(">I4s")
_LARGE_SIZE = struct.Struct(">Q")
_FULL_BOX = struct.Struct(">II")
"""Version and flags, and the number of entries."""
_TRACK_ID_AT = (12, 20)
"""Offset of the track's number in a header of version 0 and 1."""


@dataclass(frozen=True, slots=True)
class SampleTimes:
    """Of one track, in its time scale and in the order of the file."""

    durations: Offsets
    offsets: Offsets
    """From decoding to composition time."""


def read_sample_times(source: SeekableFile, track_id: int) -> SampleTimes | None:
    """Read the sample times of a track; None if it is fragmented or anything is ambiguous."""
    moov = _read_moov(source)
    if moov is None:
        return None
    try:
        boxes = list(_children(moov))
        if any(kind == b"mvex" for kind, _ in boxes):
            return None
        for kind, track in boxes:
            if kind == b"trak" and _track_id(track) == track_id:
                return _sample_times(track)
    except (struct.error, KeyError, ValueError):
        return None
    return None


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
            body = _read_at(source, begin, min(end - begin, _MAX_MOOV_BYTES + 1))
            return memoryview(body) if len(body) == end - begin else None
        position = end
    return None


def _read_at(source: SeekableFile, position: int, size: int) -> bytes:
    source.seek(position)
    return source.read(size)


def _children(body: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    position = 0
    while position + _BOX.size <= len(body):
        size, kind = _BOX.unpack_from(body, position)
        if size < _BOX.size or position + size > len(body):
            raise ValueError("a box of an impossible size")
        yield kind, body[position + _BOX.size : position + size]
        position += size


def _inner(body: memoryview, *path: bytes) -> memoryview:
    """The box at a path. Raises `KeyError`."""
    for kind in path:
        body = dict(_children(body))[kind]
    return body


def _track_id(track: memoryview) -> int:
    header = _inner(track, b"tkhd")
    version = header[0]
    (number,) = struct.unpack_from(">I", header, _TRACK_ID_AT[min(version, 1)])
    return int(number)


def _sample_times(track: memoryview) -> SampleTimes:
    table = dict(_children(_inner(track, b"mdia", b"minf", b"stbl")))
    durations = _runs(table[b"stts"], ">u4")
    offsets = np.zeros(len(durations), np.int64)
    if b"ctts" in table:
        # Version 0 says that offsets are not negative; files with negative ones exist all the same.
        offsets = _runs(table[b"ctts"], ">i4")
        if len(offsets) != len(durations):
            raise ValueError("as many offsets as samples are needed")
    return SampleTimes(durations, offsets)


def _runs(box: memoryview, value: str) -> Offsets:
    """Expand runs of equal values."""
    _, count = _FULL_BOX.unpack_from(box)
    kind = np.dtype([("count", ">u4"), ("value", value)])
    runs = np.frombuffer(box, kind, count, offset=_FULL_BOX.size)
    if int(runs["count"].sum(dtype=np.uint64)) > _MAX_MOOV_BYTES:
        raise ValueError("more samples than the file can have")
    return np.repeat(runs["value"].astype(np.int64), runs["count"])
