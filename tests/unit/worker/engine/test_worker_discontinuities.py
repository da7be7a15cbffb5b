"""Transport and program streams whose clock starts again are one video."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import pytest
from fixtures.against_oracle import RELAXED, check_any_recipe
from fixtures.clips import make_clip
from fixtures.extraction import extract_file, plan_file, scan_file
from fixtures.oracle import Truth, joined, read_truth
from fixtures.sizes import by_size
from fixtures.zoo import SIZE, ZOO
from fotograma_contracts.reasons import WarningCode
from fotograma_contracts.recipe import AllFrames, AtTimes, EveryInterval, Keyframes, Recipe
from fotograma_contracts.samples import samples_in
from hypothesis import given, settings
from hypothesis import strategies as st

OPEN = {"x264-params": "scenecut=0:b-adapt=0:open-gop=1:b-pyramid=normal:keyint=12:min-keyint=1"}
KINDS: dict[str, dict[str, Any]] = {
    "ts": {"gop": 12},
    "open.ts": {"gop": 12, "bframes": 3, "options": OPEN, "audio": 1},
    "mpeg2.ts": {"gop": 12, "codec": "mpeg2video", "options": {"bf": "2"}},
    "mpg": {"gop": 12, "codec": "mpeg2video"},
}
SECONDS = (Fraction(2), Fraction(1), Fraction(3))


def make_parts(folder: Path, kind: str, starts: list[Fraction]) -> list[Path]:
    """Clips, each of whose clocks starts somewhere."""
    number, parts = 0, []
    for i, start in enumerate(starts):
        seconds = SECONDS[i % len(SECONDS)]
        path = folder / f"part{i}.{kind}"
        options = {"seconds": seconds, "size": SIZE, "first_number": number, **KINDS[kind]}
        parts.append(make_clip(path, start=start, **options))
        number += int(seconds * 25)
    return parts


def concatenated(parts: list[Path]) -> Path:
    """As `cat` joins them."""
    path = parts[0].with_name(f"joined{parts[0].suffix}")
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.fixture(params=KINDS)
def twice(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two seconds, and one more whose clock starts again."""
    return concatenated(make_parts(tmp_path, request.param, [Fraction(0), Fraction(0)]))


def test_extract_all_goes_on_where_the_clock_starts_again(twice: Path) -> None:
    extracted = extract_file(twice, Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(75))
    assert extracted.times == [Fraction(n, 25) for n in range(75)]
    (warning,) = extracted.warnings
    assert warning.code is WarningCode.DISCONTINUITY
    assert "at 00:00:02.000." in warning.detail


def test_plan_covers_the_whole_of_a_joined_video(twice: Path) -> None:
    assert scan_file(twice).duration == 3
    interval = Recipe(sampling=EveryInterval(seconds=Fraction(1, 2)))
    extracted = extract_file(twice, interval)
    assert extracted.numbers == [0, 12, 25, 37, 50, 62]


def test_every_segment_of_a_joined_video_has_the_same_clock(twice: Path) -> None:
    recipe = Recipe(sampling=EveryInterval(seconds=Fraction(1, 5)))
    segments = plan_file(twice, recipe, segment_work_seconds=1e-9).segments
    assert len(segments) > 1
    assert len({samples_in(segment.samples).breaks for segment in segments}) == 1
    whole = extract_file(twice, recipe)
    parts = extract_file(twice, recipe, segment_work_seconds=1e-9)
    assert (parts.frames, parts.warnings) == (whole.frames, whole.warnings)


def test_extract_keyframes_of_a_joined_video(twice: Path) -> None:
    numbers = extract_file(twice, Recipe(sampling=Keyframes())).numbers
    assert numbers[0] == 0
    assert 50 in numbers


def test_first_frame_behind_a_break_is_on_the_one_clock(tmp_path: Path) -> None:
    """Of the first recording nothing can be decoded: it lacks its only keyframe."""
    whole = make_clip(tmp_path / "whole.ts", seconds=2, size=SIZE, gop=100)
    with av.open(whole) as container:
        at = [packet.pos for packet in container.demux(video=0) if packet.size][1]
    assert at is not None
    headless = tmp_path / "headless.ts"
    headless.write_bytes(whole.read_bytes()[at:])
    clip = concatenated([headless, make_clip(tmp_path / "next.ts", seconds=1, size=SIZE, gop=12)])
    scan = scan_file(clip)
    assert scan.timestamps[0] == scan.facts.first > 0
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(25))
    assert extracted.times == [Fraction(n, 25) for n in range(25)]
    assert {warning.code for warning in extracted.warnings} == {
        WarningCode.DISCONTINUITY,
        WarningCode.STARTS_WITHOUT_KEYFRAME,
    }


def test_scan_stitches_a_step_of_more_than_ten_seconds_forward(tmp_path: Path) -> None:
    clip = concatenated(make_parts(tmp_path, "ts", [Fraction(0), Fraction(900)]))
    extracted = extract_file(clip, Recipe(sampling=AtTimes(times=(Fraction(1), Fraction("2.5")))))
    assert extracted.numbers == [25, 62]
    assert [warning.code for warning in extracted.warnings] == [WarningCode.DISCONTINUITY]


def test_scan_leaves_a_gap_of_a_few_seconds_as_it_is(tmp_path: Path) -> None:
    """Packets were lost, or nothing was sent: the clock runs through."""
    parts = make_parts(tmp_path, "ts", [Fraction(0), Fraction(7)])
    extracted = extract_file(concatenated(parts), Recipe(sampling=AllFrames()))
    assert len(extracted.frames) == 75
    assert extracted.times[50] - extracted.times[49] > 4
    assert WarningCode.DISCONTINUITY not in {warning.code for warning in extracted.warnings}


def test_scan_takes_no_clock_that_wraps_for_one_that_starts_again(tmp_path: Path) -> None:
    clip = ZOO["h264-early.ts"](tmp_path / "h264-early.ts")
    assert scan_file(clip).facts.breaks == ()


def _joined(data: st.DataObject, folder: Path) -> tuple[Path, Truth]:
    kind = data.draw(st.sampled_from(["ts", "open.ts", "mpeg2.ts"]))
    starts = data.draw(st.lists(st.integers(0, 9).map(Fraction), min_size=2, max_size=3))
    starts.sort(reverse=True)
    parts = make_parts(folder, kind, starts)
    return concatenated(parts), joined([read_truth(part) for part in parts])


def _check_discontinuities(data: st.DataObject) -> None:
    with TemporaryDirectory(prefix="fotograma-joined-") as folder:
        clip, truth = _joined(data, Path(folder))
        check_any_recipe(clip, truth, data, codes=[WarningCode.DISCONTINUITY])


@settings(max_examples=by_size(3, 20, 20), derandomize=True, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_a_joined_video_equals_the_oracle(data: st.DataObject) -> None:
    _check_discontinuities(data)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=200, suppress_health_check=RELAXED)
@given(data=st.data())
def test_extract_of_a_joined_video_equals_the_oracle_often(data: st.DataObject) -> None:
    _check_discontinuities(data)
