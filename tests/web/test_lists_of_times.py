"""Lists of times that the page makes, as programs that edit videos read them."""

import csv
import io
from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest
from fixtures.page import NPM_SECONDS, ask_page

NAME = 'holiday & <b> "März".mp4'
RATES = {"25": 25.0, "30000/1001": 30000 / 1001, "24000/1001": 24000 / 1001, "60": 60.0}
NUMBERS = (0, 1, 24, 25, 1799, 1800, 107_892, 2_589_407)
"""Frames before and after whole seconds and minutes, and up to a day at 29.97 a second."""
FIRST_HOUR = 3600

pytestmark = pytest.mark.timeout(NPM_SECONDS)


def _frames(rate: str) -> list[dict[str, Any]]:
    """Frames as the API lists them: times are rounded down to the microsecond."""
    return [
        {
            "position": position,
            "name": f"frame-{position}.png",
            "timeUs": int(number / Fraction(rate) * 1_000_000),
            "bytes": 10 + position,
            "sha256": f"{position:064x}",
        }
        for position, number in enumerate(NUMBERS)
    ]


@pytest.fixture(scope="module")
def written() -> dict[str, dict[str, str]]:
    """The lists by rate; one run of Node for all."""
    asked = [
        {"name": NAME, "framesPerSecond": told, "frames": _frames(rate)}
        for rate, told in RATES.items()
    ]
    return dict(zip(RATES, ask_page("list-times", asked), strict=True))


def _read(text: str, adapter: str, **options: Any) -> Any:
    return otio.adapters.read_from_string(text, adapter, **options)


def _base(rate: str) -> int:
    """Frames that a timecode counts to a second."""
    return round(RATES[rate])


@pytest.mark.parametrize("rate", RATES)
def test_an_edl_has_an_event_and_a_locator_for_each_frame(
    rate: str, written: dict[str, dict[str, str]]
) -> None:
    timeline = _read(written[rate]["edl"], "cmx_3600", rate=_base(rate))
    assert timeline.name == NAME
    clips = list(timeline.find_clips())
    assert [clip.source_range.start_time.value for clip in clips] == list(NUMBERS)
    assert {clip.source_range.duration.value for clip in clips} == {1}
    assert [clip.range_in_parent().start_time.value for clip in clips] == list(range(len(NUMBERS)))
    assert {clip.name for clip in clips} == {NAME}
    markers = [
        (marker.name, marker.marked_range.start_time.value)
        for [marker] in (clip.markers for clip in clips)
    ]
    assert markers == [(f"frame-{n}.png", number) for n, number in enumerate(NUMBERS)]


@pytest.mark.parametrize("rate", RATES)
def test_markers_for_premiere_lie_on_the_frames(
    rate: str, written: dict[str, dict[str, str]]
) -> None:
    sequence = _read(written[rate]["premiere"], "fcp_xml")
    assert sequence.name == NAME
    markers = sequence.tracks.markers
    assert [marker.marked_range.start_time.value for marker in markers] == list(NUMBERS)
    assert {round(marker.marked_range.start_time.rate, 3) for marker in markers} == {
        round(RATES[rate], 3)
    }
    assert [marker.name for marker in markers] == [f"frame-{n}.png" for n in range(len(NUMBERS))]


@pytest.mark.parametrize("rate", RATES)
def test_markers_for_resolve_lie_on_a_timeline_from_the_first_hour_on(
    rate: str, written: dict[str, dict[str, str]]
) -> None:
    """Resolve reads the lines with `|M:`, the adapter the events they belong to."""
    text = written[rate]["resolve"]
    clips = list(_read(text, "cmx_3600", rate=_base(rate)).find_clips())
    first = FIRST_HOUR * _base(rate)
    assert [clip.source_range.start_time.value for clip in clips] == [first + n for n in NUMBERS]
    markers = [line for line in text.splitlines() if line.startswith(" |C:")]
    assert markers == [f" |C:ResolveColorCyan |M:frame-{n}.png |D:1" for n in range(len(NUMBERS))]


@pytest.mark.parametrize("rate", RATES)
def test_a_table_has_what_identifies_each_frame(
    rate: str, written: dict[str, dict[str, str]]
) -> None:
    rows = list(csv.DictReader(io.StringIO(written[rate]["csv"], newline="")))
    frames = _frames(rate)
    assert [int(Fraction(row["seconds"]) * 1_000_000) for row in rows] == [
        frame["timeUs"] for frame in frames
    ]
    assert [row["frame"] for row in rows] == [str(frame["position"] + 1) for frame in frames]
    assert [row["sha256"] for row in rows] == [frame["sha256"] for frame in frames]
    assert len(written[rate]["plain"].splitlines()) == len(frames)
