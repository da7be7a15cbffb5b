"""A video that begins late, or is cut by an edit list, does not "end early"; a broken one does."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from fixtures.boxes import Box, build, parse, table
from fixtures.clips import make_clip, truncate
from fixtures.extraction import plan_file
from fotograma_contracts.reasons import WarningCode

SIZE = (160, 96)
DELAY = 3
"""Seconds before the video begins."""


def _scales(movie: Box) -> tuple[int, int]:
    """Units in a second of the movie and of its first track's media, by headers of version 0."""
    (of_movie,) = struct.unpack_from(">12xI", movie.find("mvhd").body)
    (of_media,) = struct.unpack_from(">12xI", movie.find("trak/mdia/mdhd").body)
    return of_movie, of_media


def _with_edits(path: Path, shown: Fraction, begins: Fraction = Fraction(0)) -> Path:
    """Delay the video, and show only a part of its media."""
    file = parse(path.read_bytes())
    movie = file.find("moov")
    of_movie, of_media = _scales(movie)
    edits = [
        (DELAY * of_movie, -1, 1 << 16),
        (int(shown * of_movie), int(begins * of_media), 1 << 16),
    ]
    edit_lists = movie.find("trak/edts")
    assert len(edit_lists.find("elst").body) == len(table("IiI", edits[1:]))
    edit_lists.put("elst", table("IiI", edits))
    assert file.children[-1] is movie, "what follows it would move"
    path.write_bytes(build(file))
    return path


def _delayed_and_trimmed(path: Path) -> Path:
    """Four of six seconds, three seconds late. The movie box is the last one: nothing moves."""
    return _with_edits(make_clip(path, seconds=6, size=SIZE, gop=12, bframes=0), Fraction(4))


def _delayed_only(path: Path) -> Path:
    return make_clip(path, seconds=4, size=SIZE, start=Fraction(DELAY), audio=1)


def _delayed_in_fragments(path: Path) -> Path:
    """A recording that was begun late: its fragments' times go on, its duration counts from 0."""
    options = {"movflags": "frag_keyframe+empty_moov"}
    make_clip(path, seconds=4, size=SIZE, gop=25, bframes=0, container_options=options)
    data = bytearray(path.read_bytes())
    at = data.index(b"mdhd") + 4
    (scale,) = struct.unpack_from(">12xI", data, at)
    struct.pack_into(">I", data, at + 16, (DELAY + 4) * scale)
    at = -1
    while (at := data.find(b"tfdt", at + 1)) >= 0:
        version, time = struct.unpack_from(">B3xQ", data, at + 4)
        assert version == 1
        struct.pack_into(">Q", data, at + 8, time + DELAY * scale)
    path.write_bytes(data)
    return path


def _delayed_asf(path: Path) -> Path:
    return make_clip(path, seconds=4, size=SIZE, codec="wmv2", start=Fraction(DELAY), audio=0)


LATE: dict[str, Callable[[Path], Path]] = {
    "trimmed.mp4": _delayed_and_trimmed,
    "trimmed.mov": _delayed_and_trimmed,
    "delayed.mp4": _delayed_only,
    "delayed.mkv": _delayed_only,
    "delayed.ts": _delayed_only,
    "delayed.flv": _delayed_only,
    "fragmented.mp4": _delayed_in_fragments,
    "delayed.wmv": _delayed_asf,
}


@pytest.mark.parametrize("name", LATE)
def test_plan_of_a_late_video_does_not_say_that_it_ends_early(name: str, tmp_path: Path) -> None:
    probe = plan_file(LATE[name](tmp_path / name)).probe
    assert probe.duration == 4
    assert probe.warnings == ()


def test_plan_of_a_late_video_that_breaks_off_says_so(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mp4", seconds=8, size=SIZE, start=Fraction(DELAY), faststart=True, noise=30
    )
    (warning,) = plan_file(truncate(path, 0.5)).probe.warnings
    assert warning.code is WarningCode.ENDS_EARLY
