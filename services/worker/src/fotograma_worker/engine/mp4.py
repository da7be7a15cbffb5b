"""What an MP4 or MOV file says of its tracks and libavformat does not: composition offsets, and
the end of the presentation.

libavformat's index gives decoding times; a frame is shown at its decoding time plus an offset from
the sample table (ISO/IEC 14496-12, 8.6.1). Only an unambiguous table is used; otherwise the result
is None.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from fotograma_worker.engine.boxes import (
    MALFORMED,
    MAX_MOOV_BYTES,
    Movie,
    children,
    edits_of,
    full_box,
    inner,
    time_scale_and_duration,
)

Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SampleTimes:
    """Of one track, in its time scale and in the order of the file."""

    durations: Offsets
    offsets: Offsets
    """From decoding to composition time."""


def read_sample_times(movie: Movie, track_id: int) -> SampleTimes | None:
    """Read the sample times of a track; None if it is fragmented or anything is ambiguous."""
    track = movie.track(track_id)
    if movie.is_fragmented or track is None:
        return None
    try:
        return _sample_times(track)
    except MALFORMED:
        return None


def presentation_end(movie: Movie, track_id: int) -> Fraction | None:
    """Seconds from the beginning of the presentation to the end of a track (8.6.6), delays at its
    beginning counted; None where it is fragmented or does not say.
    """
    track = movie.track(track_id)
    if movie.is_fragmented or track is None:
        return None
    try:
        edits = sum(duration for duration, _ in edits_of(track))
        if edits:
            return Fraction(edits, time_scale_and_duration(inner(movie.moov, b"mvhd"))[0])
        scale, duration = time_scale_and_duration(inner(track, b"mdia", b"mdhd"))
        return Fraction(duration, scale) if duration else None
    except (*MALFORMED, ZeroDivisionError):
        return None


def has_several_edits(movie: Movie, track_id: int) -> bool:
    """Whether an edit list shows several ranges of a track."""
    track = movie.track(track_id)
    try:
        return track is not None and sum(begin >= 0 for _, begin in edits_of(track)) > 1
    except MALFORMED:
        return False


def _sample_times(track: memoryview) -> SampleTimes:
    table = dict(children(inner(track, b"mdia", b"minf", b"stbl")))
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
    count, rows = full_box(box)
    kind = np.dtype([("count", ">u4"), ("value", value)])
    runs = np.frombuffer(rows, kind, count)
    if int(runs["count"].sum(dtype=np.uint64)) > MAX_MOOV_BYTES:
        raise ValueError("more samples than the file can have")
    return np.repeat(runs["value"].astype(np.int64), runs["count"])
