"""The frame index: records of one width, and where each frame lies in its archive."""

from fractions import Fraction

import pytest
from fotograma_archive.frame_index import RECORD_BYTES, Frame, Tile, pack_frame, unpack_frame
from fotograma_archive.names import frame_name
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.tuples(st.integers(0, 2**63), st.sampled_from(["png", "jpg", "webp"]))
U32 = st.integers(0, 0xFFFF_FFFF)
FRAMES = st.builds(
    Frame,
    name=NAMES.map(lambda parts: frame_name(Fraction(parts[0], 1_000_000), parts[1])),
    offset=st.integers(0, 2**63),
    size=U32,
    crc32=U32,
    sha256=st.binary(min_size=32, max_size=32),
    tile=st.none() | st.builds(Tile, st.integers(0, 0xFFFF_FFFE), U32, U32, U32, U32),
)


@given(st.lists(FRAMES, min_size=1, max_size=3))
def test_frame_index_finds_each_frame_by_its_position(frames: list[Frame]) -> None:
    packed = b"".join(map(pack_frame, frames))
    assert len(packed) == RECORD_BYTES * len(frames)
    assert [unpack_frame(packed, n * RECORD_BYTES) for n in range(len(frames))] == frames


def test_pack_frame_refuses_a_name_that_is_too_long_for_a_record() -> None:
    with pytest.raises(ValueError, match="too long"):
        pack_frame(Frame("x" * 33, 0, 0, 0, bytes(32), None))


def test_frame_end_is_the_offset_of_the_next_frame() -> None:
    frame = Frame("00-00-01.000000.png", 100, 7, 0, bytes(32), None)
    assert (frame.data_offset, frame.end) == (149, 156)
