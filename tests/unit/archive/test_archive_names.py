"""The names in an archive: of a frame by its time, and its time by that name."""

import re
from fractions import Fraction

import pytest
from fotograma_archive.names import (
    frame_index_key,
    frame_name,
    frame_time_us,
    sprite_sheet_name,
    sprite_sheets_prefix,
)
from hypothesis import given
from hypothesis import strategies as st

seconds = st.fractions(min_value=0, max_value=100_000, max_denominator=1_000_000)


@pytest.mark.parametrize(
    ("time", "name"),
    [
        ("0", "00-00-00.000000.png"),
        ("83.456789", "00-01-23.456789.png"),
        ("1/3", "00-00-00.333333.png"),
        ("2/3", "00-00-00.666666.png"),
        ("3599.9999999", "00-59-59.999999.png"),
        ("360000", "100-00-00.000000.png"),
        ("1001/30000", "00-00-00.033366.png"),
    ],
)
def test_frame_name_is_the_time_rounded_down(time: str, name: str) -> None:
    assert frame_name(Fraction(time), "png") == name


@given(st.lists(seconds, min_size=2, max_size=20, unique=True))
def test_frame_names_sort_in_time_order(times: list[Fraction]) -> None:
    names = [frame_name(time, "jpg") for time in sorted(times)]
    assert names == sorted(names)
    assert all(re.fullmatch(r"\d\d-\d\d-\d\d\.\d{6}\.jpg", name) for name in names)


@given(st.integers(0, 2**63), st.sampled_from(["png", "jpg", "webp"]))
def test_frame_time_is_the_inverse_of_frame_name(time_us: int, extension: str) -> None:
    assert frame_time_us(frame_name(Fraction(time_us, 1_000_000), extension)) == time_us


@pytest.mark.parametrize(
    "name", ["", "manifest.json", "00-00-00.000000", "00-60-00.000000.png", "0٣-00-00.000000.png"]
)
def test_frame_time_refuses_other_names(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a frame"):
        frame_time_us(name)


def test_objects_beside_an_archive_have_its_key_as_prefix() -> None:
    assert frame_index_key("videos/1/archive.zip") == "videos/1/archive.zip.frames"
    assert sprite_sheets_prefix("videos/1/archive.zip") == "videos/1/archive.zip.thumbnails/"
    assert sprite_sheet_name(7) == "00007.jpg"
