"""The list of an archive's frames: what is packed is what is found."""

import pytest
from fotograma_archive.frame_index import (
    RECORD_BYTES,
    Frame,
    Tile,
    name_time_us,
    pack_frame,
    unpack_frame,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.tuples(st.integers(0, 2**63), st.sampled_from(["png", "jpg", "webp"]))
U32 = st.integers(0, 0xFFFF_FFFF)
FRAMES = st.builds(
    Frame,
    name=NAMES.map(lambda parts: name_of(*parts)),
    offset=st.integers(0, 2**63),
    size=U32,
    crc32=U32,
    sha256=st.binary(min_size=32, max_size=32),
    tile=st.none() | st.builds(Tile, st.integers(0, 0xFFFF_FFFE), U32, U32, U32, U32),
)


def name_of(time_us: int, extension: str) -> str:
    seconds, fraction = divmod(time_us, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}-{minute:02d}-{second:02d}.{fraction:06d}.{extension}"


@given(st.lists(FRAMES, min_size=1, max_size=3))
def test_frames_are_found_by_their_position(frames: list[Frame]) -> None:
    packed = b"".join(map(pack_frame, frames))
    assert len(packed) == RECORD_BYTES * len(frames)
    assert [unpack_frame(packed, n * RECORD_BYTES) for n in range(len(frames))] == frames


@given(NAMES)
def test_a_name_tells_its_time(parts: tuple[int, str]) -> None:
    assert name_time_us(name_of(*parts)) == parts[0]


@pytest.mark.parametrize(
    "name", ["", "manifest.json", "00-00-00.000000", "00-60-00.000000.png", "0٣-00-00.000000.png"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a frame"):
        name_time_us(name)


def test_a_record_takes_no_name_that_it_would_cut_off() -> None:
    with pytest.raises(ValueError, match="too long"):
        pack_frame(Frame("x" * 33, 0, 0, 0, bytes(32), None))


def test_a_frame_ends_where_the_next_begins() -> None:
    frame = Frame("00-00-01.000000.png", 100, 7, 0, bytes(32), None)
    assert (frame.data_offset, frame.end) == (149, 156)
